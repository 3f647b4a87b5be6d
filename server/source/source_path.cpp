#include "server/source/source_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <string>

namespace pawl {
namespace {

constexpr std::size_t kPathBytesMax = 1024;
constexpr std::size_t kNameBytesMax = 255;

bool is_control(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return value < 0x20 || value == 0x7F;
}

// ".GIT", ".git. " and "git~1" open .git on file systems that fold case or shorten names.
bool opens_dot_git(std::string_view name) {
  while (name.ends_with('.') || name.ends_with(' ')) name.remove_suffix(1);
  std::string folded(name);
  std::ranges::transform(folded, folded.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return folded == ".git" || folded.starts_with(".git:") || folded.starts_with("git~");
}

}  // namespace

bool is_safe_name(std::string_view name) {
  return !name.empty() && name.size() <= kNameBytesMax && name != "." && name != ".." &&
         name.find('/') == std::string_view::npos && std::ranges::none_of(name, is_control) &&
         !opens_dot_git(name);
}

Result<void> check_source_path(std::string_view path) {
  const auto refuse = [&](std::string_view why) {
    std::string shown(path.substr(0, 100));
    std::ranges::replace_if(shown, is_control, '?');
    return fail(ErrorKind::kInvalid, fmt::format("path \"{}\" {}", shown, why),
                "Name a file by its path below the repository's top folder.");
  };
  if (path.empty()) return refuse("is empty");
  if (path.size() > kPathBytesMax) {
    return refuse(fmt::format("has {} bytes, over {}", path.size(), kPathBytesMax));
  }
  if (path.starts_with('/')) return refuse("is absolute");
  for (const auto part : path | std::views::split('/')) {
    const std::string_view name(part.begin(), part.end());
    if (name == "..") return refuse("leads out of the repository");
    if (!is_safe_name(name)) return refuse(fmt::format("has a part that is not allowed"));
  }
  return {};
}

}  // namespace pawl
