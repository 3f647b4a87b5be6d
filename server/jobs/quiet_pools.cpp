#include "server/jobs/quiet_pools.h"

#include "server/jobs/terms.h"

namespace pawl {

std::optional<Quiet> drop_quiet(std::vector<std::string>& pools, const Rules& rules, Timestamp now,
                                Milliseconds limit) {
  std::optional<Quiet> first;
  std::vector<std::string> open;
  for (const std::string& name : pools) {
    const Pool* const pool = find_pool(rules.pools, name);
    const Milliseconds startup = pool == nullptr ? Milliseconds(0) : pool->startup;
    const auto quiet = quiet_in(rules.policy, name, now, worst_time_after(startup, limit));
    if (!quiet) {
      open.push_back(name);
    } else if (!first || quiet->until < first->until) {
      first = quiet;
    }
  }
  pools = std::move(open);
  return pools.empty() ? first : std::nullopt;
}

}  // namespace pawl
