#include "server/store/idempotency.h"

#include "server/store/query.h"

namespace pawl {
namespace {

// True of a row whose last job ended before the moment ?: a round lives as long as the last of its
// jobs.
#define KEY_EXPIRED                                                                                \
  "(SELECT count(*) > 0 AND count(*) = count(finished_at) AND max(finished_at) < ?1 FROM job AS j" \
  " WHERE j.id = idempotency.job OR j.round = idempotency.round)"

Timestamp expiry(const Transaction& transaction) { return transaction.now() - kKeyLifeAfterJob; }

struct Remembered {
  std::string request_hash;
  std::optional<JobId> job;
  std::optional<RoundId> round;
};

Remembered remembered_from(sql::Row& row) {
  return {.request_hash = row.take<std::string>(),
          .job = row.take<std::optional<JobId>>(),
          .round = row.take<std::optional<RoundId>>()};
}

}  // namespace

Result<std::optional<Submitted>> find_key(Transaction& transaction, const IdempotencyKey& key,
                                          const std::string& request_hash) {
  TRY(const auto found,
      sql::one(transaction,
               "SELECT request_hash, job, round FROM idempotency"
               " WHERE principal = ?2 AND project = ?3 AND key = ?4 AND NOT " KEY_EXPIRED,
               remembered_from, expiry(transaction), key.principal, key.project, key.key));
  if (!found) return std::nullopt;
  if (found->request_hash != request_hash) {
    return fail(ErrorKind::kConflict, "key \"" + key.key + "\" was used before for another request",
                "Send the same request again to get its job, or use a new key.");
  }
  return found->job ? Submitted(*found->job) : Submitted(*found->round);
}

Result<void> remember_key(Transaction& transaction, const IdempotencyKey& key,
                          const std::string& request_hash, Submitted submitted) {
  CHECK_OK(sql::change(
      transaction,
      "DELETE FROM idempotency WHERE principal = ?2 AND project = ?3 AND key = ?4 AND " KEY_EXPIRED,
      expiry(transaction), key.principal, key.project, key.key));
  std::optional<JobId> job;
  std::optional<RoundId> round;
  if (const auto* one_job = std::get_if<JobId>(&submitted)) job = *one_job;
  if (const auto* one_round = std::get_if<RoundId>(&submitted)) round = *one_round;
  CHECK_OK(sql::change(transaction,
                       "INSERT INTO idempotency(principal, project, key, request_hash, job, round)"
                       " VALUES (?, ?, ?, ?, ?, ?)",
                       key.principal, key.project, key.key, request_hash, job, round));
  return {};
}

Result<std::int64_t> forget_expired_keys(Transaction& transaction) {
  return sql::change(transaction, "DELETE FROM idempotency WHERE " KEY_EXPIRED,
                     expiry(transaction));
}

}  // namespace pawl
