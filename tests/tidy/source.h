// The project's files as the house rules see them, and what a rule reports.
#pragma once
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tidy {

struct SourceFile {
  std::string path;                // relative to the top, with '/'
  std::vector<std::string> lines;  // as they stand
  std::vector<std::string>
      code;  // the same lines of a C++ file; comments, directives and what stands in quotes blanked

  bool in(std::string_view folder) const { return path.starts_with(std::string(folder) + "/"); }
  bool is_cpp() const {
    return path.ends_with(".h") || path.ends_with(".cpp") || path.ends_with(".cu");
  }
  bool is_product() const {
    return is_cpp() && (in("server") || in("tools") || in("keeper") || is_trainer());
  }
  bool is_trainer() const { return is_cpp() && in("trainer") && !in("trainer/tests"); }
  std::string folder() const;  // "server/core"
};

SourceFile source_file(std::string path, std::string_view text);

// Every text file of the project, build output left out; read once.
const std::vector<SourceFile>& tree();

struct Finding {
  std::string path;
  std::size_t line = 0;
  std::string rule;
  bool operator==(const Finding&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Finding& finding);

using Findings = std::vector<Finding>;
using Rule = std::function<Findings(const SourceFile&)>;

Findings check_tree(const Rule& rule);
Findings check_text(const Rule& rule, std::string path, std::string_view text);

bool has_word(std::string_view line,
              std::string_view word);  // not as a part of a longer identifier

// A finding on each line of `lines` for which `is_bad` holds.
Findings find_lines(const SourceFile& file, const std::vector<std::string>& lines,
                    const std::string& rule, const std::function<bool(std::string_view)>& is_bad);

std::string read_file(const std::string& path);  // relative to the top; empty when there is none

}  // namespace tidy

#define EXPECT_NO_FINDINGS(expression) EXPECT_EQ((expression), tidy::Findings{})
