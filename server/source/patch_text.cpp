#include "server/source/patch_text.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace pawl {
namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// The count in "-12,3" or "+12": lines of one side that the hunk has; 1 when it is left out.
int side_count(std::string_view header, char sign) {
  const std::size_t begin = header.find(sign);
  const std::size_t end = header.find(' ', std::min(begin, header.size()));
  if (begin == std::string_view::npos || end == std::string_view::npos) return 0;
  const std::string_view side = header.substr(begin, end - begin);
  const std::size_t comma = side.find(',');
  if (comma == std::string_view::npos) return 1;
  int count = 0;
  std::from_chars(side.data() + comma + 1, side.data() + side.size(), count);
  return count;
}

// Lines of a hunk that are still to come: inside, "--- x" is a removed line and no header.
struct Hunk {
  int old_left = 0, new_left = 0;

  bool takes(std::string_view line) {
    if (old_left <= 0 && new_left <= 0) return false;
    const char mark = line.empty() ? ' ' : line.front();
    if (mark == '-' || mark == ' ') --old_left;
    if (mark == '+' || mark == ' ') --new_left;
    return true;
  }
};

// "a/train.py\t2026-01-01" is train.py. Absent (empty) for /dev/null.
std::string_view path_of(std::string_view header) {
  header.remove_prefix(4);  // "--- " or "+++ "
  header = header.substr(0, header.find('\t'));
  if (header == "/dev/null") return {};
  if (header.starts_with("a/") || header.starts_with("b/")) header.remove_prefix(2);
  return header;
}

std::string file_header(std::string_view old_line, std::string_view new_line) {
  const std::string_view before = path_of(old_line), after = path_of(new_line);
  const std::string_view name = after.empty() ? before : after;
  std::string text = fmt::format("diff --git a/{} b/{}\n", name, name);
  if (before.empty()) text += "new file mode 100644\n";
  if (after.empty()) text += "deleted file mode 100644\n";
  text += before.empty() ? "--- /dev/null\n" : fmt::format("--- a/{}\n", before);
  text += after.empty() ? "+++ /dev/null\n" : fmt::format("+++ b/{}\n", after);
  return text;
}

}  // namespace

std::string as_git_patch(std::string_view patch) {
  const std::vector<std::string_view> lines = split_lines(patch);
  std::string text;
  Hunk hunk;
  bool in_git_form = false;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    const bool inside = hunk.takes(line);
    if (!inside && line.starts_with("diff --git ")) in_git_form = true;
    if (!inside && line.starts_with("@@ -")) hunk = {side_count(line, '-'), side_count(line, '+')};
    if (!inside && !in_git_form && line.starts_with("--- ") && i + 1 < lines.size() &&
        lines[i + 1].starts_with("+++ ")) {
      text += file_header(line, lines[++i]);
    } else {
      text.append(line).append("\n");
    }
  }
  return text;
}

}  // namespace pawl
