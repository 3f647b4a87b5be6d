#include "server/jobs/authority.h"

#include "server/core/digest.h"
#include "server/jobs/world.h"

namespace pawl {

Result<void> require_human(const World& world, const Caller& caller) {
  if (world.trust.mode == TrustMode::kSameUser) return {};
  if (same_digest(sha256_hex(caller.secret), world.trust.secret_digest)) return {};
  return fail(ErrorKind::kDenied,
              "this needs the approval secret, and " + caller.principal + " showed another or none",
              "Run it as root: the command reads the secret itself.");
}

std::string same_user_note(const World& world) {
  if (world.trust.mode == TrustMode::kSeparate) return {};
  return "Trust mode same-user: a shell of this user could have done the same, and a cap binds "
         "only what goes through pawl.";
}

}  // namespace pawl
