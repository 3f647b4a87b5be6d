#include "server/runner/folder_digest.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

using namespace pawl;

namespace {

namespace fs = std::filesystem;

class FolderDigest : public testing::Test {
 protected:
  FolderDigest() {
    std::string name = testing::TempDir() + "pawl-digest-XXXXXX";
    folder_ = mkdtemp(name.data());
    write("a.txt", "one");
    write("sub/b.txt", "two");
  }
  ~FolderDigest() override { fs::remove_all(folder_); }

  void write(const std::string& path, const std::string& text) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path, std::ios::binary) << text;
  }
  FolderFacts facts() { return digest_folder(folder_).value(); }
  std::string stamp() { return stamp_folder(folder_).value(); }

  fs::path folder_;
};

TEST_F(FolderDigest, CountsFilesAndBytes) {
  EXPECT_EQ(facts().files, 2);
  EXPECT_EQ(facts().bytes, 6);
  // sha256 of "5:a.txt,3,one9:sub/b.txt,3,two"
  EXPECT_EQ(facts().digest, "97712377310bcabe8487322f6621f9689db206e692737923b08cdb9696db84e1");
}

TEST_F(FolderDigest, TheSameContentElsewhereIsTheSame) {
  const std::string before = facts().digest;
  const fs::path moved = folder_.string() + "-moved";
  fs::copy(folder_, moved, fs::copy_options::recursive);
  EXPECT_EQ(digest_folder(moved).value().digest, before);
  fs::remove_all(moved);
}

TEST_F(FolderDigest, EveryByteAndEveryNameCounts) {
  const std::string before = facts().digest;
  write("a.txt", "onf");
  const std::string content = facts().digest;
  EXPECT_NE(content, before);
  write("a.txt", "one");
  EXPECT_EQ(facts().digest, before);
  fs::rename(folder_ / "a.txt", folder_ / "c.txt");
  EXPECT_NE(facts().digest, before);
}

TEST_F(FolderDigest, BytesDoNotMoveFromOneFileToTheNextUnseen) {
  const std::string before = facts().digest;
  write("a.txt", "onet");
  write("sub/b.txt", "wo");
  EXPECT_NE(facts().digest, before);
}

TEST_F(FolderDigest, AStampSeesASizeATimeAndANewFile) {
  const std::string before = stamp();
  EXPECT_EQ(before, facts().stamp);
  const auto time = fs::last_write_time(folder_ / "a.txt");
  fs::last_write_time(folder_ / "a.txt", time + std::chrono::seconds(1));
  EXPECT_NE(stamp(), before);
  fs::last_write_time(folder_ / "a.txt", time);
  EXPECT_EQ(stamp(), before);
  write("new.txt", "");
  EXPECT_NE(stamp(), before);
}

TEST_F(FolderDigest, ALinkCountsAsWhatItSaysAndIsNotFollowed) {
  fs::create_symlink("/nonexistent", folder_ / "link");
  const std::string before = facts().digest;
  fs::remove(folder_ / "link");
  fs::create_symlink("/elsewhere", folder_ / "link");
  EXPECT_NE(facts().digest, before);
}

TEST_F(FolderDigest, APipeIsRefusedByName) {
  ASSERT_EQ(mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  const auto refused = digest_folder(folder_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(refused.error().message.find("/pipe is neither a file nor a link"), std::string::npos);
}

TEST_F(FolderDigest, AFolderThatIsNotThereIsNotFound) {
  EXPECT_EQ(stamp_folder(folder_ / "none").error().kind, ErrorKind::kNotFound);
}

}  // namespace
