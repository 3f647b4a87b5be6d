#include "trainer/measure/bits_per_byte.h"

#include <gtest/gtest.h>

#include "trainer/tests/core/refusal.h"

using namespace trainer;

// By hand: 3 nats over 5 bytes are 3 / (5 * 0.69314718) bits per byte.
TEST(BitsPerByte, AreNatsOverLn2TimesBytes) {
  BitsPerByte sum;
  sum.add(1.0, 2);
  sum.add(2.0, 3);
  EXPECT_DOUBLE_EQ(sum.value().value(), 0.8656170245333781);
}

TEST(BitsPerByte, OfAUniformByteAreEight) {
  BitsPerByte sum;
  for (int i = 0; i < 3; ++i) sum.add(5.545177444479562, 1);  // ln 256
  EXPECT_DOUBLE_EQ(sum.value().value(), 8.0);
}

TEST(BitsPerByte, LeaveOutTokensWithoutBytes) {
  BitsPerByte sum;
  sum.add(1.0, 2);
  sum.add(100.0, 0);
  EXPECT_DOUBLE_EQ(sum.value().value(), 0.7213475204444817);
  EXPECT_EQ(sum.tokens(), 1);
  EXPECT_EQ(sum.bytes(), 2);
}

TEST(BitsPerByte, OfNoBytesAreRefused) {
  BitsPerByte sum;
  sum.add(1.0, 0);
  EXPECT_EQ(message_of(sum.value()),
            "bits per byte of no bytes: the rows hold only special tokens");
}
