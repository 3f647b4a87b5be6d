// Who may say yes for a human. Asked first by every call that approves or raises something; tools
// that agents see never come here.
#pragma once
#include "server/core/result.h"
#include "server/jobs/requests.h"

namespace pawl {

struct World;

// DENIED in separate mode without the approval secret or an admin's token. In same-user mode
// whoever reaches the operator's calls is believed: same_user_note() says what that is worth.
Result<void> require_human(const World& world, const Caller& caller);

// Empty in separate mode; else one sentence for the reply to whoever approved something.
std::string same_user_note(const World& world);

}  // namespace pawl
