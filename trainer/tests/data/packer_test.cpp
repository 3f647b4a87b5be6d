#include "trainer/data/packer.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <sstream>

#include "trainer/core/philox.h"
#include "trainer/tests/data/shards.h"

namespace trainer {
namespace {

constexpr std::int32_t kBos = 258;

using Row = std::vector<std::int32_t>;

class PackerTest : public Scratch {
 protected:
  void given_documents(const std::vector<std::size_t>& sizes) {
    given_shards({numbered_documents(sizes)});
  }

  void given_shards(const std::vector<Documents>& shards) {
    shards_.clear();
    for (const Documents& documents : shards) {
      const std::string name = std::to_string(shards_.size()) + ".shard";
      shards_.push_back(must(Shard::open(write_shard(path(name), documents))));
    }
  }

  // Some 30 documents of up to 13 tokens, 200 tokens at most, in two shards.
  void given_random_documents(std::uint64_t seed) {
    Philox random(seed, 8);
    std::vector<std::size_t> sizes(2 + random.below(28));
    for (std::size_t& size : sizes) size = random.below(8);
    sizes.front() = 13;
    Documents one = numbered_documents(sizes), two(one.begin() + 1, one.end());
    one.resize(1);
    given_shards({one, two});
  }

  Packer packer(const PackerOptions& options) const { return {shards_, options}; }

  std::vector<Shard> shards_;
};

Row next_row(Packer& packer, std::int64_t size) {
  Row row(static_cast<std::size_t>(size), -7);
  packer.next_row(row);
  return row;
}

// How often each token is in the pool, from the state.
std::map<std::int32_t, std::int64_t> waiting_tokens(const Packer& packer,
                                                    const DocumentSet& documents) {
  std::istringstream in(packer.state());
  std::string word;
  std::size_t size = 0;
  for (int i = 0; i < 6; ++i) in >> word;
  in >> size;
  std::map<std::int32_t, std::int64_t> counts;
  for (std::int64_t document = 0, begin = 0, number = 0; size > 0; --size) {
    in >> document >> begin >> number;
    for (const auto token : documents.document(document).subspan(static_cast<std::size_t>(begin))) {
      ++counts[token];
    }
  }
  return counts;
}

TEST_F(PackerTest, TheLongestDocumentThatFitsGoesFirst) {
  given_documents({3, 5, 9, 2});
  Packer rows = packer({.row_tokens = 8});
  const Row row = next_row(rows, 8);
  EXPECT_EQ(Row(row.begin(), row.begin() + 7), (Row{kBos, 3, 4, 5, 6, 7, kBos}));
}

TEST_F(PackerTest, ADocumentFitsThatFillsTheRowExactly) {
  given_documents({2, 7});
  Packer rows = packer({.row_tokens = 8});
  EXPECT_EQ(next_row(rows, 8), (Row{kBos, 2, 3, 4, 5, 6, 7, 8}));
}

TEST_F(PackerTest, WhenNoneFitsTheShortestIsCroppedAndItsTailIsADocument) {
  given_documents({9, 5});
  Packer rows = packer({.row_tokens = 4});
  EXPECT_EQ(next_row(rows, 4), (Row{kBos, 9, 10, 11}));
  const Row second = next_row(rows, 4);
  EXPECT_EQ(Row(second.begin(), second.begin() + 3), (Row{kBos, 12, 13}));
}

TEST_F(PackerTest, TailsCanBeDropped) {
  given_documents({9, 5});
  Packer rows = packer({.row_tokens = 4, .drop_tails = true});
  for (int i = 0; i < 50; ++i) {
    const Row row = next_row(rows, 4);
    EXPECT_TRUE(row == (Row{kBos, 9, 10, 11}) || row == (Row{kBos, 0, 1, 2}));
  }
}

TEST_F(PackerTest, ADocumentLongerThanARowFillsRows) {
  given_documents({7});
  Packer rows = packer({.row_tokens = 4});
  EXPECT_EQ(next_row(rows, 4), (Row{kBos, 0, 1, 2}));
  EXPECT_EQ(next_row(rows, 4), (Row{kBos, 3, 4, 5}));
  EXPECT_EQ(next_row(rows, 4), (Row{kBos, 6, kBos, 0}));
}

TEST_F(PackerTest, EveryRowIsFullAndBeginsWithBos) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    given_random_documents(seed);
    Packer rows = packer({.row_tokens = 9, .seed = seed, .drop_tails = seed % 2 == 0});
    for (int i = 0; i < 100; ++i) {
      const Row row = next_row(rows, 9);
      ASSERT_EQ(row.front(), kBos);
      ASSERT_GE(std::ranges::min(row), 0);
    }
  }
}

