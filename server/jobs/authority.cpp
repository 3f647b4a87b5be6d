#include "server/jobs/authority.h"

#include "server/core/digest.h"
#include "server/jobs/world.h"
#include "server/store/tokens.h"

namespace pawl {

Result<void> require_human(const World& world, const Caller& caller) {
  if (world.trust.mode == TrustMode::kSameUser) return {};
  const std::string shown = sha256_hex(caller.secret);
  if (same_digest(shown, world.trust.secret_digest)) return {};
  TRY(const auto token,
      world.store.read([&](Reader& reader) { return find_token(reader, shown); }));
  if (token && token->scope == TokenScope::kAdmin) return {};
  return fail(ErrorKind::kDenied,
              "this needs the approval secret, and " + caller.principal + " showed another or none",
              "Run it as root: the command reads the secret itself. Or put an admin's token into "
              "PAWL_TOKEN.");
}

std::string same_user_note(const World& world) {
  if (world.trust.mode == TrustMode::kSeparate) return {};
  return "Trust mode same-user: a shell of this user could have done the same, and a cap binds "
         "only what goes through pawl.";
}

}  // namespace pawl
