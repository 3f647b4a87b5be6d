#include "server/store/allowances.h"

#include "server/store/query.h"

namespace pawl {

Result<void> add_allowance(Transaction& transaction, const Allowance& allowance) {
  TRY(const auto id,
      sql::insert(transaction,
                  "INSERT INTO allowance(budget_node, budget_window, money, until, principal, why,"
                  " created_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                  allowance.node, allowance.window, allowance.money, allowance.until,
                  allowance.principal, allowance.why, transaction.now()));
  static_cast<void>(id);
  return {};
}

Result<std::vector<Allowance>> open_allowances(Reader& reader, Timestamp now) {
  return sql::all(
      reader,
      "SELECT budget_node, budget_window, money, until, principal, why FROM allowance"
      " WHERE until > ? ORDER BY id",
      [](sql::Row& row) {
        Allowance allowance;
        allowance.node = row.take<std::string>();
        allowance.window = row.take<std::string>();
        allowance.money = row.take<Money>();
        allowance.until = row.take<Timestamp>();
        allowance.principal = row.take<std::string>();
        allowance.why = row.take<std::string>();
        return allowance;
      },
      now);
}

}  // namespace pawl
