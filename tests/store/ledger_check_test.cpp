// Tampering with the ledger shows, whatever was touched.
#include "server/store/ledger_check.h"

#include "tests/store/fixture.h"

namespace pawl::test {
namespace {

class Tampering : public StoreTest {
 protected:
  // An adjustment of nothing, and two jobs: one settled at a dollar of two, one holding three.
  void SetUp() override {
    StoreTest::SetUp();
    const Branch paying = branch({.money = Money::usd(100)});
    must([&](Transaction& t) {
      return adjust(t, {.window = paying.global, .principal = "root", .reason = "a credit"});
    });
    const AttemptRow attempt = claim(submit().id);
    reserve_all(attempt.job, 1, paying, {Money::usd(2), kHour});
    end(attempt.id);
    must([&](Transaction& t) {
      return settle(t, attempt.id, lines_for(paying, {Money::usd(1), kHour}));
    });
    reserve_all(submit().id, 0, paying, {Money::usd(3), kHour});
    ASSERT_TRUE(verify().empty());
  }
  std::vector<Mismatch> verify() {
    return read([](Reader& r) { return verify_ledger(r); });
  }
  std::vector<MismatchKind> look() {
    return kinds_of(read([&](Reader& r) { return check_.look(r); }));
  }
  // What somebody with the file and the sqlite3 program can do.
  std::vector<MismatchKind> after(const std::string& sql) {
    tamper(sql);
    return kinds_of(verify());
  }
  void tamper(const std::string& sql) {
    const auto connection = Connection::open(file(), {});
    EXPECT_TRUE((*connection)
                    ->execute_script(("PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS "
                                      "ledger_keeps_rows; DROP TRIGGER IF EXISTS "
                                      "ledger_keeps_values;" +
                                      sql)
                                         .c_str()));
  }

 private:
  static std::vector<MismatchKind> kinds_of(const std::vector<Mismatch>& found) {
    std::vector<MismatchKind> kinds;
    for (const Mismatch& mismatch : found) kinds.push_back(mismatch.kind);
    return kinds;
  }
  LedgerCheck check_;
};

using Kinds = std::vector<MismatchKind>;

TEST_F(Tampering, TheTriggersRefuseUpdateAndDelete) {  // L21
  EXPECT_FALSE(store_->write(
      [](Transaction& t) { return sql::change(t, "UPDATE ledger SET reason = 'x'"); }));
  EXPECT_FALSE(store_->write([](Transaction& t) { return sql::change(t, "DELETE FROM ledger"); }));
}

TEST_F(Tampering, ABalanceThatWasTurnedDownShows) {  // L2
  EXPECT_EQ(after("UPDATE budget_window SET spent_money = 0 WHERE id = 1"),
            Kinds{MismatchKind::kBalance});
}

TEST_F(Tampering, ABalanceThatIsOffByOneMicroDollarShows) {  // L2
  EXPECT_EQ(after("UPDATE budget_window SET reserved_money = reserved_money + 1 WHERE id = 3"),
            Kinds{MismatchKind::kBalance});
}

TEST_F(Tampering, AChangedRowShowsInTheChainEvenWhenTheBalancesAgree) {  // L21
  EXPECT_EQ(after("UPDATE ledger SET spent_money = 0 WHERE kind = 'settle' AND budget_window = 1;"
                  "UPDATE budget_window SET spent_money = 0 WHERE id = 1"),
            Kinds{MismatchKind::kHash});
}

TEST_F(Tampering, AChangedReasonShows) {  // L21
  EXPECT_EQ(after("UPDATE ledger SET reason = 'b credit' WHERE id = 1"),
            Kinds{MismatchKind::kHash});
}

TEST_F(Tampering, AChangedNameShows) {  // L21
  EXPECT_EQ(after("UPDATE ledger SET principal = 'boot' WHERE id = 1"), Kinds{MismatchKind::kHash});
}

TEST_F(Tampering, ARowTakenFromTheMiddleShows) {  // L21
  EXPECT_EQ(after("UPDATE budget_window SET spent_money = 0, spent_gpu_ms = 0, reserved_money = "
                  "reserved_money + 2000000,"
                  " reserved_gpu_ms = reserved_gpu_ms + 3600000 WHERE id = 1;"
                  "DELETE FROM ledger WHERE kind = 'settle' AND budget_window = 1"),
            (Kinds{MismatchKind::kHash, MismatchKind::kReservation}));
}

TEST_F(Tampering, ARowTakenFromTheEndShowsInTheBalances) {  // L2
  EXPECT_EQ(after("DELETE FROM ledger WHERE id = (SELECT max(id) FROM ledger)"),
            Kinds{MismatchKind::kBalance});
}

TEST_F(Tampering, AReservationMarkedClosedByHandShows) {  // L6
  const Kinds found =
      after("UPDATE reservation SET state = 'released', closed_at = 1 WHERE state = 'open'");
  EXPECT_EQ(found, Kinds(5, MismatchKind::kReservation));  // its five windows
}

TEST_F(Tampering, AnOpenReservationThatGaveBackShows) {  // L6
  EXPECT_EQ(after("UPDATE reservation SET state = 'open', closed_at = NULL"
                  " WHERE state = 'settled'"),
            Kinds(5, MismatchKind::kReservation));
}

TEST_F(Tampering, ALaterLookKnowsEveryBalance) {  // L2
  EXPECT_EQ(look(), Kinds{});
  tamper("UPDATE budget_window SET spent_money = 0 WHERE id = 1");
  EXPECT_EQ(look(), Kinds{MismatchKind::kBalance});
}

TEST_F(Tampering, ALaterLookKnowsTheLastRow) {  // L21
  EXPECT_EQ(look(), Kinds{});
  tamper("UPDATE ledger SET hash = 'x' WHERE id = (SELECT max(id) FROM ledger)");
  EXPECT_EQ(look(), Kinds{MismatchKind::kHash});
}

TEST_F(Tampering, ARowChangedBehindALookShowsToANewOne) {  // L21
  EXPECT_EQ(look(), Kinds{});
  EXPECT_EQ(after("UPDATE ledger SET reason = 'b credit' WHERE id = 1"),
            Kinds{MismatchKind::kHash});
  EXPECT_EQ(look(), Kinds{});
}

TEST_F(Tampering, ALookThatFoundSomethingBeginsAnew) {  // L2
  tamper("UPDATE budget_window SET spent_money = spent_money + 1 WHERE id = 1");
  EXPECT_EQ(look(), Kinds{MismatchKind::kBalance});
  EXPECT_EQ(look(), Kinds{MismatchKind::kBalance});
  tamper("UPDATE budget_window SET spent_money = spent_money - 1 WHERE id = 1");
  EXPECT_EQ(look(), Kinds{});
}

TEST_F(Tampering, AFindingNamesTheWindowAndBothValues) {
  after("UPDATE budget_window SET spent_money = 7 WHERE id = 1");
  EXPECT_EQ(verify().front().what,
            "budget window 1: balance says spent 7/3600000, reserved 3000000/3600000, overrun 0/0; "
            "its ledger rows say "
            "spent 1000000/3600000, reserved 3000000/3600000, overrun 0/0");
}

}  // namespace
}  // namespace pawl::test
