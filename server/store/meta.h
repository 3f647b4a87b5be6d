// One row about the database itself: the epoch of the newest server, and the secret that attempt
// tokens are made with.
#pragma once
#include <string>

#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

Result<Epoch> newest_epoch(Reader& reader);
Result<Epoch> raise_epoch(Transaction& transaction);  // at open, inside its own transaction; every
                                                      // older server may write no more

// H(secret, job, attempt): the same after a crash, unknown to other jobs (L7).
Result<std::string> attempt_token(Reader& reader, AttemptId id);

}  // namespace pawl
