// The writer: what one closure leaves behind, and what its neighbours in the group see of it.
#include "server/store/store.h"

#include <atomic>
#include <thread>

#include "server/store/events.h"
#include "server/store/meta.h"
#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

using Stored = StoreTest;

Result<EventId> note(Transaction& t, const std::string& text) {
  return append_event(t, {.kind = EventKind::kServer, .text = text});
}

Result<std::int64_t> notes(Reader& r, const std::string& text) {
  TRY(const auto n, sql::value<std::int64_t>(r, "SELECT count(*) FROM event WHERE text = ?", text));
  return n.value();
}

TEST_F(Stored, AWriteIsReadBackAtOnce) {
  write([](Transaction& t) { return note(t, "hello"); });
  EXPECT_EQ(read([](Reader& r) { return notes(r, "hello"); }), 1);
}

TEST_F(Stored, AStoreThatKeepsNothingReadsOnItsOnlyConnection) {
  const auto file = folder_.path() / "simulated.db";
  auto store = Store::open(file, clock_, {.durability = Durability::kNone}).value();
  EXPECT_TRUE(store->write([&](Transaction& t) -> Result<void> {
    CHECK_OK(note(t, "hello"));
    EXPECT_EQ(store->read([](Reader& r) { return notes(r, "hello"); }), 1);
    return {};
  }));
  EXPECT_FALSE(store->write([&](Transaction& t) -> Result<void> {
    CHECK_OK(note(t, "hello"));
    return fail(ErrorKind::kDenied, "no");
  }));
  EXPECT_EQ(store->read([](Reader& r) { return notes(r, "hello"); }), 1);
  store.reset();  // the next server finds what this one committed
  store = Store::open(file, clock_, {.durability = Durability::kNone}).value();
  EXPECT_EQ(store->read([](Reader& r) { return notes(r, "hello"); }), 1);
}

TEST_F(Stored, ARefusalLeavesNothingButItsAuditRow) {  // L3
  const auto before = count("job");
  const auto refused = store_->write([&](Transaction& t) -> Result<JobRow> {
    t.on_refusal([](Transaction& audit) -> Result<void> {
      CHECK_OK(note(audit, "refused"));
      return {};
    });
    CHECK_OK(insert_job(t, experiment(), JobState::kQueued, Reason::kNone));
    return fail(ErrorKind::kDenied, "over budget");
  });
  EXPECT_EQ(refused.error().kind, ErrorKind::kDenied);
  EXPECT_EQ(count("job"), before);
  EXPECT_EQ(count("event"), 1);
}

TEST_F(Stored, ARefusalWithoutAuditWritesNothingAtAll) {  // L3
  const auto refused = store_->write([&](Transaction& t) -> Result<JobRow> {
    CHECK_OK(insert_job(t, experiment(), JobState::kQueued, Reason::kNone));
    return fail(ErrorKind::kDenied, "over budget");
  });
  EXPECT_FALSE(refused);
  EXPECT_EQ(count("job") + count("event"), 0);
}

TEST_F(Stored, AnAuditThatFailsIsTheAnswerAndLeavesNothing) {
  const auto refused = store_->write([](Transaction& t) -> Result<void> {
    t.on_refusal([](Transaction& audit) -> Result<void> {
      CHECK_OK(note(audit, "half"));
      return fail(ErrorKind::kInternal, "audit broke");
    });
    return fail(ErrorKind::kDenied, "no");
  });
  EXPECT_EQ(refused.error().message, "audit broke");
  EXPECT_EQ(count("event"), 0);
}

TEST_F(Stored, AStatementThatFailsInsideLeavesTheRestOfItsClosureWhole) {
  write([&](Transaction& t) -> Result<EventId> {
    EXPECT_FALSE(register_project(t, project_));  // the name is taken
    return note(t, "after");
  });
  EXPECT_EQ(read([](Reader& r) { return notes(r, "after"); }), 1);
}

