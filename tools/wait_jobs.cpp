// Waiting costs no tokens while it lasts: it ends on a change that was asked for, not on each
// event.
#include <fmt/format.h>

#include <charconv>

#include "tools/all_tools.h"
#include "tools/expectation.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::int64_t kTimeoutSecondsMax = 3'600;
constexpr const char* kUntilPattern = "^(all|any|improved|[0-9]{1,4})$";

struct WaitArgs : WaitRequest {
  std::string until_text = "all";
};

const Fields<WaitArgs>& fields() {
  static const Fields<WaitArgs> table = {
      field_at<WaitArgs>("jobs", &WaitArgs::jobs, "jobs or rounds; absent: all of yours")
          .example(R"(["042","r7"])"),
      field("until", &WaitArgs::until_text, "all, any, improved (a new best), or so many")
          .pattern(kUntilPattern),
      field_at<WaitArgs>("timeout_s", &WaitArgs::timeout, "").range(0, kTimeoutSecondsMax),
      field_at<WaitArgs>("cursor", &WaitArgs::cursor, "of the last reply: only what ended since")};
  return table;
}

Result<WaitRequest> request_of(const WaitArgs& args) {
  WaitRequest request = args;
  const std::string& text = args.until_text;
  if (text == "all") return request;
  request.until = text == "any"        ? Until::kAny
                  : text == "improved" ? Until::kImproved
                                       : Until::kCount;
  if (request.until != Until::kCount) return request;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), request.count);
  if (error != std::errc{} || end != text.data() + text.size() || request.count < 1) {
    return fail(ErrorKind::kInvalid, "argument \"until\" is \"" + clip(text, 40) +
                                         "\"; expected all, any, improved or a "
                                         "number from 1");
  }
  return request;
}

std::string summary_of(const WaitReply& waited) {
  std::string text = fmt::format("{} finished ({})", plural(waited.finished.size(), "job"),
                                 count_states(waited.finished));
  if (!waited.waiting.empty()) {
    text += fmt::format(", {} to go ({})", waited.waiting.size(), count_states(waited.waiting));
  }
  if (std::ranges::count(waited.waiting, JobState::kHeld, &JobLine::state) > 0)
    text += "; what is held waits for a human: go on with other work";
  text += waited.timed_out ? "; the wait timed out, nothing was stopped." : ".";
  const JobLine* best = nullptr;
  for (const JobLine& job : waited.finished) {
    if (job.state != JobState::kSucceeded || !job.value) continue;
    const bool better = best == nullptr || (waited.lower_is_better ? *job.value < *best->value
                                                                   : *job.value > *best->value);
    if (better) best = &job;
  }
  if (best == nullptr) return text;
  return text + " " + best_text(waited.metric, *best, metric_decimals(waited.finished)) + ".";
}

Lines next_after(const WaitReply& waited) {
  if (!waited.waiting.empty()) return {fmt::format("wait_jobs cursor:{}", waited.cursor)};
  for (const JobLine& job : waited.finished) {
    if (job.state == JobState::kFailed) {
      return {"leaderboard", fmt::format(R"(get_job job:"{}")", short_handle(job))};
    }
  }
  return {"leaderboard", R"(record_decision job:"..." decision:"keep" why:"...")"};
}

Result<Reply> run(const Call& call, const WaitArgs& args) {
  TRY(const WaitRequest request, request_of(args));
  const auto progress = [&call](WaitProgress done) {
    if (call.progress) call.progress(done);
  };
  TRY(const WaitReply waited, call.service.wait(call.caller, request, call.stop, progress));
  Reply reply{.summary = summary_of(waited),
              .status = waited.timed_out ? "still_running" : "",
              .data = {{"", result_table(waited.finished), "get_job"},
                       {"waiting", waiting_table(waited.waiting), "get_job"},
                       {"cursor", waited.cursor}}};
  if (waited.forecast) reply.data.push_back({"forecast", forecast_text(*waited.forecast)});
  reply.next = next_after(waited);
  reply.budget = call.service.budget_line(call.caller);
  return reply;
}

}  // namespace

Tool wait_jobs_tool() {
  return make_tool(
      {.name = "wait_jobs",
       .title = "Wait for jobs",
       .description = "Blocks until jobs end, then returns their results as rows and a "
                      "cursor. A timeout is a normal reply and stops no job. Not for "
                      "one job's details: get_job.",
       .read_only = true,
       .idempotent = true,
       .always_loaded = true,
       .table = true},
      fields(), run);
}

}  // namespace pawl
