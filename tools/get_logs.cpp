// What a job wrote, as text only: structured content would hide it from the model.
#include <fmt/format.h>

#include "tools/all_tools.h"

namespace pawl {
namespace {

constexpr std::array<std::string_view, 4> kModes = {"error", "tail", "head", "grep"};
constexpr std::int64_t kLinesMax = 400;
constexpr std::int64_t kLinesConcise = 40;
constexpr std::size_t kFrameTokens = 150;  // summary, fence, next and budget

}  // namespace

template <>
struct Shape<LogMode> : WordShape<LogMode, kModes> {};

namespace {

const Fields<LogRequest>& fields() {
  static const Fields<LogRequest> table = {
      field("job", &LogRequest::job, "").required().example(R"("042")"),
      field("mode", &LogRequest::mode, "error: the lines around the first error"),
      field("pattern", &LogRequest::pattern, "for grep: plain text").range(0, 200),
      field("lines", &LogRequest::lines, "").range(1, kLinesMax),
      field("cursor", &LogRequest::cursor, "of the last reply: go on from there")};
  return table;
}

// Whole lines within the limit: the last ones of a tail, else the first.
std::string cut_to(const std::string& text, std::size_t bytes_max, bool keep_end) {
  if (text.size() <= bytes_max) return text;
  if (keep_end) {
    const std::size_t start = text.find('\n', text.size() - bytes_max);
    return start == std::string::npos ? text.substr(text.size() - bytes_max)
                                      : text.substr(start + 1);
  }
  const std::size_t end = text.rfind('\n', bytes_max);
  return clip(text.substr(0, end == std::string::npos ? bytes_max : end), bytes_max);
}

Result<Reply> run(const Call& call, const LogRequest& request) {
  TRY(const LogReply log, call.service.logs(call.caller, request));
  const std::size_t tokens_max = request.lines > kLinesConcise ? kDetailedTokens : kConciseTokens;
  const std::string shown =
      cut_to(log.text, (tokens_max - kFrameTokens) * 4, request.mode == LogMode::kTail);
  Reply reply{
      .summary = fmt::format("{}: {} of {} bytes ({}).", request.job, shown.size(), log.bytes_total,
                             kModes[static_cast<std::size_t>(request.mode)]),
      .budget = call.service.budget_line(call.caller),
      .tokens_max = tokens_max,
      .text_only = true};
  if (shown.empty()) {
    reply.summary += " Nothing matches.";
  } else {
    reply.data.push_back({"log", fence(shown, "job " + request.job)});
  }
  if (shown.size() < log.text.size()) {
    reply.missing = {fmt::format("{} bytes; get_logs lines:{} or a narrower pattern gets them",
                                 log.text.size() - shown.size(), kLinesMax)};
  }
  if (log.cursor) {
    reply.next = {fmt::format(R"(get_logs job:"{}" mode:"{}" cursor:{})", request.job,
                              kModes[static_cast<std::size_t>(request.mode)], *log.cursor)};
  }
  return reply;
}

}  // namespace

Tool get_logs_tool() {
  return make_tool({.name = "get_logs",
                    .title = "Read a job's output",
                    .description = "Output of one job as untrusted text, repeats collapsed: around "
                                   "the error, tail, head or grep. Not for metrics or state: "
                                   "get_job.",
                    .read_only = true,
                    .idempotent = true},
                   fields(), run);
}

}  // namespace pawl
