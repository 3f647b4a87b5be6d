#include <sys/stat.h>
#include <sys/un.h>

#include <thread>

#include "tests/source/user_repository.h"

using namespace pawl;

class WorktreeSnapshot : public SourceTest {
 protected:
  WorktreeSnapshot() {
    write(".gitignore", "*.bin\n/out/\n");
    commit("train.py", "lr = 1\n");
  }

  std::vector<std::string> paths(const Repository& repository, const Revision& revision) const {
    std::vector<std::string> names;
    const std::vector<SourceFile> files = repository.list_files(revision).value();
    for (const SourceFile& file : files) names.push_back(file.path);
    return names;
  }
};

TEST_F(WorktreeSnapshot, HoldsChangedAndUntrackedFilesButNoIgnoredOrDeletedOnes) {
  commit("old.py", "x\n");
  std::filesystem::remove(user() / "old.py");
  write("train.py", "lr = 2\n");
  write("new/model.py", "depth = 8\n");
  write("weights.bin", "ignored");
  write("out/log", "ignored");
  const Repository repository = open();
  const Snapshot snapshot = repository.snapshot_worktree().value();
  EXPECT_EQ(paths(repository, snapshot.revision),
            (std::vector<std::string>{".gitignore", "new/model.py", "train.py"}));
  EXPECT_EQ(repository.read_file(snapshot.revision, "train.py"), "lr = 2\n");
  EXPECT_EQ(snapshot.files_changed, 2);
  EXPECT_EQ(snapshot.bytes_changed, 17);
}

TEST_F(WorktreeSnapshot, LeavesTheUsersRepositoryUntouchedToTheTimestamp) {
  git("add train.py");
  write("staged.py", "1\n");
  git("add staged.py");
  write("train.py", "lr = 2\n");
  write("copy.py", "lr = 1\n");  // content that the user's objects already hold
  const auto before = state_of(user());
  ASSERT_TRUE(open().snapshot_worktree());
  EXPECT_EQ(state_of(user()), before);
}

TEST_F(WorktreeSnapshot, OfACleanTreeIsHeadItself) {
  const Repository repository = open();
  const Snapshot snapshot = repository.snapshot_worktree().value();
  EXPECT_EQ(snapshot.revision, repository.resolve("HEAD").value());
  EXPECT_EQ(snapshot.revision, snapshot.parent);
}

TEST_F(WorktreeSnapshot, OfTheSameTreeIsTheSameRevision) {
  write("train.py", "lr = 2\n");
  const Repository repository = open();
  const Revision first = repository.snapshot_worktree()->revision;
  write("train.py", "lr = 3\n");
  const Revision second = repository.snapshot_worktree()->revision;
  write("train.py", "lr = 2\n");
  EXPECT_NE(first, second);
  EXPECT_EQ(repository.snapshot_worktree()->revision, first);
  std::filesystem::remove_all(bare());
  EXPECT_EQ(open().snapshot_worktree()->revision, first);
}

TEST_F(WorktreeSnapshot, NeedsNothingOfTheUsersRepositoryLater) {
  for (int i = 0; i < 100; ++i) {  // enough objects for a pack
    write("lib/f" + std::to_string(i), std::to_string(i));
  }
  const Repository repository = open();
  const Revision revision = repository.snapshot_worktree()->revision;
  std::filesystem::remove_all(user());
  EXPECT_EQ(checked_out(repository, revision, "lib/f99"), "99");
  run("git -C '" + bare().string() + "' fsck --strict --full");
}

TEST_F(WorktreeSnapshot, SkipsNestedRepositoriesAndSaysSo) {
  write("vendor/lib/x.py", "x");
  run("git -C '" + (user() / "vendor/lib").string() + "' init");
  const Repository repository = open();
  const Snapshot snapshot = repository.snapshot_worktree().value();
  EXPECT_EQ(snapshot.skipped, std::vector<std::string>{"vendor/lib"});
  EXPECT_EQ(paths(repository, snapshot.revision),
            (std::vector<std::string>{".gitignore", "train.py"}));
}

TEST_F(WorktreeSnapshot, ReportsSubmodulesWhichStayEmpty) {
  run("git init '" + (top_ / "lib").string() + "' && git -C '" + (top_ / "lib").string() +
      "' commit --allow-empty -m x");
  git("-c protocol.file.allow=always submodule add '" + (top_ / "lib").string() + "' lib");
  git("commit -m submodule");
  const Repository repository = open();
  const Snapshot snapshot = repository.snapshot_worktree().value();
  EXPECT_EQ(snapshot.skipped, std::vector<std::string>{"lib"});
  ASSERT_TRUE(repository.checkout(snapshot.revision, target()));
  EXPECT_TRUE(std::filesystem::is_empty(target() / "lib"));
}

