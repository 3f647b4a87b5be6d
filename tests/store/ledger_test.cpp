// Reserve, settle, release: where the money goes and what stands in its way.
#include "server/store/ledger.h"

#include <atomic>
#include <thread>

#include "server/store/ledger_check.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

class Ledger : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    paying_ = branch({.money = Money::usd(10), .gpu_time = 10 * kHour});
  }
  void TearDown() override {  // L2
    const auto mismatches = read([](Reader& r) { return verify_ledger(r); });
    EXPECT_TRUE(mismatches.empty()) << mismatches.front().what;
  }
  Result<void> try_settle(AttemptId attempt, Amount actual) {
    return store_->write(
        [&](Transaction& t) { return settle(t, attempt, lines_for(paying_, actual)); });
  }
  Result<void> try_release(JobId id) {
    return store_->write([&](Transaction& t) { return release(t, id); });
  }
  Balance global() { return view(paying_).back(); }
  // A running attempt with 4 dollars and 2 hours reserved.
  AttemptId running() {
    const AttemptRow attempt = claim(submit().id);
    reserve_all(attempt.job, attempt.id.number, paying_, {Money::usd(4), 2 * kHour});
    launch(attempt.id);
    return attempt.id;
  }
  Branch paying_;
};

TEST_F(Ledger, AReservationIsInEveryWindowUpToTheGlobalOne) {
  reserve_all(submit().id, 0, paying_, {Money::usd(3), kHour});
  for (const Balance& balance : view(paying_))
    EXPECT_EQ(balance.reserved, (Amount{Money::usd(3), kHour}));
}

TEST_F(Ledger, OneWindowWithoutRoomRefusesTheWholeReservation) {  // L1, L3
  const Branch sibling = branch({.money = Money::usd(10), .gpu_time = 10 * kHour}, "2");
  reserve_all(submit().id, 0, sibling, {Money::usd(8), kHour});
  const auto rows = count("ledger");
  const auto refused = try_reserve(submit().id, 0, paying_, {Money::usd(3), kHour});
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(count("ledger"), rows);
  EXPECT_EQ(view(paying_).front().reserved, Amount{});  // its own window had room
}

