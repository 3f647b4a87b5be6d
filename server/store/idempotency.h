// Keys that make a submit safe to repeat (L20): the same key and body gives the same job or round,
// the same key with another body is a CONFLICT. A key lives as long as its jobs and 30 days more.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

inline constexpr std::chrono::days kKeyLifeAfterJob{30};

struct IdempotencyKey {
  std::string principal;
  ProjectId project;
  std::string key;
};

using Submitted = std::variant<JobId, RoundId>;

// What the key gave the first time; nothing when it is new or expired; CONFLICT when the request
// was another one.
Result<std::optional<Submitted>> find_key(Transaction& transaction, const IdempotencyKey& key,
                                          const std::string& request_hash);
Result<void> remember_key(Transaction& transaction, const IdempotencyKey& key,
                          const std::string& request_hash, Submitted submitted);
Result<std::int64_t> forget_expired_keys(Transaction& transaction);  // how many

}  // namespace pawl
