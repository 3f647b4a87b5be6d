// The morning report and results.tsv, read back from a night.
#include "server/jobs/report.h"

#include <fstream>
#include <sstream>

#include "server/jobs/results_tsv.h"
#include "tests/jobs/night.h"

using namespace pawl;

namespace {

class Morning : public Night {
 protected:
  Morning() {
    SubmitRequest base{.variant = {.title = "baseline"}, .from = "base", .repeat = 2};
    EXPECT_TRUE(service().submit(agent(), base));
    running(1);
    running(2);
    finish(1, 1.50);
    finish(2, 1.52);
    finish(submit("better"), 1.41);
    finish(submit("worse"), 1.70);
    end(submit("broken"), {.exit_code = 1});
  }
  void decide(const std::string& job, Decision decision) {
    EXPECT_TRUE(service().decide(agent(), job, decision, "because"));
  }
  NightReport report(const NightRequest& request = {}) {
    return service().night(agent(), request).value();
  }
  std::string file() const {
    std::ostringstream text;
    text << std::ifstream(state() / "projects/tiny/results.tsv").rdbuf();
    return text.str();
  }
};

TEST_F(Morning, TellsTheStaircaseFromWhereTheNightBegan) {
  decide("003", Decision::kKeep);
  const NightReport night = report();
  EXPECT_NEAR(night.start.value(), 1.51, 1e-9);
  EXPECT_NEAR(night.reached.value(), 1.41, 1e-9);
  ASSERT_EQ(night.steps.size(), 1U);
  EXPECT_EQ(night.steps[0].number, 3);
  EXPECT_NEAR(night.steps[0].delta.value(), -0.10, 1e-9);
  EXPECT_GT(night.steps[0].noise_x.value(), 5);
  EXPECT_EQ(night.dots.size(), 5U);
  EXPECT_TRUE(night.dots[2].kept);
  EXPECT_TRUE(night.dots[4].failed);
}

TEST_F(Morning, CountsSeedsThatRanAfterTheKeep) {
  decide("003", Decision::kKeep);
  const auto more = try_submit({.variant = {.title = "again"}, .from = "003", .repeat = 2}).value();
  finish(more.jobs.at(1).job.number, 1.43);
  const NightReport night = report();
  EXPECT_EQ(night.steps.at(0).seeds, 2);
  EXPECT_NEAR(night.steps.at(0).fresh->value, 1.43, 1e-9);
}

TEST_F(Morning, NamesWhatBeatsTheBestAndWasNotDecided) {
  EXPECT_EQ(report().undecided, std::vector<std::string>{"003-better"});
  decide("003", Decision::kDiscard);  // a decision all the same
  EXPECT_TRUE(report().undecided.empty());
}

TEST_F(Morning, TheBillIsWhatTheAttemptsCost) {
  const NightBill bill = report().bill;  // the two baselines at once, then one after another
  EXPECT_EQ(bill.busy, std::chrono::minutes(6));
  EXPECT_EQ(bill.wall, std::chrono::minutes(5));
  EXPECT_EQ(bill.slots, 2);
  EXPECT_EQ(bill.spent, Money::micros(120'000));
  EXPECT_EQ(bill.failed, Money::micros(20'000));
  ASSERT_EQ(bill.stages.size(), 1U);
  EXPECT_EQ(bill.stages[0].jobs, 5);
}

TEST_F(Morning, GroupsWhatFailedAndNamesWhatWaits) {
  end(submit("broken too"), {.exit_code = 2});
  running(submit("long"));
  const NightReport night = report();
  ASSERT_EQ(night.failures.size(), 1U);
  EXPECT_EQ(night.failures[0].jobs, (std::vector<std::int64_t>{5, 6}));
  EXPECT_EQ(night.failures[0].cost, Money::micros(40'000));
  ASSERT_EQ(night.waiting.size(), 1U);
  EXPECT_EQ(night.waiting[0].title, "long");
}

TEST_F(Morning, AnEarlierNightIsNotCountedAgain) {
  decide("003", Decision::kKeep);
  clock_.advance(std::chrono::hours(10));
  finish(submit("next evening"), 1.39);
  const NightReport night = report();
  EXPECT_NEAR(night.start.value(), 1.41, 1e-9);
  EXPECT_EQ(night.dots.size(), 1U);
  EXPECT_TRUE(night.steps.empty());
  EXPECT_EQ(night.bill.spent, Money::micros(20'000));
  EXPECT_EQ(report({.since = std::chrono::hours(24)}).dots.size(), 6U);
}

TEST_F(Morning, EachDecisionWritesResultsTsv) {
  decide("003", Decision::kKeep);
  decide("004", Decision::kDiscard);
  decide("005", Decision::kCrash);
  const std::string commit = row(3).commit.substr(0, 7);
  EXPECT_EQ(file(), "commit\tval_bpb\tmemory_gb\tstatus\tdescription\n" + commit +
                        "\t1.410000\t0.0\tkeep\tbetter\n" + commit +
                        "\t1.700000\t0.0\tdiscard\tworse\n" + commit +
                        "\t0.000000\t0.0\tcrash\tbroken\n");
  EXPECT_EQ(service().results_table(agent()).value(), file());
}

TEST_F(Morning, ResultsTsvIsWrittenAgainFromTheStoreAlone) {
  decide("004", Decision::kKeep);
  decide("003", Decision::kKeep);
  const std::string before = file();
  std::filesystem::remove_all(state() / "projects");
  restart();
  decide("004", Decision::kDiscard);  // thought better of it: the last word about a job counts
  EXPECT_EQ(file().find("keep\tworse"), std::string::npos);
  EXPECT_NE(file().find("discard\tworse"), std::string::npos);
  EXPECT_NE(before, file());
}

TEST(ResultsTsv, LosesWhatWouldBreakALine) {
  const std::vector<ResultLine> lines = {{.commit = "0123456789",
                                          .value = 0.9979,
                                          .memory_mb = 45060.2,
                                          .status = Decision::kKeep,
                                          .description = "a\tb\nc\x1b[31m"}};
  EXPECT_EQ(results_tsv("val_bpb", lines),
            "commit\tval_bpb\tmemory_gb\tstatus\tdescription\n"
            "0123456\t0.997900\t44.0\tkeep\ta b c\n");
}

}  // namespace
