#include "server/source/revision_syntax.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string>

namespace pawl {
namespace {

constexpr std::size_t kBytesMax = 200;
constexpr int kStepsMax = 1000;

bool is_letter_or_digit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name_character(char c) {
  return is_letter_or_digit(c) || std::string_view("._/@+-").find(c) != std::string_view::npos;
}

// "~2^": each mark is one step or, for ~, as many as the number after it.
bool are_steps(std::string_view text) {
  int steps = 0;
  while (!text.empty()) {
    const char mark = text.front();
    if (mark != '~' && mark != '^') return false;
    text.remove_prefix(1);
    int count = 1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc::result_out_of_range || count < 0) return false;
    if (mark == '^' && count > 2) return false;  // a merge has two parents here
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    steps += mark == '~' ? count : 1;
    if (steps > kStepsMax) return false;
  }
  return true;
}

bool is_name(std::string_view name) {
  const auto has = [&](std::string_view part) { return name.find(part) != std::string_view::npos; };
  return !name.empty() && name != "@" && std::ranges::all_of(name, is_name_character) &&
         !name.starts_with('-') && !has("..") && !has("//");
}

}  // namespace

Result<void> check_revision_text(std::string_view text) {
  const std::size_t name_size = std::min(text.find_first_of("~^"), text.size());
  if (text.size() <= kBytesMax && is_name(text.substr(0, name_size)) &&
      are_steps(text.substr(name_size))) {
    return {};
  }
  std::string shown(text.substr(0, kBytesMax));
  std::ranges::replace_if(shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return fail(ErrorKind::kInvalid, fmt::format("\"{}\" is not a revision", shown),
              "Give a commit id, a branch, a tag or HEAD, with ~N after it for an ancestor.");
}

bool is_commit_id(std::string_view text) {
  return text.size() >= 4 && text.size() <= 40 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

}  // namespace pawl
