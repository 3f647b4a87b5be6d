#include "server/source/revision_syntax.h"
#include "tests/source/user_repository.h"

using namespace pawl;

class Resolve : public SourceTest {
 protected:
  Resolve() { commit("train.py", "lr = 1\n"); }
};

TEST_F(Resolve, BranchesTagsShortIdsAndAncestorsNameTheSameCommit) {
  git("tag -a -m x first");
  git("branch feature/x");
  const Repository repository = open();
  const Revision head = repository.resolve("HEAD").value();
  EXPECT_EQ(repository.resolve("main"), head);
  EXPECT_EQ(repository.resolve("first"), head);
  EXPECT_EQ(repository.resolve("feature/x"), head);
  EXPECT_EQ(repository.resolve(head.commit.substr(0, 8)), head);
  commit("train.py", "lr = 2\n");
  EXPECT_EQ(repository.resolve("main~1"), head);
  EXPECT_EQ(repository.resolve("HEAD^"), head);
}

TEST_F(Resolve, WhatWasResolvedSurvivesTheUsersRepository) {
  const Repository repository = open();
  const Revision head = repository.resolve("HEAD").value();
  std::filesystem::remove_all(user() / ".git");
  EXPECT_EQ(repository.read_file(head, "train.py"), "lr = 1\n");
  EXPECT_EQ(checked_out(repository, head, "train.py"), "lr = 1\n");
}

TEST_F(Resolve, ACommitThatTheUserCollectedIsStillFoundByItsId) {
  const Repository repository = open();
  const Revision edited =
      repository.apply_edits(repository.resolve("HEAD").value(), {{{"new.py", "", "x"}}}).value();
  EXPECT_EQ(repository.resolve(edited.commit), edited);
  EXPECT_EQ(repository.resolve(edited.commit.substr(0, 10) + "~1").value(),
            repository.resolve("HEAD").value());
}

TEST_F(Resolve, AMissSuggestsTheBranchThatWasMeant) {
  const auto missing = open().resolve("mainn");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(missing.error().hint.find("\"main\""), std::string::npos) << missing.error().hint;
}

TEST_F(Resolve, PawlsOwnRepositoryPassesGitsCheck) {
  commit("train.py", "lr = 2\n");
  const Repository repository = open();
  ASSERT_TRUE(repository.pin(repository.resolve("HEAD").value(), "jobs/1"));
  run("git -C '" + bare().string() + "' fsck --strict --full");
  run("git clone '" + bare().string() + "' '" + (top_ / "clone").string() + "'");
}

TEST_F(Resolve, HostileTextIsRefusedBeforeGitSeesIt) {
  const Repository repository = open();
  for (const std::string_view text : {"--upload-pack=sh",
                                      "-x",
                                      "@{-1}",
                                      "@",
                                      "main@{1}",
                                      "main@{upstream}",
                                      "HEAD\nmain",
                                      "a b",
                                      "",
                                      ":/change",
                                      "HEAD:train.py",
                                      "HEAD^{tree}",
                                      "HEAD^{/fix}",
                                      "main..HEAD",
                                      "^HEAD",
                                      "~",
                                      "HEAD~99999999999",
                                      "HEAD~1001",
                                      "HEAD^9",
                                      "refs//heads",
                                      "a\\b",
                                      "a*",
                                      "a?",
                                      "a[",
                                      "ext::sh -c x",
                                      "file:///etc",
                                      "\x1b[31m",
                                      "caf\xc3\xa9"}) {
    const auto result = repository.resolve(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid) << text;
  }
  EXPECT_FALSE(check_revision_text(std::string_view("HEAD\0x", 6)));
  EXPECT_FALSE(check_revision_text(std::string(201, 'a')));
}

TEST_F(Resolve, ATagThatNamesAFileIsNoRevision) {
  git("tag file HEAD:train.py");
  EXPECT_EQ(open().resolve("file").error().kind, ErrorKind::kInvalid);
}

TEST_F(Resolve, ARepositoryThatNamesAnotherFolderAsItsFilesIsRefused) {
  git("config core.worktree /etc");
  const auto opened = Repository::open_or_create(bare(), user());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::kInvalid);
}

TEST_F(Resolve, TheWorktreeOfAFolderIsItsTop) {
  write("deep/er/x", "");
  EXPECT_EQ(find_worktree(user() / "deep" / "er"), std::filesystem::canonical(user()));
  EXPECT_EQ(find_worktree(top_).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(find_worktree("relative").error().kind, ErrorKind::kNotFound);
}
