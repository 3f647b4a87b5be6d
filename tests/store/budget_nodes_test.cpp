// The budget tree and its windows.
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

using Tree = StoreTest;

TEST_F(Tree, NodesAndWindowsAreMadeOnce) {
  const Branch once = branch({});
  const Branch again = branch({});
  EXPECT_EQ(once.windows(), again.windows());
  EXPECT_EQ(count("budget_node"), 4);
  EXPECT_EQ(count("budget_window"), 5);
}

TEST_F(Tree, AViewGoesFromTheExperimentUpToTheGlobalNode) {  // L10
  const Branch mine = branch({.money = Money::usd(9)});
  branch({}, "2");
  const BudgetView found = view(mine);
  ASSERT_EQ(found.size(), 5);
  EXPECT_EQ(found[0].node_kind, NodeKind::kExperiment);
  EXPECT_EQ(found[0].id, mine.own);
  EXPECT_EQ(found[1].node_kind, NodeKind::kAgent);
  EXPECT_EQ(found[2].node_kind, NodeKind::kAgent);
  EXPECT_EQ(found[3].node_kind, NodeKind::kProject);
  EXPECT_EQ(found[4].node_kind, NodeKind::kGlobal);
}

TEST_F(Tree, OnlyWindowsThatOverlapTheSpanAreSeen) {  // L9
  const Branch mine = branch({});
  const auto size = [&](Timestamp from, Timestamp to) {
    return read([&](Reader& r) { return balances(r, mine.experiment, {from, to}); }).size();
  };
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now());
  const auto tomorrow = today + std::chrono::days(1);
  EXPECT_EQ(size(today, today), 5);
  EXPECT_EQ(size(tomorrow, tomorrow), 4);  // [starts, ends): midnight belongs to the next day
  EXPECT_EQ(size(tomorrow - Milliseconds(1), tomorrow), 5);
  EXPECT_EQ(size(today - std::chrono::days(1), today), 4);
}

TEST_F(Tree, ACapFollowsThePolicyEvenBelowWhatIsReserved) {  // L10
  const Branch mine = branch({.money = Money::usd(10), .source = "a.toml:1:1"});
  reserve_all(submit().id, 0, mine, {Money::usd(8)});
  branch({.money = Money::usd(5), .source = "a.toml:2:1"});
  const Balance now = view(mine).front();
  EXPECT_EQ(now.cap, (Cap{.money = Money::usd(5), .source = "a.toml:2:1"}));
  EXPECT_EQ(now.reserved.money, Money::usd(8));
}

TEST_F(Tree, AWindowThatHasBegunDoesNotMove) {  // L9
  const Branch mine = branch({.money = Money::usd(9)});
  reserve_all(submit().id, 0, mine, {Money::usd(8)});
  const auto today = std::chrono::floor<std::chrono::days>(clock_.now());
  const WindowId other = write([&](Transaction& t) -> Result<WindowId> {
    TRY(const auto global, find_node(t, NodeKind::kGlobal, std::nullopt, ""));
    TRY(const auto project, find_node(t, NodeKind::kProject, global, "tiny"));
    TRY(const auto agent, find_node(t, NodeKind::kAgent, project, "human"));
    return ensure_window(
        t,
        {.node = *agent, .kind = WindowKind::kDay, .span = {today, today + std::chrono::days(2)}});
  });
  EXPECT_NE(other, mine.day);
  const std::array ids = {mine.day, other};
  const auto both = read([&](Reader& r) { return windows_by_id(r, ids); });
  EXPECT_EQ(both[0].span.ends, Timestamp(today + std::chrono::days(1)));
  EXPECT_EQ(both[0].reserved.money, Money::usd(8));
  EXPECT_EQ(both[1].reserved, Amount());
}

TEST_F(Tree, AStageLiesUnderTheGlobalNodeAndARoundUnderItsProject) {
  write([](Transaction& t) -> Result<NodeId> {
    TRY(const NodeId global, ensure_global_node(t));
    TRY(const NodeId project, ensure_node(t, NodeKind::kProject, global, "tiny"));
    CHECK_OK(ensure_node(t, NodeKind::kRound, project, "7"));
    return ensure_node(t, NodeKind::kStage, global, "screen");
  });
  EXPECT_EQ(count("budget_node"), 4);
}

TEST_F(Tree, CostStatusSeesEveryNodeButTheExperiments) {
  branch({});
  const auto all =
      read([&](Reader& r) { return all_balances(r, std::nullopt, {clock_.now(), clock_.now()}); });
  ASSERT_EQ(all.size(), 4);
  EXPECT_EQ(all.front().node_kind, NodeKind::kAgent);
  EXPECT_EQ(all.back().node_kind, NodeKind::kGlobal);
}

TEST_F(Tree, CostStatusOfOneProjectLeavesTheOthersOut) {
  branch({});
  const NodeId other = write([](Transaction& t) -> Result<NodeId> {
    TRY(const NodeId global, ensure_global_node(t));
    TRY(const NodeId node, ensure_node(t, NodeKind::kProject, global, "other"));
    CHECK_OK(ensure_window(t, {.node = node}));
    return node;
  });
  const auto seen =
      read([&](Reader& r) { return all_balances(r, other, {clock_.now(), clock_.now()}); });
  ASSERT_EQ(seen.size(), 2);
  EXPECT_EQ(seen[0].node_name, "other");
  EXPECT_EQ(seen[1].node_kind, NodeKind::kGlobal);
}

}  // namespace
}  // namespace pawl::test
