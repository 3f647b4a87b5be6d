#include "server/jobs/notices.h"

#include <fmt/format.h>

namespace pawl {

std::string describe(const FrozenPool& pool) {
  return fmt::format("Pool {} is frozen: {}. `pawl pool open {}` once you have looked.", pool.pool,
                     pool.why, pool.pool);
}

Result<std::vector<std::string>> notices(const World& world, Reader& reader, Audience audience) {
  std::vector<std::string> lines = world.rules.notices();
  if (world.trust.mode == TrustMode::kSameUser) {
    lines.emplace_back(
        "Trust mode same-user: limits bind what goes through pawl; a shell of the same user is "
        "outside them.");
  } else if (!world.boxed) {
    lines.emplace_back(
        "Trust mode separate, but jobs run as the server's user without walls: what a job starts "
        "is outside the limits.");
  }
  if (!world.boxed) {
    lines.emplace_back(
        "bubblewrap does not work here: jobs run without walls and volumes are not read-only.");
  }
  if (world.launches_stopped) lines.emplace_back("Launches are stopped: `pawl doctor` says why.");
  if (world.time.trust() == TimeTrust::kForward || world.time.trust() == TimeTrust::kBackward) {
    lines.emplace_back(
        "The wall clock jumped; budget windows follow the monotonic clock until both agree.");
  }
  TRY(const auto frozen, frozen_pools(reader));
  if (audience == Audience::kHuman) {
    for (const FrozenPool& pool : frozen) lines.push_back(describe(pool));
  } else if (!frozen.empty()) {
    lines.push_back(fmt::format(
        "{} of the places for experiments cost more than was reserved and {} closed until a human "
        "opens it (`pawl pools`).",
        frozen.size(), frozen.size() == 1 ? "is" : "are"));
  }
  return lines;
}

}  // namespace pawl
