// What humans added to caps, each until a time. The ledger has a row for each beside this one, so
// that it cannot be forged without a trace.
#pragma once
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct Allowance {
  std::string node, window;  // as a human names them: "project:tiny", "day"
  Money money;
  Timestamp until{};
  std::string principal, why;
};

Result<void> add_allowance(Transaction& transaction, const Allowance& allowance);
Result<std::vector<Allowance>> open_allowances(Reader& reader, Timestamp now);  // oldest first

}  // namespace pawl
