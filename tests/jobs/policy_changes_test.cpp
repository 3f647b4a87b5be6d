// The policy files as a proposal, on the server that runs.
#include "server/jobs/policy_changes.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "server/core/digest.h"
#include "server/jobs/policy_layers.h"
#include "server/jobs/raise_budget.h"
#include "server/jobs/service.h"
#include "server/store/ledger_check.h"
#include "tests/jobs/simulated_runner.h"

using namespace pawl;

namespace {

std::string policy(const std::string& day, const std::string& queued) {
  return "[budget]\nday = " + day + "\n[jobs]\nmax_queued = " + queued +
         "\n[stage.screen]\npools = [\"cpu\"]\n";
}

// The parts of a server that a policy lives in; no scheduler, no repository.
struct PolicyFolder : testing::Test {
  PolicyFolder() {
    std::filesystem::create_directories(top_ / "state");
    std::filesystem::create_directories(top_ / "config/policies");
    std::ofstream(top_ / "config/policies/pools.toml")
        << "[pool.cpu]\nkind = \"cpu\"\ncount = 2\nprice = 1.20\nbilling = \"owned\"\nclass = "
           "\"A\"\n";
    edit(policy("5.00", "20"));
    restart();
  }
  ~PolicyFolder() override {
    server_.reset();
    std::filesystem::remove_all(top_);
  }
  void restart() {
    server_.reset();
    server_ = std::make_unique<Server>(top_, clock_);
    EXPECT_TRUE(record_policy_changes(world()));
    EXPECT_TRUE(put_allowances_in_force(world()));
  }
  void edit(const std::string& text) {
    std::ofstream(top_ / "config/policies/default.toml", std::ios::binary) << text;
  }
  void edited(const std::string& text) {
    edit(text);
    EXPECT_TRUE(reload_policy(world()));
  }
  Money day() { return world().rules.rules()->policy.budget.day->value; }
  std::int32_t queued() { return world().rules.rules()->policy.jobs.max_queued.value; }
  std::size_t waiting() { return world().rules.proposal().pending.size(); }
  std::vector<std::string> log() {
    std::vector<std::string> lines;
    const std::vector<EventRow> events = service().policy_log().value();
    for (const EventRow& event : events) lines.push_back(event.text);
    return lines;
  }
  Store& store() { return *server_->store; }
  World& world() { return server_->world; }
  Service& service() { return server_->service; }
  Caller human() const { return {.principal = "ada", .agent = "cli", .directory = "/"}; }
  template <class T>
  static ErrorKind refusal(const Result<T>& result) {
    EXPECT_FALSE(result) << "was not refused";
    return result ? ErrorKind::kInternal : result.error().kind;
  }

  std::filesystem::path top_ = temporary_folder();
  FakeClock clock_;

 private:
  struct Server {
    Server(const std::filesystem::path& top, const Clock& clock)
        : store(Store::open(top / "state/pawl.db", clock).value()),
          time(clock, "boot"),
          rules(top / "config/policies", top / "state/policy-in-force"),
          sources(*store, {top / "state", top / "config"}),
          world{.store = *store,
                .clock = clock,
                .time = time,
                .rules = rules,
                .sources = sources,
                .bell = bell,
                .paths = {top / "state", top / "config"},
                .machine = {}},
          service(world) {
      EXPECT_TRUE(time.load(*store));
      EXPECT_TRUE(rules.load());
    }
    std::unique_ptr<Store> store;
    TrustedClock time;
    RulesFolder rules;
    ProjectSources sources;
    Bell bell;
    World world;
    Service service;
  };
  static std::filesystem::path temporary_folder() {
    std::string name = testing::TempDir() + "pawl-policy-XXXXXX";
    return mkdtemp(name.data());
  }
  std::unique_ptr<Server> server_;
};

}  // namespace

TEST_F(PolicyFolder, ALooserValueWaitsAndATighterOneCountsAtOnce) {
  edited(policy("50.00", "10"));
  EXPECT_EQ(day(), Money::usd(5));
  EXPECT_EQ(queued(), 10);
  EXPECT_EQ(waiting(), 1U);
  EXPECT_EQ(log().back(), "tightened jobs.max_queued: 20 -> 10 (policies/default.toml:4:14)");
}

