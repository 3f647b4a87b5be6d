// L15: a sandbox lives by slices that are paid for before they begin. The cases one by one, then
// random lives; each of the faults below must be noticed in some of them.
#include "server/budget/lease.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

using namespace pawl;
using namespace std::chrono_literals;

namespace {

// 1 USD an hour, and nothing before or after.
const LeasePrice kDollarAnHour{.rate = Rate::of({Money::usd(1)}), .units = 1, .gpus = 1};
const LeaseRules kRules{.idle = 10min, .longest = 60min};

BudgetView view_with(Money cap) {
  return {Balance{.id = {},
                  .node_kind = NodeKind::kGlobal,
                  .node_name = "",
                  .window_kind = WindowKind::kDay,
                  .span = {},
                  .cap = {.money = cap, .gpu_time = {}, .source = "default.toml:3"},
                  .spent = {},
                  .reserved = {},
                  .overrun = {}}};
}
const BudgetView kPlenty = view_with(Money::usd(100));

Milliseconds renewed_until(const LeaseAnswer& answer) {
  const auto* const renewal = std::get_if<Renewal>(&answer);
  return renewal != nullptr ? renewal->until : Milliseconds(0);
}

LeaseEnd ended_by(const LeaseAnswer& answer) { return std::get<LetEnd>(answer).why; }

TEST(Lease, TheFirstSliceIsTheShortestOfSliceIdleTimeAndMaximum) {
  EXPECT_EQ(first_slice(kRules), 5min);
  EXPECT_EQ(first_slice({.idle = 2min, .longest = 60min}), 2min);
  EXPECT_EQ(first_slice({.idle = 10min, .longest = 3min}), 3min);
}

TEST(Lease, NothingIsAskedLongBeforeTheEndOfTheSlice) {
  const auto answer = next_slice({.ran = 3min, .granted = 5min}, kRules, kDollarAnHour, kPlenty);
  EXPECT_TRUE(std::holds_alternative<NotYet>(answer));
}

TEST(Lease, ASandboxInUseGetsTheNextSliceAndPaysForAllOfItsTime) {
  const auto answer =
      next_slice({.ran = 4min, .granted = 5min, .used = 3min}, kRules, kDollarAnHour, kPlenty);
  EXPECT_EQ(renewed_until(answer), 10min);
  EXPECT_EQ(std::get<Renewal>(answer).whole.money, Money::micros(166'667));
  EXPECT_EQ(std::get<Renewal>(answer).whole.gpu_time, 10min + 1ms);
}

TEST(Lease, TheKeepersDelaysArePaidToo) {
  const LeasePrice price{.rate = Rate::of({Money::usd(36)}),
                         .delays = {.startup = 5s, .grace = 10s, .report_delay = 5s}};
  EXPECT_EQ(lease_cost(price, 80s).money, Money::micros(1'000'010));
}

TEST(Lease, IdleTimeShortensASlice) {
  const Lease lease{.ran = 9min, .granted = 10min, .used = 2min};
  EXPECT_EQ(renewed_until(next_slice(lease, kRules, kDollarAnHour, kPlenty)), 12min);
}

TEST(Lease, OneThatNobodyUsesEndsWithItsSlice) {
  const Lease lease{.ran = 11min, .granted = 12min, .used = 2min};
  const auto answer = next_slice(lease, kRules, kDollarAnHour, kPlenty);
  EXPECT_EQ(ended_by(answer), LeaseEnd::kIdle);
  EXPECT_EQ(std::get<LetEnd>(answer).at, 12min);
}

TEST(Lease, TheMaximumHoldsHoweverBusyItIs) {
  const Lease near{.ran = 57min, .granted = 58min, .used = 57min};
  EXPECT_EQ(renewed_until(next_slice(near, kRules, kDollarAnHour, kPlenty)), 60min);
  const Lease at{.ran = 59min, .granted = 60min, .used = 59min};
  EXPECT_EQ(ended_by(next_slice(at, kRules, kDollarAnHour, kPlenty)), LeaseEnd::kLongest);
}

TEST(Lease, TheCapOfOneSandboxCountsAllOfItsTime) {
  LeaseRules rules = kRules;
  rules.usd = Money::micros(166'666);  // a micro-dollar less than ten minutes
  const Lease lease{.ran = 4min, .granted = 5min, .used = 4min};
  EXPECT_EQ(ended_by(next_slice(lease, rules, kDollarAnHour, kPlenty)), LeaseEnd::kUsd);
  rules.usd = Money::micros(166'667);
  EXPECT_EQ(renewed_until(next_slice(lease, rules, kDollarAnHour, kPlenty)), 10min);
}

TEST(Lease, AWindowWithoutRoomRefusesAndIsNamed) {
  const Lease lease{.ran = 4min, .granted = 5min, .used = 4min};
  const auto answer = next_slice(lease, kRules, kDollarAnHour, view_with(Money::micros(166'666)));
  EXPECT_EQ(ended_by(answer), LeaseEnd::kBudget);
  EXPECT_EQ(std::get<LetEnd>(answer).refusal->binding.cap.source, "default.toml:3");
}

TEST(Lease, APlaceThatIsToBeSilentTakesNoFurtherSlice) {
  LeaseRules rules = kRules;
  rules.quiet = true;
  const Lease lease{.ran = 4min, .granted = 5min, .used = 4min};
  EXPECT_EQ(ended_by(next_slice(lease, rules, kDollarAnHour, kPlenty)), LeaseEnd::kQuiet);
}

TEST(Lease, WhereThePolicyOnlyWarnsMoneyEndsNothingButTimeDoes) {
  LeaseRules rules = kRules;
  rules.enforced = false;
  rules.usd = Money();
  const BudgetView empty = view_with(Money());
  const Lease used{.ran = 4min, .granted = 5min, .used = 4min};
  EXPECT_EQ(renewed_until(next_slice(used, rules, kDollarAnHour, empty)), 10min);
  const Lease idle{.ran = 14min, .granted = 15min, .used = 4min};
  EXPECT_EQ(ended_by(next_slice(idle, rules, kDollarAnHour, empty)), LeaseEnd::kIdle);
}

enum class Fault : std::uint8_t {
  kNone,
  kForgetsTheMaximum,      // the policy's longest time is not asked
  kPaysTheSliceAlone,      // ... and not what its keeper may add at the end
  kGrantsBeforeItPays,     // the keeper is told before admission has answered
  kAsksAgainAfterRefusal,  // and by then there was room
  kKeptAliveFromInside,    // what runs inside counts as use
};

enum class Wrong : std::uint8_t { kNone, kTooLong, kUnpaid, kIdleTooLong, kRefusedAndWentOn };

// One sandbox under a server that looks every half minute unless it is down. What admission has
// left goes up and down.
class Life {
 public:
  explicit Life(Fault fault) : fault_(fault) {
    rules_.idle = std::chrono::seconds(*rc::gen::inRange(60, 900));
    rules_.longest = std::chrono::seconds(*rc::gen::inRange(60, 3600));
    if (*rc::gen::inRange(0, 2) == 0) rules_.usd = Money::micros(*rc::gen::inRange(1, 1'000'000));
    lease_.granted = first_slice(rules_);
    reserved_ = lease_cost(price_, lease_.granted).money;
  }

  Wrong live() {
    while (lease_.ran < lease_.granted) {
      const int what = *rc::gen::inRange(0, 12);
      if (what == 0) lease_.used = lease_.ran;
      if (what == 1 && fault_ == Fault::kKeptAliveFromInside) lease_.used = lease_.ran;
      if (what == 0) outside_ = lease_.ran;
      if (what < 9) look();
      lease_.ran += 30s;
    }
    return judge();
  }

 private:
  void look() {
    if (refused_at_ && fault_ != Fault::kAsksAgainAfterRefusal) return;
    LeaseRules rules = rules_;
    if (fault_ == Fault::kForgetsTheMaximum) rules.longest = 24h;
    const BudgetView view = view_with(Money::micros(*rc::gen::inRange(50'000, 1'500'000)));
    const LeaseAnswer answer = next_slice(lease_, rules, price_, view);
    if (const auto* const renewal = std::get_if<Renewal>(&answer)) {
      LeasePrice paid = price_;
      if (fault_ == Fault::kPaysTheSliceAlone) paid.delays = {};
      lease_.granted = renewal->until;
      reserved_ = std::max(reserved_, lease_cost(paid, renewal->until).money);
    } else if (const auto* const end = std::get_if<LetEnd>(&answer);
               end != nullptr && end->why >= LeaseEnd::kUsd) {
      if (!refused_at_) refused_at_ = end->at;
      if (fault_ == Fault::kGrantsBeforeItPays) lease_.granted += kSlice;
    }
  }

  // 1 USD an hour is 1,000,000 in 3,600,000 ms; the keeper is given 15 s to end it.
  Wrong judge() const {
    const Milliseconds end = lease_.granted;
    if (end > rules_.longest) return Wrong::kTooLong;
    if (refused_at_ && end != *refused_at_) return Wrong::kRefusedAndWentOn;
    if ((end + 15s).count() * 10 > reserved_.micros() * 36) return Wrong::kUnpaid;
    return end > outside_ + rules_.idle ? Wrong::kIdleTooLong : Wrong::kNone;
  }

  Fault fault_;
  LeaseRules rules_;
  LeasePrice price_{.rate = Rate::of({Money::usd(1)}),
                    .delays = {.startup = 0s, .grace = 10s, .report_delay = 5s}};
  Lease lease_;
  Money reserved_;
  Milliseconds outside_{0};
  std::optional<Milliseconds> refused_at_;
};

TEST(Lease, NoLifeIsTooLongUnpaidIdleOrGoesOnAfterARefusal) {
  EXPECT_TRUE(rc::check([] { RC_ASSERT(Life(Fault::kNone).live() == Wrong::kNone); }));
}

class FaultyLease : public testing::TestWithParam<std::pair<Fault, Wrong>> {};

TEST_P(FaultyLease, IsNoticedInSomeLife) {
  bool noticed = false;
  EXPECT_TRUE(
      rc::check([&] { noticed = noticed || Life(GetParam().first).live() == GetParam().second; }));
  EXPECT_TRUE(noticed);
}

INSTANTIATE_TEST_SUITE_P(
    All, FaultyLease,
    testing::Values(std::pair(Fault::kForgetsTheMaximum, Wrong::kTooLong),
                    std::pair(Fault::kPaysTheSliceAlone, Wrong::kUnpaid),
                    std::pair(Fault::kGrantsBeforeItPays, Wrong::kRefusedAndWentOn),
                    std::pair(Fault::kAsksAgainAfterRefusal, Wrong::kRefusedAndWentOn),
                    std::pair(Fault::kKeptAliveFromInside, Wrong::kIdleTooLong)));

}  // namespace
