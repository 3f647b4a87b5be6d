// Single files of a folder that a job may write to, by a path that an agent gave: it never leaves
// the folder, whatever links lie in it, and nothing but regular files is read or written.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>

#include "server/core/result.h"

namespace pawl {

// Replaces the content; missing folders are made. INVALID: the path leaves the folder, goes through
// a link, or is no regular file.
Result<void> put_file(const std::filesystem::path& folder, const std::string& path,
                      std::string_view text);

struct TakenFile {
  std::string text;        // untrusted, as it lies there
  std::int64_t bytes = 0;  // of the whole file
};
// Its first `bytes_max` bytes. NOT_FOUND, or INVALID as put_file().
Result<TakenFile> take_file(const std::filesystem::path& folder, const std::string& path,
                            std::int64_t bytes_max);

}  // namespace pawl