TEST_F(PolicyFolder, ALoadOfTheSameFilesLeavesTheRulesThatAreInForce) {
  const auto before = world().rules.rules();
  edited(policy("5.00", "20"));
  EXPECT_EQ(world().rules.rules(), before);
}

TEST_F(PolicyFolder, ARestartForgetsNeitherTheApprovedNorTheTighterValue) {
  edited(policy("50.00", "10"));
  edited(policy("50.00", "15"));
  restart();
  EXPECT_EQ(day(), Money::usd(5));
  EXPECT_EQ(queued(), 10);
  EXPECT_EQ(waiting(), 2U);
}

TEST_F(PolicyFolder, ApprovingPutsTheFilesInForceAndSaysWhoDidIt) {
  edited(policy("50.00", "20"));
  const Proposal proposal = service().policy_proposal().value();
  const auto approved = service().approve_policy(human(), proposal.digest.substr(0, 12));
  ASSERT_TRUE(approved);
  EXPECT_EQ(approved->changes.size(), 1U);
  EXPECT_NE(approved->note, "");  // same-user
  EXPECT_EQ(day(), Money::usd(50));
  EXPECT_EQ(log().back(),
            "approved by ada: budget.day: $5.00 -> $50.00 (policies/default.toml:2:7)");
  restart();
  EXPECT_EQ(day(), Money::usd(50));
}

TEST_F(PolicyFolder, AnExplanationIsOfWhatIsInForceAndNamesWhatWaits) {
  edited(policy("50.00", "10"));
  const std::string text = service().explain_policy(human(), {"screen", "intern-7"}).value();
  EXPECT_TRUE(text.starts_with("principal intern-7, ")) << text;
  EXPECT_NE(text.find("budget.day             $5.00 "), std::string::npos) << text;
  EXPECT_NE(text.find("max_queued             10 "), std::string::npos) << text;
  EXPECT_TRUE(
      text.ends_with("1 looser value waits for `pawl policy approve`:\n"
                     "budget.day: $5.00 -> $50.00 (policies/default.toml:2:7)\n"))
      << text;
  EXPECT_EQ(refusal(service().explain_policy(human(), {"scren", ""})), ErrorKind::kNotFound);
}

TEST_F(PolicyFolder, AnExplanationShowsACapAsItIsRaised) {
  ASSERT_TRUE(service().raise_budget(human(), {.usd = "10", .until = "8h", .why = "a sweep"}));
  const std::string text = service().explain_policy(human(), {}).value();
  EXPECT_NE(text.find("budget.day             $15.00 "), std::string::npos) << text;
}

TEST_F(PolicyFolder, WhatWasNotLookedAtIsNotApproved) {
  edited(policy("50.00", "20"));
  const std::string seen = service().policy_proposal()->digest;
  edit(policy("500.00", "20"));
  EXPECT_EQ(refusal(service().approve_policy(human(), seen)), ErrorKind::kConflict);
  EXPECT_EQ(refusal(service().approve_policy(human(), "50")), ErrorKind::kConflict);
  EXPECT_EQ(day(), Money::usd(5));
}

TEST_F(PolicyFolder, InSeparateModeAnAgentApprovesNothing) {
  world().trust = {TrustMode::kSeparate, sha256_hex("the secret")};
  edited(policy("50.00", "20"));
  EXPECT_EQ(refusal(service().approve_policy(human(), "")), ErrorKind::kDenied);
  EXPECT_EQ(day(), Money::usd(5));
}

TEST_F(PolicyFolder, AFileThatDoesNotParseChangesNothingAndShowsTheCaret) {
  edited("[budget]\nday = 4.00.0\n");
  EXPECT_EQ(day(), Money::usd(5));
  ASSERT_EQ(world().rules.notices().size(), 1U);
  EXPECT_NE(world().rules.notices()[0].find("^"), std::string::npos);
  restart();  // the last good one holds without any server having run
  EXPECT_EQ(day(), Money::usd(5));
}

