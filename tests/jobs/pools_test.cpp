// Prices that move, pools that freeze, machines that are taken away: what it costs, and what a job
// is told.
#include "server/store/ledger_check.h"
#include "tests/jobs/night.h"

using namespace pawl;
using namespace std::chrono_literals;

namespace {

std::string pool(const std::string& name, const std::string& keys) {
  return "[pool." + name + "]\nkind = \"cpu\"\n" + keys + "\n";
}

std::string metered(const std::string& price, const std::string& more = "") {
  return pool("cpu", "count = 2\nclass = \"A\"\nprice = " + price + "\n" + more);
}

constexpr const char* kTwoPools = R"(
policy = 1
[budget]
total = 10.00
[stage.screen]
pools = ["one", "two"]
)";

class PoolNight : public Night {
 protected:
  void begin_with(const std::string& pools) {
    set_pools(pools);
    restart();
  }
  void price_becomes(const std::string& price) {
    set_pools(metered(price));
    reload();
  }
  static std::string last(const std::vector<std::string>& lines) {
    return lines.empty() ? "" : lines.back();
  }
  // Humans hear which and what to do; agents that there is one.
  void expect_told_of_the_frozen_pool() {
    const std::string in_status = last(service().status().value().notices);
    EXPECT_TRUE(in_status.starts_with("Pool cpu is frozen: attempt 1 of job 1 of tiny cost 1.2"))
        << in_status;
    EXPECT_TRUE(in_status.ends_with(". `pawl pool open cpu` once you have looked.")) << in_status;
    EXPECT_EQ(last(service().night(agent(), {}).value().notices), in_status);
    const std::string in_briefing = last(service().briefing(agent()).value().notices);
    EXPECT_TRUE(in_briefing.starts_with("1 of the places for experiments")) << in_briefing;
    EXPECT_EQ(in_briefing.find("cpu"), std::string::npos) << in_briefing;
  }
  void expect_a_sound_ledger() {
    const auto found = store().read([](Reader& reader) { return verify_ledger(reader); });
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_TRUE(found->empty());
  }
};

}  // namespace

