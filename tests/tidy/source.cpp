#include "tests/tidy/source.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace tidy {
namespace {

namespace fs = std::filesystem;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Blanks what is not code. Positions and line ends stay.
class Blanker {
 public:
  explicit Blanker(std::string text) : text_(std::move(text)) {}

  std::string run() {
    while (at_ < text_.size()) {
      if (starts("//")) {
        blank_to(text_.find('\n', at_));
      } else if (starts("/*")) {
        blank_to(end_of("*/"));
      } else if (starts("R\"") && !is_word(before())) {
        blank_raw_string();
      } else if (text_[at_] == '"' || (text_[at_] == '\'' && !is_word(before()))) {
        blank_quoted(text_[at_]);
      } else if (text_[at_] == '#' && first_of_line()) {
        blank_directive();
      } else {
        ++at_;
      }
    }
    return std::move(text_);
  }

 private:
  bool starts(std::string_view token) const {
    return std::string_view(text_).substr(at_).starts_with(token);
  }
  char before() const { return at_ == 0 ? '\n' : text_[at_ - 1]; }

  bool first_of_line() const {
    const std::size_t found = at_ == 0 ? std::string::npos : text_.find_last_not_of(" \t", at_ - 1);
    return found == std::string::npos || text_[found] == '\n';
  }

  std::size_t end_of(const std::string& token) const {
    const std::size_t found = text_.find(token, at_ + 2);
    return found == std::string::npos ? found : found + token.size();
  }

  void blank_to(std::size_t end) {
    for (end = std::min(end, text_.size()); at_ < end; ++at_) {
      if (text_[at_] != '\n') text_[at_] = ' ';
    }
  }

  void blank_raw_string() {
    const std::size_t open = text_.find('(', at_);
    if (open == std::string::npos) return blank_to(open);
    blank_to(end_of(")" + text_.substr(at_ + 2, open - at_ - 2) + "\""));
  }

  void blank_quoted(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    ++at_;  // the quotes stay
    blank_to(end);
    ++at_;
  }

  void blank_directive() {
    std::size_t end = text_.find('\n', at_);
    while (end != std::string::npos && text_[end - 1] == '\\') end = text_.find('\n', end + 1);
    blank_to(end);
  }

  std::string text_;
  std::size_t at_ = 0;
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_ours(const fs::path& relative) {
  const std::string top = relative.begin()->string();
  return top != "build" && top != ".git" && top != ".cache" && relative.filename() != "__pycache__";
}

bool is_text(const fs::path& path) {
  const std::vector<std::string> endings = {"",    ".h",   ".cpp",   ".py",   ".sh",
                                            ".md", ".txt", ".toml",  ".json", ".cmake",
                                            ".cu", ".in",  ".patch", ".sql"};
  return std::ranges::find(endings, path.extension().string()) != endings.end();
}

std::vector<SourceFile> read_tree() {
  std::vector<SourceFile> files;
  const fs::path top = SOURCE_ROOT;
  for (auto entry = fs::recursive_directory_iterator(top);
       entry != fs::recursive_directory_iterator(); ++entry) {
    const fs::path path = entry->path().lexically_relative(top);
    if (!is_ours(path)) {
      entry.disable_recursion_pending();
    } else if (entry->is_regular_file() && is_text(path)) {
      files.push_back(source_file(path.generic_string(), read(entry->path())));
    }
  }
  return files;
}

}  // namespace

std::string SourceFile::folder() const {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

SourceFile source_file(std::string path, std::string_view text) {
  SourceFile file{.path = std::move(path), .lines = split(text), .code = {}};
  if (file.is_cpp()) file.code = split(Blanker(std::string(text)).run());
  return file;
}

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> files = read_tree();
  return files;
}

std::ostream& operator<<(std::ostream& out, const Finding& finding) {
  return out << finding.path << ":" << finding.line << ": " << finding.rule;
}

Findings check_tree(const Rule& rule) {
  Findings all;
  for (const SourceFile& file : tree()) std::ranges::move(rule(file), std::back_inserter(all));
  return all;
}

Findings check_text(const Rule& rule, std::string path, std::string_view text) {
  return rule(source_file(std::move(path), text));
}

bool has_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos;
       at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(line[at - 1])) && (end == line.size() || !is_word(line[end])))
      return true;
  }
  return false;
}

Findings find_lines(const SourceFile& file, const std::vector<std::string>& lines,
                    const std::string& rule, const std::function<bool(std::string_view)>& is_bad) {
  Findings found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (is_bad(lines[i])) found.push_back({file.path, i + 1, rule});
  }
  return found;
}

std::string read_file(const std::string& path) { return read(fs::path(SOURCE_ROOT) / path); }

}  // namespace tidy
