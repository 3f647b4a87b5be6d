// Whole small files, by descriptor of their folder: no path is resolved twice, and none is longer
// than it may be.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "keeper/fd.h"
#include "server/core/result.h"

namespace pawl::keeper {

// "could not open state: Permission denied": errno as an Error.
std::unexpected<Error> io_error(std::string_view doing, std::string_view what);

Result<Fd> open_folder(int parent, const char* name);  // parent may be AT_FDCWD
Result<std::string> read_file(int folder, const char* name, std::size_t size_max);
bool exists(int folder, const char* name);
Result<void> write_all(int fd, std::string_view bytes);

// Appears under its name whole or not at all. Survives a power cut only after sync_file().
Result<void> replace_file(int folder, const char* name, std::string_view bytes);
Result<void> sync_file(int folder, const char* name);  // the file, then its entry in the folder

}  // namespace pawl::keeper