TEST_F(PolicyFolder, FilesThatAreGoneLeaveWhatWasInForce) {
  std::filesystem::remove_all(top_ / "config/policies");
  EXPECT_TRUE(reload_policy(world()));
  EXPECT_EQ(day(), Money::usd(5));
}

TEST_F(PolicyFolder, AFirstStartAdoptsWhatItFinds) {
  EXPECT_EQ(log().size(), 1U);
  EXPECT_TRUE(log()[0].starts_with("adopted the policy files "));
}

TEST_F(PolicyFolder, ATamperedCopyOfWhatIsInForceIsNotRead) {
  const std::vector<std::vector<SourceText>> layers = {{{"a.toml", "x = 1\n"}}, {{"b.toml", ""}}};
  std::string text = text_of_layers(layers);
  ASSERT_TRUE(layers_in(text));
  EXPECT_EQ(layers_in(text)->at(0).at(0).text, "x = 1\n");
  EXPECT_EQ(layers_in(text)->size(), 2U);
  text[text.find("x = 1")] = 'y';
  EXPECT_FALSE(layers_in(text));
}

struct Raises : PolicyFolder {
  BudgetRaise more(const std::string& usd, const std::string& until) {
    return {.usd = usd, .until = until, .why = "one more sweep"};
  }
};

TEST_F(Raises, ARaiseHoldsUntilItsTimeIsOver) {
  ASSERT_TRUE(service().raise_budget(human(), more("10", "1h")));
  EXPECT_EQ(day(), Money::usd(15));
  clock_.advance(std::chrono::minutes(59));
  EXPECT_EQ(day(), Money::usd(15));
  clock_.advance(std::chrono::minutes(1));
  EXPECT_EQ(day(), Money::usd(5));
}

TEST_F(Raises, ARestartKeepsARaiseAndALoadOfTheFilesTakesItOver) {
  ASSERT_TRUE(service().raise_budget(human(), more("10", "1h")));
  restart();
  edited(policy("4.00", "20"));
  EXPECT_EQ(day(), Money::usd(14));
  EXPECT_EQ(waiting(), 0U);
  EXPECT_EQ(service().allowances()->size(), 1U);
}

TEST_F(Raises, EachIsARowOfTheLedgerWithItsReason) {
  ASSERT_TRUE(service().raise_budget(human(), more("10", "1h")));
  EXPECT_NE(log().back().find("global day +$10.00 until "), std::string::npos);
  EXPECT_NE(log().back().find("by ada: one more sweep"), std::string::npos);
  const auto found = store().read([](Reader& reader) { return verify_ledger(reader); });
  EXPECT_TRUE(found.value().empty());
}

TEST_F(Raises, ARaiseOfADayEndsWithTheDay) {
  ASSERT_TRUE(service().raise_budget(human(), more("10", "700h")));
  clock_.advance(std::chrono::hours(25));
  EXPECT_EQ(day(), Money::usd(5));
}

TEST_F(Raises, WhatCannotBeMeantIsRefused) {
  EXPECT_EQ(refusal(service().raise_budget(human(), more("10", "yesterday"))), ErrorKind::kInvalid);
  EXPECT_EQ(refusal(service().raise_budget(human(), more("0", "1h"))), ErrorKind::kInvalid);
  EXPECT_EQ(refusal(service().raise_budget(human(), more("1e3", "1h"))), ErrorKind::kInvalid);
  BudgetRaise none = more("10", "1h");
  none.why = "";
  EXPECT_EQ(refusal(service().raise_budget(human(), none)), ErrorKind::kInvalid);
  none = more("10", "1h");
  none.window = "total";  // this policy has none
  EXPECT_EQ(refusal(service().raise_budget(human(), none)), ErrorKind::kInvalid);
}

TEST_F(Raises, InSeparateModeAnAgentRaisesNothing) {
  world().trust = {TrustMode::kSeparate, sha256_hex("the secret")};
  EXPECT_EQ(refusal(service().raise_budget(human(), more("10", "1h"))), ErrorKind::kDenied);
  EXPECT_EQ(day(), Money::usd(5));
}
