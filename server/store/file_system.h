// Where the database may lie. SQLite's locks, shared memory and fsync hold on a local disk; over a
// network they do not.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "server/core/result.h"

namespace pawl {

// The name of a network (or user-space, which may be one) file system by its statfs type; nothing
// for a local one.
std::optional<std::string_view> network_file_system(std::uint32_t statfs_type);

Result<void> require_local_disk(const std::filesystem::path& folder);

}  // namespace pawl
