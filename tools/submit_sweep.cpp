// Several variants of one base as one round.
#include "tools/all_tools.h"
#include "tools/submit_reply.h"

namespace pawl {

const Fields<Variant>& fields_of(std::type_identity<Variant>) {
  static const Fields<Variant> table = {
      field("title", &Variant::title, "").required().range(1, kTitleBytesMax),
      field("params", &Variant::params, "").example(R"({"lr":0.02})"),
      field("patch", &Variant::patch, ""), field("edits", &Variant::edits, "")};
  return table;
}

namespace {

const Fields<SweepRequest>& fields() {
  using Request = SweepRequest;
  static const Fields<Request> table = {
      field("title", &Request::title, "what the round asks").required().range(1, kTitleBytesMax),
      field("base", &Request::base, "what all start from: a job, best, base, worktree or a commit"),
      field("variants", &Request::variants, "the changes, one job each; or use grid")
          .range(1, kVariantsMax),
      field("grid", &Request::grid, "values by parameter")
          .example(R"({"lr":[0.01,0.02],"depth":[4,6]})"),
      field("design", &Request::design,
            "of grid: all combinations, a balanced half or less, or value by value"),
      field("center", &Request::center, "the grid's base point too"),
      field("stage", &Request::stage, "one of briefing's stages"),
      field("limit", &Request::limit,
            "submit the first ones that fit, at most so many; absent: all or nothing")
          .range(1, kVariantsMax),
      field("key", &Request::key, "any word; a retry with it gives the same round")
          .range(1, kKeyBytesMax),
      field("rerun", &Request::rerun, "run although this content has a result")};
  return table;
}

Result<Reply> run(const Call& call, const SweepRequest& request) {
  TRY(const SubmitReply submitted, call.service.submit_sweep(call.caller, request));
  return submit_reply(call, submitted);
}

}  // namespace

Tool submit_sweep_tool() {
  return make_tool(
      {.name = "submit_sweep",
       .title = "Submit a sweep",
       .description = "Queues variants or a grid of parameters on one base as a round (r7), all or "
                      "nothing against the budget: handles, what was reused or "
                      "dropped, price ceiling. One change: submit_experiment.",
       .table = true},
      fields(), run);
}

}  // namespace pawl