TEST_F(WorktreeSnapshot, StoresLinksAsLinks) {
  std::filesystem::create_symlink("/etc/passwd", user() / "link");
  std::filesystem::create_directory_symlink("/etc", user() / "folder");
  const Repository repository = open();
  const Revision revision = repository.snapshot_worktree()->revision;
  ASSERT_TRUE(repository.checkout(revision, target()));
  EXPECT_EQ(std::filesystem::read_symlink(target() / "link"), "/etc/passwd");
  EXPECT_EQ(std::filesystem::read_symlink(target() / "folder"), "/etc");
  EXPECT_EQ(repository.read_file(revision, "link").error().kind, ErrorKind::kNotFound);
}

TEST_F(WorktreeSnapshot, PassesOverPipesAndSockets) {
  ASSERT_EQ(mkfifo((user() / "pipe").c_str(), 0600), 0);
  write("new.py", "x");
  const Repository repository = open();
  EXPECT_EQ(paths(repository, repository.snapshot_worktree()->revision),
            (std::vector<std::string>{".gitignore", "new.py", "train.py"}));
}

TEST_F(WorktreeSnapshot, SeesAChangeOfTheSameSizeInTheSameSecond) {
  const Repository repository = open();
  for (int i = 0; i < 5; ++i) {
    commit("racy.py", "a" + std::to_string(i));
    write("racy.py", "b" + std::to_string(i));
    const Revision revision = repository.snapshot_worktree()->revision;
    ASSERT_EQ(repository.read_file(revision, "racy.py"), "b" + std::to_string(i));
  }
}

TEST_F(WorktreeSnapshot, OfARepositoryWithoutCommitsSaysSo) {
  std::filesystem::remove_all(user() / ".git");
  git("init");
  const auto snapshot = open().snapshot_worktree();
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().message, "the repository has no commit yet");
}

TEST_F(WorktreeSnapshot, RefusesAHugeFileByNameAndSize) {
  write("data.txt", std::string(1001, 'x'));
  const auto snapshot = open().snapshot_worktree({.file_bytes_max = 1000});
  ASSERT_FALSE(snapshot);
  EXPECT_EQ(snapshot.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(snapshot.error().message,
            "file \"data.txt\" has 1001 bytes, over 1000 for a file in a snapshot");
}

TEST_F(WorktreeSnapshot, RefusesTooManyFilesAndTooManyBytes) {
  for (int i = 0; i < 5; ++i) write("f" + std::to_string(i), "12345");
  const Repository repository = open();
  EXPECT_EQ(repository.snapshot_worktree({.files_max = 4}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(repository.snapshot_worktree({.total_bytes_max = 24}).error().kind,
            ErrorKind::kInvalid);
  EXPECT_TRUE(repository.snapshot_worktree({.total_bytes_max = 25, .files_max = 5}));
}

TEST_F(WorktreeSnapshot, InTheMiddleOfAMergeIsRefused) {
  git("checkout -b other");
  commit("train.py", "lr = 2\n");
  git("checkout main");
  commit("train.py", "lr = 3\n");
  run("! git -C '" + user().string() + "' merge other");
  EXPECT_EQ(open().snapshot_worktree().error().kind, ErrorKind::kInvalid);
}

TEST_F(WorktreeSnapshot, RunsNoFilterOrHookOfTheRepository) {
  const std::string planted = (top_ / "ran").string();
  git("config filter.evil.clean 'touch " + planted + "'");
  git("config filter.evil.smudge 'touch " + planted + "'");
  git("config core.fsmonitor 'touch " + planted + "'");
  git("config diff.evil.command 'touch " + planted + "'");
  write(".gitattributes", "* filter=evil diff=evil\n");
  for (const char* hook : {"post-checkout", "pre-commit", "post-commit", "post-index-change",
                           "reference-transaction"}) {
    write(std::string(".git/hooks/") + hook, "#!/bin/sh\ntouch " + planted + "\n");
    chmod((user() / ".git/hooks" / hook).c_str(), 0755);
  }
  write("train.py", "lr = 2\n");
  const Repository repository = open();
  const Snapshot snapshot = repository.snapshot_worktree().value();
  ASSERT_TRUE(repository.diff(snapshot.parent, snapshot.revision, 10'000));
  EXPECT_EQ(checked_out(repository, snapshot.revision, "train.py"), "lr = 2\n");
  EXPECT_FALSE(std::filesystem::exists(planted));
}

TEST_F(WorktreeSnapshot, OfALinkedWorktreeIsItsOwnFiles) {
  git("worktree add ../other -b other");
  std::ofstream(top_ / "other" / "train.py") << "lr = 9\n";
  const Repository repository = Repository::open_or_create(bare(), top_ / "other").value();
  EXPECT_EQ(repository.read_file(repository.snapshot_worktree()->revision, "train.py"), "lr = 9\n");
}

TEST_F(WorktreeSnapshot, CanBeTakenByManyThreadsAtOnce) {
  write("train.py", "lr = 2\n");
  const Repository repository = open();
  const Revision expected = repository.snapshot_worktree()->revision;
  std::filesystem::remove_all(bare());
  const Repository fresh = open();
  std::atomic<int> equal = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
      threads.emplace_back([&] {
        const auto snapshot = fresh.snapshot_worktree();
        if (snapshot && snapshot->revision == expected) ++equal;
      });
    }
  }
  EXPECT_EQ(equal, 8);
}
