#include "trainer/checkpoint/checkpoint.h"

#include <gtest/gtest.h>

#include "trainer/tests/core/refusal.h"
#include "trainer/tests/core/temp_folder.h"

using namespace trainer;

namespace {

// Three blobs; the header ends at byte 175, so that zeros stand before the first and the
// second.
class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() {
    EXPECT_TRUE(save(std::string(100, 'w')).has_value());
    good_ = contents(path_);
  }

  Result<void> save(const std::string& wte) const {
    const auto bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
    return write_checkpoint(
        path_, {.identity = {.tokenizer = 0x11, .model = 0x22},
                .config = "depth = 8\n",
                .state = "step = 3\n",
                .blobs = {{"wte", bytes(wte)}, {"empty", {}}, {"head", bytes(head_)}}});
  }

  // What open or verify says of the file with these bytes, without its path.
  std::string refusal(const std::string& file) const {
    put(path_, file);
    const auto opened = Checkpoint::open(path_);
    if (!opened) return without_path(message_of(opened));
    const auto verified = opened->verify();
    return verified ? "not refused" : without_path(message_of(verified));
  }
  std::string refusal_with_byte(std::size_t at, unsigned char flip) const {
    std::string file = good_;
    file.at(at) = static_cast<char>(file[at] ^ flip);
    return refusal(file);
  }
  std::string without_path(const std::string& message) const {
    EXPECT_TRUE(message.starts_with(path_.string())) << message;
    return message.substr(path_.string().size());
  }
  std::string blob_refusal(std::string_view name, std::size_t bytes) const {
    const auto blob = Checkpoint::open(path_)->blob(name, bytes);
    return blob ? "not refused" : without_path(message_of(blob));
  }

  TempFolder folder_;
  std::filesystem::path path_ = folder_ / "a.ckpt";
  std::string head_ = std::string(30, 'h');
  std::string good_;
};

constexpr std::size_t kWte = 192;
constexpr std::size_t kHead = 320;
constexpr std::size_t kEnd = 350;

}  // namespace

TEST_F(CheckpointTest, GivesBackWhatWasWritten) {
  const auto checkpoint = Checkpoint::open(path_);
  ASSERT_TRUE(checkpoint.has_value()) << message_of(checkpoint);
  EXPECT_EQ(checkpoint->identity(), (Identity{.tokenizer = 0x11, .model = 0x22}));
  EXPECT_EQ(checkpoint->config(), "depth = 8\n");
  EXPECT_EQ(checkpoint->state(), "step = 3\n");
  EXPECT_EQ(checkpoint->blob("wte", 100)->size(), 100U);
  EXPECT_EQ(checkpoint->blob("wte", 100)->front(), std::byte{'w'});
  EXPECT_TRUE(checkpoint->blob("empty", 0)->empty());
  EXPECT_EQ(checkpoint->blob("head", 30)->back(), std::byte{'h'});
  EXPECT_TRUE(checkpoint->verify().has_value());
}

