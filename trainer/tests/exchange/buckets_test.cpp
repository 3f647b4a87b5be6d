// Which gradients travel together.
#include "trainer/exchange/buckets.h"

#include <gtest/gtest.h>

#include <array>

using namespace trainer;

namespace {

class BucketsTest : public testing::Test {
 protected:
  std::span<float> numbers(std::size_t begin, std::size_t size) {
    return std::span(all_).subspan(begin, size);
  }
  std::array<float, 100> all_{};
};

void expect_is(const Bucket& bucket, std::initializer_list<std::span<float>> wanted) {
  ASSERT_EQ(bucket.size(), wanted.size());
  for (std::size_t i = 0; i < bucket.size(); ++i) {
    EXPECT_EQ(bucket[i].data(), wanted.begin()[i].data()) << i;
    EXPECT_EQ(bucket[i].size(), wanted.begin()[i].size()) << i;
  }
}

}  // namespace

TEST_F(BucketsTest, OneIsFullWithItsNumbersOrMore) {
  Buckets buckets(10);
  expect_is(buckets.add(numbers(50, 6)), {});
  expect_is(buckets.add(numbers(0, 5)), {numbers(50, 6), numbers(0, 5)});
  expect_is(buckets.add(numbers(20, 30)), {numbers(20, 30)});
  expect_is(buckets.add(numbers(60, 9)), {});
  expect_is(buckets.rest(), {numbers(60, 9)});
  expect_is(buckets.rest(), {});
}

// The backward pass goes from the array's end to its beginning.
TEST_F(BucketsTest, WhatLiesInFrontOfTheLastOneIsJoinedToIt) {
  Buckets buckets(20);
  expect_is(buckets.add(numbers(30, 8)), {});
  expect_is(buckets.add(numbers(22, 8)), {});
  expect_is(buckets.add(numbers(10, 12)), {numbers(10, 28)});
}

TEST_F(BucketsTest, OfNoSizeAllGoTogetherAtTheEnd) {
  Buckets buckets(0);
  expect_is(buckets.add(numbers(40, 60)), {});
  expect_is(buckets.add(numbers(0, 20)), {});
  expect_is(buckets.rest(), {numbers(40, 60), numbers(0, 20)});
}
