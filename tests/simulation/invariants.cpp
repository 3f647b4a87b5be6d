#include "tests/simulation/invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "server/store/attempts.h"
#include "server/store/budget_nodes.h"
#include "server/store/ledger.h"
#include "server/store/ledger_check.h"
#include "tests/simulation/leases_checked.h"
#include "tests/simulation/need.h"

namespace pawl::simulation {
namespace {

constexpr ProjectId kProject{1};
constexpr Span kAlways{Timestamp(), Timestamp::max()};

std::vector<JobRow> all_jobs(Reader& reader) {
  return need(list_jobs(reader, {.project = kProject, .states = {}, .limit = 100'000}));
}

BudgetView windows(Reader& reader) { return need(all_balances(reader, std::nullopt, kAlways)); }

const Balance* global_total(const BudgetView& view) {
  const auto found = std::ranges::find_if(view, [](const Balance& balance) {
    return balance.node_kind == NodeKind::kGlobal && balance.window_kind == WindowKind::kTotal;
  });
  return found == view.end() ? nullptr : &*found;
}

std::string at(const Balance& balance) {
  return fmt::format("window {} of node {} (spent {}, reserved {}, overrun {})", balance.id.value,
                     balance.node_name, balance.spent.money.micros(),
                     balance.reserved.money.micros(), balance.overrun.money.micros());
}

// L10: whatever holds money holds it in the global total too, and in nothing less than it asked.
std::string check_ancestors(Reader& reader, const std::vector<JobRow>& jobs,
                            const BudgetView& view) {
  const Balance* const top = global_total(view);
  for (const JobRow& job : jobs) {
    if (is_final(job.state)) continue;
    const auto open = need(open_reservation(reader, job.id));
    if (!open) continue;
    const auto lines = need(reserved_lines(reader, open->id));
    if (top == nullptr || std::ranges::find(lines, top->id, &Line::window) == lines.end())
      return fmt::format("L10: job {} holds nothing in the global total", job.number);
  }
  return {};
}

// L5, Q14: what the ledger spent is what the attempts cost, to the micro-dollar.
std::string check_bill(Reader& reader, const BudgetView& view) {
  Money cost;
  for (const AttemptRow& attempt : need(attempts_of(reader, kProject)))
    if (attempt.end) cost += attempt.end->cost;
  const Balance* const top = global_total(view);
  const Money booked = top == nullptr ? Money() : top->spent.money + top->overrun.money;
  if (booked == cost) return {};
  return fmt::format("Q14: attempts cost {}, the ledger has {}", cost.micros(), booked.micros());
}

std::string check_idle(const std::vector<JobRow>& jobs, const BudgetView& view) {
  if (!std::ranges::all_of(jobs, [](const JobRow& job) { return is_final(job.state); })) return {};
  for (const Balance& balance : view)
    if (balance.reserved != Amount()) return "L6: idle, but reserved: " + at(balance);
  return {};
}

// L9: days of a node do not overlap, and each is as long as a day can be.
std::string check_days(const BudgetView& view) {
  std::map<std::string, Timestamp> ends;
  auto days = view;
  std::ranges::sort(days, {}, [](const Balance& balance) { return balance.span.starts; });
  for (const Balance& day : days) {
    if (day.window_kind != WindowKind::kDay) continue;
    const auto length = day.span.ends - day.span.starts;
    if (length < std::chrono::hours(23) || length > std::chrono::hours(25))
      return "L9: a day of an odd length: " + at(day);
    Timestamp& last = ends[fmt::format("{} {}", static_cast<int>(day.node_kind), day.node_name)];
    if (day.span.starts < last) return "L9: two days overlap: " + at(day);
    last = day.span.ends;
  }
  return {};
}

// L4: a reservation covers the bill, unless a price rose over what the budget had left.
std::string check_overruns(Reader& reader) {
  const auto attempts = need(attempts_of(reader, kProject));
  if (!std::ranges::all_of(attempts, &std::string::empty, &AttemptRow::taken_back)) return {};
  for (const Balance& balance : windows(reader))
    if (balance.overrun != Amount()) return "L4: over what was reserved: " + at(balance);
  return {};
}

}  // namespace

// L1: over its cap, a window may only empty.
std::string Invariants::check_caps(const BudgetView& view, const Caps& caps) {
  for (const Balance& balance : view) {
    const Money now = balance.reserved.money + balance.spent.money;
    Money& before = committed_[balance.id];
    const bool global = balance.node_kind == NodeKind::kGlobal;
    const Money cap = balance.window_kind == WindowKind::kDay ? caps.day : caps.total;
    if (global && now > cap && now > before)
      return fmt::format("L1: over the cap of {}: {}", cap.micros(), at(balance));
    before = now;
  }
  return {};
}

std::string Invariants::check_jobs(Reader& reader, const std::vector<JobRow>& jobs, bool quiet) {
  const auto attempts = need(live_attempts(reader));
  std::set<JobId> live;
  for (const AttemptRow& attempt : attempts) {
    if (!live.insert(attempt.id.job).second)
      return fmt::format("Q2: two live attempts of job id {}", attempt.id.job.value);
  }
  std::size_t alive = 0;
  for (const JobRow& job : jobs) {
    const auto before = ended_.find(job.id);
    if (before != ended_.end() && before->second != job.state)
      return fmt::format("Q4: job {} was {} and is {}", job.number, name_of(before->second),
                         name_of(job.state));
    if (is_final(job.state)) ended_[job.id] = job.state;
    const std::size_t runs = engine_.alive_of(job.id);
    alive += runs;
    if (runs > 1) return fmt::format("Q2: job {} runs {} times", job.number, runs);
    if (!quiet) continue;
    if (is_live(job.state) != live.contains(job.id))
      return fmt::format("Q9: job {} is {} without an owner", job.number, name_of(job.state));
    if (is_live(job.state) != (runs == 1))
      return fmt::format("L6: job {} is {}, and {} of it run", job.number, name_of(job.state),
                         runs);
  }
  if (alive != engine_.alive()) return "L7: something runs that no job knows";
  return {};
}

std::string Invariants::check(Reader& reader, const Caps& caps, bool quiet) {
  const BudgetView view = windows(reader);
  const auto jobs = all_jobs(reader);
  for (std::string found :
       {check_caps(view, caps), check_jobs(reader, jobs, quiet),
        check_ancestors(reader, jobs, view), check_bill(reader, view), check_idle(jobs, view),
        check_days(view), broken_lease(reader, {engine_, sandbox_, view, quiet})}) {
    if (!found.empty()) return found;
  }
  return {};
}

std::string Invariants::broken(Store& store, const Caps& caps, bool quiet) {
  return need(store.read(
      [&](Reader& reader) -> Result<std::string> { return check(reader, caps, quiet); }));
}

std::string Invariants::broken_ledger(Store& store) {
  const auto found = need(store.read([](Reader& reader) { return verify_ledger(reader); }));
  return found.empty() ? "" : "L2: " + found.front().what;
}

// L7, and Q14: per job, what the engine billed is what the ledger charged. A lost keeper's run is
// charged the most that it can have been.
std::string Invariants::broken_at_rest(Store& store) {
  if (engine_.alive() != 0) return "L7: everything has ended, and something runs";
  return need(store.read([&](Reader& reader) -> Result<std::string> {
    std::map<JobId, Milliseconds> charged;
    std::set<JobId> lost;
    for (const AttemptRow& attempt : need(attempts_of(reader, kProject))) {
      if (!attempt.end) return "Q12: an attempt never ended";
      if (attempt.rates.size() == 1 && attempt.end->billed != Milliseconds(0) &&
          attempt.end->cost != charge(attempt.rate, attempt.units, attempt.end->billed))
        return fmt::format("Q14: job id {}: {} ms cost {}", attempt.job.value,
                           attempt.end->billed.count(), attempt.end->cost.micros());
      charged[attempt.id.job] += attempt.end->billed;
      if (attempt.end->outcome == name_of(Outcome::kLost)) lost.insert(attempt.id.job);
    }
    for (const auto& [job, ran] : engine_.ran()) {
      const Milliseconds billed = ran.billed;
      const bool exact = !lost.contains(job);
      if (exact ? charged[job] != billed : charged[job] < billed)
        return fmt::format("Q14: job id {}: charged {} ms, ran {} ms", job.value,
                           charged[job].count(), billed.count());
    }
    for (const JobRow& job : all_jobs(reader)) {
      if (!is_final(job.state))
        return fmt::format("Q12: job {} is still {} ({})", job.number, name_of(job.state),
                           job.detail);
    }
    return check_overruns(reader);
  }));
}

}  // namespace pawl::simulation
