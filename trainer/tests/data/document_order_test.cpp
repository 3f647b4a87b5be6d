#include "trainer/data/document_order.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace trainer {
namespace {

using Order = std::vector<std::int64_t>;

Order next_of(DocumentOrder& order, int count) {
  Order documents;
  while (count-- > 0) documents.push_back(order.next());
  return documents;
}

// Expected: Fisher and Yates with the Philox of another program. Best-fit validation hangs on it.
TEST(DocumentOrder, IsTheSameForever) {
  DocumentOrder order(0, 8);
  EXPECT_EQ(next_of(order, 8), (Order{1, 0, 3, 6, 5, 7, 2, 4}));
  EXPECT_EQ(next_of(order, 8), (Order{2, 1, 7, 3, 6, 4, 5, 0}));
}

TEST(DocumentOrder, EveryEpochHasAllDocumentsInAnotherOrder) {
  DocumentOrder order(3, 100);
  Order last;
  for (int epoch = 0; epoch < 5; ++epoch) {
    Order documents = next_of(order, 100);
    EXPECT_EQ(order.epoch(), epoch);
    EXPECT_NE(documents, last);
    last = documents;
    std::ranges::sort(documents);
    EXPECT_EQ(std::ranges::adjacent_find(documents), documents.end());
    EXPECT_EQ(documents.back(), 99);
  }
}

TEST(DocumentOrder, SeekingGoesToAnyPlace) {
  DocumentOrder order(3, 10), other(3, 10);
  next_of(order, 47);
  other.seek(order.epoch(), order.position());
  EXPECT_EQ(next_of(other, 30), next_of(order, 30));
}

}  // namespace
}  // namespace trainer
