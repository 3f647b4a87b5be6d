// The files are a proposal: tighter counts at once, looser waits.
#include "server/policy/reconcile.h"

#include "tests/policy/policy_fixture.h"

using namespace pawl;

namespace {

const std::string kInForce = R"(timezone = "UTC"
[budget]
day = 40.00
[jobs]
max_minutes = 30
max_queued = 100
[stage.screen]
pools = ["cpu"]
[stage.long]
pools = ["cpu", "big"]
max_minutes = 60
[pool.cpu]
kind = "cpu"
price = 0.10
class = "A"
[pool.big]
kind = "cpu"
price = 1.00
class = "B"
[[agent]]
match = "intern-*"
day = 5.00
stages = ["screen"]
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Reconciled edited(const std::string& from, const std::string& to) {
  return reconcile(parsed(kInForce), parsed(with(kInForce, from, to)));
}

struct Edit {
  const char* what;
  std::string from, to;
  const char* tightened;  // keys, in order
  const char* pending;
};

std::string keys_of(const PolicyChanges& changes) {
  std::string keys;
  for (const PolicyChange& change : changes) keys += (keys.empty() ? "" : " ") + change.key;
  return keys;
}

const std::vector<Edit> kEdits = {
    {"a zone", "UTC", "Europe/Rome", "", "timezone"},
    {"a cap down", "day = 40.00", "day = 30.00", "budget.day", ""},
    {"a cap up", "day = 40.00", "day = 50.00", "", "budget.day"},
    {"a cap more", "day = 40.00", "day = 40.00\ntotal = 99", "budget.total", ""},
    {"another cap instead", "day = 40.00", "total = 99", "budget.total", "budget.day"},
    {"minutes up", "max_minutes = 30", "max_minutes = 31", "", "jobs.max_minutes"},
    {"minutes left out", "max_minutes = 30\n", "", "", ""},  // 30 is the default
    {"a count down", "max_queued = 100", "max_queued = 99", "jobs.max_queued", ""},
    {"a count left out", "max_queued = 100\n", "", "", "jobs.max_queued"},
    {"a stage's minutes down", "max_minutes = 60", "max_minutes = 50", "stage.long.max_minutes",
     ""},
    {"a stage's minutes to the default", "max_minutes = 60\n", "", "stage.long.max_minutes", ""},
    {"a stage's minutes over the default", "[\"cpu\"]\n[stage.long]",
     "[\"cpu\"]\nmax_minutes = 45\n[stage.long]", "", "stage.screen.max_minutes"},
    {"a pool less", "[\"cpu\", \"big\"]", "[\"cpu\"]", "stage.long.pools", ""},
    {"a pool more", "pools = [\"cpu\"]\n[stage.l", "pools = [\"cpu\", \"big\"]\n[stage.l", "",
     "stage.screen.pools"},
    {"a new stage", "[pool.cpu]", "[stage.new]\npools = [\"cpu\"]\n[pool.cpu]", "", "stage.new"},
    {"no such stage", "[stage.long]\npools = [\"cpu\", \"big\"]\nmax_minutes = 60\n", "",
     "stage.long", ""},
    {"a dearer pool", "price = 1.00", "price = 1.50", "pool.big.price", ""},
    {"a cheaper pool", "price = 1.00", "price = 0.90", "", "pool.big.price"},
    {"a new pool", "[pool.big]", "[pool.c]\nkind = \"cpu\"\nprice = 1\nclass = \"A\"\n[pool.big]",
     "", "pool.c"},
    {"another class", "class = \"B\"", "class = \"A\"", "", "pool.big.class"},
    {"an agent's cap up", "day = 5.00", "day = 6.00", "", "agent intern-*.day"},
    {"an agent's cap down", "day = 5.00", "day = 4.00", "agent intern-*.day", ""},
    {"an agent's stages all", "stages = [\"screen\"]\n", "", "", "agent intern-*.stages"},
    {"a rule for another agent", "stages = [\"screen\"]\n",
     "stages = [\"screen\"]\n[[agent]]\nmatch = \"b\"\nday = 1\n", "[[agent]]", ""},
    {"a rule in front of a stricter one", "[[agent]]",
     "[[agent]]\nmatch = \"intern-a\"\nday = 99\n[[agent]]", "", "[[agent]]"},
    {"no rule for the agent",
     "[[agent]]\nmatch = \"intern-*\"\nday = 5.00\nstages = [\"screen\"]\n", "", "", "[[agent]]"},
    {"a rule for a project", "[[agent]]", "[[project]]\nmatch = \"tiny\"\nday = 3\n[[agent]]",
     "[[project]]", ""},
    {"a promotion required", "max_minutes = 60",
     "max_minutes = 60\nrequires = { promoted_from = \"screen\" }", "stage.long.requires", ""},
    {"a stage's cap", "max_minutes = 60", "max_minutes = 60\nday = 2.00", "stage.long.day", ""},
    {"a night's cap", "day = 40.00", "day = 40.00\nnight = 20.00", "budget.night", ""},
    {"another night", "day = 40.00",
     "day = 40.00\nnight = { usd = 20.00, window = \"20:00-08:00\" }", "budget.night",
     "budget.night.window"},
    {"fewer warnings", "day = 40.00", "day = 40.00\nwarn_at = [0.9]", "", "budget.warn_at"},
    {"nothing but a comment", "[budget]", "# the budget\n[budget]", "", ""},
};

}  // namespace

