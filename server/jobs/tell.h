// Notes to a human, written with the facts that they are about. What [notify] does not name is kept
// as told, so that switching it on later tells nothing old.
#pragma once
#include <string_view>

#include "server/core/result.h"
#include "server/policy/policy.h"
#include "server/store/outbox.h"

namespace pawl {

bool is_wanted(const NotifyRule& notify, std::string_view kind);

// `note.wanted` narrows what [notify] says.
Result<void> tell(Transaction& transaction, const Policy& policy, NewNote note);

// A note that a rule of its own asks for, whatever `on` names.
Result<void> tell_always(Transaction& transaction, const Policy& policy, NewNote note);

}  // namespace pawl
