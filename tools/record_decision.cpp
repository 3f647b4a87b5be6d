// One step of the staircase: what was kept, what was not, and why.
#include <fmt/format.h>

#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::array<std::string_view, 5> kDecisions = {"keep", "discard", "crash", "idea", "note"};
constexpr std::int64_t kWhyBytesMax = 1'000;

struct DecisionArgs {
  std::string job;
  Decision decision{};
  std::string why;
};

}  // namespace

template <>
struct Shape<Decision> : WordShape<Decision, kDecisions> {};

namespace {

const Fields<DecisionArgs>& fields() {
  static const Fields<DecisionArgs> table = {
      field("job", &DecisionArgs::job, "not needed for an idea or a note"),
      field("decision", &DecisionArgs::decision, "keep makes the job the new best").required(),
      field("why", &DecisionArgs::why, "").required().range(1, kWhyBytesMax)};
  return table;
}

std::string summary_of(const DecisionReply& decided, const std::string& job) {
  std::string text = fmt::format("Recorded {}", name_of(decided.decision));
  if (!job.empty()) text += " " + short_handle(decided.job);
  if (decided.step) text += fmt::format(", step {}", *decided.step);
  if (decided.seeds > 1) text += fmt::format(", mean of {} seeds", decided.seeds);
  if (!decided.new_base.empty()) text += "; best is now " + decided.new_base.substr(0, 12);
  return text + (decided.warning.empty() ? "." : ", but " + decided.warning + ".");
}

Result<Reply> run(const Call& call, const DecisionArgs& args) {
  TRY(const DecisionReply decided,
      call.service.decide(call.caller, args.job, args.decision, args.why));
  Reply reply{.summary = summary_of(decided, args.job),
              .data = {{"decision", std::string(name_of(decided.decision))}},
              .budget = call.service.budget_line(call.caller)};
  if (!args.job.empty()) reply.data.push_back({"job", decided.job.handle});
  if (decided.step) reply.data.push_back({"step", *decided.step});
  if (!decided.new_base.empty()) reply.data.push_back({"best_revision", decided.new_base});
  if (decided.confirmed) {
    reply.data.push_back(
        {"confirmed", metric_cell(decided.confirmed, metric_decimals(*decided.confirmed))});
    reply.data.push_back({"confirmed_seeds", decided.confirmed_seeds});
  }
  if (!decided.warning.empty()) {
    reply.data.push_back({"warning", decided.warning});
    reply.next.push_back(fmt::format(R"(submit_experiment title:"confirm" from:"{}" repeat:2)",
                                     short_handle(decided.job)));
  }
  reply.next.push_back("briefing");
  return reply;
}

}  // namespace

Tool record_decision_tool() {
  return make_tool({.name = "record_decision",
                    .title = "Record a decision",
                    .description = "Writes keep, discard, crash, idea or note with its reason: the "
                                   "new best and its step, and a warning when a keep lies inside "
                                   "the noise. Ranking first: leaderboard."},
                   fields(), run);
}

}  // namespace pawl
