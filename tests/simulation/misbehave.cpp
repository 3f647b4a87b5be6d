// The faults that lie in no runner: what a wrong server would have written.
#include "server/budget/lease.h"
#include "server/records/file.h"
#include "server/runner/attempt_folder.h"
#include "server/store/attempts.h"
#include "server/store/budget_nodes.h"
#include "server/store/ledger.h"
#include "tests/simulation/history.h"
#include "tests/simulation/need.h"

namespace pawl::simulation {
namespace {

Balance global_total(Reader& reader) {
  for (const Balance& balance :
       need(all_balances(reader, std::nullopt, {Timestamp(), Timestamp::max()}))) {
    if (balance.node_kind == NodeKind::kGlobal && balance.window_kind == WindowKind::kTotal)
      return balance;
  }
  return {};
}

}  // namespace

void History::misbehave() {
  if (fault_ == Fault::kSkipsAncestor) skip_ancestor();
  if (fault_ == Fault::kSettlesTwice && !misbehaved_) settle_twice();
  if (fault_ == Fault::kGrantsUnpaid) grant_unpaid();
  if (fault_ == Fault::kTellsNoKeeper) forget_grants();
  if (fault_ == Fault::kSliceSkipsAncestor && !misbehaved_) skip_ancestor_of_slice();
}

void History::shorten_record(AttemptId id) {
  const AttemptFolder folder{paths_.attempt("tiny", id.job.value, id.number)};
  const auto record = read_status(folder);
  if (!record || !*record) return;
  ExitRecord shorter = **record;
  shorter.billed = shorter.billed / 2;
  EXPECT_TRUE(write_file(folder.record(), "status.json", to_json(shorter)));
}

void History::skip_ancestor() {
  (void)server_->store().write([&](Transaction& tx) -> Result<void> {
    for (const JobRow& job : need(list_jobs(tx, {.project = {}, .states = {JobState::kQueued}}))) {
      const auto open = need(open_reservation(tx, job.id));
      if (!open) continue;
      auto lines = need(reserved_lines(tx, open->id));
      std::erase_if(lines, [&](const Line& line) { return line.window == global_total(tx).id; });
      CHECK_OK(release(tx, job.id));
      TRY(const auto again, reserve(tx, *open, lines));
      (void)again;
    }
    return {};
  });
}

void History::settle_twice() {
  (void)server_->store().write([&](Transaction& tx) -> Result<void> {
    const Balance top = global_total(tx);
    if (top.spent == Amount()) return {};
    misbehaved_ = true;
    return adjust(tx, {.window = top.id, .spent = top.spent, .principal = "x", .reason = "again"});
  });
}

void History::grant_unpaid() {
  for (const LivingSandbox& sandbox : engine_.sandboxes())
    (void)grant(sandbox.attempt.folder, sandbox.granted + kSlice);
}

void History::skip_ancestor_of_slice() {
  (void)server_->store().write([&](Transaction& tx) -> Result<void> {
    for (const LivingSandbox& sandbox : engine_.sandboxes()) {
      const AttemptRow attempt = need(find_attempt(tx, sandbox.attempt.id));
      const auto open = need(open_reservation(tx, attempt.job));
      if (!open || attempt.state != AttemptState::kLaunched) continue;
      auto lines = need(reserved_lines(tx, open->id));
      std::erase_if(lines, [&](const Line& line) { return line.window == global_total(tx).id; });
      for (Line& line : lines)
        line.amount = amount_of(attempt.rate, attempt.units, attempt.gpus, kSlice);
      CHECK_OK(top_up(tx, open->id, lines, "without the global window"));
      CHECK_OK(extend_attempt(tx, attempt.id, attempt.limit + kSlice, attempt.worst_case + kSlice));
      misbehaved_ = true;
    }
    return {};
  });
}

}  // namespace pawl::simulation
