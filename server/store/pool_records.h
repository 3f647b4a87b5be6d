// What is known of pools beside their files: how the runs on each went, and which are frozen.
#pragma once
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/money.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

// Sums over the ended attempts of one project and stage on one offer of a pool.
struct PoolRecord {
  std::string pool;
  bool spot = false;
  std::int32_t runs = 0, failures = 0, interruptions = 0, results = 0;
  Milliseconds billed{0}, startup{0}, work{0};
};
// Adds one ended attempt, as a record of one run.
Result<void> add_record(Transaction& transaction, ProjectId project, const std::string& stage,
                        const PoolRecord& run);
Result<std::vector<PoolRecord>> pool_records(Reader& reader, ProjectId project,
                                             const std::string& stage);
Result<std::vector<PoolRecord>> pool_records(Reader& reader);  // over all projects and stages

struct FrozenPool {
  std::string pool;
  Timestamp at{};
  std::string why;
};
Result<void> freeze_pool(Transaction& transaction, const std::string& pool, const std::string& why);
Result<bool> thaw_pool(Transaction& transaction, const std::string& pool);  // false: was not frozen
Result<std::vector<FrozenPool>> frozen_pools(Reader& reader);

}  // namespace pawl