TEST(Reconcile, EachEditIsTakenAtOnceOrWaits) {
  for (const Edit& edit : kEdits) {
    const Reconciled result = edited(edit.from, edit.to);
    EXPECT_EQ(keys_of(result.tightened), edit.tightened) << edit.what;
    EXPECT_EQ(keys_of(result.pending), edit.pending) << edit.what;
  }
}

TEST(Reconcile, WhereNothingWaitsTheProposalIsInForceWithItsPlaces) {
  for (const Edit& edit : kEdits) {
    const Reconciled result = edited(edit.from, edit.to);
    if (!result.pending.empty() || std::string_view(edit.tightened).find('[') == 0) continue;
    const Rules again = parsed(with(kInForce, edit.from, edit.to));
    EXPECT_EQ(result.rules.policy.budget, again.policy.budget) << edit.what;
    EXPECT_EQ(result.rules.policy.agents, again.policy.agents) << edit.what;
  }
}

TEST(Reconcile, TheTighterHalfOfAnEditDoesNotWaitForTheLooserHalf) {
  const Reconciled result =
      edited("day = 40.00\n[jobs]\nmax_minutes = 30", "day = 80.00\n[jobs]\nmax_minutes = 10");
  EXPECT_EQ(result.rules.policy.budget.day->value, Money::usd(40));
  EXPECT_EQ(result.rules.policy.jobs.max_runtime.value, std::chrono::minutes(10));
  EXPECT_EQ(describe(result.pending), "budget.day: $40.00 -> $80.00 (policies/default.toml:3:7)\n");
}

TEST(Reconcile, ACapThatIsLeftOutStaysAndSaysWhereItStood) {
  const Reconciled result = edited("day = 40.00", "total = 99");
  EXPECT_EQ(result.rules.policy.budget.day->value, Money::usd(40));
  EXPECT_EQ(result.rules.policy.budget.total->value, Money::usd(99));
  EXPECT_EQ(describe(result.pending), "budget.day: $40.00 -> none (policies/default.toml:3:7)\n");
}

TEST(Reconcile, APoolThatAStageStillNeedsStaysWithIt) {
  const std::string other = with(with(kInForce, "[\"cpu\", \"big\"]", "[\"cpu\", \"huge\"]"),
                                 "[pool.big]", "[pool.huge]");
  const Reconciled result = reconcile(parsed(kInForce), parsed(other));
  EXPECT_EQ(keys_of(result.pending), "stage.long.pools pool.big pool.huge");
  EXPECT_NE(find_pool(result.rules.pools, "big"), nullptr);
  EXPECT_EQ(find_pool(result.rules.pools, "huge"), nullptr);
}

TEST(Reconcile, WhatHoldsForAllMayBeAddedAndNotTakenAway) {
  Rules in_force = parsed(kInForce);
  in_force.policy.approvals = {{.stage = "long", .usd_over = Money::usd(25), .source = "a:1:1"}};
  Rules proposed = in_force;
  proposed.policy.approvals = {{.stage = "long", .usd_over = Money::usd(50), .source = "a:1:1"}};
  proposed.policy.quiet = {{.reason = "demo", .source = "a:9:1"}};
  const Reconciled result = reconcile(in_force, proposed);
  EXPECT_EQ(keys_of(result.tightened), "[[approve]] [[quiet]]");
  EXPECT_EQ(keys_of(result.pending), "[[approve]]");
  EXPECT_EQ(result.rules.policy.approvals.size(), 2U);
}

TEST(Reconcile, NobodyIsSilencedAtOnce) {
  Rules in_force = parsed(kInForce);
  in_force.policy.notify = {{"budget.warn"}, "env:URL", "a:1:1"};
  Rules proposed = in_force;
  proposed.policy.notify.url = "";
  EXPECT_EQ(reconcile(in_force, proposed).rules.policy.notify.url, "env:URL");
  proposed.policy.notify = {{"budget.warn", "best.improved"}, "env:URL", "a:1:1"};
  EXPECT_EQ(reconcile(in_force, proposed).rules.policy.notify.on.size(), 2U);
}

TEST(Reconcile, OnlyReportingLoosensAndKillingTightens) {
  Rules in_force = parsed(kInForce);
  Rules proposed = in_force;
  proposed.policy.mode.value = Mode::kWarn;
  proposed.policy.on_cut.value = OnCut::kKill;
  const Reconciled result = reconcile(in_force, proposed);
  EXPECT_EQ(keys_of(result.pending), "mode");
  EXPECT_EQ(keys_of(result.tightened), "budget.on_cut");
}
