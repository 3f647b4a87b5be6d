#include "trainer/data/tiktoken_file.h"

#include "trainer/core/text.h"
#include "trainer/data/base64.h"
#include "trainer/tests/data/scratch.h"
#include "trainer/tests/data/vocabularies.h"

namespace trainer {
namespace {

class TiktokenFile : public Scratch {
 protected:
  // What loading says about a file of the 256 bytes and then `more`, after the file's name.
  std::string fault_of(std::string_view more) const {
    return fault_of_file(lines(ranks_with({})) + std::string(more));
  }
  std::string fault_of_file(const std::string& text) const {
    const std::filesystem::path file = write("some.tiktoken", text);
    return message_of(load_vocabulary(file)).substr(file.string().size());
  }
  static std::string lines(const std::vector<std::string>& ranks) {
    std::string text;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      text += encode_base64(ranks[i]) + format(" %zu\n", i);
    }
    return text;
  }
};

TEST(Base64, IsThatOfRfc4648) {
  EXPECT_EQ(encode_base64("f"), "Zg==");
  EXPECT_EQ(encode_base64("fo"), "Zm8=");
  EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
  EXPECT_EQ(decode_base64("Zm9vYg=="), "foob");
  EXPECT_EQ(decode_base64("/+8="), "\xff\xef");
}

TEST(Base64, RefusesWhatNoEncoderWrites) {
  for (const char* text : {"Zg=", "Zg", "Z===", "Zh==", "Z-==", "Zg==Zg=="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

TEST_F(TiktokenFile, WhatIsSavedLoads) {
  const Vocabulary saved = vocabulary_with({"th", " the", "\xff\n"});
  must(save_vocabulary(path("v.tiktoken"), saved));
  const Vocabulary loaded = must(load_vocabulary(path("v.tiktoken")));
  EXPECT_EQ(loaded.digest(), saved.digest());
  EXPECT_EQ(loaded.bytes(257), " the");
}

TEST_F(TiktokenFile, ALineIsTheTokenAndItsRank) {
  must(save_vocabulary(path("v.tiktoken"), vocabulary_with({" the"})));
  EXPECT_TRUE(read(path("v.tiktoken")).starts_with("AA== 0\nAQ== 1\n"));
  EXPECT_TRUE(read(path("v.tiktoken")).ends_with("/w== 255\nIHRoZQ== 256\n"));
}

TEST_F(TiktokenFile, AMalformedLineIsNamed) {
  for (const char* line : {"dGg=\n", "dGg= x\n", "dGg= 256 \n", "dG= 256\n", " 256\n", "\n"}) {
    EXPECT_EQ(fault_of(line), ":257: line is not a token and its rank") << line;
  }
}

TEST_F(TiktokenFile, ATokenComesOnce) {
  EXPECT_EQ(fault_of("dGg= 256\ndGg= 257\n"), ":258: rank 257 has the token of rank 256");
}

TEST_F(TiktokenFile, RanksHaveNoGaps) {
  EXPECT_EQ(fault_of("dGg= 257\n"), ":257: rank 257 where rank 256 was expected");
}

TEST_F(TiktokenFile, EverySingleByteIsThere) {
  std::vector<std::string> ranks = ranks_with({});
  ranks[0x41] = "th";
  EXPECT_EQ(fault_of_file(lines(ranks)), ": the single byte 0x41 is missing");
  EXPECT_EQ(fault_of_file(""), ": the single byte 0x00 is missing");
}

TEST_F(TiktokenFile, RanksFitIntoSixteenBitsWithTheSpecialTokens) {
  std::string more;
  for (int rank = 256; rank <= 65'532; ++rank) {
    more += encode_base64(format("token %d", rank)) + format(" %d\n", rank);
  }
  EXPECT_EQ(fault_of(more), ":65533: more than 65,532 ranks");
}

TEST_F(TiktokenFile, AMissingFileIsAnError) {
  EXPECT_EQ(message_of(load_vocabulary("/nowhere/v.tiktoken")),
            "could not open /nowhere/v.tiktoken: No such file or directory");
}

}  // namespace
}  // namespace trainer
