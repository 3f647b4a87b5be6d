// What an attempt's folder tells about it, and the fence. The lock decides: held means that a
// keeper lives (or starts right now); under a lock of our own, the files cannot change.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "keeper/contract.h"
#include "keeper/fd.h"
#include "server/core/money.h"
#include "server/core/result.h"

namespace pawl {

enum class Fate : std::uint8_t {
  kLocked,        // a keeper is alive
  kEnded,         // the record is there and durable
  kKeeperDead,    // it started, and its keeper died without a record; processes of it may be alive
  kNeverStarted,  // fenced: every later keeper refuses
};

// Looks, and puts up the fence where the attempt never started.
Result<Fate> examine(const std::filesystem::path& attempt);

// The token of the attempt that started in this folder; empty when none did.
std::string started_token(const std::filesystem::path& attempt);

// A connection to a socket of the keeper that does not block, or none.
keeper::Fd connect_to_keeper(const std::filesystem::path& attempt,
                             const char* socket = keeper::kControlSocket);

// A sandbox's keeper lets it live so long from its own start on. Pay first.
Result<void> grant(const std::filesystem::path& attempt, Milliseconds limit);
std::optional<Milliseconds> granted(const std::filesystem::path& attempt);  // beyond its launch

// With its parents; mode 0700.
Result<void> make_private_folder(const std::filesystem::path& folder);

// For what nobody reads before the keeper is started: neither renamed into place nor synced.
Result<void> write_file(const std::filesystem::path& file, std::string_view bytes);

}  // namespace pawl