// Each document was drawn once an epoch: what rows and pool hold of its tokens is the same for all
// of them, and between two documents differs by at most the epoch that has begun.
TEST_F(PackerTest, NoTokenIsLostOrDoubled) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    given_random_documents(seed);
    const DocumentSet documents(shards_);
    Packer rows = packer({.row_tokens = 9, .seed = seed, .pool_documents = 5});
    std::map<std::int32_t, std::int64_t> given;
    for (int i = 0; i < 100; ++i) {
      for (const std::int32_t token : next_row(rows, 9)) ++given[token];
    }
    given.erase(kBos);
    for (const auto& [token, count] : waiting_tokens(rows, documents)) given[token] += count;
    const auto [least, most] = std::ranges::minmax(given | std::views::values);
    ASSERT_EQ(static_cast<std::int64_t>(given.size()), documents.tokens());
    ASSERT_LE(most - least, 1);
    for (std::int64_t i = 0; i < documents.documents(); ++i) {
      for (const auto token : documents.document(i))
        ASSERT_EQ(given[token], given[documents.document(i)[0]]);
    }
  }
}

TEST_F(PackerTest, TheSeedDecidesTheOrder) {
  given_random_documents(1);
  Packer one = packer({.row_tokens = 9, .seed = 1, .pool_documents = 2});
  Packer same = packer({.row_tokens = 9, .seed = 1, .pool_documents = 2});
  Packer other = packer({.row_tokens = 9, .seed = 2, .pool_documents = 2});
  bool is_different = false;
  for (int i = 0; i < 50; ++i) {
    const Row row = next_row(one, 9);
    ASSERT_EQ(row, next_row(same, 9));
    is_different |= row != next_row(other, 9);
  }
  EXPECT_TRUE(is_different);
}

TEST_F(PackerTest, EpochsCountTheTokensThatWereUsed) {
  given_documents({5, 5});
  Packer rows = packer({.row_tokens = 6});
  next_row(rows, 6);
  EXPECT_EQ(rows.epoch(), 0);
  next_row(rows, 6);
  EXPECT_EQ(rows.epoch(), 1);
}

TEST_F(PackerTest, RestoredItGoesOnAsIfNeverInterrupted) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    given_random_documents(seed);
    const PackerOptions options{.row_tokens = 9, .seed = seed, .pool_documents = 4};
    Packer rows = packer(options), resumed = packer(options);
    for (std::uint64_t i = 0; i < 3 * seed; ++i) next_row(rows, 9);
    must(resumed.restore(rows.state()));
    EXPECT_EQ(resumed.epoch(), rows.epoch());
    for (int i = 0; i < 60; ++i) ASSERT_EQ(next_row(resumed, 9), next_row(rows, 9));
    EXPECT_EQ(resumed.state(), rows.state());
  }
}

TEST_F(PackerTest, TheStateOfAnotherRunIsRefused) {
  given_random_documents(1);
  const std::string state = packer({.row_tokens = 9}).state();
  const std::string expected = "the packer's state belongs to other data or options";
  EXPECT_EQ(message_of(packer({.row_tokens = 8}).restore(state)), expected);
  EXPECT_EQ(message_of(packer({.row_tokens = 9, .seed = 1}).restore(state)), expected);
  given_random_documents(2);
  EXPECT_EQ(message_of(packer({.row_tokens = 9}).restore(state)), expected);
}

TEST_F(PackerTest, ADamagedStateIsRefusedAndChangesNothing) {
  given_random_documents(3);
  Packer rows = packer({.row_tokens = 9});
  next_row(rows, 9);
  const std::string state = rows.state();
  for (std::size_t at = 0; at < state.size(); ++at) {
    std::string damaged = state;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    ASSERT_EQ(message_of(rows.restore(damaged)), "the packer's state is damaged") << at;
  }
  EXPECT_EQ(message_of(rows.restore("")), "the packer's state is damaged");
  EXPECT_EQ(rows.state(), state);
}

}  // namespace
}  // namespace trainer
