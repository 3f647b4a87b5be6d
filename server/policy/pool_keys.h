// Every key of [pool.NAME], once.
#pragma once
#include "server/policy/fields.h"
#include "server/policy/pools.h"

namespace pawl {

// A pool as it stands in the file; read_pools makes the Pool.
enum class PoolKind : std::uint8_t { kCpu };
struct PoolText {
  Pool pool;
  std::optional<PoolKind> kind;
  std::optional<HourlyPrice> price;
  bool operator==(const PoolText&) const = default;
};
const Fields<PoolText>& pool_fields();

// All of the files' [pool.NAME]; mistakes go to the forest.
Pools read_pools(TomlForest& forest);

}  // namespace pawl
