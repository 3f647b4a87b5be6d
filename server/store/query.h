// Typed values in and out of statements: what is bound and read are Ids, Money and Timestamps, so
// that raw integers stop here. Used by this folder only.
//
//   sql::one(reader, "SELECT id, name FROM project WHERE root = ?", [](sql::Row& row) {
//     return Named{.id = row.take<ProjectId>(), .name = row.take<std::string>()};
//   }, root);
#pragma once
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/connection.h"
#include "server/store/transaction.h"

namespace pawl::sql {

// The integer that a value is stored as.
template <std::integral T>
std::int64_t stored(T value) {
  return static_cast<std::int64_t>(value);
}
template <class Tag>
std::int64_t stored(Id<Tag> id) {
  return id.value;
}
inline std::int64_t stored(Money money) { return money.micros(); }
inline std::int64_t stored(HourlyPrice price) { return price.per_hour.micros(); }
inline std::int64_t stored(Milliseconds time) { return time.count(); }
inline std::int64_t stored(Timestamp time) { return time.time_since_epoch().count(); }

template <class T>
concept Stored = requires(const T& value) { stored(value); };

template <Stored T>
void bind_value(sqlite3_stmt* statement, int index, const T& value) {
  sqlite3_bind_int64(statement, index, stored(value));
}
inline void bind_value(sqlite3_stmt* statement, int index, double value) {
  sqlite3_bind_double(statement, index, value);
}
// The text must outlive the statement's use, which ends inside the function that binds it.
inline void bind_value(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data() == nullptr ? "" : text.data(),
                    static_cast<int>(text.size()), SQLITE_STATIC);
}
template <class T>
void bind_value(sqlite3_stmt* statement, int index, const std::optional<T>& value) {
  if (value) return bind_value(statement, index, *value);
  sqlite3_bind_null(statement, index);
}

template <class T>
struct Column;  // read(statement, index) -> T

template <std::integral T>
struct Column<T> {
  static T read(sqlite3_stmt* s, int i) { return static_cast<T>(sqlite3_column_int64(s, i)); }
};
template <class Tag>
struct Column<Id<Tag>> {
  static Id<Tag> read(sqlite3_stmt* s, int i) { return {sqlite3_column_int64(s, i)}; }
};
template <>
struct Column<Money> {
  static Money read(sqlite3_stmt* s, int i) { return Money::micros(sqlite3_column_int64(s, i)); }
};
template <>
struct Column<HourlyPrice> {
  static HourlyPrice read(sqlite3_stmt* s, int i) { return {Column<Money>::read(s, i)}; }
};
template <>
struct Column<Milliseconds> {
  static Milliseconds read(sqlite3_stmt* s, int i) {
    return Milliseconds(sqlite3_column_int64(s, i));
  }
};
template <>
struct Column<Timestamp> {
  static Timestamp read(sqlite3_stmt* s, int i) {
    return Timestamp(Column<Milliseconds>::read(s, i));
  }
};
template <>
struct Column<double> {
  static double read(sqlite3_stmt* s, int i) { return sqlite3_column_double(s, i); }
};
template <>
struct Column<std::string> {
  static std::string read(sqlite3_stmt* s, int i) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(s, i));
    return text == nullptr
               ? ""
               : std::string(text, static_cast<std::size_t>(sqlite3_column_bytes(s, i)));
  }
};
template <class T>
struct Column<std::optional<T>> {
  static std::optional<T> read(sqlite3_stmt* s, int i) {
    if (sqlite3_column_type(s, i) == SQLITE_NULL) return std::nullopt;
    return Column<T>::read(s, i);
  }
};

// One row; take() reads its columns from left to right.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}

  template <class T>
  T take() {
    return Column<T>::read(statement_, next_++);
  }
  // Money and GPU time lie side by side everywhere.
  Amount take_amount() {
    const auto money = take<Money>();
    return {money, take<Milliseconds>()};
  }
  // A word that a CHECK of the schema lists in the order of the enum.
  template <class Enum, std::size_t N>
  Enum take_word(const std::array<const char*, N>& words) {
    const auto found = std::ranges::find(words, take<std::string>());
    assert(found != words.end());
    return static_cast<Enum>(found - words.begin());
  }

 private:
  sqlite3_stmt* statement_;
  int next_ = 0;
};

template <class Enum, std::size_t N>
std::string_view word(const std::array<const char*, N>& words, Enum value) {
  return words.at(static_cast<std::size_t>(value));
}

// A prepared statement in use: bound at the start, reset at the end, so that no snapshot stays
// open.
class Use {
 public:
  template <class... Args>
  static Result<Use> begin(Reader& reader, std::string_view sql, const Args&... args) {
    TRY(sqlite3_stmt* const statement, reader.connection().prepare(sql));
    assert(sqlite3_bind_parameter_count(statement) == static_cast<int>(sizeof...(args)));
    int index = 0;
    (bind_value(statement, ++index, args), ...);
    return Use(reader.connection(), statement);
  }
  Use(Use&& other) noexcept
      : connection_(other.connection_), statement_(std::exchange(other.statement_, nullptr)) {}
  Use& operator=(Use&&) = delete;
  ~Use() {
    if (statement_ == nullptr) return;
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }

  Result<bool> step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return std::unexpected(connection_.error());
  }
  Row row() { return Row(statement_); }

 private:
  Use(Connection& connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  Connection& connection_;  // outlives us
  sqlite3_stmt* statement_;
};

// Calls visit(Row&) for each row. `visit` must not use the same statement.
template <class F, class... Args>
Result<void> each(Reader& reader, std::string_view sql, F&& visit, const Args&... args) {
  TRY(Use use, Use::begin(reader, sql, args...));
  while (true) {
    TRY(const bool more, use.step());
    if (!more) return {};
    Row row = use.row();
    visit(row);
  }
}

template <class F, class... Args>
auto all(Reader& reader, std::string_view sql, F&& from_row, const Args&... args)
    -> Result<std::vector<std::invoke_result_t<F&, Row&>>> {
  std::vector<std::invoke_result_t<F&, Row&>> rows;
  CHECK_OK(each(reader, sql, [&](Row& row) { rows.push_back(from_row(row)); }, args...));
  return rows;
}

// The first row, if any. The statement runs to its end, so a RETURNING clause has taken effect.
template <class F, class... Args>
auto one(Reader& reader, std::string_view sql, F&& from_row, const Args&... args)
    -> Result<std::optional<std::invoke_result_t<F&, Row&>>> {
  std::optional<std::invoke_result_t<F&, Row&>> first;
  const auto visit = [&](Row& row) {
    if (!first) first.emplace(from_row(row));
  };
  CHECK_OK(each(reader, sql, visit, args...));
  return first;
}

// The first column of the first row.
template <class T, class... Args>
Result<std::optional<T>> value(Reader& reader, std::string_view sql, const Args&... args) {
  return one(reader, sql, [](Row& row) { return row.take<T>(); }, args...);
}

// INSERT, UPDATE or DELETE: how many rows it changed.
template <class... Args>
Result<std::int64_t> change(Transaction& transaction, std::string_view sql, const Args&... args) {
  TRY(Use use, Use::begin(transaction, sql, args...));
  TRY(const bool row, use.step());
  assert(!row);
  return sqlite3_changes64(transaction.connection().handle());
}

// INSERT of one row: its id.
template <class... Args>
Result<std::int64_t> insert(Transaction& transaction, std::string_view sql, const Args&... args) {
  CHECK_OK(change(transaction, sql, args...));
  return sqlite3_last_insert_rowid(transaction.connection().handle());
}

}  // namespace pawl::sql
