// Reasons to stop launching. Settling goes on: the money of what runs is owed either way.
#pragma once
#include <filesystem>

namespace pawl {

class LedgerCheck;
class Store;

bool ledger_adds_up(Store& store, LedgerCheck& check);          // L2; logs every mismatch
bool disk_has_room(const std::filesystem::path& state_folder);  // for records of what is launched

}  // namespace pawl
