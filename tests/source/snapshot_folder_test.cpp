// A folder that nobody owns as a revision: what a job left in its checkout.
#include "tests/source/user_repository.h"

using namespace pawl;
namespace fs = std::filesystem;

namespace {

class FolderSnapshot : public SourceTest {
 protected:
  FolderSnapshot() {
    write(".gitignore", "*.bin\n");
    commit("train.py", "lr = 1\n");
    base_ = repository_.resolve("HEAD").value();
    EXPECT_TRUE(repository_.checkout(base_, target()));
  }
  void leave(const std::string& path, const std::string& text) {
    fs::create_directories((target() / path).parent_path());
    std::ofstream(target() / path) << text;
  }
  std::vector<std::string> paths(const Revision& revision) {
    std::vector<std::string> names;
    const auto files = repository_.list_files(revision).value();
    for (const SourceFile& file : files) names.push_back(file.path);
    return names;
  }

  Repository repository_ = open();
  Revision base_;
};

TEST_F(FolderSnapshot, OfAnUntouchedCheckoutIsItsRevision) {
  EXPECT_EQ(repository_.snapshot_folder(target(), base_, "sandbox sb1"), base_);
}

TEST_F(FolderSnapshot, HoldsWhatChangedAndIsNewAndNothingIgnored) {
  leave("train.py", "lr = 2\n");
  leave("new/probe.py", "print(1)\n");
  leave("weights.bin", "ignored");
  const auto left = repository_.snapshot_folder(target(), base_, "sandbox sb1");
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_EQ(paths(*left), (std::vector<std::string>{".gitignore", "new/probe.py", "train.py"}));
  EXPECT_EQ(repository_.diff(base_, *left, 10'000)->stat, (DiffStat{2, 2, 1}));
  EXPECT_EQ(repository_.snapshot_folder(target(), base_, "sandbox sb1"), *left);
}

TEST_F(FolderSnapshot, FollowsNoLinkAndLeavesOutThoseToTheMachine) {
  fs::create_symlink("/etc/passwd", target() / "users");
  fs::create_directory_symlink("/etc", target() / "etc");
  fs::create_symlink("train.py", target() / "same");
  const auto left = repository_.snapshot_folder(target(), base_, "sandbox sb1");
  ASSERT_TRUE(left) << left.error().message;
  EXPECT_EQ(paths(*left), (std::vector<std::string>{".gitignore", "same", "train.py"}));
}

TEST_F(FolderSnapshot, ARepositoryInsideIsLeftOut) {
  leave("nested/.git/HEAD", "ref: refs/heads/main\n");
  leave("nested/code.py", "x\n");
  leave(".git/config", "[core]\n\tfsmonitor = /bin/false\n");
  const auto left = repository_.snapshot_folder(target(), base_, "sandbox sb1");
  ASSERT_TRUE(left) << left.error().message;
  for (const std::string& path : paths(*left)) EXPECT_FALSE(path.contains(".git/")) << path;
}

}  // namespace
