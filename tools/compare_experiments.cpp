// What makes results differ: jobs side by side, or the effects of a sweep's parameters.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::int64_t kJobsMin = 2;
constexpr std::int64_t kJobsMax = 6;

const Fields<CompareRequest>& fields() {
  static const Fields<CompareRequest> table = {
      field("jobs", &CompareRequest::jobs, "the others are compared with the first")
          .range(kJobsMin, kJobsMax),
      field("round", &CompareRequest::round, "or the sweep").example(R"("r7")")};
  return table;
}

Table jobs_of(const CompareReply& compared) {
  double largest = 0;
  for (const ComparedJob& one : compared.jobs) {
    largest = std::max(largest, std::abs(one.line.value.value_or(0)));
  }
  const int decimals = metric_decimals(largest);
  Table table{{"job", compared.metric, "n", "delta", "noise_x", "p", "by", "finding", "min", "usd",
               "title"},
              {}};
  for (const auto& [line, difference] : compared.jobs) {
    const bool first = table.rows.empty();
    const auto shown = [&](const std::optional<double>& value, int places) {
      return first ? Cell{} : metric_cell(value, places);
    };
    table.rows.push_back({short_handle(line), metric_cell(line.value, decimals), line.seeds,
                          shown(difference.delta, decimals), shown(difference.noise_x, 1),
                          shown(difference.p, 3),
                          text_cell(first ? "" : std::string(name_of(difference.basis))),
                          text_cell(first ? "" : std::string(name_of(difference.finding))),
                          minutes_cell(line.time), usd_cell(line.cost), line.title});
  }
  return table;
}

Table params_of(const CompareReply& compared) {
  Table table{{"parameter"}, {}};
  for (const ComparedJob& one : compared.jobs) table.columns.push_back(short_handle(one.line));
  for (const ParamLine& line : compared.params) {
    auto& row = table.rows.emplace_back(std::vector<Cell>{line.name});
    for (const std::string& value : line.values) row.push_back(text_cell(value));
  }
  return table;
}

// File names and hunks come from the jobs' code: untrusted.
std::string code_text(const CompareReply& compared) {
  std::string text;
  for (const CodeLine& code : compared.code) {
    text += fmt::format("{}: {} files, +{} -{} lines: {}\n", code.job, code.stat.files,
                        code.stat.insertions, code.stat.deletions, fmt::join(code.files, ", "));
    text += code.text;
    if (code.truncated) text += "... the rest of this diff is left out\n";
  }
  return fence(text, "the jobs' code");
}

void add_jobs(const CompareReply& compared, Reply& reply) {
  reply.data.push_back({"", jobs_of(compared)});
  reply.data.push_back({"params", params_of(compared)});
  const bool changed =
      std::ranges::any_of(compared.code, [](const CodeLine& code) { return code.stat.files > 0; });
  if (changed) reply.data.push_back({"code", code_text(compared)});
  const auto& [best, difference] = compared.jobs.back();
  reply.summary = fmt::format("{} against {}: {:+.{}f}, {}", short_handle(best),
                              short_handle(compared.jobs.front().line), difference.delta,
                              metric_decimals(best.value.value_or(0)), name_of(difference.finding));
  if (difference.p)
    reply.summary += fmt::format(" (p {:.3f}, {})", *difference.p, name_of(difference.basis));
  reply.summary +=
      compared.jobs.size() > 2 ? fmt::format("; {} compared.", compared.jobs.size()) : ".";
  if (difference.basis != Basis::kWelch) {
    reply.next.push_back(
        fmt::format(R"(submit_experiment title:"seeds" from:"{}" stage:"{}" repeat:3)",
                    short_handle(best), compared.stage));
  }
}

Table effects_table(const SweepEffects& found, int decimals) {
  Table table{{"effect", "size", "noise_x", "p"}, {}};
  const auto add = [&](const EffectLine& line) {
    table.rows.push_back({line.name, metric_cell(line.size, decimals), metric_cell(line.noise_x, 1),
                          metric_cell(line.p, 3)});
  };
  for (const EffectLine& line : found.effects) add(line);
  if (found.curvature) add(*found.curvature);
  return table;
}

Table levels_table(const SweepEffects& found, int decimals) {
  Table table{{"parameter", "value", "points", "mean", "delta"}, {}};
  for (const LevelLine& line : found.levels) {
    table.rows.push_back({line.parameter, line.value, line.points, metric_cell(line.mean, decimals),
                          metric_cell(line.delta, decimals)});
  }
  return table;
}

void add_effects(const CompareReply& compared, const SweepEffects& found, Reply& reply) {
  reply.summary = fmt::format("{}: {}", compared.round, found.design);
  if (!found.effects.empty()) {
    const auto largest = std::ranges::max_element(
        found.effects, {}, [](const EffectLine& line) { return std::abs(line.size); });
    reply.summary += fmt::format("; largest effect {} {:+.6f}", largest->name, largest->size);
    if (largest->noise_x) reply.summary += fmt::format(", {:.1f}x its error", *largest->noise_x);
  }
  reply.summary += compared.missing > 0
                       ? fmt::format("; {} without a result here.",
                                     plural(static_cast<std::size_t>(compared.missing), "job"))
                       : ".";
  const int decimals = 6;
  reply.data.push_back(
      {"", found.effects.empty() ? levels_table(found, decimals) : effects_table(found, decimals)});
  reply.data.push_back({"design", found.design});
  reply.data.push_back({"axes", found.axes});
  reply.data.push_back({"standard_error", metric_cell(found.standard_error, decimals)});
  reply.next.push_back("leaderboard");
}

Result<Reply> run(const Call& call, const CompareRequest& request) {
  TRY(const CompareReply compared, call.service.compare(call.caller, request));
  Reply reply{.summary = {}, .tokens_max = kDetailedTokens};
  if (compared.effects) {
    add_effects(compared, *compared.effects, reply);
  } else {
    add_jobs(compared, reply);
  }
  reply.data.push_back({"stage", compared.stage});
  reply.data.push_back({"class", compared.comparability_class});
  reply.data.push_back({"better", compared.lower_is_better ? "lower" : "higher"});
  reply.data.push_back({"noise", noise_text(compared.noise)});
  reply.budget = call.service.budget_line(call.caller);
  return reply;
}

}  // namespace

Tool compare_experiments_tool() {
  return make_tool({.name = "compare_experiments",
                    .title = "Compare experiments",
                    .description = "Of jobs: what differs in parameters and code, deltas and "
                                   "whether they are more than luck. Of a round: main effects "
                                   "and interactions. Ranking: leaderboard.",
                    .read_only = true,
                    .idempotent = true,
                    .table = true},
                   fields(), run);
}

}  // namespace pawl
