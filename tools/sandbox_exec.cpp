// One command in a sandbox. What it wrote is text of a stranger, so the reply is text only.
#include <fmt/format.h>

#include "server/core/text.h"
#include "server/records/sanitize.h"
#include "tools/all_tools.h"
#include "tools/sandbox_text.h"

namespace pawl {
namespace {

constexpr std::int64_t kTimeoutMax = 3'600;
constexpr std::size_t kOutputBytes = 8'000, kFileBytes = 8'000, kDiffBytes = 6'000;

const Fields<SandboxCommand>& fields() {
  using Request = SandboxCommand;
  static const Fields<Request> table = {
      field("sandbox", &Request::sandbox, "").required(),
      field("command", &Request::command, "argv; no shell")
          .required()
          .range(1, 100)
          .example(R"(["sh","-c","ls"])"),
      field("files", &Request::files, "path to text, written before"),
      field("read", &Request::read, "paths shown after").range(0, 10),
      field("timeout_s", &Request::timeout_s, "").range(1, kTimeoutMax),
      field("diff", &Request::diff, "")};
  return table;
}

std::string ending_of(const CommandEnd& end) {
  switch (end.outcome) {
    case CommandOutcome::kExited:
      return fmt::format("exit {}", end.code);
    case CommandOutcome::kSignaled:
      return fmt::format("ended by signal {}", end.code);
    case CommandOutcome::kTimedOut:
      return "killed at its timeout";
    case CommandOutcome::kNotStarted:
      return "not started: " + clean_line(end.problem);
  }
  __builtin_unreachable();
}

// The beginning and the end, with what is missing between them.
std::string output_of(const CommandEnd& end) {
  const std::string whole = end.head + end.tail;
  const std::int64_t gap = end.bytes - static_cast<std::int64_t>(whole.size());
  constexpr std::size_t kHalf = kOutputBytes / 2;
  const std::string text = clean_text(gap > 0 ? end.head : whole).text;
  if (gap <= 0 && text.size() <= kOutputBytes) return text;
  const std::string last = gap > 0 ? clean_text(end.tail, {.lines_max = 10'000}).text : text;
  return clip(text, kHalf) + "\n[...]\n" +
         (last.size() > kHalf ? last.substr(last.size() - kHalf) : last);
}

void add_files(const SandboxCommandReply& done, Reply& reply) {
  const std::string origin = "sandbox " + done.sandbox.handle;
  for (const ShownFile& file : done.files) {
    const std::string name = "file " + clean_line(file.path, 100);
    const std::string text = clean_text(file.text, {.lines_max = 2'000, .collapse = false}).text;
    reply.data.push_back(
        {name, file.problem.empty() ? fence(clip(text, kFileBytes), origin) : file.problem});
  }
}

Result<Reply> run(const Call& call, const SandboxCommand& request) {
  TRY(const SandboxCommandReply done, call.service.run_in_sandbox(call.caller, request, call.stop));
  const SandboxLine& sandbox = done.sandbox;
  Reply reply{.summary = fmt::format("{}: {} after {}; {}.", sandbox.handle, ending_of(done.end),
                                     format_duration(done.end.took), cost_of(sandbox)),
              .data = {{"life", life_of(sandbox)}},
              .next = {fmt::format(R"(sandbox_close sandbox:"{}")", sandbox.handle)},
              .budget = call.service.budget_line(call.caller),
              .tokens_max = kDetailedTokens,
              .text_only = true};
  if (done.end.bytes > 0) {
    const std::string shown = output_of(done.end);
    reply.data.push_back({fmt::format("output, {} bytes", done.end.bytes),
                          fence(shown, "sandbox " + sandbox.handle)});
  }
  add_files(done, reply);
  if (done.diff) add_diff(sandbox, *done.diff, kDiffBytes, reply);
  return reply;
}

}  // namespace

Tool sandbox_exec_tool() {
  return make_tool({.name = "sandbox_exec",
                    .title = "Run in a sandbox",
                    .description = "One command in a sandbox: exit code, output as untrusted text, "
                                   "files, diff, cost so far. All that it started ends with it."},
                   fields(), run);
}

}  // namespace pawl
