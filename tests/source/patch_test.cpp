#include "tests/source/user_repository.h"

using namespace pawl;

class Patch : public SourceTest {
 protected:
  Patch() { commit("train.py", "a\nb\nlr = 1\nc\nd\n"); }

  Revision head() const { return repository_.resolve("HEAD").value(); }
  Result<Revision> apply(std::string_view patch) const {
    return repository_.apply_patch(head(), patch);
  }

  Repository repository_ = (commit("other.py", "x\n"), open());
};

constexpr std::string_view kChange =
    "--- a/train.py\n+++ b/train.py\n@@ -2,3 +2,3 @@\n b\n-lr = 1\n+lr = 2\n c\n";

TEST_F(Patch, ChangesWhatItSays) {
  const Revision revision = apply(kChange).value();
  EXPECT_EQ(repository_.read_file(revision, "train.py"), "a\nb\nlr = 2\nc\nd\n");
  EXPECT_EQ(repository_.read_file(revision, "other.py"), "x\n");
}

TEST_F(Patch, WithoutItsLastNewlineStillApplies) {
  EXPECT_EQ(apply(kChange.substr(0, kChange.size() - 1)).value(), apply(kChange).value());
}

TEST_F(Patch, MakesAndDeletesFiles) {
  const Revision revision =
      apply(
          "diff --git a/new.py b/new.py\nnew file mode 100644\n--- /dev/null\n+++ b/new.py\n"
          "@@ -0,0 +1 @@\n+x = 1\n"
          "diff --git a/other.py b/other.py\ndeleted file mode 100644\n--- a/other.py\n"
          "+++ /dev/null\n@@ -1 +0,0 @@\n-x\n")
          .value();
  EXPECT_EQ(repository_.read_file(revision, "new.py"), "x = 1\n");
  EXPECT_EQ(repository_.read_file(revision, "other.py").error().kind, ErrorKind::kNotFound);
}

TEST_F(Patch, ThatDoesNotApplySaysWhere) {
  const auto result =
      apply("--- a/train.py\n+++ b/train.py\n@@ -2,3 +2,3 @@\n b\n-lr = 9\n+lr = 2\n c\n");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(result.error().message,
            "the patch does not apply to \"train.py\": hunk at line 2 did not apply");
}

TEST_F(Patch, OfAFileThatIsNotThereNamesIt) {
  const auto result = apply("--- a/no.py\n+++ b/no.py\n@@ -1 +1 @@\n-a\n+b\n");
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("no.py"), std::string::npos) << result.error().message;
}

TEST_F(Patch, ThatIsNoPatchIsRefused) {
  for (const std::string_view text : {"", "hello\n", "--- a/train.py\n", "@@ -1 +1 @@\n-a\n+b\n"}) {
    const auto result = apply(text);
    ASSERT_FALSE(result) << text;
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid) << text;
  }
}

TEST_F(Patch, ThatLeavesTheRepositoryIsRefused) {
  for (const std::string path : {"../x", ".git/hooks/x", "a/../../x", ".GIT/config"}) {
    const auto result =
        apply("diff --git a/" + path + " b/" + path +
              "\nnew file mode 100644\n--- /dev/null\n+++ b/" + path + "\n@@ -0,0 +1 @@\n+x\n");
    ASSERT_FALSE(result) << path;
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid) << path;
  }
}

TEST_F(Patch, ThatRenamesAFileOutOfTheRepositoryIsRefused) {
  const auto result = apply(
      "diff --git a/train.py b/.git/hooks/x\nsimilarity index 100%\nrename from train.py\n"
      "rename to .git/hooks/x\n");
  ASSERT_FALSE(result);
  EXPECT_TRUE(result.error().message.starts_with("path ")) << result.error().message;
}

TEST_F(Patch, InPlainFormMayMakeDeleteAndChangeSeveralFiles) {
  const Revision revision =
      apply(
          "--- /dev/null\n+++ new.py\t2026-01-01\n@@ -0,0 +1,2 @@\n+x = 1\n+-- not a header\n"
          "--- other.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n"
          "--- a/train.py\n+++ b/train.py\n@@ -1,2 +1,2 @@\n-a\n+-- a\n b\n")
          .value();
  EXPECT_EQ(repository_.read_file(revision, "new.py"), "x = 1\n-- not a header\n");
  EXPECT_EQ(repository_.read_file(revision, "train.py"), "-- a\nb\nlr = 1\nc\nd\n");
  EXPECT_FALSE(repository_.read_file(revision, "other.py"));
}

TEST_F(Patch, RemovedLinesThatLookLikeHeadersStayLines) {
  const Revision with = repository_.apply_edits(head(), {{{"q.sql", "", "-- a\n++ b\n"}}}).value();
  const auto result = repository_.apply_patch(
      with, "--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,1 @@\n--- a\n+++ c\n-++ b\n");
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(repository_.read_file(*result, "q.sql"), "++ c\n");
}

TEST_F(Patch, WithAnAbsolutePathStaysInside) {
  const auto result = apply("--- /dev/null\n+++ /etc/x\n@@ -0,0 +1 @@\n+x\n");
  EXPECT_TRUE(!result || repository_.read_file(*result, "etc/x"));
}

TEST_F(Patch, DifferenceCountsLinesAndIsCutAtItsLimit) {
  const Revision changed = apply(kChange).value();
  const Diff full = repository_.diff(head(), changed, 10'000).value();
  EXPECT_EQ(full.stat, (DiffStat{.files = 1, .insertions = 1, .deletions = 1}));
  EXPECT_NE(full.text.find("-lr = 1\n+lr = 2\n"), std::string::npos) << full.text;
  EXPECT_FALSE(full.truncated);
  EXPECT_EQ(repository_.apply_patch(head(), full.text), changed);
  const Diff cut = repository_.diff(head(), changed, 60).value();
  EXPECT_TRUE(cut.truncated);
  EXPECT_LE(cut.text.size(), 60U);
  EXPECT_EQ(cut.stat, full.stat);
  EXPECT_EQ(repository_.diff(head(), head(), 100)->stat, DiffStat{});
}
