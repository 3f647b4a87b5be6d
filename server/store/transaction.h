// What a closure gets: a Reader sees one snapshot; a Transaction may also write, and sees its own
// writes and those of the closures before it in the group.
#pragma once
#include <functional>
#include <utility>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"

namespace pawl {

class Connection;

class Reader {
 public:
  explicit Reader(Connection& connection) : connection_(connection) {}
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  Connection& connection() { return connection_; }
  // False inside a write: what it sees may yet be rolled back, so nobody keeps it.
  bool is_committed() const;

 private:
  Connection& connection_;  // outlives us
};

class Transaction : public Reader {
 public:
  using Audit = std::function<Result<void>(Transaction&)>;

  Transaction(Connection& connection, Epoch epoch, Timestamp now)
      : Reader(connection), epoch_(epoch), now_(now) {}

  Timestamp now() const { return now_; }  // the same for every row of one closure
  Epoch epoch() const { return epoch_; }

  // What to write when the closure returns an Error: it runs after the rollback, in the same group.
  // A refusal writes nothing but this (L3).
  void on_refusal(Audit audit) { audit_ = std::move(audit); }
  Audit take_audit() { return std::exchange(audit_, nullptr); }

 private:
  Epoch epoch_;
  Timestamp now_;
  Audit audit_;
};

}  // namespace pawl
