#include "trainer/data/decompress.h"

#include "trainer/tests/data/scratch.h"

namespace trainer {
namespace {

// What the zstd command makes of "one\n" and of "two\n", one behind the other, and of 600,000 "a".
constexpr std::string_view kFrames(
    "\x28\xb5\x2f\xfd\x04\x58\x21\x00\x00\x6f\x6e\x65\x0a\xdf\x16\x68\x09"
    "\x28\xb5\x2f\xfd\x04\x58\x21\x00\x00\x74\x77\x6f\x0a\x0f\x2d\x04\xf9",
    34);
constexpr std::string_view kLong(
    "\x28\xb5\x2f\xfd\x04\x58\x54\x00\x00\x10\x61\x61\x01\x00\xfb\xff\x39\xc0\x02\x02"
    "\x00\x10\x61\x02\x00\x10\x61\x02\x00\x10\x61\x03\x3e\x09\x61\xea\x61\xce\xc4",
    39);

bool has_zstd() { return message_of(decompress_zstd("")) != "this build has no zstd"; }

TEST(Decompress, WithoutZstdTheBuildSaysSo) {
  if (has_zstd()) GTEST_SKIP() << "this build has zstd";
  EXPECT_EQ(decompress_zstd(kFrames).error().hint,
            "Install libzstd-dev and build again, or decompress the file with `zstd -d`.");
}

TEST(Decompress, AllFramesAreRead) {
  if (!has_zstd()) GTEST_SKIP() << "this build has no zstd";
  EXPECT_EQ(must(decompress_zstd(kFrames)), "one\ntwo\n");
}

TEST(Decompress, DamageIsAnError) {
  if (!has_zstd()) GTEST_SKIP() << "this build has no zstd";
  EXPECT_EQ(message_of(decompress_zstd("plain text")), "not valid zstd: Unknown frame descriptor");
  for (std::size_t size = 1; size < kFrames.size() / 2; ++size) {
    EXPECT_EQ(message_of(decompress_zstd(kFrames.substr(0, size))),
              "not valid zstd: the last frame is cut short");
  }
}

TEST(Decompress, MoreThanOneBlockIsRead) {
  if (!has_zstd()) GTEST_SKIP() << "this build has no zstd";
  EXPECT_EQ(must(decompress_zstd(kLong)), std::string(600'000, 'a'));
}

}  // namespace
}  // namespace trainer
