#include "server/source/worktree_state.h"

#include "server/source/text_diff.h"
#include "tests/source/user_repository.h"

using namespace pawl;

namespace {

class WorktreeStates : public SourceTest {};

TEST_F(WorktreeStates, TellHeadAndTheFileThere) {
  commit("a/b.txt", "\n");
  EXPECT_EQ(look_at_worktree(user() / "a", "pawl.toml")->committed, std::nullopt);
  EXPECT_EQ(look_at_worktree(user() / "a", "pawl.toml")->root, std::filesystem::canonical(user()));
  commit("pawl.toml", "one\n");
  write("pawl.toml", "two\n");
  EXPECT_EQ(look_at_worktree(user(), "pawl.toml")->committed, "one\n");
  EXPECT_EQ(look_at_worktree(user(), "pawl.toml")->head, open().resolve("HEAD").value().commit);
}

TEST_F(WorktreeStates, AFolderOfThatNameIsNoFile) {
  commit("pawl.toml/x", "\n");
  EXPECT_EQ(look_at_worktree(user(), "pawl.toml")->committed, std::nullopt);
}

TEST_F(WorktreeStates, ARepositoryWithoutACommitIsInvalid) {
  EXPECT_EQ(look_at_worktree(user(), "pawl.toml").error().kind, ErrorKind::kInvalid);
}

}  // namespace

TEST(TextDiff, ShowsWhatChanged) {
  EXPECT_EQ(unified_diff({.name = "f", .before = "a\nb\n", .after = "a\nc\n"}).value(),
            "f\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
  EXPECT_EQ(unified_diff({.name = "f", .before = "", .after = "a\n"}).value(),
            "f\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff({.name = "f", .before = "a\n", .after = "a\n"}).value(), "");
}
