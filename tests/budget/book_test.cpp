// L1 over all windows of all nodes at once: random trees and caps, random reservations, bills and
// releases, over nights on which the clocks change. After each step the audit counts again.
//
// More lives: PAWL_BOOKS=20000. A failure names its seed.
#include "tests/budget/book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "tests/budget/audit.h"

using namespace pawl;
using namespace pawl::book;

namespace {

constexpr int kSteps = 40;

// Two changes of the clocks each; both lives of 40 hours begin at 06:00 UTC of the day before one.
struct Place {
  const char* zone;
  std::array<Slot, 2> begins;
};
constexpr std::array kPlaces = {
    Place{"Europe/Rome", {985932, 996012}}, Place{"America/New_York", {984924, 996348}},
    Place{"Australia/Lord_Howe", {986268, 995004}},  // by half an hour
    Place{"Asia/Kolkata", {986076, 999276}}};        // never, but the month ends

class Life {
 public:
  Life(std::uint32_t seed, Fault fault)
      : dice_(seed),
        place_(kPlaces.at(under(kPlaces.size()))),
        calendar_{Zone::find(place_.zone).value(), NightHours{}},
        caps_(draw_caps()),
        book_(calendar_, caps_, fault),
        audit_(calendar_, caps_),
        now_(place_.begins.at(under(2))) {}

  std::optional<Violation> live() {
    for (int step = 0; step < kSteps; ++step) {
      now_ += static_cast<Slot>(under(5));
      book_.pass(now_);
      const std::size_t what = under(10);
      if (what < 6 || open_.empty()) {
        if (auto wrong = submit()) return wrong;
      } else {
        end(what < 9);
      }
      if (auto wrong = audit_.of(book_)) return wrong;
    }
    return std::nullopt;
  }
  int taken() const { return taken_; }
  int refused() const { return refused_; }

 private:
  std::size_t under(std::size_t limit) { return dice_() % limit; }
  std::string one_of(std::size_t count) { return std::to_string(under(count)); }

  Caps draw_caps() {
    std::vector<Node> nodes = {{NodeKind::kGlobal, ""}};
    for (const NodeKind kind : {NodeKind::kProject, NodeKind::kStage, NodeKind::kAgent})
      for (const char* name : {"0", "1"}) nodes.push_back({kind, name});
    Caps caps;
    for (const Node& node : nodes) {
      for (const WindowKind kind : {WindowKind::kTotal, WindowKind::kDay, WindowKind::kNight,
                                    WindowKind::kWeek, WindowKind::kMonth}) {
        if (under(3) == 0) caps[{node, kind}] = draw_cap(12);
      }
    }
    for (int i = 0; i < kSteps; ++i) {
      const std::string name = std::to_string(i);
      caps[{{NodeKind::kExperiment, name}, WindowKind::kExperiment}] = draw_cap(3);
      caps[{{NodeKind::kRound, name}, WindowKind::kRound}] = draw_cap(6);
    }
    return caps;
  }
  Cap draw_cap(std::size_t jobs) {
    Cap cap;
    if (under(3) != 0)
      cap.money = Money::micros(static_cast<std::int64_t>(100 + under(jobs * 400)));
    if (under(3) == 0) cap.gpu_time = static_cast<std::int64_t>(4 + under(jobs * 16)) * kSlot;
    return cap;
  }

  std::optional<Violation> submit() {
    const std::string project = one_of(2);
    Job job{.payers = {{NodeKind::kExperiment, std::to_string(next_)}},
            .from = now_,
            .worst = 1 + static_cast<std::int64_t>(under(20)),
            .gpus = static_cast<std::int64_t>(under(3)),
            .price = 1 + static_cast<std::int64_t>(under(50))};
    if (under(2) == 0) job.payers.push_back({NodeKind::kRound, one_of(3)});
    for (const Node& node : {Node{NodeKind::kStage, one_of(2)}, Node{NodeKind::kAgent, one_of(2)},
                             Node{NodeKind::kProject, project}, Node{NodeKind::kGlobal, ""}})
      job.payers.push_back(node);
    const std::size_t id = next_++;
    if (!book_.reserve(id, job)) {
      ++refused_;
      return audit_.fits(job) ? std::optional(Violation::kRefusedForNothing) : std::nullopt;
    }
    ++taken_;
    audit_.reserved(id, job);
    open_.emplace_back(id, job);
    return std::nullopt;
  }