// Several threads write and refuse at random moments until one group has held several closures;
// every closure checks that of its neighbours it sees exactly those that were kept.
TEST_F(Stored, ClosuresOfOneGroupAreIsolatedBySavepoints) {
  std::atomic<int> kept = 0;
  std::atomic<bool> shared_a_group = false;
  const auto client = [&](bool refuses) {
    for (int i = 0; i < 20'000 && !shared_a_group; ++i) {
      const auto done = store_->write([&](Transaction& t) -> Result<EventId> {
        TRY(const auto seen, notes(t, "group"));
        EXPECT_EQ(seen, kept);  // a refused neighbour is never seen, a kept one always
        const auto durable = store_->read([](Reader& r) { return notes(r, "group"); });
        if (*durable < seen) shared_a_group = true;
        TRY(const EventId id, note(t, "group"));
        if (refuses) return fail(ErrorKind::kDenied, "no");
        ++kept;
        return id;
      });
      EXPECT_EQ(done.has_value(), !refuses);
    }
  };
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 4; ++i) clients.emplace_back(client, i % 2 == 1);
  }
  EXPECT_TRUE(shared_a_group);
  EXPECT_EQ(read([](Reader& r) { return notes(r, "group"); }), kept);
}

TEST_F(Stored, AReaderSeesOneSnapshotWhileOthersWrite) {
  const auto seen = read([&](Reader& r) -> Result<std::pair<std::int64_t, std::int64_t>> {
    TRY(const auto first, notes(r, "x"));
    const auto done = store_->write([](Transaction& t) { return note(t, "x"); });
    EXPECT_TRUE(done);
    TRY(const auto second, notes(r, "x"));
    return std::pair(first, second);
  });
  EXPECT_EQ(seen, std::pair(std::int64_t{0}, std::int64_t{0}));
}

TEST_F(Stored, AReaderCannotWrite) {
  const auto done =
      store_->read([](Reader& r) { return r.connection().execute("DELETE FROM project"); });
  EXPECT_FALSE(done);
}

TEST_F(Stored, MoreReadersThanConnectionsWaitTheirTurn) {
  std::atomic<int> done = 0;
  {
    std::vector<std::jthread> readers;
    for (int i = 0; i < 16; ++i) {
      readers.emplace_back([&] {
        for (int n = 0; n < 50; ++n)
          done += store_->read([](Reader& r) { return notes(r, "x"); }).has_value() ? 1 : 0;
      });
    }
  }
  EXPECT_EQ(done, 800);
}

TEST_F(Stored, EveryOpeningRaisesTheEpoch) {  // L8
  const Epoch first = store_->epoch();
  reopen();
  EXPECT_EQ(store_->epoch().value, first.value + 1);
}

TEST_F(Stored, AnOlderServerMayReadButNotWrite) {  // L8
  const auto newer = Store::open(file(), clock_);
  ASSERT_TRUE(newer);
  const auto refused = store_->write([](Transaction& t) { return note(t, "from the past"); });
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_EQ(read([](Reader& r) { return notes(r, "from the past"); }), 0);
  EXPECT_TRUE((*newer)->write([](Transaction& t) { return note(t, "from now"); }));
}

TEST_F(Stored, ARestartFindsEverythingThatWasAnswered) {  // Q1
  for (int i = 0; i < 50; ++i) write([](Transaction& t) { return note(t, "kept"); });
  reopen();
  EXPECT_EQ(read([](Reader& r) { return notes(r, "kept"); }), 50);
}

// SQLite prepares a statement anew when a bound value could make another (partial) index usable:
// that once cost more than running it.
TEST_F(Stored, StatementsArePreparedOnce) {
  for (int i = 0; i < 5; ++i) {
    const JobRow queued = submit();
    reserve_all(queued.id, 0, branch({.money = Money::usd(9)}, std::to_string(i)), {Money::usd(1)});
    must([&](Transaction& t) { return release(t, queued.id); });
    end(claim(queued.id).id);
    finish(queued.id);
  }
  must([](Transaction& t) -> Result<void> {
    sqlite3* const database = t.connection().handle();
    for (auto* s = sqlite3_next_stmt(database, nullptr); s != nullptr;
         s = sqlite3_next_stmt(database, s)) {
      EXPECT_LE(sqlite3_stmt_status(s, SQLITE_STMTSTATUS_REPREPARE, 0), 1) << sqlite3_sql(s);
    }
    return {};
  });
}

TEST_F(Stored, TheLogIsFoldedIntoTheDatabaseWhileItRuns) {
  for (int i = 0; i < 3'000; ++i)
    write([](Transaction& t) { return note(t, std::string(2'000, 'x')); });
  const auto log = std::filesystem::file_size(file().string() + "-wal");
  EXPECT_LT(log,
            std::uintmax_t{12} << 20U);  // 3,000 commits of at least two 4 KiB pages are over 24 MB
}

}  // namespace
}  // namespace pawl::test
