// One SQLite connection with its prepared statements, and the one place where SQLite's error codes
// become Errors. A misused statement is a bug and asserts; a full disk, a broken file or a violated
// constraint is an Error.
//
// Thread safety: none; each connection is used by one thread at a time.
#pragma once
#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "server/core/result.h"

namespace pawl {

// What a failed call says about the file beneath, as opposed to about the statement.
enum class Damage : std::uint8_t {
  kNone,
  kRetry,    // full disk, no memory: nothing was written, and a later try may succeed
  kUnknown,  // I/O error or corruption: what is on disk is not known any more
};

class Connection {
 public:
  struct Options {
    bool read_only = false;
    const char* vfs = nullptr;
  };
  static Result<std::unique_ptr<Connection>> open(const std::filesystem::path& file,
                                                  const Options& options);

  sqlite3* handle() { return database_.get(); }

  Result<void> execute(std::string_view sql);           // one statement; its rows are ignored
  Result<void> execute_script(const char* sql);         // several statements, not cached
  Result<sqlite3_stmt*> prepare(std::string_view sql);  // owned by the cache; not in use
  Error error();                                        // of the call that just failed
  bool in_transaction() { return sqlite3_get_autocommit(handle()) == 0; }

  // The worst since the last call of forget_damage(), even if the caller of the failed statement
  // went on.
  Damage damage() const { return damage_; }
  const Error& damaging_error() const { return damaging_error_; }  // only when there is damage
  void forget_damage() { damage_ = Damage::kNone; }

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  // A statement's length and its end tell most of them apart; the comparison does the rest.
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view sql) const {
      const std::string_view end = sql.substr(sql.size() - std::min(sql.size(), kHashed));
      return std::hash<std::string_view>()(end) + sql.size();
    }
    static constexpr std::size_t kHashed = 24;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

  explicit Connection(sqlite3* database) : database_(database) {}
  Result<void> configure();

  std::unique_ptr<sqlite3, Close> database_;
  std::unordered_map<std::string, Statement, Hash, std::equal_to<>>
      statements_;  // before the database goes
  Damage damage_ = Damage::kNone;
  Error damaging_error_{};
};

}  // namespace pawl
