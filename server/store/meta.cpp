#include "server/store/meta.h"

#include <cassert>

#include "server/core/digest.h"
#include "server/store/query.h"

namespace pawl {

Result<Epoch> newest_epoch(Reader& reader) {
  TRY(const auto epoch, sql::value<Epoch>(reader, "SELECT epoch FROM meta"));
  assert(epoch);
  return *epoch;
}

Result<Epoch> raise_epoch(Transaction& transaction) {
  CHECK_OK(sql::change(transaction, "UPDATE meta SET epoch = epoch + 1"));
  return newest_epoch(transaction);
}

Result<std::string> attempt_token(Reader& reader, AttemptId id) {
  TRY(const auto secret, sql::value<std::string>(reader, "SELECT token_secret FROM meta"));
  assert(secret);
  return sha256_hex(*secret + ":" + std::to_string(id.job.value) + ":" + std::to_string(id.number));
}

}  // namespace pawl
