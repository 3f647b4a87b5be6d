// Writes what the keeper needs before it can be started: ATTEMPT/keeper/spec and the few files that
// the job sees as /etc.
#pragma once
#include <string>

#include "server/runner/runner.h"

namespace pawl {

// The spec's text; the keeper's side of the format is keeper/spec.h. `box` is empty where there is
// no bubblewrap. kInvalid where a value cannot be passed to a program.
Result<std::string> spec_text(const LaunchSpec& spec, const std::vector<std::string>& box);

// Creates ATTEMPT/keeper (mode 0700) and ATTEMPT/record where they are missing, and writes
// keeper/spec.
Result<void> write_spec(const LaunchSpec& spec, const std::vector<std::string>& box);

// passwd, group and hosts for the box, in `folder`.
Result<void> write_etc(const std::filesystem::path& folder);

}  // namespace pawl
