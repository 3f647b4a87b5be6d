// Ends a sandbox; its files may live on as a revision.
#include <fmt/format.h>

#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/sandbox_text.h"

namespace pawl {
namespace {

constexpr std::size_t kDiffBytes = 12'000;

struct CloseArgs {
  std::string sandbox;
  bool keep = false;
};

const Fields<CloseArgs>& fields() {
  static const Fields<CloseArgs> table = {field("sandbox", &CloseArgs::sandbox, "").required(),
                                          field("keep", &CloseArgs::keep, R"(for from:"sb3")")};
  return table;
}

Result<Reply> run(const Call& call, const CloseArgs& args) {
  TRY(const SandboxClosed closed,
      call.service.close_sandbox(call.caller, args.sandbox, args.keep, call.stop));
  const SandboxLine& sandbox = closed.sandbox;
  const bool over = is_final(sandbox.state);
  Reply reply{.summary = fmt::format("{} {} after {}; {}.", sandbox.handle,
                                     over ? "is closed" : "is being ended",
                                     format_duration(sandbox.ran), cost_of(sandbox)),
              .budget = call.service.budget_line(call.caller),
              .tokens_max = kDetailedTokens,
              .text_only = true};
  if (!over) {
    reply.next = {fmt::format(R"(sandbox_close sandbox:"{}" keep:{})", sandbox.handle, args.keep)};
  } else if (!closed.kept.empty()) {
    reply.data.push_back({"kept", closed.kept});
    reply.next = {fmt::format(R"(submit_experiment title:"..." from:"{}")", sandbox.handle)};
  } else if (closed.diff) {
    reply.next = {fmt::format(R"(sandbox_close sandbox:"{}" keep:true)", sandbox.handle)};
  }
  if (closed.diff) add_diff(sandbox, *closed.diff, kDiffBytes, reply);
  return reply;
}

}  // namespace

Tool sandbox_close_tool() {
  return make_tool(
      {.name = "sandbox_close",
       .title = "Close a sandbox",
       .description = "Ends a sandbox and all that runs in it: cost, diff to the files it began "
                      "with. keep makes them what from takes; also later.",
       .destructive = true,
       .idempotent = true},
      fields(), run);
}

}  // namespace pawl
