#include "tests/simulation/leases_checked.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/store/attempts.h"
#include "server/store/ledger.h"
#include "server/store/sandboxes.h"
#include "tests/simulation/need.h"

namespace pawl::simulation {
namespace {

struct Lease {
  LivingSandbox engine;
  JobRow job;
  AttemptRow attempt;
  SandboxRow sandbox;
  std::vector<Line> lines;  // that it holds money in
};

Lease lease_of(Reader& reader, const LivingSandbox& living) {
  const AttemptId id = living.attempt.id;
  Lease lease{.engine = living,
              .job = need(find_job(reader, id.job)),
              .attempt = need(find_attempt(reader, id)),
              .sandbox = need(find_sandbox(reader, id.job)),
              .lines = {}};
  if (const auto open = need(open_reservation(reader, id.job)))
    lease.lines = need(reserved_lines(reader, open->id));
  return lease;
}

// Its keeper knows of no time that is not paid, and once the server looked, of all that is.
std::string check_grant(const Lease& lease, bool quiet) {
  const Milliseconds paid = lease.attempt.limit;
  const Milliseconds engine = std::max(lease.engine.lived, lease.engine.granted);
  if (engine == paid || (engine < paid && !quiet)) return {};
  return fmt::format("its keeper lets it live {} ms, and {} are paid", engine.count(),
                     paid.count());
}

// All that it may cost up to there lies in each window, and none is left out that it may touch.
std::string check_money(const Lease& lease, const BudgetView& view) {
  const Milliseconds time = lease.engine.startup + lease.attempt.limit;
  const Money cost = RunBill{.rates = lease.attempt.rates,
                             .units = lease.attempt.units,
                             .started = lease.attempt.claimed,
                             .billed = time}
                         .whole();
  const Span span{lease.attempt.claimed, lease.attempt.claimed + time};
  for (const Balance& window : view) {
    const auto held = std::ranges::find(lease.lines, window.id, &Line::window);
    const bool shared = window.node_kind != NodeKind::kExperiment;
    const bool touched = shared && window.span.starts < span.ends && span.starts < window.span.ends;
    if (held == lease.lines.end() && touched)
      return fmt::format("it holds nothing in window {} of {}", window.id.value, window.node_name);
    if (held == lease.lines.end() || held->amount.money >= cost) continue;
    return fmt::format("it may cost {} and holds {} in window {} of {}", cost.micros(),
                       held->amount.money.micros(), window.id.value, window.node_name);
  }
  return {};
}

std::string check_limits(const Lease& lease, const SandboxPolicy& policy) {
  const Milliseconds paid = lease.attempt.limit;
  const Milliseconds longest = std::min(*lease.job.lease, policy.longest);
  if (paid > longest)
    return fmt::format("{} ms are paid, and the most is {}", paid.count(), longest.count());
  if (paid > lease.sandbox.used + policy.idle)
    return fmt::format("{} ms are paid, and it was used until {}", paid.count(),
                       lease.sandbox.used.count());
  for (const Line& line : lease.lines) {
    if (line.amount.money > policy.usd)
      return fmt::format("it holds {}, and one may cost {}", line.amount.money.micros(),
                         policy.usd.micros());
  }
  return {};
}

}  // namespace

std::string broken_lease(Reader& reader, const Looking& looking) {
  const SandboxPolicy& policy = looking.policy;
  for (const LivingSandbox& each : looking.engine.sandboxes()) {
    const Lease lease = lease_of(reader, each);
    // What is taken back is stopped because its price has no room.
    const bool holds = lease.attempt.taken_back.empty() && !lease.attempt.end;
    std::string found = holds ? check_money(lease, looking.windows) : "";
    if (found.empty()) found = check_grant(lease, looking.quiet);
    if (found.empty()) found = check_limits(lease, policy);
    if (!found.empty()) return fmt::format("L15: sandbox of job {}: {}", lease.job.number, found);
  }
  const auto open = need(open_sandboxes(reader, {}));
  if (std::ssize(open) <= policy.max_open) return {};
  return fmt::format("L15: {} sandboxes are open, and {} may be", open.size(), policy.max_open);
}

}  // namespace pawl::simulation
