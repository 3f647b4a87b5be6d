#include <fmt/format.h>

#include <algorithm>

#include "server/jobs/notices.h"
#include "server/jobs/service.h"
#include "server/jobs/tell.h"
#include "server/jobs/watch.h"

namespace pawl {
namespace {

std::string shown(const std::optional<double>& value) {
  return value ? fmt::format("{:.6g}", *value) : "unmeasured";
}

// "12 experiments, 3 failed, 2 kept: val_bpb 0.9979 -> 0.9697; $12.40 spent, $0.40 of it without a
// result; 2 jobs go on or wait"
std::string text_of(const NightReport& night, const std::vector<FrozenPool>& frozen) {
  const auto failed = std::ranges::count(night.dots, true, &NightDot::failed);
  std::string text = fmt::format(
      "{} experiments, {} failed, {} kept: {} {} -> {}; ${} spent, ${} of it without a result",
      night.dots.size(), failed, night.steps.size(), night.metric, shown(night.start),
      shown(night.reached), format_usd(night.bill.spent), format_usd(night.bill.failed));
  if (!night.waiting.empty()) text += fmt::format("; {} jobs go on or wait", night.waiting.size());
  if (!night.undecided.empty())
    text += fmt::format("; better and undecided: {}", fmt::join(night.undecided, ", "));
  for (const FrozenPool& pool : frozen) text += "\n" + describe(pool);
  return text + "\n`pawl report` has the rest.";
}

}  // namespace

Result<void> tell_morning(World& world, Timestamp night_began) {
  const auto rules = world.rules.rules();
  if (!is_wanted(rules->policy.notify, "morning.report")) return {};
  TRY(const auto projects, world.store.read([](Reader& reader) { return list_projects(reader); }));
  TRY(const auto frozen, world.store.read([](Reader& reader) { return frozen_pools(reader); }));
  for (const Project& project : projects) {
    const Caller nobody{.principal = "pawl", .agent = "pawl", .directory = project.root};
    TRY(const NightReport night,
        Service(world).night(nobody, {.since = world.clock.now() - night_began}));
    if (night.dots.empty() && night.waiting.empty()) continue;
    CHECK_OK(world.store.write([&](Transaction& transaction) {
      return tell(transaction, rules->policy,
                  {.kind = "morning.report",
                   .subject = project.name + ": the night is over",
                   .text = text_of(night, frozen),
                   .once = fmt::format("morning/{}/{}", project.name,
                                       night_began.time_since_epoch().count())});
    }));
  }
  return {};
}

}  // namespace pawl
