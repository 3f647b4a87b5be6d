// Paths that an agent gave, in a folder where a job may have put anything.
#include "server/records/work_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace pawl {
namespace {

namespace fs = std::filesystem;

class WorkFiles : public testing::Test {
 protected:
  WorkFiles() {
    std::string pattern = (fs::temp_directory_path() / "pawl-work-files-XXXXXX").string();
    top_ = mkdtemp(pattern.data());
    fs::create_directories(work_);
    std::ofstream(top_ / "secret") << "token";
  }
  ~WorkFiles() override { fs::remove_all(top_); }

  ErrorKind put_refused(const std::string& path) {
    const auto put = put_file(work_, path, "x");
    EXPECT_FALSE(put) << path;
    return put ? ErrorKind::kInternal : put.error().kind;
  }
  ErrorKind take_refused(const std::string& path) {
    const auto taken = take_file(work_, path, 100);
    EXPECT_FALSE(taken) << path;
    return taken ? ErrorKind::kInternal : taken.error().kind;
  }

  fs::path top_;
  fs::path work_ = top_ / "work";
};

TEST_F(WorkFiles, WhatIsPutIsTakenAndFoldersAreMade) {
  ASSERT_TRUE(put_file(work_, "a/b/c.py", "first, and longer"));
  ASSERT_TRUE(put_file(work_, "a/b/c.py", "second"));
  const auto taken = take_file(work_, "a/b/c.py", 3);
  EXPECT_EQ(taken->text, "sec");
  EXPECT_EQ(taken->bytes, 6);
}

TEST_F(WorkFiles, AMissingFileIsNotFound) {
  EXPECT_EQ(take_refused("absent"), ErrorKind::kNotFound);
}

TEST_F(WorkFiles, NoPathLeavesTheFolder) {
  for (const std::string path : {"../secret", "a/../../secret", "", "/etc/passwd", ".."}) {
    EXPECT_EQ(take_refused(path), ErrorKind::kInvalid) << path;
    EXPECT_EQ(put_refused(path), ErrorKind::kInvalid) << path;
  }
  EXPECT_EQ(take_refused(std::string("a\0b", 3)), ErrorKind::kInvalid);
  EXPECT_EQ(put_refused(std::string(4096, 'a')), ErrorKind::kInvalid);
}

TEST_F(WorkFiles, NoLinkIsFollowed) {
  fs::create_symlink(top_ / "secret", work_ / "file");
  fs::create_directory_symlink(top_, work_ / "folder");
  for (const std::string path : {"file", "folder/secret", "folder/new/file"}) {
    EXPECT_EQ(take_refused(path), ErrorKind::kInvalid) << path;
    EXPECT_EQ(put_refused(path), ErrorKind::kInvalid) << path;
  }
  EXPECT_FALSE(fs::exists(top_ / "new"));
  EXPECT_EQ(fs::file_size(top_ / "secret"), 5U);
}

TEST_F(WorkFiles, APipeBlocksNobody) {
  ASSERT_EQ(mkfifo((work_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(take_refused("pipe"), ErrorKind::kInvalid);
  EXPECT_EQ(put_refused("pipe"), ErrorKind::kInvalid);
  EXPECT_EQ(take_refused("."), ErrorKind::kInvalid);
}

}  // namespace
}  // namespace pawl
