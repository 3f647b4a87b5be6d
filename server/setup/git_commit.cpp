#include "server/setup/git_commit.h"

#include <unistd.h>

#include "server/runner/process.h"

namespace pawl {
namespace {

constexpr std::chrono::minutes kLimit{2};  // a hook may take its time

Result<void> run_git(std::vector<std::string> arguments) {
  const std::string git = find_in_path("git");
  if (git.empty())
    return fail(ErrorKind::kEngine, "git is not in the PATH", "Commit pawl.toml yourself.");
  arguments.insert(arguments.begin(), git);
  std::vector<std::string> env;
  for (char** variable = environ; *variable != nullptr; ++variable) env.emplace_back(*variable);
  TRY(const ProgramEnd end, run_program(arguments, env, kLimit));
  if (end.code == 0) return {};
  return fail(ErrorKind::kEngine, "git " + arguments.at(3) + " failed: " + end.errors,
              "pawl.toml is written but not committed; commit it, then run `pawl init` again.");
}

}  // namespace

Result<void> commit_file(const std::filesystem::path& root, const std::string& file,
                         const std::string& message) {
  CHECK_OK(run_git({"-C", root.string(), "add", "--", file}));
  return run_git({"-C", root.string(), "commit", "--quiet", "--message=" + message, "--", file});
}

}  // namespace pawl
