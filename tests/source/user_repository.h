// A user's repository in a temporary folder, made with git itself, and pawl's beside it.
#pragma once
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "server/source/repository.h"

namespace pawl {

inline std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class SourceTest : public testing::Test {
 protected:
  SourceTest() {
    std::string name = testing::TempDir() + "pawl-source-XXXXXX";
    top_ = mkdtemp(name.data());
    std::filesystem::create_directory(user());
    git("init --initial-branch=main --template=");
  }
  ~SourceTest() override { std::filesystem::remove_all(top_); }

  std::filesystem::path user() const { return top_ / "user"; }
  std::filesystem::path bare() const { return top_ / "state" / "project.git"; }
  std::filesystem::path target() const { return top_ / "work"; }

  void git(const std::string& arguments) const {
    run("git -C '" + user().string() + "' " + arguments);
  }
  void run(const std::string& command) const {
    const std::string quiet =
        "export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=h GIT_AUTHOR_EMAIL=h "
        "GIT_COMMITTER_NAME=h GIT_COMMITTER_EMAIL=h; { " +
        command + "; } >/dev/null 2>&1";
    ASSERT_EQ(std::system(quiet.c_str()), 0) << command;
  }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((user() / path).parent_path());
    std::ofstream(user() / path, std::ios::binary) << text;
  }
  void commit(const std::string& path, const std::string& text) const {
    write(path, text);
    git("add --all");
    git("commit --quiet --message=change");
  }

  Repository open() const { return Repository::open_or_create(bare(), user()).value(); }

  std::string checked_out(const Repository& repository, const Revision& revision,
                          const std::string& path) const {
    std::filesystem::remove_all(target());
    EXPECT_TRUE(repository.checkout(revision, target()));
    return read_text(target() / path);
  }

  // Everything that a change of the user's repository would show in: names, contents, times.
  std::map<std::string, std::string> state_of(const std::filesystem::path& folder) const {
    std::map<std::string, std::string> state;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      struct stat facts{};
      lstat(entry.path().c_str(), &facts);
      state[entry.path()] = std::to_string(facts.st_mtim.tv_sec) + "." +
                            std::to_string(facts.st_mtim.tv_nsec) + " " +
                            std::to_string(facts.st_mode) + " " +
                            (entry.is_regular_file() ? read_text(entry.path()) : "");
    }
    return state;
  }

  std::filesystem::path top_;
};

}  // namespace pawl