  void end(bool ran) {
    const auto at = open_.begin() + static_cast<std::ptrdiff_t>(under(open_.size()));
    const auto [id, job] = *at;
    open_.erase(at);
    if (!ran) {
      audit_.released(id);
      return book_.release(id);
    }
    const auto late = static_cast<std::int64_t>(under(static_cast<std::size_t>(job.worst)));
    const auto slots = static_cast<std::int64_t>(under(static_cast<std::size_t>(job.worst - late)));
    const Run run{.started = job.from + late, .slots = slots + 1};
    audit_.settled(id, run);
    book_.settle(id, run);
  }

  std::mt19937 dice_;
  const Place& place_;
  Calendar calendar_;
  Caps caps_;
  Book book_;
  Audit audit_;
  Slot now_;
  std::vector<std::pair<std::size_t, Job>> open_;
  std::size_t next_ = 0;
  int taken_ = 0, refused_ = 0;
};

std::uint32_t lives() {
  const char* const asked = std::getenv("PAWL_BOOKS");
  return asked == nullptr ? 200 : static_cast<std::uint32_t>(std::atoi(asked));
}

struct Mutant {
  Fault fault{};
  Violation first{};  // what the audit notices
  const char* name;
};

class BudgetMutant : public testing::TestWithParam<Mutant> {};

}  // namespace

TEST(BudgetBook, NoWindowOfAnyNodeEverPassesItsCapAndEachPartIsPaidOnce) {  // L1, L5, L9, L10
  int taken = 0;
  int refused = 0;
  for (std::uint32_t seed = 1; seed <= lives(); ++seed) {
    Life life(seed, Fault::kNone);
    const auto wrong = life.live();
    ASSERT_FALSE(wrong) << "seed " << seed << ": violation " << static_cast<int>(*wrong);
    taken += life.taken();
    refused += life.refused();
  }
  EXPECT_GT(taken, static_cast<int>(lives()));  // both answers are common
  EXPECT_GT(refused, static_cast<int>(lives()));
  std::printf("%u lives: %d reservations taken, %d refused\n", lives(), taken, refused);
}

TEST_P(BudgetMutant, IsNoticed) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    const auto wrong = Life(seed, GetParam().fault).live();
    if (!wrong) continue;
    EXPECT_EQ(*wrong, GetParam().first) << "seed " << seed;
    return;
  }
  FAIL() << "no seed of 400 noticed";
}

INSTANTIATE_TEST_SUITE_P(
    Book, BudgetMutant,
    testing::Values(
        Mutant{Fault::kSkipsProject, Violation::kReservedDiffers, "SkipsTheProject"},
        Mutant{Fault::kSkipsLastWindow, Violation::kReservedDiffers, "SkipsTheNextDay"},
        Mutant{Fault::kEndsOneSlotEarly, Violation::kReservedDiffers, "EndsOneSlotEarly"},
        Mutant{Fault::kCountsDaysInUtc, Violation::kReservedDiffers, "CountsDaysInUtc"},
        Mutant{Fault::kIgnoresGpuTime, Violation::kOverCap, "IgnoresGpuTime"},
        Mutant{Fault::kIgnoresReservations, Violation::kOverCap, "IgnoresReservations"},
        Mutant{Fault::kReleasesTwice, Violation::kReservedDiffers, "ReleasesTwice"},
        Mutant{Fault::kGivesBackInTime, Violation::kReservedDiffers, "GivesBackInTime"},
        Mutant{Fault::kSettlesTwice, Violation::kSpentDiffers, "SettlesTwice"},
        Mutant{Fault::kSettlesTheWorstCase, Violation::kSpentDiffers, "SettlesTheWorstCase"},
        Mutant{Fault::kSettlesAboveReserve, Violation::kSpentDiffers, "SettlesAboveWhatWasBilled"},
        Mutant{Fault::kPaysWhereItBegan, Violation::kSpentDiffers, "PaysWhereItBegan"},
        Mutant{Fault::kPaysInEachWindow, Violation::kSpentDiffers, "PaysInEachWindow"}),
    [](const auto& mutant) { return std::string(mutant.param.name); });
