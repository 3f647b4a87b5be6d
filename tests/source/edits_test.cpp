#include "server/source/source_path.h"
#include "tests/source/user_repository.h"

using namespace pawl;

class Edits : public SourceTest {
 protected:
  Edits() {
    write("run.sh", "#!/bin/sh\necho 1\n");
    chmod((user() / "run.sh").c_str(), 0755);
    commit("src/train.py", "lr = 1\ndepth = 8\nlr_end = 1\n");
  }

  Result<Revision> edit(std::vector<Edit> edits) const {
    return repository_.apply_edits(repository_.resolve("HEAD").value(), edits);
  }
  std::string refused(std::vector<Edit> edits) const {
    const auto result = edit(std::move(edits));
    if (result) return "accepted";
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid);
    return result.error().message;
  }

  Repository repository_ = (commit("README", "x"), open());
};

TEST_F(Edits, ReplaceTextMakeFilesAndKeepModes) {
  const Revision revision = edit({{"src/train.py", "depth = 8", "depth = 10"},
                                  {"src/train.py", "depth = 10\nlr_end", "depth = 10\nlr_last"},
                                  {"run.sh", "echo 1", "echo 2"},
                                  {"a/b/new.py", "", "x = 1\n"}})
                                .value();
  EXPECT_EQ(checked_out(repository_, revision, "src/train.py"),
            "lr = 1\ndepth = 10\nlr_last = 1\n");
  EXPECT_EQ(read_text(target() / "a/b/new.py"), "x = 1\n");
  struct stat facts{};
  ASSERT_EQ(stat((target() / "run.sh").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 07777U, 0755U);
}

TEST_F(Edits, OfTheSameTextGiveTheSameRevision) {
  const Edit change{"src/train.py", "depth = 8", "depth = 10"};
  EXPECT_EQ(edit({change}).value(), edit({change}).value());
  EXPECT_EQ(edit({}).value(), repository_.resolve("HEAD").value());
}

TEST_F(Edits, SayHowOftenTheOldTextOccurs) {
  EXPECT_EQ(refused({{"src/train.py", "lr", "x"}}),
            "edit of \"src/train.py\": the old text occurs 2 times, it must occur once");
  EXPECT_EQ(refused({{"src/train.py", "momentum", "x"}}),
            "edit of \"src/train.py\": the old text occurs 0 times, it must occur once");
  EXPECT_EQ(refused({{"gone.py", "lr", "x"}}), "edit of \"gone.py\": there is no such file");
  EXPECT_EQ(refused({{"README", "", "x"}}),
            "edit of \"README\": the file exists and the old text is empty");
  EXPECT_EQ(refused({{"src", "a", "b"}}), "edit of \"src\": it is a folder, a link or a submodule");
}

TEST_F(Edits, OverlappingOccurrencesAreCounted) {
  EXPECT_EQ(refused({{"new", "", "aaa"}, {"new", "aa", "b"}}),
            "edit of \"new\": the old text occurs 2 times, it must occur once");
}

TEST_F(Edits, BelowAFileOrInPlaceOfAFolderAreRefused) {
  EXPECT_TRUE(refused({{"README/x", "", "x"}}).starts_with("could not place the edited files"));
}

TEST_F(Edits, HostilePathsAreRefused) {
  for (const std::string& path :
       {std::string("../x"), std::string("/etc/passwd"), std::string("a/../../x"),
        std::string(".git/config"), std::string("a/.GIT/hooks/x"), std::string(".git /x"),
        std::string(".git./x"), std::string("git~1/x"), std::string(".git::$INDEX_ALLOCATION/x"),
        std::string("a//b"), std::string("./a"), std::string("a/."), std::string(""),
        std::string("a\0b", 3), std::string("a\nb"), std::string("a/"), std::string(4096, 'a'),
        std::string(256, 'a')}) {
    EXPECT_TRUE(refused({{path, "", "x"}}).starts_with("path ")) << path;
    EXPECT_FALSE(repository_.read_file(repository_.resolve("HEAD").value(), path)) << path;
  }
  EXPECT_TRUE(check_source_path("a/.gitignore"));
  EXPECT_TRUE(check_source_path("a b/.github/x..y"));
}
