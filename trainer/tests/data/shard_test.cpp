#include "trainer/data/shard.h"

#include <cstring>
#include <span>

#include "trainer/core/digest.h"
#include "trainer/tests/data/shards.h"

namespace trainer {
namespace {

// "abc", nothing, and "th" of a vocabulary of 262 tokens: 64 + 4 * 8 + 4 * 2 bytes.
class ShardFile : public Scratch {
 protected:
  ShardFile() : file_(write_shard(path("some.shard"), {{'a', 'b', 'c'}, {}, {256}})) {}

  std::string fault() const { return message_of(Shard::open(file_)).substr(file_.string().size()); }

  template <class Change>
  void change_header(Change change) {
    std::string bytes = read(file_);
    ShardHeader header{};
    std::memcpy(&header, bytes.data(), sizeof(header));
    change(header);
    header.header_digest = digest(std::as_bytes(std::span(&header, 1)).first(56));
    std::memcpy(bytes.data(), &header, sizeof(header));
    write("some.shard", bytes);
  }
  void flip(std::size_t at) {
    std::string bytes = read(file_);
    bytes[at] = static_cast<char>(bytes[at] ^ 1);
    write("some.shard", bytes);
  }

  std::filesystem::path file_;
};

TEST_F(ShardFile, HoldsTheDocumentsAsTheyWere) {
  const Shard shard = must(Shard::open(file_));
  ASSERT_EQ(shard.documents(), 3);
  EXPECT_EQ(shard.tokens(), 4);
  EXPECT_EQ(shard.text_bytes(), 4);
  EXPECT_EQ(shard.document(0)[2], 'c');
  EXPECT_TRUE(shard.document(1).empty());
  EXPECT_EQ(shard.document(2)[0], 256);
  EXPECT_EQ(message_of(shard.verify()), "");
}

TEST_F(ShardFile, NamesTheVocabularyItWasWrittenWith) {
  const Shard shard = must(Shard::open(file_));
  EXPECT_EQ(shard.vocabulary_size(), 262);
  EXPECT_EQ(shard.vocabulary_digest(), vocabulary_with({"th", "he"}).digest());
}

TEST_F(ShardFile, LooksAsItsHeaderSays) {
  const std::string bytes = read(file_);
  EXPECT_EQ(bytes.size(), 104u);
  EXPECT_EQ(bytes.substr(0, 16), std::string_view("PAWLSHRD\1\0\0\0\6\1\0\0", 16));
  EXPECT_EQ(bytes.substr(64 + 24), std::string_view("\4\0\0\0\0\0\0\0a\0b\0c\0\0\1", 16));
}

TEST_F(ShardFile, AFlippedBitAnywhereIsSeen) {
  for (std::size_t at = 0; at < 104; ++at) {
    flip(at);
    const auto shard = Shard::open(file_);
    EXPECT_FALSE(shard && shard->verify()) << "byte " << at;
    flip(at);
  }
  EXPECT_TRUE(must(Shard::open(file_)).verify());
}

TEST_F(ShardFile, AForeignFileIsNoShard) {
  flip(0);
  EXPECT_EQ(fault(), " is not a shard");
  write("some.shard", "text");
  EXPECT_EQ(fault(), " is too short to be a shard");
}

TEST_F(ShardFile, AnotherVersionIsNotRead) {
  change_header([](ShardHeader& header) { header.version = 2; });
  EXPECT_EQ(fault(), " is a shard of version 2; this build reads version 1");
}

TEST_F(ShardFile, ADamagedHeaderIsNotBelieved) {
  flip(12);
  EXPECT_EQ(fault(), " has a damaged header");
}

TEST_F(ShardFile, EveryOtherLengthIsRefused) {
  const std::string bytes = read(file_);
  for (std::size_t size = 64; size < bytes.size(); ++size) {
    write("some.shard", bytes.substr(0, size));
    EXPECT_TRUE(fault().starts_with(" is cut short")) << size;
  }
  write("some.shard", bytes + "x");
  EXPECT_EQ(fault(), " has 1 bytes too many");
}

TEST_F(ShardFile, CountsThatNoFileCouldHoldAreRefused) {
  change_header([](ShardHeader& header) { header.documents = ~std::uint64_t{0}; });
  EXPECT_EQ(fault(), " is cut short at 104 bytes");
  change_header([](ShardHeader& header) {
    header.documents = 3;
    header.tokens = ~std::uint64_t{0} / 2;
  });
  EXPECT_EQ(fault(), " is cut short at 104 bytes");
}

TEST_F(ShardFile, OffsetsOutOfOrderAreRefused) {
  std::string bytes = read(file_);
  bytes[64 + 8] = 100;
  write("some.shard", bytes);
  EXPECT_EQ(fault(), " has damaged document offsets");
}

TEST_F(ShardFile, ATokenOutsideTheVocabularyIsFoundByVerifying) {
  change_header([](ShardHeader& header) { header.vocabulary_size = 256; });
  EXPECT_EQ(message_of(must(Shard::open(file_)).verify()),
            file_.string() + " has token 256 at 3, and its vocabulary has 256");
}

}  // namespace
}  // namespace trainer
