// Does the ledger add up? Run at start and now and then; a mismatch stops launches (L2) and never
// settling.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

enum class MismatchKind : std::uint8_t {
  kHash,         // a row, or one before it, is not the row that was written
  kBalance,      // the cached balance of a window is not the sum of its rows
  kReservation,  // a closed reservation still holds money, or an open one holds none of what it
                 // reserved
};

struct Mismatch {
  MismatchKind kind;
  std::string what;  // one line with ids and both values
};

// Empty: the ledger adds up.
Result<std::vector<Mismatch>> verify_ledger(Reader& reader);

}  // namespace pawl
