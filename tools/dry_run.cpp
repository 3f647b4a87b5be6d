// A submit without the submitting: what would be checked and decided, each with its evidence.
#include <fmt/format.h>

#include "server/core/text.h"
#include "server/records/sanitize.h"
#include "tools/all_tools.h"
#include "tools/expectation.h"
#include "tools/job_table.h"
#include "tools/submit_reply.h"

namespace pawl {
namespace {

const Fields<DryRunRequest>& fields() {
  using Request = DryRunRequest;
  static const Fields<Request> table = {
      field_at<Request>(
          "from", [](auto& r) -> auto& { return r.one.from; }, ""),
      field_at<Request>(
          "params", [](auto& r) -> auto& { return r.one.variant.params; }, ""),
      field_at<Request>(
          "patch", [](auto& r) -> auto& { return r.one.variant.patch; }, ""),
      field_at<Request>(
          "edits", [](auto& r) -> auto& { return r.one.variant.edits; }, ""),
      field_at<Request>(
          "stage", [](auto& r) -> auto& { return r.one.stage; }, ""),
      field_at<Request>(
          "gpus", [](auto& r) -> auto& { return r.one.gpus; }, "")
          .range(1, 64),
      field_at<Request>(
          "repeat", [](auto& r) -> auto& { return r.one.repeat; }, "")
          .range(1, kRepeatsMax),
      field_at<Request>(
          "minutes_max", [](auto& r) -> auto& { return r.one.minutes_max; }, "")
          .range(1, kMinutesMax),
      field_at<Request>(
          "variants", [](auto& r) -> auto& { return r.many.variants; }, "")
          .range(1, kVariantsMax),
      field_at<Request>(
          "grid", [](auto& r) -> auto& { return r.many.grid; }, ""),
      field_at<Request>(
          "design", [](auto& r) -> auto& { return r.many.design; }, ""),
      field_at<Request>("center", [](auto& r) -> auto& { return r.many.center; }, "")};
  return table;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "pass";
    case Verdict::kFail:
      return "fail";
    case Verdict::kUnknown:
      return "unknown";
  }
  __builtin_unreachable();
}

Table checks_of(const DryRunReply& tried) {
  Table table{{"check", "verdict", "evidence"}, {}};
  for (const ReadinessCheck& check : tried.checks) {
    table.rows.push_back(
        {check.name, std::string(name_of(check.verdict)), clip(clean_line(check.evidence), 600)});
  }
  return table;
}

Table duplicates_of(const DryRunReply& tried) {
  Table table{{"job", "state", tried.metric, "title"}, {}};
  for (const auto& [job, reused] : tried.duplicates) {
    const int decimals = metric_decimals(job.value.value_or(1));
    table.rows.push_back({short_handle(job), std::string(name_of(job.state)),
                          metric_cell(job.value, decimals), job.title});
  }
  return table;
}

Table dropped_of(const DryRunReply& tried) {
  Table table{{"title", "why"}, {}};
  for (const Dropped& dropped : tried.dropped) table.rows.push_back({dropped.title, dropped.why});
  return table;
}

std::string summary_of(const DryRunReply& tried) {
  const auto count = [&](Verdict verdict) {
    return std::ranges::count(tried.checks, verdict, &ReadinessCheck::verdict);
  };
  std::string text = fmt::format(
      "Nothing was submitted. {} of {} checks pass, {} fail, {} unknown; ", count(Verdict::kPass),
      tried.checks.size(), count(Verdict::kFail), count(Verdict::kUnknown));
  if (!tried.admitted) return text + "a submit would be refused.";
  text += fmt::format("a submit would make {}", plural(tried.jobs, "new job"));
  if (tried.jobs > 0) text += fmt::format(", at most ${}", format_usd(tried.worst_all));
  if (!tried.duplicates.empty()) text += fmt::format(", and reuse {}", tried.duplicates.size());
  return text + ".";
}

Lines next_after(const DryRunReply& tried) {
  if (!tried.admitted) return {"cost_status", "briefing"};
  return {"the same arguments to submit_experiment, or to submit_sweep with variants or grid"};
}

Result<Reply> run(const Call& call, const DryRunRequest& request) {
  TRY(const DryRunReply tried, call.service.dry_run(call.caller, request));
  Reply reply{.summary = summary_of(tried)};
  reply.data = {{"", checks_of(tried)},
                {"snapshot",
                 fmt::format("{} files, {} bytes; {}", tried.files, tried.bytes, tried.diff_stat)},
                {"policy", tried.policy},
                {"placement", tried.placement},
                {"expected", expected_text(tried.expected)},
                {"worst_case_usd_each", usd_cell(tried.worst_each)},
                {"worst_case_usd", usd_cell(tried.worst_all)},
                {"worst_case_micro", micro_cell(tried.worst_all)},
                {"limit_min", minutes_cell(tried.limit)}};
  if (!tried.ways_out.empty()) reply.data.push_back({"ways_out", tried.ways_out});
  if (tried.forecast) reply.data.push_back({"forecast", forecast_text(*tried.forecast)});
  if (!tried.duplicates.empty()) reply.data.push_back({"duplicates", duplicates_of(tried)});
  if (!tried.dropped.empty()) reply.data.push_back({"dropped", dropped_of(tried)});
  if (!tried.advice.empty()) reply.data.push_back({"advice", tried.advice});
  reply.next = next_after(tried);
  reply.budget = call.service.budget_line(call.caller);
  reply.tokens_max = kDetailedTokens;
  return reply;
}

}  // namespace

Tool dry_run_tool() {
  return make_tool({.name = "dry_run",
                    .title = "Dry run",
                    .description = "What submit_experiment or submit_sweep would do with these "
                                   "arguments, writing nothing: ten readiness checks with "
                                   "evidence, price, wait, policy verdict, duplicates, advice.",
                    .read_only = true,
                    .idempotent = true,
                    .table = true},
                   fields(), run);
}

}  // namespace pawl
