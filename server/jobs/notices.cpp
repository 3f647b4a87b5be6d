#include "server/jobs/notices.h"

namespace pawl {

std::vector<std::string> notices(const World& world) {
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
  return lines;
}

}  // namespace pawl
