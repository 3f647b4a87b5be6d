// What a folder of data holds: a digest of everything in it, and a stamp that is cheap to take
// again.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "server/core/result.h"

namespace pawl {

struct FolderFacts {
  std::string digest;  // SHA-256 over all paths, sizes and contents, in the order of the paths
  std::string stamp;   // SHA-256 over all paths, sizes and times of change
  std::int64_t files = 0, bytes = 0;
};

// Reads every byte below `folder`. Links count as what they say and are not followed. NOT_FOUND
// where there is no such folder, INVALID where it holds a device or a pipe, CONFLICT when it
// changes meanwhile.
Result<FolderFacts> digest_folder(const std::filesystem::path& folder);

// Asks for the names alone; a change of content that keeps size and time is not seen.
Result<std::string> stamp_folder(const std::filesystem::path& folder);

}  // namespace pawl
