// Random histories of reserve, settle, release and changes of caps, against the oracle: every
// answer and every balance agrees, the ledger always adds up, and no reservation is ever taken over
// a cap (L1, L2, L5, L6, L14).
//
// More histories: RC_PARAMS="max_success=2000". A failure prints the shortest history it found and
// the seed.
#include <rapidcheck.h>

#include "server/store/ledger_check.h"
#include "tests/store/fixture.h"
#include "tests/store/ledger_oracle.h"

namespace pawl::test {
namespace {

// Carries the commands out on a real store.
class Bench {
 public:
  Bench() : store_(*Store::open(folder_.path() / "pawl.db", clock_)) {
    const auto made = store_->write([&](Transaction& t) -> Result<void> {
      CHECK_OK(register_project(
          t, {.name = "tiny", .root = "/tiny", .base_commit = "b", .goal_metric = "loss"}));
      const NewJob asked{.project = {1}, .agent = "ada", .principal = "human"};
      for (int i = 0; i < 3; ++i) CHECK_OK(insert_job(t, asked, JobState::kQueued, Reason::kNone));
      TRY(branch_, ensure_branch(t, {}, "1"));
      return {};
    });
    RC_ASSERT(made.has_value());
  }

  // `attempts`: of the job so far.
  bool apply(const Command& command, std::int32_t attempts) {
    return store_->write([&](Transaction& t) { return run(t, command, attempts); }).has_value();
  }
  BudgetView view() {
    return *store_->read(
        [&](Reader& r) { return balances(r, branch_.experiment, {clock_.now(), clock_.now()}); });
  }
  std::vector<Mismatch> verify() {
    return *store_->read([](Reader& r) { return verify_ledger(r); });
  }
  std::vector<Mismatch> look() {
    return *store_->read([&](Reader& r) { return check_.look(r); });
  }

 private:
  Result<void> run(Transaction& t, const Command& command, std::int32_t attempts) {
    const JobId job{command.job + 1};
    const Amount amount{Money::micros(command.money), Milliseconds(command.gpu_ms)};
    const AttemptId attempt{job, attempts};
    switch (command.verb) {
      case Verb::kHold:
        return hold(t, job, 0, amount);
      case Verb::kClaim:
        CHECK_OK(transition(t, {.job = job,
                                .from = JobState::kQueued,
                                .event = JobEvent::kClaimed,
                                .attempt = attempts}));
        CHECK_OK(release(t, job));
        CHECK_OK(begin_attempt(t, attempt_of(job, {command.job})));
        return hold(t, job, attempts + 1, amount);
      case Verb::kDie:
        if (command.launched) CHECK_OK(mark_launched(t, attempt));
        return mark_ended(t, attempt, {.outcome = "exited"});
      case Verb::kSettle:
        CHECK_OK(settle(t, attempt, lines_for(branch_, amount)));
        return retry(t, attempt);
      case Verb::kRelease: {
        CHECK_OK(release(t, job));
        TRY(const JobRow row, find_job(t, job));
        return row.state == JobState::kStarting ? retry(t, attempt) : Result<void>();
      }
      case Verb::kCap:
        return cap(t, command);
      case Verb::kAdjust:
        return adjust(t, {.window = branch_.windows().at(static_cast<std::size_t>(command.window)),
                          .spent = {Money::micros(command.money)},
                          .principal = "root",
                          .reason = "test"});
    }
    __builtin_unreachable();
  }

  Result<void> hold(Transaction& t, JobId job, std::int32_t attempt, Amount amount) {
    // A hold of a job that is starting would be the service's bug; the ledger's own rules do not
    // know of it.
    TRY(const JobRow row, find_job(t, job));
    if (attempt == 0 && row.state != JobState::kQueued)
      return fail(ErrorKind::kConflict, "not queued");
    const NewReservation asked{
        .job = job, .attempt = attempt, .price = StoreTest::kPrice, .worst_case = Milliseconds(1)};
    CHECK_OK(reserve(t, asked, lines_for(branch_, amount)));
    return {};
  }

