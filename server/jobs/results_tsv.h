// results.tsv as autoresearch keeps it: commit, metric, memory_gb, status, description. Derived
// wholly from the decisions in the store, so it can be written again at any time.
#pragma once
#include <optional>
#include <span>
#include <string>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/store/decisions.h"
#include "server/store/projects.h"
#include "server/store/transaction.h"

namespace pawl {

struct ResultLine {
  std::string commit;
  std::optional<double> value;      // of the goal metric; absent: 0, as autoresearch writes it
  std::optional<double> memory_mb;  // at its peak
  Decision status{};                // keep, discard or crash
  std::string description;
};

// Pure. Text loses what would break a line or a column.
std::string results_tsv(const std::string& metric, std::span<const ResultLine> lines);

// One line a decided job: the last decision about it, in the order of those decisions.
Result<std::string> read_results_tsv(Reader& reader, const Project& project);

// Puts it to its place below the state folder, whole or not at all.
Result<void> write_results_tsv(World& world, const Project& project);

}  // namespace pawl
