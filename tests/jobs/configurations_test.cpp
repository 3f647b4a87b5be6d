// Seeds of one configuration.
#include "server/jobs/configurations.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <set>

using namespace pawl;

namespace {

struct SeedRun {
  std::string key;
  std::int64_t seed = 42;
  double value = 0;
};

std::vector<ConfiguredRun> rows_of(const std::vector<SeedRun>& runs) {
  std::vector<ConfiguredRun> rows;
  for (const SeedRun& run : runs) {
    LeaderboardRow row;
    row.number = static_cast<std::int32_t>(rows.size()) + 1;
    row.job = JobId{row.number};
    row.seed = run.seed;
    row.value = run.value;
    rows.push_back({run.key, row});
  }
  return rows;
}

Configurations tried(const std::vector<SeedRun>& runs, Direction direction = Direction::kMin) {
  return with_runs({}, rows_of(runs), direction);
}

std::vector<SeedRun> any_runs() {
  std::vector<SeedRun> runs;
  const auto count = *rc::gen::inRange(0, 40);
  for (int i = 0; i < count; ++i) {
    runs.push_back({std::string(1, *rc::gen::inRange('a', 'f')), *rc::gen::inRange(42, 46),
                    *rc::gen::inRange(-100, 100) / 8.0});
  }
  return runs;
}

}  // namespace

TEST(Configurations, AreRankedByTheMeanOverTheirSeeds) {
  const auto all = tried({{"lucky", 42, 1.0}, {"steady", 42, 1.2}, {"lucky", 43, 1.6}});
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0]->runs.front().number, 2);
  EXPECT_EQ(all[1]->all, (SeedMean{1.3, 2}));
  EXPECT_EQ(tried({{"a", 42, 1}, {"b", 42, 2}}, Direction::kMax)[0]->runs.front().number, 2);
}

TEST(Configurations, OfEqualMeansTheOneWithMoreSeedsIsFirst) {
  const auto all = tried({{"one", 42, 1.5}, {"two", 42, 1}, {"two", 43, 2}});
  EXPECT_EQ(all[0]->all.seeds, 2);
}

TEST(Configurations, FreshSeedsAreAllButTheFirst) {
  const auto all = tried({{"a", 42, 1.0}, {"a", 43, 1.25}, {"a", 44, 1.75}});
  EXPECT_EQ(all[0]->fresh, (SeedMean{1.5, 2}));
  EXPECT_FALSE(tried({{"a", 42, 1}})[0]->fresh);
}

TEST(Configurations, TheSameSeedTwiceIsOneSeed) {
  const auto all = tried({{"a", 42, 1}, {"a", 42, 2}});
  EXPECT_EQ(all[0]->all, (SeedMean{1.5, 1}));
  EXPECT_FALSE(all[0]->fresh);
}

TEST(Configurations, AreFoundByAnyOfTheirRuns) {
  const auto all = tried({{"a", 42, 1}, {"b", 42, 2}, {"a", 43, 3}});
  EXPECT_EQ(configuration_of(all, JobId{3}), configuration_of(all, JobId{1}));
  EXPECT_EQ(configuration_of(all, JobId{9}), nullptr);
}

TEST(Configurations, HoldEveryRunOnceBestFirst) {
  EXPECT_TRUE(rc::check([] {
    const std::vector<SeedRun> runs = any_runs();
    const auto all = tried(runs);
    std::set<std::int64_t> seen;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i > 0) RC_ASSERT(all[i - 1]->all.value <= all[i]->all.value);
      for (const LeaderboardRow& run : all[i]->runs) RC_ASSERT(seen.insert(run.number).second);
      RC_ASSERT(all[i]->fresh.has_value() == (all[i]->all.seeds > 1));
    }
    RC_ASSERT(seen.size() == runs.size());
  }));
}

TEST(Configurations, AreTheSameHoweverTheirRunsCame) {
  EXPECT_TRUE(rc::check([] {
    const auto rows = rows_of(any_runs());
    const auto cut = rows.begin() + *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(rows) + 1);
    const auto first = with_runs({}, {rows.begin(), cut}, Direction::kMin);
    const auto both = with_runs(first, {cut, rows.end()}, Direction::kMin);
    const auto at_once = with_runs({}, rows, Direction::kMin);
    const auto values = [](const Configurations& all) {
      std::vector<std::pair<std::string, std::vector<double>>> seen;
      for (const auto& one : all) seen.emplace_back(one->content, one->values);
      return seen;
    };
    RC_ASSERT(values(both) == values(at_once));
  }));
}
