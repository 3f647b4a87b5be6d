#include "tools/sandbox_text.h"

#include <fmt/format.h>

#include "server/core/text.h"
#include "server/records/sanitize.h"

namespace pawl {
namespace {

constexpr std::size_t kLinesMax = 400;

}  // namespace

std::string life_of(const SandboxLine& sandbox) {
  if (!sandbox.ending.empty()) {
    return fmt::format("ends {} after its opening: {}", format_duration(sandbox.granted),
                       sandbox.ending);
  }
  return fmt::format("closes after {} without use, {} after its opening at the latest",
                     format_duration(sandbox.idle), format_duration(sandbox.longest));
}

std::string cost_of(const SandboxLine& sandbox) {
  return fmt::format("${} so far at ${} an hour", format_usd(sandbox.spent),
                     format_usd(sandbox.price.per_hour));
}

void add_diff(const SandboxLine& sandbox, const Diff& diff, std::size_t bytes_max, Reply& reply) {
  reply.data.push_back(
      {"diff",
       fmt::format("{}, +{} -{} lines", plural(static_cast<std::size_t>(diff.stat.files), "file"),
                   diff.stat.insertions, diff.stat.deletions)});
  if (diff.text.empty()) return;
  const std::string text = clean_text(diff.text, {.lines_max = kLinesMax, .collapse = false}).text;
  reply.data.push_back({"patch", fence(clip(text, bytes_max), "sandbox " + sandbox.handle)});
  if (diff.truncated || text.size() > bytes_max)
    reply.missing.push_back("the rest of the diff; sandbox_exec read:[...] shows whole files");
}

}  // namespace pawl
