#include "server/jobs/tell.h"

#include <algorithm>

namespace pawl {

bool is_wanted(const NotifyRule& notify, std::string_view kind) {
  return !notify.url.empty() && std::ranges::find(notify.on, kind) != notify.on.end();
}

Result<void> tell(Transaction& transaction, const Policy& policy, NewNote note) {
  note.wanted = note.wanted && is_wanted(policy.notify, note.kind);
  CHECK_OK(put_note(transaction, note));
  return {};
}

Result<void> tell_always(Transaction& transaction, const Policy& policy, NewNote note) {
  note.wanted = !policy.notify.url.empty();
  CHECK_OK(put_note(transaction, note));
  return {};
}

}  // namespace pawl
