// The pools that stages may name: units of one kind behind one runner, with their price. Agents
// never see one.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/money.h"

namespace pawl {

enum class RunnerKind : std::uint8_t { kLocal };
enum class Billing : std::uint8_t {
  kMetered,  // somebody sends a bill
  kOwned,    // an accounting price
};

struct Pool {
  std::string name;
  RunnerKind runner = RunnerKind::kLocal;
  std::optional<std::string> gpu;     // the kind, such as "H100"; absent: CPU slots
  std::optional<std::int32_t> count;  // GPUs or slots; absent: as many as the runner finds
  HourlyPrice price;  // of one unit for one hour; always given, there is no default price (L17)
  Billing billing = Billing::kMetered;
  std::string comparability_class;  // an opaque letter; metrics rank only inside one
  Milliseconds startup{0};          // paid before the attempt's first instruction, at most
  std::string source;               // where the pool is defined
  bool operator==(const Pool&) const = default;
};

using Pools = std::vector<Pool>;  // in the order of the files

const Pool* find_pool(const Pools& pools, std::string_view name);  // or null

}  // namespace pawl