TEST_F(Ledger, ATopUpIsReservedLikeTheRestAndSettledWithIt) {  // L13
  const AttemptId attempt = running();
  const ReservationId open = read([&](Reader& r) { return open_reservation(r, attempt.job); })->id;
  const auto rise = [&](std::int64_t usd, const char* why) {
    return store_->write([&](Transaction& t) {
      return top_up(t, open, lines_for(paying_, {Money::usd(usd), Milliseconds(0)}), why);
    });
  };
  ASSERT_TRUE(rise(2, "first rise"));
  ASSERT_TRUE(rise(3, "second rise"));
  EXPECT_EQ(global().reserved, (Amount{Money::usd(9), 2 * kHour}));
  EXPECT_EQ(rise(2, "one too many").error().kind, ErrorKind::kDenied);  // L1
  EXPECT_EQ(rise(1, "second rise").error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(read([](Reader& r) { return verify_ledger(r); }).empty());  // L2, while it is open
  end(attempt);
  EXPECT_TRUE(try_settle(attempt, {Money::usd(7), kHour}));
  EXPECT_EQ(global().spent.money, Money::usd(7));
  EXPECT_EQ(global().overrun, Amount{});
  EXPECT_EQ(global().reserved, Amount{});
}

TEST_F(Ledger, TheLastMicroDollarFitsAndOneMoreDoesNot) {  // L1
  EXPECT_FALSE(try_reserve(submit().id, 0, paying_, {Money::micros(10'000'001), kHour}));
  EXPECT_TRUE(try_reserve(submit().id, 0, paying_, {Money::micros(10'000'000), kHour}));
}

TEST_F(Ledger, GpuTimeIsACapOfItsOwn) {  // L1
  EXPECT_FALSE(try_reserve(submit().id, 0, paying_, {Money{}, 10 * kHour + Milliseconds(1)}));
  EXPECT_TRUE(try_reserve(submit().id, 0, paying_, {Money{}, 10 * kHour}));
}

TEST_F(Ledger, TheDatabaseItselfRefusesAReserveRowOverItsHeadroom) {  // L1
  reserve_all(submit().id, 0, paying_, {Money::usd(3), kHour});
  const auto planted = store_->write([](Transaction& t) {
    return sql::change(
        t,
        "INSERT INTO ledger SELECT 99, at, epoch, kind, reservation, budget_window + 100, "
        "headroom_money + 1,"
        " 0, 0, 0, 0, 0, headroom_money, headroom_gpu_ms, '', '', 'x' FROM ledger WHERE id = 1");
  });
  ASSERT_FALSE(planted);
  EXPECT_NE(planted.error().message.find("within_headroom"), std::string::npos)
      << planted.error().message;
}

TEST_F(Ledger, ALoweredCapBlocksNewWorkAndNothingElse) {  // L10
  const AttemptId attempt = running();
  paying_ = branch({.money = Money::usd(1)});
  EXPECT_FALSE(try_reserve(submit().id, 0, paying_, {Money::micros(1)}));
  end(attempt);
  EXPECT_TRUE(try_settle(attempt, {Money::usd(4), kHour}));
  EXPECT_EQ(global().spent.money, Money::usd(4));
}

TEST_F(Ledger, AZeroAmountFitsAnywhere) {
  reserve_all(submit().id, 0, paying_, {Money::usd(10), kHour});
  branch({.money = Money::usd(1), .gpu_time = Milliseconds(1)});
  EXPECT_TRUE(try_reserve(submit().id, 0, paying_, {}));
}

TEST_F(Ledger, WhatWasNotUsedComesBackAtTheSettlement) {
  const AttemptId attempt = running();
  end(attempt, Money::usd(1), kHour);
  EXPECT_TRUE(try_settle(attempt, {Money::usd(1), kHour}));
  EXPECT_EQ(global().spent, (Amount{Money::usd(1), kHour}));
  EXPECT_EQ(global().reserved, Amount{});
  EXPECT_EQ(global().overrun, Amount{});
}

TEST_F(Ledger, WhatWasBilledBeyondTheReservationIsAnOverrunAndCountsAgainstTheCap) {  // L1
  const AttemptId attempt = running();
  end(attempt);
  EXPECT_TRUE(try_settle(attempt, {Money::usd(9), kHour}));
  EXPECT_EQ(global().spent, (Amount{Money::usd(4), kHour}));
  EXPECT_EQ(global().overrun, (Amount{Money::usd(5), Milliseconds(0)}));
  EXPECT_FALSE(try_reserve(submit().id, 0, paying_, {Money::micros(1'000'001)}));
  EXPECT_TRUE(try_reserve(submit().id, 0, paying_, {Money::micros(1'000'000)}));
}

TEST_F(Ledger, AWindowThatTheRunOnlySlippedIntoIsAllOverrun) {  // L9
  const AttemptRow attempt = claim(submit().id);
  const NewReservation hold{.job = attempt.job, .attempt = 1, .price = kPrice, .worst_case = kHour};
  const std::vector<Line> reserved = {{paying_.day, {Money::usd(2), kHour}}};
  write([&](Transaction& t) { return reserve(t, hold, reserved); });
  end(attempt.id);
  const std::vector<Line> actual = {{paying_.own, {Money::usd(1), kHour}}};
  must([&](Transaction& t) { return settle(t, attempt.id, actual); });
  EXPECT_EQ(view(paying_).front().overrun, (Amount{Money::usd(1), kHour}));
  for (const Balance& balance : view(paying_)) EXPECT_EQ(balance.reserved, Amount{});
}

TEST_F(Ledger, AnAttemptIsSettledOnce) {  // L5
  const AttemptId attempt = running();
  end(attempt);
  EXPECT_TRUE(try_settle(attempt, {Money::usd(1), kHour}));
  EXPECT_EQ(try_settle(attempt, {Money::usd(1), kHour}).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(try_release(attempt.job).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(global().spent.money, Money::usd(1));
}

TEST_F(Ledger, TheSchemaRefusesASecondSettleRowOfAWindow) {  // L5
  const AttemptId attempt = running();
  end(attempt);
  EXPECT_TRUE(try_settle(attempt, {Money::usd(1), kHour}));
  EXPECT_EQ(refusal([](Transaction& t) {
              return sql::change(
                  t,
                  "INSERT INTO ledger SELECT id + 100, at, epoch, 'release', reservation, "
                  "budget_window, 0, 0,"
                  " 0, 0, 0, 0, NULL, NULL, '', '', 'x' FROM ledger WHERE kind = 'settle' LIMIT 1");
            }),
            ErrorKind::kConflict);
}

TEST_F(Ledger, NothingIsSettledOrReleasedWhileTheAttemptMayBeAlive) {  // L6
  const AttemptId attempt = running();
  EXPECT_EQ(try_settle(attempt, {}).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(try_release(attempt.job).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(global().reserved.money, Money::usd(4));
}

TEST_F(Ledger, AnIntentThatMayStillBeLaunchedKeepsItsMoney) {  // L6
  const AttemptRow attempt = claim(submit().id);
  reserve_all(attempt.job, 1, paying_, {Money::usd(4), kHour});
  EXPECT_EQ(try_release(attempt.job).error().kind, ErrorKind::kConflict);
  end(attempt.id);  // proven: never launched
  EXPECT_TRUE(try_release(attempt.job));
  EXPECT_EQ(global().reserved, Amount{});
  EXPECT_EQ(global().spent, Amount{});
}

TEST_F(Ledger, AnAttemptThatRanIsNeverReleased) {  // L6, L14: preempted time is paid
  const AttemptId attempt = running();
  end(attempt, Money::usd(1), kHour);
  EXPECT_EQ(try_release(attempt.job).error().kind, ErrorKind::kConflict);
}

TEST_F(Ledger, AQueueHoldIsReleasedFreely) {  // L6
  const JobRow queued = submit();
  reserve_all(queued.id, 0, paying_, {Money::usd(4), kHour});
  EXPECT_TRUE(try_release(queued.id));
  EXPECT_EQ(global().reserved, Amount{});
  EXPECT_EQ(try_release(queued.id).error().kind, ErrorKind::kConflict);
}

TEST_F(Ledger, AHoldBecomesItsAttemptsReservationAndNoMoneyMoves) {  // L14
  const JobId id = submit().id;
  reserve_all(id, 0, paying_, {Money::usd(3), kHour});
  const ReservationId hold = read([&](Reader& r) { return open_reservation(r, id); })->id;
  const NewReservation taken{
      .job = id, .attempt = 1, .price = {Money::usd(3)}, .worst_case = kHour};
  const auto rows = count("ledger");
  must([&](Transaction& t) { return take_over(t, hold, taken); });
  EXPECT_EQ(count("ledger"), rows);
  EXPECT_EQ(global().reserved, (Amount{Money::usd(3), kHour}));
  const auto open = read([&](Reader& r) { return open_reservation(r, id); });
  EXPECT_EQ(open->attempt, 1);
  EXPECT_EQ(open->price, HourlyPrice{Money::usd(3)});  // L13
  EXPECT_EQ(refusal([&](Transaction& t) { return take_over(t, hold, taken); }),
            ErrorKind::kConflict);  // an attempt's is nobody else's
  end(claim(id).id);
  EXPECT_TRUE(try_settle({id, 1}, {Money::usd(1), kHour}));
  EXPECT_EQ(global().spent.money, Money::usd(1));
}

TEST_F(Ledger, AJobHasOneOpenReservationAtATime) {  // L14
  const JobRow queued = submit();
  reserve_all(queued.id, 0, paying_, {Money::usd(1), kHour});
  EXPECT_EQ(try_reserve(queued.id, 1, paying_, {Money::usd(1), kHour}).error().kind,
            ErrorKind::kConflict);
  EXPECT_TRUE(try_release(queued.id));
  EXPECT_TRUE(try_reserve(queued.id, 1, paying_, {Money::usd(1), kHour}));
}

TEST_F(Ledger, TheNextAttemptReservesOnlyAfterTheFirstIsSettledAndTheFirstStaysPaid) {  // L14
  const AttemptId first = running();
  end(first, Money::usd(2), kHour);
  EXPECT_EQ(try_reserve(first.job, 2, paying_, {Money::usd(4), kHour}).error().kind,
            ErrorKind::kConflict);
  EXPECT_TRUE(try_settle(first, {Money::usd(2), kHour}));
  EXPECT_TRUE(try_reserve(first.job, 2, paying_, {Money::usd(4), kHour}));
  EXPECT_EQ(global().spent.money, Money::usd(2));
  EXPECT_EQ(global().reserved.money, Money::usd(4));
}

TEST_F(Ledger, AnAttemptReservesOnceEver) {  // L5
  const AttemptId attempt = running();
  end(attempt);
  EXPECT_TRUE(try_settle(attempt, {}));
  EXPECT_EQ(try_reserve(attempt.job, 1, paying_, {Money::usd(1)}).error().kind,
            ErrorKind::kConflict);
}

TEST_F(Ledger, TheReservationPinsItsPrice) {  // L13
  const JobRow queued = submit();
  reserve_all(queued.id, 0, paying_, {Money::usd(1), kHour});
  const auto open = read([&](Reader& r) { return open_reservation(r, queued.id); });
  EXPECT_EQ(open->price, kPrice);
  EXPECT_EQ(open->worst_case, kHour);
  EXPECT_EQ(read([&](Reader& r) { return reserved_lines(r, open->id); }).size(), 5);
}

TEST_F(Ledger, AnAdjustmentNamesWhoAndWhy) {  // L21
  const auto adjusted = [&](const std::string& why) {
    return store_->write([&](Transaction& t) {
      return adjust(t, {.window = paying_.global,
                        .spent = {Money::usd(-1)},
                        .principal = "root",
                        .reason = why});
    });
  };
  EXPECT_EQ(adjusted("").error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(adjusted("the provider gave a credit"));
  EXPECT_EQ(global().spent.money, Money::usd(-1));
}

// 16 threads ask for 3 dollars each of a cap of 10: three get it, whatever the order.
TEST_F(Ledger, ARaceOnOneCapIsWonExactlyAsOftenAsThereIsRoom) {  // L1
  std::vector<JobId> jobs;
  for (int i = 0; i < 16; ++i) jobs.push_back(submit().id);
  std::atomic<int> won = 0;
  {
    std::vector<std::jthread> askers;
    for (const JobId id : jobs) {
      askers.emplace_back(
          [&, id] { won += try_reserve(id, 0, paying_, {Money::usd(3), kHour}).has_value(); });
    }
  }
  EXPECT_EQ(won, 3);
  EXPECT_EQ(global().reserved.money, Money::usd(9));
}

}  // namespace
}  // namespace pawl::test
