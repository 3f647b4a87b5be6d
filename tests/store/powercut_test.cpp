// Power goes at a random write or sync; unsynced writes are kept, dropped or torn at random. What a
// client was answered must be there afterwards, and nothing may be half there (Q1). The mutant
// shows that the test would notice.
#include <random>
#include <thread>

#include "tests/store/fake_disk.h"
#include "tests/store/fixture.h"
#include "tests/store/workload.h"

namespace pawl::test {
namespace {

struct Tally {
  int cuts = 0, promises = 0, lost = 0;
  std::vector<std::string> broken;
};

class PowerCut : public testing::Test {
 protected:
  void SetUp() override {
    const auto store = open(Durability::kFull);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(prepare(**store));
  }

  Result<std::unique_ptr<Store>> open(Durability durability) {
    return Store::open("pawl.db", clock_,
                       {.readers = 1,
                        .checkpoint_pages = 60,
                        .durability = durability,
                        .vfs = disk_.vfs(),
                        .on_fatal = [](const Error&) {}});
  }

  // Two clients work until the power goes; groups of one and of two commits arise by themselves.
  std::vector<Promise> work_until_dark(Durability durability) {
    const auto store = open(durability);
    if (!store) return {};  // it went while the store was opened
    Client one(**store, 1);
    Client two(**store, 2);
    {
      const std::jthread other([&] { two.run(1'000); });
      one.run(1'000);
    }
    std::vector<Promise> promises = one.promises();
    promises.insert(promises.end(), two.promises().begin(), two.promises().end());
    return promises;
  }

  Tally cut_many(std::uint64_t first_seed, int cuts, Durability durability) {
    const FakeDisk::Image fresh = disk_.image();
    Tally tally;
    for (std::uint64_t seed = first_seed; seed < first_seed + static_cast<std::uint64_t>(cuts);
         ++seed) {
      std::mt19937_64 random(seed);
      disk_.load(fresh);
      disk_.cut_power_at(static_cast<std::int64_t>(1 + random() % 500));
      const auto promises = work_until_dark(durability);
      tally.cuts += disk_.dark() ? 1 : 0;
      disk_.restore_power(seed);
      look(promises, seed, tally);
    }
    return tally;
  }

  void look(const std::vector<Promise>& promises, std::uint64_t seed, Tally& tally) {
    const auto store = open(Durability::kFull);
    if (!store) {
      tally.broken.push_back("seed " + std::to_string(seed) + ": " + store.error().message);
      return;
    }
    const Damages damages = inspect(**store, promises);
    tally.promises += static_cast<int>(promises.size());
    tally.lost += damages.lost;
    for (const std::string& what : damages.broken)
      tally.broken.push_back("seed " + std::to_string(seed) + ": " + what);
  }

  void expect_nothing_lost(std::uint64_t first_seed) {
    constexpr int kCuts = 1'250;  // four tests, so that they may run side by side
    const Tally tally = cut_many(first_seed, kCuts, Durability::kFull);
    EXPECT_EQ(tally.cuts, kCuts);
    EXPECT_EQ(tally.lost, 0);
    EXPECT_TRUE(tally.broken.empty()) << tally.broken.front();
    EXPECT_GT(tally.promises, kCuts);
    std::printf("%d power cuts from seed %llu: %d acknowledged writes, %d lost\n", tally.cuts,
                static_cast<unsigned long long>(first_seed), tally.promises, tally.lost);
  }

  FakeClock clock_;
  FakeDisk disk_;
};

TEST_F(PowerCut, LosesNoAcknowledgedWrite1) { expect_nothing_lost(10'000); }  // Q1
TEST_F(PowerCut, LosesNoAcknowledgedWrite2) { expect_nothing_lost(20'000); }  // Q1
TEST_F(PowerCut, LosesNoAcknowledgedWrite3) { expect_nothing_lost(30'000); }  // Q1
TEST_F(PowerCut, LosesNoAcknowledgedWrite4) { expect_nothing_lost(40'000); }  // Q1

TEST_F(PowerCut, WithoutASyncAtEachCommitAcknowledgedWritesAreLost) {
  const Tally tally = cut_many(50'000, 200, Durability::kNormal);
  EXPECT_GT(tally.lost, 100);
  EXPECT_TRUE(tally.broken.empty()) << tally.broken.front();  // even then nothing is half there
  std::printf("%d power cuts without syncs: %d acknowledged writes, %d lost\n", tally.cuts,
              tally.promises, tally.lost);
}

}  // namespace
}  // namespace pawl::test
