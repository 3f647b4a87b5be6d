// What a night brought, for the human who wakes up to it. An operator's tool: no list that an agent
// sees has it.
#include "tools/report.h"

#include <fmt/format.h>

#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::size_t kOperatorTokens = 100'000;  // people scroll

enum class ReportForm : std::uint8_t { kText, kSvg, kTsv };
constexpr std::array<std::string_view, 3> kForms = {"text", "svg", "tsv"};
constexpr std::int64_t kSinceMinutesMax = 60 * 24 * 366;

struct ReportArgs {
  ReportForm form = ReportForm::kText;
  std::optional<std::int64_t> since_minutes;
};

}  // namespace

template <>
struct Shape<ReportForm> : WordShape<ReportForm, kForms> {};

namespace {

const Fields<ReportArgs>& fields() {
  static const Fields<ReportArgs> table = {
      field("form", &ReportArgs::form, ""),
      field("since_minutes", &ReportArgs::since_minutes, "absent: the last night")
          .range(1, kSinceMinutesMax)};
  return table;
}

Cell value_cell(const std::optional<double>& value) {
  return metric_cell(value, metric_decimals(value.value_or(0)));
}

Table steps_of(const NightReport& night) {
  Table table{{"job", "value", "delta", "noise_x", "seeds", "confirmed", "at", "title", "why"}, {}};
  for (const NightStep& step : night.steps) {
    const auto confirmed = step.fresh ? std::optional(step.fresh->value) : std::nullopt;
    table.rows.push_back({fmt::format("{:03}", step.number), value_cell(step.value),
                          value_cell(step.delta), metric_cell(step.noise_x, 1), step.seeds,
                          value_cell(confirmed), format_utc(step.at), step.title, step.why});
  }
  return table;
}

Table dots_of(const NightReport& night) {
  Table table{{"job", "value", "kept", "failed", "title"}, {}};
  for (const NightDot& dot : night.dots) {
    table.rows.push_back(
        {fmt::format("{:03}", dot.number), value_cell(dot.value), dot.kept, dot.failed, dot.title});
  }
  return table;
}

Table failures_of(const NightReport& night) {
  Table table{{"signature", "jobs", "usd_micro"}, {}};
  for (const NightFailure& failure : night.failures) {
    table.rows.push_back({failure.signature, static_cast<std::int64_t>(failure.jobs.size()),
                          micro_cell(failure.cost)});
  }
  return table;
}

Table stages_of(const NightReport& night) {
  Table table{{"stage", "jobs", "min", "usd_micro"}, {}};
  for (const CostGroup& stage : night.bill.stages) {
    table.rows.push_back(
        {stage.name, stage.jobs, minutes_cell(stage.time), micro_cell(stage.spent)});
  }
  return table;
}

Result<Rendered> render_report(const Call& call, const ReportArgs& args) {
  if (args.form == ReportForm::kTsv) {
    TRY(std::string table, call.service.results_table(call.caller));
    return Rendered{.text = std::move(table)};
  }
  NightRequest request;
  if (args.since_minutes) request.since = std::chrono::minutes(*args.since_minutes);
  TRY(const NightReport night, call.service.night(call.caller, request));
  if (args.form == ReportForm::kSvg) return Rendered{.text = staircase_svg(night)};
  Rendered rendered = render(report_reply(night));
  rendered.text = report_text(night);
  return rendered;
}

}  // namespace

Reply report_reply(const NightReport& night) {
  return {.summary = headline_of(night),
          .data = {{"project", night.project},
                   {"metric", night.metric},
                   {"better", night.lower_is_better ? "lower" : "higher"},
                   {"from", format_utc(night.from)},
                   {"to", format_utc(night.to)},
                   {"start", value_cell(night.start)},
                   {"reached", value_cell(night.reached)},
                   {"noise_floor", metric_cell(night.noise.deviation, 6)},
                   {"noise_runs", night.noise.samples},
                   {"steps", steps_of(night)},
                   {"experiments", dots_of(night)},
                   {"best", result_table(night.best)},
                   {"failures", failures_of(night)},
                   {"stages", stages_of(night)},
                   {"spent_micro", micro_cell(night.bill.spent)},
                   {"failed_micro", micro_cell(night.bill.failed)},
                   {"busy_ms", std::int64_t{night.bill.busy.count()}},
                   {"slot_busy_ms", std::int64_t{night.bill.slot_busy.count()}},
                   {"wall_ms", std::int64_t{night.bill.wall.count()}},
                   {"slots", night.bill.slots},
                   {"waiting", result_table(night.waiting)},
                   {"undecided", night.undecided},
                   {"trust", night.trust_mode},
                   {"best_revision", night.best_commit},
                   {"results", night.results_file},
                   {"state", night.state_folder},
                   {"notices", night.notices}},
          .tokens_max = kOperatorTokens};
}

Tool report_tool() {
  const auto run = [](const Call& call, const Json& json) {
    const auto answer = [&]() -> Result<Rendered> {
      TRY(const ReportArgs args, decode(fields(), json));
      return render_report(call, args);
    }();
    return answer ? *answer : render(answer.error());
  };
  return {{.name = "report",
           .title = "Morning report",
           .description = "What a night brought.",
           .read_only = true,
           .idempotent = true},
          rules_of(fields()),
          run};
}

}  // namespace pawl