TEST_F(PoolNight, ARunPaysItsProvidersPriceAsItMovesAndItsReservationWithIt) {  // L13
  begin_with(metered("1.20"));
  const std::int64_t job = submit("long");
  running(job);
  clock_.advance(10min);
  price_becomes("2.40");
  until([&] { return total().reserved.money == Money::micros(1'210'001); }, "the top-up");
  expect_a_sound_ledger();
  finish(job, 1.5);
  EXPECT_EQ(total().spent.money, Money::micros(240'000));  // 10 minutes at 1.20, one at 2.40
  EXPECT_EQ(total().reserved, Amount());
  EXPECT_EQ(total().overrun, Amount());
  expect_a_sound_ledger();
}

TEST_F(PoolNight, ARiseIsPaidFromItsMomentOnThoughTheWallClockWentBack) {  // L13, L16
  begin_with(metered("1.20"));
  world().time.now();
  clock_.jump(-1h);
  const std::int64_t job = submit("long");
  running(job);
  clock_.advance(10min);
  price_becomes("2.40");
  until([&] { return total().reserved.money == Money::micros(1'210'001); }, "the top-up");
  finish(job, 1.5);
  EXPECT_EQ(total().spent.money, Money::micros(240'000));
}

TEST_F(PoolNight, APriceThatABudgetCannotPayTakesTheMachineBack) {  // L13
  begin_with(metered("1.20"));
  const std::int64_t job = submit("long");
  const AttemptId attempt = running(job);
  clock_.advance(10min);
  price_becomes("12.00");  // an experiment may cost 3.00, and 30 minutes would be 6.05
  until([&] { return !runner().stops().empty(); }, "the stop");
  clock_.advance(10s);
  runner().end(attempt, {.outcome = Outcome::kCancelled});
  until_state(job, JobState::kQueued);
  EXPECT_EQ(row(job).reason, Reason::kPreempted);
  EXPECT_EQ(row(job).attempts, 1);
  EXPECT_EQ(total().spent.money, Money::micros(233'334));  // 10 minutes at 1.20, 10 seconds at 12
  EXPECT_EQ(total().overrun, Amount());
  expect_a_sound_ledger();
  price_becomes("1.20");
  finish(job, 1.5);
  EXPECT_EQ(row(job).state, JobState::kSucceeded);
}

TEST_F(PoolNight, AnAccountingPriceStaysAsItWasClaimed) {
  begin_with(metered("1.20", "billing = \"owned\""));
  const std::int64_t job = submit("long");
  running(job);
  set_pools(metered("12.00", "billing = \"owned\""));
  reload();
  finish(job, 1.5);
  EXPECT_EQ(total().spent.money, Money::micros(20'000));
}

TEST_F(PoolNight, ABillOverItsReservationFreezesThePoolUntilAHumanLooked) {
  begin_with(metered("1.20"));
  const std::int64_t runaway = submit("runaway");
  const AttemptId attempt = running(runaway);
  clock_.advance(60min);  // twice its limit
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.0}\n"});
  until_state(runaway, JobState::kSucceeded);
  EXPECT_EQ(total().overrun.money, Money::micros(1'200'000 - 605'001));
  EXPECT_EQ(service().pools().value().at(0).state, "frozen");
  expect_told_of_the_frozen_pool();
  const std::int64_t next = submit("next");
  EXPECT_EQ(row(next).state, JobState::kQueued);
  ASSERT_TRUE(service().open_pool(agent(), "cpu"));
  running(next);
  EXPECT_EQ(service().pools().value().at(0).state, "open");
  EXPECT_EQ(refusal(service().open_pool(agent(), "cpu")).kind, ErrorKind::kConflict);
  EXPECT_EQ(refusal(service().open_pool(agent(), "gpu")).kind, ErrorKind::kNotFound);
}

TEST_F(PoolNight, APriceThatHasExpiredRefusesWithItsPlace) {          // L17
  begin_with(metered("1.20", "price_valid_until = \"2026-11-21\""));  // it is the 22nd
  const Error refused = refusal(try_submit(request("late")));
  EXPECT_EQ(refused.kind, ErrorKind::kDenied);
  EXPECT_NE(refused.message.find("a price was valid until 2026-11-21 ("), std::string::npos);
  EXPECT_NE(refused.message.find("pools.toml:6:"), std::string::npos) << refused.message;
}

TEST_F(PoolNight, TheLastDayOfAPriceBelongsToItInThePolicysZone) {
  clock_.advance(3h + 30min);  // 23:30 UTC is half past midnight in Rome
  begin_with(metered("1.20", "price_valid_until = \"2026-11-23\""));
  running(submit("in time"));
  begin_with(metered("1.20", "price_valid_from = \"2026-11-24\""));
  EXPECT_NE(refusal(try_submit(request("early"))).message.find("a price is valid from 2026-11-24"),
            std::string::npos);
}

TEST_F(PoolNight, TheLeastThatIsBilledIsReservedAndSettled) {
  begin_with(metered("1.20", "min_billing_seconds = 600\nbilling_step_seconds = 60"));
  const std::int64_t job = submit("short");
  finish(job, 1.5);
  EXPECT_EQ(total().spent.money, Money::micros(200'000));  // ten minutes for one
}

TEST_F(PoolNight, TheRunnersOwnBillIsTheSumOfTheAttempts) {  // Q14
  begin_with(metered("1.20"));
  const std::int64_t first = submit("first");
  end(first, {.outcome = Outcome::kPreempted});
  until([&] { return row(first).attempts == 2 && row(first).state == JobState::kRunning; },
        "the second attempt");
  clock_.advance(7min);
  runner().lose({row(first).id, 2});
  until([&] { return row(first).attempts == 3; }, "the third attempt");
  finish(first, 1.5);
  finish(submit("second"), 1.6);
  const auto attempts =
      store().read([](Reader& reader) { return attempts_of(reader, ProjectId{1}); }).value();
  Milliseconds billed{0};
  for (const AttemptRow& attempt : attempts) billed += attempt.end->billed;
  EXPECT_EQ(attempts.size(), 4U);
  EXPECT_EQ(billed, runner().bill());
}

TEST_F(PoolNight, JobsOfOneRoundRunInTheClassOfItsFirst) {
  set_policy(kTwoPools);
  begin_with(pool("one", "count = 1\nprice = 1.20\nclass = \"A\"") +
             pool("two", "count = 1\nprice = 1.20\nclass = \"B\""));
  SweepRequest sweep{.title = "pair", .base = "base"};
  sweep.variants = {request("left").variant, request("right").variant};
  const auto reply = service().submit_sweep(agent(), sweep);
  ASSERT_TRUE(reply) << reply.error().message;
  running(1);
  until([&] { return world().waiting.of(kind_of(row(2))).reason == Reason::kNoSlot; }, "a reason");
  EXPECT_NE(world().waiting.of(kind_of(row(2))).detail.find("class A"), std::string::npos);
  running(submit("alone"));  // nothing binds it to a class
  EXPECT_EQ(row(2).state, JobState::kQueued);
  finish(1, 1.5);
  running(2);
}

TEST_F(PoolNight, AfterTwoInterruptionsASpotJobTakesAMachineThatStays) {
  set_policy(R"(
policy = 1
[budget]
total = 10.00
[stage.screen]
pools = ["cpu"]
spot = "prefer"
)");
  begin_with(metered("1.20", "spot_price = 0.60\nspot_interruptions_per_hour = 0.1"));
  const std::int64_t job = submit("on spot");
  for (std::int32_t attempt = 1; attempt <= 2; ++attempt) {
    until([&] { return row(job).attempts == attempt && row(job).state == JobState::kRunning; },
          "an attempt on spot");
    clock_.advance(1min);
    runner().end({row(job).id, attempt}, {.outcome = Outcome::kPreempted});
  }
  until([&] { return row(job).attempts == 3 && row(job).state == JobState::kRunning; },
        "the third attempt");
  finish(job, 1.5);
  const auto attempts =
      store().read([&](Reader& reader) { return attempts_of(reader, row(job).id); }).value();
  EXPECT_TRUE(attempts.at(0).spot && attempts.at(1).spot);
  EXPECT_FALSE(attempts.at(2).spot);
  EXPECT_EQ(total().spent.money, Money::micros(40'000));  // two minutes at 0.60, one at 1.20
  const auto pools = service().pools().value();
  EXPECT_EQ(pools.at(1).offer, "spot");
  EXPECT_EQ(pools.at(1).interruptions, 2);
}

TEST_F(PoolNight, AJobIsToldWhyItRunsThereButNotWhere) {
  set_policy(kTwoPools);
  begin_with(pool("one", "count = 1\nprice = 1.20\nclass = \"A\"") +
             pool("two", "count = 1\nprice = 1.80\nclass = \"A\""));
  running(submit("told"));
  const AttemptLine attempt = service().job(agent(), "001").value().attempts.at(0);
  EXPECT_EQ(attempt.why,
            "the cheapest of 2 places for a finished result, its wait counted: 0.60 USD expected; "
            "1 dearer (0.90 USD)");
  EXPECT_EQ(attempt.places,
            "one on-demand: chosen, 0.60 USD and 30m00s expected for a finished result\n"
            "two on-demand: dearer, 0.90 USD and 30m00s expected for a finished result");
}
