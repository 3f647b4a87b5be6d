#include <fstream>

#include "server/store/ledger_check.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Restart : public Night {};

TEST_F(Restart, ARunningAttemptIsAdoptedAndItsOutcomeIsTheSame) {  // Q13
  const std::int64_t job = submit("survivor");
  const AttemptId attempt = running(job);
  restart();
  clock_.advance(std::chrono::minutes(1));
  runner().end(attempt, {.metrics = "{\"val_bpb\":1.5}\n"});
  until_state(job, JobState::kSucceeded);
  EXPECT_EQ(row(job).attempts, 1);
  EXPECT_EQ(total().spent.money, Money::micros(20'000));
}

TEST_F(Restart, AnEndThatNobodySawIsSettled) {  // L7
  const std::int64_t job = submit("orphan");
  const AttemptId attempt = running(job);
  clock_.advance(std::chrono::minutes(1));
  server_gone_while([&] { runner().end(attempt, {.metrics = "{\"val_bpb\":1.5}\n"}); });
  until_state(job, JobState::kSucceeded);
  EXPECT_EQ(total().reserved, Amount());
}

TEST_F(Restart, EachServerHasANewEpoch) {  // L8
  const std::int64_t first = service().status().value().epoch;
  restart();
  EXPECT_EQ(service().status().value().epoch, first + 1);
}

TEST_F(Restart, AcknowledgedSubmitsAreThere) {  // Q1
  for (int i = 0; i < 5; ++i) submit("job " + std::to_string(i));
  restart();
  EXPECT_EQ(service().jobs(agent(), 100).value().size(), 5U);
}

TEST_F(Restart, APolicyThatDoesNotParseLeavesTheLastGoodOneInForce) {
  std::ofstream(top_ / "config/policies/default.toml") << "policy = 1\n[budget\n";
  restart();
  const auto status = service().status().value();
  ASSERT_FALSE(status.notices.empty());
  EXPECT_NE(status.notices.at(0).find("last good policy"), std::string::npos);
  submit("still works");
}

TEST_F(Restart, TheLedgerAddsUpAfterAMixedNight) {  // L2
  for (int i = 0; i < 3; ++i) {
    const std::int64_t job = submit("job " + std::to_string(i));
    i == 1 ? end(job, {.exit_code = 1}) : finish(job, 1.5);
    restart();
  }
  const auto mismatches = store().read([](Reader& reader) { return verify_ledger(reader); });
  EXPECT_TRUE(mismatches.value().empty());
}

}  // namespace