TEST_F(CheckpointTest, IsLaidOutAsDocumented) {
  EXPECT_EQ(good_.substr(0, 16), std::string("PAWLCKPT\1\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(good_.substr(kWte, 100), std::string(100, 'w'));
  EXPECT_EQ(good_.substr(kHead), std::string(30, 'h'));
  EXPECT_EQ(good_.size(), kEnd);
}

TEST_F(CheckpointTest, BlobsAreAligned) {
  const auto checkpoint = Checkpoint::open(path_);
  for (const auto& [name, size] : {std::pair{"wte", 100U}, {"head", 30U}}) {
    const std::byte* const at = checkpoint->blob(name, size)->data();
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % 64, 0U) << name;
  }
}

TEST_F(CheckpointTest, WhatIsNoneIsRefused) {
  EXPECT_EQ(refusal(""), " is not a checkpoint of pawl-train");
  EXPECT_EQ(refusal("PAWLCKP"), " is not a checkpoint of pawl-train");
  EXPECT_EQ(refusal(std::string(1000, '\0')), " is not a checkpoint of pawl-train");
}

TEST_F(CheckpointTest, ANewerVersionIsRefused) {
  EXPECT_EQ(refusal_with_byte(8, 3), " has format version 2; this program reads version 1");
}

TEST_F(CheckpointTest, ATruncatedOneIsRefused) {
  EXPECT_EQ(refusal(good_.substr(0, 31)), " is truncated: it ends in its first 32 bytes");
  EXPECT_EQ(refusal(good_.substr(0, 32)), " is truncated: it ends in its header");
  EXPECT_EQ(refusal(good_.substr(0, 174)), " is truncated: it ends in its header");
  EXPECT_EQ(refusal(good_.substr(0, kWte - 1)),
            " is truncated: it ends at byte 191, in blob \"wte\"");
  EXPECT_EQ(refusal(good_.substr(0, kEnd - 1)),
            " is truncated: it ends at byte 349, in blob \"head\"");
}

TEST_F(CheckpointTest, ALongerOneIsRefused) {
  EXPECT_EQ(refusal(good_ + "x"), " is damaged: 1 bytes follow its last blob");
}

TEST_F(CheckpointTest, DamageIsNamed) {
  EXPECT_EQ(refusal_with_byte(24, 1), " is damaged: the header is not what was written");
  EXPECT_EQ(refusal_with_byte(32, 1), " is damaged: the header is not what was written");
  EXPECT_EQ(refusal_with_byte(60, 1), " is damaged: the header is not what was written");
  EXPECT_EQ(refusal_with_byte(kWte - 1, 1),
            " is damaged: the space before blob \"wte\" is not what was written");
  EXPECT_EQ(refusal_with_byte(kWte, 1), " is damaged: blob \"wte\" is not what was written");
  EXPECT_EQ(refusal_with_byte(kWte + 99, 128), " is damaged: blob \"wte\" is not what was written");
  EXPECT_EQ(refusal_with_byte(kHead, 1), " is damaged: blob \"head\" is not what was written");
}

TEST_F(CheckpointTest, ABlobIsCheckedWhenItIsAskedFor) {
  std::string file = good_;
  file[kHead] = 'x';
  put(path_, file);
  EXPECT_EQ(blob_refusal("wte", 100), "not refused");
  EXPECT_EQ(blob_refusal("head", 30), " is damaged: blob \"head\" is not what was written");
}

TEST_F(CheckpointTest, AnyByteThatIsFlippedIsNoticed) {
  for (std::size_t at = 0; at < good_.size(); ++at) {
    for (const int flip : {1, 128, 255}) {
      EXPECT_NE(refusal_with_byte(at, static_cast<unsigned char>(flip)), "not refused")
          << "byte " << at << ", flipped by " << flip;
    }
  }
}

TEST_F(CheckpointTest, AnyOtherLengthIsNoticed) {
  for (std::size_t length = 0; length < good_.size(); ++length) {
    EXPECT_NE(refusal(good_.substr(0, length)), "not refused") << length;
  }
}

TEST_F(CheckpointTest, ABlobThatIsMissingIsRefused) {
  EXPECT_EQ(blob_refusal("wteX", 100), " has no blob \"wteX\"");
  EXPECT_EQ(hint_of(Checkpoint::open(path_)->blob("wteX", 100)),
            "It has 3 others. Did you mean \"wte\"?");
}

TEST_F(CheckpointTest, ABlobOfAnotherSizeIsRefusedWithBothSizes) {
  EXPECT_EQ(blob_refusal("wte", 4000),
            ": blob \"wte\" has 100 bytes, and this model's has 4,000 bytes");
}

TEST_F(CheckpointTest, FitsOnlyItsTokenizerAndItsModel) {
  const auto checkpoint = Checkpoint::open(path_);
  EXPECT_TRUE(checkpoint->fits({.tokenizer = 0x11, .model = 0x22}).has_value());
  EXPECT_EQ(without_path(message_of(checkpoint->fits({.tokenizer = 0x12, .model = 0x22}))),
            " was made with another tokenizer: 0000000000000011, and not 0000000000000012");
  EXPECT_EQ(without_path(message_of(checkpoint->fits({.tokenizer = 0x11, .model = 0x23}))),
            " was made with another model shape: 0000000000000022, and not 0000000000000023");
}

TEST_F(CheckpointTest, AFullDiskLeavesTheOldOne) {
  const FullDisk disk(good_.size());
  const auto saved = save(std::string(500, 'n'));
  EXPECT_EQ(message_of(saved), "could not write " + path_.string() + ": File too large");
  EXPECT_EQ(contents(path_), good_);
}
