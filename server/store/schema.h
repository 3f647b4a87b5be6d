// The tables. A database carries the number of migrations it has seen in user_version.
#pragma once
#include <span>

#include "server/core/result.h"
#include "server/store/connection.h"

namespace pawl {

extern const std::span<const char* const> kMigrations;  // only ever appended to

// Runs the missing migrations in one transaction, all or nothing, with the foreign keys off, so
// that one may build a table again; every reference is checked before it commits. Refuses a
// database of a newer pawl.
Result<void> migrate(Connection& connection, std::span<const char* const> migrations);

// quick_check and foreign_key_check: the first finding as an Error.
Result<void> check_integrity(Connection& connection);

}  // namespace pawl
