#include "trainer/core/file.h"

#include <gtest/gtest.h>

#include "trainer/tests/core/refusal.h"
#include "trainer/tests/core/temp_folder.h"

using namespace trainer;

TEST(WriteFile, ReplacesWhatWasThere) {
  const TempFolder folder;
  ASSERT_TRUE(write_file(folder / "a", "old").has_value());
  ASSERT_TRUE(write_file(folder / "a", "new").has_value());
  EXPECT_EQ(contents(folder / "a"), "new");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.new"));
}

TEST(WriteFile, OnAFullDiskLeavesTheOldFile) {
  const TempFolder folder;
  put(folder / "a", "old");
  const FullDisk disk(1000);
  const auto written = write_file(folder / "a", std::string(1001, 'x'));
  EXPECT_EQ(message_of(written), "could not write " + (folder / "a").string() + ": File too large");
  EXPECT_EQ(contents(folder / "a"), "old");
  EXPECT_FALSE(std::filesystem::exists(folder / "a.new"));
}

TEST(WriteFile, IntoNoFolderIsRefused) {
  const TempFolder folder;
  const auto written = write_file(folder / "no/a", "x");
  EXPECT_EQ(message_of(written),
            "could not create " + (folder / "no/a.new").string() + ": No such file or directory");
}

TEST(MappedFile, HoldsTheBytes) {
  const TempFolder folder;
  put(folder / "a", "some text");
  put(folder / "empty", "");
  EXPECT_EQ(MappedFile::open(folder / "a")->text(), "some text");
  EXPECT_EQ(MappedFile::open(folder / "empty")->text(), "");
}

TEST(MappedFile, OfWhatIsNoFileIsRefused) {
  const TempFolder folder;
  EXPECT_EQ(message_of(MappedFile::open(folder.path())),
            folder.path().string() + " is not a regular file");
  EXPECT_EQ(message_of(MappedFile::open("/dev/null")), "/dev/null is not a regular file");
  EXPECT_EQ(message_of(MappedFile::open(folder / "a")),
            "could not open " + (folder / "a").string() + ": No such file or directory");
}
