// The walls around a job: a value in, bubblewrap's argument list out. Nothing here touches the
// machine; the keeper executes the list, and the runner has found out by trying whether it works
// (LocalRunner::boxed).
//
// What is writable keeps the absolute path that it has outside, so that a path in the environment,
// in config.json or in a log means the same inside the box, outside of it, and where there is no
// bubblewrap at all.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "server/core/result.h"

namespace pawl {

// Data that a job may read and never write.
struct Volume {
  std::filesystem::path source;  // absolute, outside
  std::filesystem::path target;  // inside: absolute, or relative to the checkout
  bool operator==(const Volume&) const = default;
};

struct BoxSpec {
  std::filesystem::path bwrap;   // the program itself, absolute
  std::filesystem::path keeper;  // read-only at its own path: it starts the command from inside
  std::filesystem::path etc;     // holds the small passwd, group and hosts that the job sees
  std::filesystem::path work;    // the checkout: writable, and the working directory
  std::vector<std::filesystem::path> writable;  // the run folder, the checkpoint folder
  std::vector<Volume> volumes;
  std::vector<std::filesystem::path> readable;  // system paths; skipped where they do not exist
  std::vector<std::int32_t> gpus;               // minor numbers: /dev/nvidiaN
  bool network = false;
  bool nested_namespaces_off = true;  // --disable-userns: not every kernel configuration can
  std::int64_t tmp_bytes_max = 2'147'483'648;  // each of /tmp and /dev/shm: they live in memory
};

// bwrap's argv up to and including "--". kInvalid where a path is not absolute or a volume would
// cover the system.
Result<std::vector<std::string>> box_arguments(const BoxSpec& spec);

// Where a volume appears: `target`, taken from `work` when it is relative.
std::filesystem::path place_of(const Volume& volume, const std::filesystem::path& work);

}  // namespace pawl