  Result<void> retry(Transaction& t, AttemptId attempt) {
    CHECK_OK(transition(t, {.job = attempt.job,
                            .from = JobState::kStarting,
                            .event = JobEvent::kRetry,
                            .attempt = attempt.number}));
    return {};
  }

  Result<void> cap(Transaction& t, const Command& command) {
    const Cap cap{.money = Money::micros(command.money * 4),
                  .gpu_time = Milliseconds(command.gpu_ms * 4)};
    const auto window = branch_.windows().at(static_cast<std::size_t>(command.window));
    TRY(const auto node,
        sql::value<NodeId>(t, "SELECT node FROM budget_window WHERE id = ?", window));
    TRY(const BudgetView all, balances(t, *node, {clock_.now(), clock_.now()}));
    const auto found = std::ranges::find(all, window, &Balance::id);
    CHECK_OK(ensure_window(
        t, {.node = *node, .kind = found->window_kind, .span = found->span, .cap = cap}));
    return {};
  }

  TempFolder folder_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
  Branch branch_;
  LedgerCheck check_;
};

void expect_same(const OracleWindow& expected, const Balance& found) {
  const auto same = [](const std::array<std::int64_t, 2>& plain, const Amount& amount) {
    return plain[0] == amount.money.micros() && plain[1] == amount.gpu_time.count();
  };
  RC_ASSERT(same(expected.spent, found.spent));
  RC_ASSERT(same(expected.reserved, found.reserved));
  RC_ASSERT(same(expected.overrun, found.overrun));
}

rc::Gen<Command> any_command() {
  return rc::gen::build<Command>(
      rc::gen::set(&Command::verb, rc::gen::map(rc::gen::inRange(0, kVerbs),
                                                [](int n) { return static_cast<Verb>(n); })),
      rc::gen::set(&Command::job, rc::gen::inRange(0, 3)),
      rc::gen::set(&Command::window, rc::gen::inRange(0, 5)),
      rc::gen::set(&Command::money, rc::gen::inRange<std::int64_t>(0, 30)),
      rc::gen::set(&Command::gpu_ms, rc::gen::inRange<std::int64_t>(0, 30)),
      rc::gen::set(&Command::launched));
}

void play(const std::vector<Command>& history) {
  Bench bench;
  LedgerOracle oracle;
  for (const Command& command : history) {
    RC_LOG() << text_of(command) << '\n';
    const std::int32_t attempts = oracle.attempts(command.job);
    RC_ASSERT(bench.apply(command, attempts) == oracle.apply(command));
    RC_ASSERT(bench.look().empty());
  }
  const BudgetView view = bench.view();
  // The oracle's windows stand in the order of Branch::windows(): the view has the agent's day
  // before its total.
  const std::array<std::size_t, 5> order = {0, 2, 1, 3, 4};
  for (std::size_t i = 0; i < view.size(); ++i)
    expect_same(oracle.windows().at(order.at(i)), view.at(i));
  RC_ASSERT(bench.verify().empty());
}

TEST(LedgerHistories, AgreeWithTheOracle) {
  EXPECT_TRUE(rc::check([] { play(*rc::gen::container<std::vector<Command>>(any_command())); }));
}

// Most random commands are refused; these histories go the way that jobs go, with now and then a
// step out of order.
TEST(LedgerHistories, OfJobsThatMoveOnAgreeWithTheOracle) {
  const auto next = [](const Command& command, int step) {
    Command moved = command;
    constexpr std::array kWay = {Verb::kHold, Verb::kClaim, Verb::kDie, Verb::kSettle};
    if (step % 5 != 4) moved.verb = kWay.at(static_cast<std::size_t>(step / 3 % 4));
    moved.job = step % 3;
    return moved;
  };
  EXPECT_TRUE(rc::check([&] {
    auto history = *rc::gen::container<std::vector<Command>>(any_command());
    for (std::size_t i = 0; i < history.size(); ++i)
      history.at(i) = next(history.at(i), static_cast<int>(i));
    play(history);
  }));
}

}  // namespace
}  // namespace pawl::test
