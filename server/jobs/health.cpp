#include "server/jobs/health.h"

#include <spdlog/spdlog.h>

#include "server/store/ledger_check.h"
#include "server/store/store.h"

namespace pawl {
namespace {

constexpr std::uintmax_t kFreeBytesMin = 256U << 20U;

}  // namespace

bool ledger_adds_up(Store& store, LedgerCheck& check) {
  const auto mismatches = store.read([&](Reader& reader) { return check.look(reader); });
  if (!mismatches) {
    spdlog::error("could not check the ledger: {}", mismatches.error().message);
    return false;
  }
  for (const Mismatch& mismatch : *mismatches)
    spdlog::error("the ledger does not add up: {}", mismatch.what);
  return mismatches->empty();
}

bool disk_has_room(const std::filesystem::path& state_folder) {
  std::error_code error;
  const auto space = std::filesystem::space(state_folder, error);
  if (error || space.available >= kFreeBytesMin) return true;
  spdlog::warn("{} MB are free under {}: launches are stopped", space.available >> 20U,
               state_folder.string());
  return false;
}

}  // namespace pawl
