#include "server/simulation/scratch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace pawl::simulation {
namespace {

namespace fs = std::filesystem;

// A long night leaves some hundred MB of records, and a server launches nothing on a full disk.
constexpr std::uintmax_t kRoom = 2ULL << 30U;

fs::path place() {
  std::error_code error;
  const fs::path memory = "/dev/shm";
  const auto space = fs::space(memory, error);
  return !error && space.available >= kRoom ? memory : fs::temp_directory_path();
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make() {
  std::string name = (place() / "pawl-simulation-XXXXXX").string();
  if (mkdtemp(name.data()) != nullptr) return ScratchFolder(name);
  return fail(ErrorKind::kEngine, "could not make a folder " + name + ": " + std::strerror(errno));
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;  // what is left lies in a temporary folder
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

}  // namespace pawl::simulation
