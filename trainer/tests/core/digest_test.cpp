// The expected values are those of libxxhash 0.8.1.
#include "trainer/core/digest.h"

#include <gtest/gtest.h>

#include <array>

using namespace trainer;

TEST(Digest, IsXxh64) {
  EXPECT_EQ(digest(""), 0xef46db3751d8e999);
  EXPECT_EQ(digest("a"), 0xd24ec4f1a98c6e5b);
  EXPECT_EQ(digest("abc"), 0x44bc2cf5ad770999);
}

// 100 bytes: three stripes, and a word of four behind them.
TEST(Digest, OfBytesInStripesIsXxh64) {
  std::array<std::byte, 100> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  EXPECT_EQ(digest(bytes), 0x6ac1e58032166597);
  EXPECT_EQ(digest(bytes, 2654435761), 0x8832442a88284f11);
}

TEST(Digest, IsWrittenWithSixteenDigits) { EXPECT_EQ(hex(0xabc), "0000000000000abc"); }
