#include "server/jobs/leases.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <variant>

#include "server/budget/lease.h"
#include "server/budget/refusal_text.h"
#include "server/core/text.h"
#include "server/jobs/budget_notes.h"
#include "server/jobs/handles.h"
#include "server/jobs/lifecycle.h"
#include "server/jobs/next_room.h"
#include "server/jobs/quiet_pools.h"
#include "server/jobs/spending.h"
#include "server/jobs/terms.h"
#include "server/runner/attempt_folder.h"
#include "server/store/ledger.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

constexpr std::chrono::seconds kLookEvery{5};

struct Tenant {
  JobRow job;
  SandboxRow sandbox;
  AttemptRow attempt;
  Project project;
  std::shared_ptr<const Rules> rules;
};

Result<Tenant> tenant_of(World& world, Reader& reader, JobId id) {
  Tenant tenant;
  TRY(tenant.job, find_job(reader, id));
  TRY(tenant.sandbox, find_sandbox(reader, id));
  TRY(tenant.attempt, find_attempt(reader, {id, tenant.job.attempts}));
  TRY(tenant.project, find_project(reader, tenant.job.project));
  TRY(tenant.rules, rules_of(world, tenant.project));
  return tenant;
}

Milliseconds ran(const World& world, const AttemptRow& attempt) {
  return world.time.since_boot() - attempt.claimed_since_boot;
}

Lease lease_of(const World& world, const Tenant& tenant) {
  const Milliseconds now = ran(world, tenant.attempt);
  return {.ran = now,
          .granted = tenant.attempt.limit,
          .used = world.commands.busy(tenant.job.id) ? now : tenant.sandbox.used};
}

LeaseRules rules_of(const World& world, const Tenant& tenant) {
  const SandboxLimits& limits = tenant.rules->policy.sandbox;
  std::vector<std::string> pools = {tenant.attempt.pool};
  LeaseRules rules{
      .idle = limits.idle.value,
      .longest = std::min(*tenant.job.lease, limits.max_runtime.value),
      .quiet =
          drop_quiet(pools, *tenant.rules, world.time.now(), kSlice + kRenewBefore).has_value(),
      .enforced = tenant.rules->policy.mode.value == Mode::kEnforce};
  if (limits.usd) rules.usd = limits.usd->value;
  return rules;
}

// At the dearest of the rates that it has had: the whole time is never cheaper than the bill.
LeasePrice price_of(const AttemptRow& attempt) {
  LeasePrice price{.units = attempt.units,
                   .gpus = attempt.gpus,
                   .delays = {.grace = kGrace, .report_delay = kReportDelay}};
  price.delays.startup = attempt.worst_case - worst_case(attempt.limit, price.delays);
  const auto dearer = [&](const RateSince& a, const RateSince& b) {
    return charge(a.rate, attempt.units, attempt.worst_case) <
           charge(b.rate, attempt.units, attempt.worst_case);
  };
  price.rate = std::ranges::max_element(attempt.rates, dearer)->rate;
  return price;
}

std::vector<Line> missing(const BudgetView& view, const std::vector<Line>& own,
                          const Amount& whole) {
  std::vector<Line> lines;
  for (const Balance& window : view) {
    const auto held = std::ranges::find(own, window.id, &Line::window);
    const Amount has = held == own.end() ? Amount{} : held->amount;
    const Amount more{std::max(Money(), whole.money - has.money),
                      std::max(Milliseconds(0), whole.gpu_time - has.gpu_time)};
    if (more != Amount{}) lines.push_back({window.id, more});
  }
  return lines;
}

std::string describe(const LetEnd& end, const Tenant& tenant, Timestamp now) {
  const SandboxLimits& limits = tenant.rules->policy.sandbox;
  switch (end.why) {
    case LeaseEnd::kIdle:
      return "";  // it may still be used
    case LeaseEnd::kLongest:
      return fmt::format("its time of {} was over", format_duration(end.at));
    case LeaseEnd::kQuiet:
      return "its place was to be silent (quiet hours)";
    case LeaseEnd::kUsd:
      return fmt::format("its next slice would have made it ${}, over sandbox.usd of ${} ({})",
                         format_usd(end.whole.money), format_usd(limits.usd->value),
                         limits.usd->source);
    case LeaseEnd::kBudget:
      return describe(
          *end.refusal,
          {.count = 1, .stage = tenant.job.stage, .each = end.whole, .fit = 0, .now = now});
  }
  __builtin_unreachable();
}

