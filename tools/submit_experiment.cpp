// One hypothesis as one job (or, with repeat, as several that differ by seed).
#include "tools/all_tools.h"
#include "tools/submit_reply.h"

namespace pawl {
namespace {

const Fields<SubmitRequest>& fields() {
  using Request = SubmitRequest;
  static const Fields<Request> table = {
      field_at<Request>(
          "title", [](auto& r) -> auto& { return r.variant.title; }, "the hypothesis")
          .required()
          .range(1, kTitleBytesMax)
          .example(R"("halve the batch")"),
      field("from", &Request::from, "what to start from: a job, best, base, worktree or a commit"),
      field_at<Request>(
          "params", [](auto& r) -> auto& { return r.variant.params; }, "")
          .example(R"({"lr":0.02})"),
      field_at<Request>(
          "patch", [](auto& r) -> auto& { return r.variant.patch; }, "unified diff; or use edits"),
      field_at<Request>(
          "edits", [](auto& r) -> auto& { return r.variant.edits; }, ""),
      field("stage", &Request::stage, "one of briefing's stages; a higher one promotes from"),
      field("gpus", &Request::gpus, "at most the stage's").range(1, 64),
      field("repeat", &Request::repeat, "runs with different seeds").range(1, kRepeatsMax),
      field("minutes_max", &Request::minutes_max, "").range(1, kMinutesMax),
      field("tags", &Request::tags, "").range(0, 8),
      field("key", &Request::key, "any word; a retry with it gives the same job")
          .range(1, kKeyBytesMax),
      field("rerun", &Request::rerun, "run although this content has a result")};
  return table;
}

Result<Reply> run(const Call& call, const SubmitRequest& request) {
  TRY(const SubmitReply submitted, call.service.submit(call.caller, request));
  return submit_reply(call, submitted);
}

}  // namespace

Tool submit_experiment_tool() {
  return make_tool({.name = "submit_experiment",
                    .title = "Submit an experiment",
                    .description = "Queues one change as a job: handle, state, price ceiling. "
                                   "Returns at once; wait_jobs waits. Content that already ran is "
                                   "reused at no cost. Several at once: submit_sweep.",
                    .always_loaded = true,
                    .table = true},
                   fields(), run);
}

}  // namespace pawl
