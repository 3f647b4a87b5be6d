#include "server/store/pool_records.h"

#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

using PoolRecords = StoreTest;

TEST_F(PoolRecords, AreSumsOfOneStageOnOneOffer) {
  const auto add = [&](const std::string& stage, const PoolRecord& run) {
    must([&](Transaction& t) { return add_record(t, project_.id, stage, run); });
  };
  add("screen", {.pool = "box", .runs = 1, .results = 1, .billed = kHour, .work = kHour});
  add("screen", {.pool = "box", .runs = 1, .failures = 1, .billed = kHour});
  add("screen", {.pool = "box", .spot = true, .runs = 1, .interruptions = 1});
  add("smoke", {.pool = "box", .runs = 1});
  const auto screen = read([&](Reader& r) { return pool_records(r, project_.id, "screen"); });
  ASSERT_EQ(screen.size(), 2U);
  EXPECT_EQ(screen[0].runs, 2);
  EXPECT_EQ(screen[0].failures, 1);
  EXPECT_EQ(screen[0].billed, 2 * kHour);
  EXPECT_EQ(screen[1].interruptions, 1);
  EXPECT_EQ(read([](Reader& r) { return pool_records(r); }).at(0).runs, 3);
}

TEST_F(PoolRecords, AFrozenPoolStaysFrozenUntilItIsThawed) {
  must([](Transaction& t) { return freeze_pool(t, "box", "it billed too much"); });
  reopen();
  EXPECT_EQ(read([](Reader& r) { return frozen_pools(r); }).at(0).why, "it billed too much");
  EXPECT_TRUE(write([](Transaction& t) { return thaw_pool(t, "box"); }));
  EXPECT_FALSE(write([](Transaction& t) { return thaw_pool(t, "box"); }));
}

}  // namespace
}  // namespace pawl::test
