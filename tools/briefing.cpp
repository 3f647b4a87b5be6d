// Where the night stands: what an agent reads first, and again after its context was compacted.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"
#include "tools/sandbox_text.h"

namespace pawl {
namespace {

enum class Detail : std::uint8_t { kConcise, kDetailed };
constexpr std::array<std::string_view, 2> kDetails = {"concise", "detailed"};
constexpr std::size_t kBriefTokens = 800;

struct BriefingArgs {
  Detail detail = Detail::kConcise;
};

}  // namespace

template <>
struct Shape<Detail> : WordShape<Detail, kDetails> {};

namespace {

const Fields<BriefingArgs>& fields() {
  static const Fields<BriefingArgs> table = {
      field("detail", &BriefingArgs::detail, "detailed: up to 6k tokens")};
  return table;
}

int decimals_of(const Briefing& briefing) {
  return metric_decimals(briefing.base_value.value_or(briefing.best_value.value_or(1)));
}

std::string summary_of(const Briefing& briefing) {
  const auto shown = [&](const std::optional<double>& value) {
    return value ? fmt::format(" {:.{}f}", *value, decimals_of(briefing)) : " unmeasured";
  };
  return fmt::format("{}: {}, {} is better; best {}{}, base{}; in flight: {}.", briefing.project,
                     briefing.metric, briefing.lower_is_better ? "lower" : "higher", briefing.best,
                     shown(briefing.best_value), shown(briefing.base_value),
                     count_states(briefing.running));
}

std::string noise_of(const Briefing& briefing) {
  if (!briefing.noise.deviation) return "unmeasured: run the base with repeat:3 first";
  return fmt::format("{} in stage {}, class {}", noise_text(briefing.noise), briefing.stage,
                     briefing.comparability_class);
}

Table stages_of(const Briefing& briefing) {
  Table table{{"stage", "minutes_max", "usd_max", "usd_p50", "usd_p90", "min_p50", "fit_now"}, {}};
  for (const StageLine& stage : briefing.stages) {
    const auto& expected = stage.expected;
    table.rows.push_back({stage.name, minutes_cell(stage.limit), usd_cell(stage.worst_case),
                          expected ? usd_cell(expected->cost_p50) : Cell{},
                          expected ? usd_cell(expected->cost_p90) : Cell{},
                          expected ? minutes_cell(expected->time_p50) : Cell{},
                          stage.screens_left});
  }
  return table;
}

Table decisions_of(const Briefing& briefing, Timestamp now) {
  Table table{{"decision", "job", "value", "delta", "why", "at"}, {}};
  const int decimals = decimals_of(briefing);
  for (const DecisionLine& line : briefing.decisions) {
    table.rows.push_back({std::string(name_of(line.decision)), text_cell(line.job),
                          metric_cell(line.value, decimals), metric_cell(line.delta, decimals),
                          clip(line.why, 200), when(line.at, now)});
  }
  return table;
}

Lines sandboxes_of(const Briefing& briefing) {
  Lines lines;
  for (const SandboxLine& sandbox : briefing.sandboxes) {
    lines.push_back(fmt::format("{} of {} ({}): {}; {}", sandbox.handle, sandbox.agent,
                                name_of(sandbox.state), cost_of(sandbox), life_of(sandbox)));
  }
  return lines;
}

Lines next_after(const Briefing& briefing) {
  Lines next;
  const std::string stage = briefing.stage.empty() ? "screen" : briefing.stage;
  if (!briefing.running.empty()) next.push_back("wait_jobs");
  if (!briefing.noise.deviation && briefing.running.empty()) {
    next.push_back(fmt::format(
        R"(submit_experiment title:"baseline" from:"base" stage:"{}" repeat:3)", stage));
  }
  next.push_back(fmt::format(R"(submit_experiment title:"..." from:"best" stage:"{}")", stage));
  next.push_back("leaderboard");
  return next;
}

Result<Reply> run(const Call& call, const BriefingArgs& args) {
  TRY(const Briefing briefing, call.service.briefing(call.caller));
  const std::string more = args.detail == Detail::kConcise ? "briefing detail:detailed" : "";
  Reply reply{.summary = summary_of(briefing),
              .data = {{"notices", briefing.notices},
                       {"noise_floor", noise_of(briefing)},
                       {"params", briefing.params, more},
                       {"stages", stages_of(briefing)},
                       {"in_flight", waiting_table(briefing.running), more},
                       {"decisions", decisions_of(briefing, call.clock.now()), more}},
              .next = next_after(briefing),
              .budget = call.service.budget_line(call.caller),
              .tokens_max = args.detail == Detail::kConcise ? kBriefTokens : kDetailedTokens};
  if (!briefing.sandboxes.empty())
    reply.data.push_back({"sandboxes", sandboxes_of(briefing), more});
  return reply;
}

}  // namespace

Tool briefing_tool() {
  return make_tool({.name = "briefing",
                    .title = "Briefing",
                    .description = "Goal, best, noise floor, stages with prices, parameters, last "
                                   "decisions, jobs in flight, budget. First call of a session and "
                                   "after a compaction. Not results: leaderboard.",
                    .read_only = true,
                    .idempotent = true,
                    .always_loaded = true,
                    .quick = true},
                   fields(), run);
}

}  // namespace pawl
