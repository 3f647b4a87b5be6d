#include "server/policy/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace pawl {
namespace {

std::string heading(const Diagnostic& d) {
  return fmt::format("{}:{}:{}: {}", d.file, d.at.line, d.at.column, d.message);
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string format(const Diagnostic& d) {
  std::string text = heading(d) + "\n";
  if (!d.source_line.empty()) {
    const std::size_t length = characters(d.source_line);
    const auto column = std::min(static_cast<std::size_t>(d.at.column), length + 1);
    const auto width =
        std::clamp<std::size_t>(static_cast<std::size_t>(d.at.width), 1, length + 2 - column);
    text += fmt::format("{:4} | {}\n", d.at.line, d.source_line);
    text +=
        fmt::format("     | {}^{}\n", std::string(column - 1, ' '), std::string(width - 1, '~'));
  }
  return d.hint.empty() ? text : text + "  " + d.hint + "\n";
}

std::string format(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += format(diagnostic);
  return text;
}

Diagnostics in_order(Diagnostics diagnostics) {
  std::ranges::stable_sort(diagnostics, {},
                           [](const Diagnostic& d) { return std::pair(d.file, d.at); });
  return diagnostics;
}

Error to_error(const Diagnostics& diagnostics) {
  const Diagnostic& first = diagnostics.front();
  const std::size_t more = diagnostics.size() - 1;
  return {ErrorKind::kInvalid,
          heading(first) + (more > 0 ? fmt::format(" (and {} more)", more) : ""), first.hint};
}

}  // namespace pawl
