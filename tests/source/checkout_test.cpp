#include <git2.h>

#include "tests/source/user_repository.h"

using namespace pawl;

class Checkout : public SourceTest {};

TEST_F(Checkout, WritesFilesFoldersAndModesAndDropsSetuid) {
  write("a/b/c.txt", "deep");
  write("tool", "#!/bin/sh\n");
  chmod((user() / "tool").c_str(), 06755);
  commit("train.py", "x");
  const Repository repository = open();
  ASSERT_TRUE(repository.checkout(repository.resolve("HEAD").value(), target()));
  struct stat facts{};
  ASSERT_EQ(stat((target() / "tool").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0755U);
  ASSERT_EQ(stat((target() / "train.py").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0644U);
  EXPECT_EQ(read_text(target() / "a/b/c.txt"), "deep");
  EXPECT_FALSE(std::filesystem::exists(target() / ".git"));
}

TEST_F(Checkout, IntoAFolderThatHoldsSomethingIsAConflict) {
  commit("train.py", "x");
  const Repository repository = open();
  std::filesystem::create_directories(target());
  std::ofstream(target() / "old") << "x";
  const auto result = repository.checkout(repository.resolve("HEAD").value(), target());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kConflict);
}

TEST_F(Checkout, AppliesNoAttributes) {
  write(".gitattributes", "* text eol=crlf ident\n");
  commit("train.py", "$Id$\nx\n");
  const Repository repository = open();
  EXPECT_EQ(checked_out(repository, repository.resolve("HEAD").value(), "train.py"), "$Id$\nx\n");
}

namespace {

// A commit with one file of any name and content, as no honest git would make it.
Revision craft(const std::filesystem::path& repository_path, const std::string& tree) {
  git_repository* repository = nullptr;
  git_odb* odb = nullptr;
  git_oid id{};
  git_repository_open(&repository, repository_path.c_str());
  git_repository_odb(&odb, repository);
  git_odb_write(&id, odb, "x", 1, GIT_OBJECT_BLOB);
  const std::string entry = tree + std::string(1, '\0') + std::string((char*)id.id, 20);
  git_odb_write(&id, odb, entry.data(), entry.size(), GIT_OBJECT_TREE);
  std::string commit = "tree ";
  commit += git_oid_tostr_s(&id);
  commit += "\nauthor a <a> 0 +0000\ncommitter a <a> 0 +0000\n\nx\n";
  git_odb_write(&id, odb, commit.data(), commit.size(), GIT_OBJECT_COMMIT);
  git_odb_free(odb);
  git_repository_free(repository);
  return {git_oid_tostr_s(&id)};
}

}  // namespace

TEST_F(Checkout, OfCraftedNamesNeverLeavesTheFolder) {
  commit("train.py", "x");
  const Repository repository = open();
  for (const std::string name : {"../escaped", "..", ".git", ".GIT", "/tmp/escaped", "a\nb"}) {
    const Revision crafted = craft(user(), "100644 " + name);
    const auto resolved = repository.resolve(crafted.commit);
    std::filesystem::remove_all(target());
    EXPECT_FALSE(resolved && repository.checkout(*resolved, target())) << name;
  }
  EXPECT_FALSE(std::filesystem::exists(top_ / "escaped"));
}

TEST_F(Checkout, AFileThatWasChangedAfterwardsIsFoundByItsContent) {
  write("data/a.txt", "one");
  write("data/b.txt", "two");
  run("ln -s a.txt '" + (user() / "data/link").string() + "'");
  commit("train.py", "x");
  const Repository repository = open();
  const Revision head = repository.resolve("HEAD").value();
  const std::vector<std::string> frozen = {"data/"};
  const auto altered = [&] { return repository.first_altered(head, frozen, target()).value(); };
  checked_out(repository, head, "train.py");
  EXPECT_EQ(altered(), std::nullopt);
  std::ofstream(target() / "train.py") << "y";  // not among them
  EXPECT_EQ(altered(), std::nullopt);
  std::ofstream(target() / "data/b.txt") << "twp";
  EXPECT_EQ(altered(), "data/b.txt");
  checked_out(repository, head, "train.py");
  std::filesystem::remove(target() / "data/link");
  std::filesystem::create_symlink("b.txt", target() / "data/link");
  EXPECT_EQ(altered(), "data/link");
  checked_out(repository, head, "train.py");
  std::filesystem::remove(target() / "data/a.txt");
  std::filesystem::create_symlink("b.txt", target() / "data/a.txt");
  EXPECT_EQ(altered(), "data/a.txt");
}