// Reserves the next slice where there is one to have.
Result<void> renew(World& world, Transaction& transaction, const Tenant& tenant) {
  TRY(const auto open, open_reservation(transaction, tenant.job.id));
  if (!open || !tenant.sandbox.ending.empty()) return {};
  const LeasePrice price = price_of(tenant.attempt);
  const Milliseconds most = worst_case(tenant.attempt.limit + kSlice, price.delays);
  TRY(const Payer payer, payer_of(transaction, tenant.job, tenant.project));
  TRY(const SharedNodes nodes, ensure_shared_nodes(transaction, payer));
  const Spending spending{tenant.rules->policy, payer, tenant.attempt.claimed, most};
  TRY(BudgetView view, job_view(transaction, nodes, spending, tenant.job.number));
  TRY(const auto own, reserved_lines(transaction, open->id));
  give_back(view, own);
  const LeaseAnswer answer =
      next_slice(lease_of(world, tenant), rules_of(world, tenant), price, view);
  if (const auto* const end = std::get_if<LetEnd>(&answer))
    return note_ending(transaction, tenant.job.id, describe(*end, tenant, world.time.now()));
  const auto* const renewal = std::get_if<Renewal>(&answer);
  if (renewal == nullptr) return {};
  // From here it must succeed.
  CHECK_OK(top_up(transaction, open->id, missing(view, own, renewal->whole),
                  fmt::format("sandbox until {} ms", renewal->until.count())));
  CHECK_OK(tell_crossed(transaction, tenant.rules->policy, view, renewal->whole));
  CHECK_OK(extend_attempt(transaction, tenant.attempt.id, renewal->until,
                          worst_case(renewal->until, price.delays)));
  return world.time.save(transaction);
}

bool is_due(const World& world, const Tenant& tenant) {
  return tenant.attempt.state == AttemptState::kLaunched &&
         tenant.job.state == JobState::kRunning && tenant.attempt.boot_id == world.time.boot_id() &&
         tenant.attempt.limit - ran(world, tenant.attempt) <= kRenewBefore;
}

}  // namespace

Money spent_so_far(const World& world, const AttemptRow& attempt) {
  if (attempt.end) return attempt.end->cost;
  if (!attempt.launched) return Money();
  const RunBill bill{.rates = attempt.rates,
                     .units = attempt.units,
                     .started = attempt.claimed,
                     .billed = std::max(Milliseconds(0), ran(world, attempt))};
  return bill.whole();
}

void Leases::look() {
  const Milliseconds now = world_.clock.since_boot();
  if (looked_ && now - *looked_ < kLookEvery) return;
  looked_ = now;
  const auto open = world_.store.read([](Reader& reader) { return open_sandboxes(reader, {}); });
  if (!open) return spdlog::warn("could not look at sandboxes: {}", open.error().message);
  std::erase_if(told_, [&](const auto& told) {
    return std::ranges::find(*open, told.first.job, &JobRow::id) == open->end();
  });
  for (const JobRow& job : *open) {
    if (job.state != JobState::kRunning) continue;
    if (const auto looked = look_at(job); !looked)  // it ends with what it was granted (L17)
      spdlog::warn("could not renew {}: {}", sandbox_handle(*job.sandbox), looked.error().message);
  }
}

Result<void> Leases::look_at(const JobRow& job) {
  TRY(const Tenant before,
      world_.store.read([&](Reader& reader) { return tenant_of(world_, reader, job.id); }));
  if (is_due(world_, before)) {
    CHECK_OK(world_.store.write([&](Transaction& transaction) -> Result<void> {
      TRY(const Tenant now, tenant_of(world_, transaction, job.id));
      if (is_due(world_, now)) CHECK_OK(renew(world_, transaction, now));
      return {};
    }));
  }
  TRY(const AttemptRow attempt,
      world_.store.read([&](Reader& reader) { return find_attempt(reader, before.attempt.id); }));
  const auto told = told_.find(attempt.id);
  if (told != told_.end() && told->second == attempt.limit) return {};
  // Paid by now. After a crash in between it is written by the next server.
  TRY(const AttemptRef ref, ref_of(world_, attempt));
  CHECK_OK(grant(ref.folder, attempt.limit));
  told_[attempt.id] = attempt.limit;
  return {};
}

}  // namespace pawl
