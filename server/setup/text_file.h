// Small text files that belong to a human: written aside and renamed, so that nobody ever sees half
// of one.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/result.h"

namespace pawl {

// Absent when there is no such file.
Result<std::optional<std::string>> read_if_there(const std::filesystem::path& path);

// Keeps the mode of a file that is there, and the link where the name is one. Makes the folders
// above.
Result<void> replace_file(const std::filesystem::path& path, const std::string& text);

// The folder must not exist, or be empty: it appears with all its files at once.
Result<void> make_folder_with(const std::filesystem::path& folder,
                              const std::vector<std::pair<std::string, std::string>>& files);

Result<void> remove_file(const std::filesystem::path& path);

// Copies the file to `folder`/NAME.N with the first free N, and gives that path.
Result<std::filesystem::path> back_up(const std::filesystem::path& path,
                                      const std::filesystem::path& folder);

}  // namespace pawl
