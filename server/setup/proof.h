// One call, played as a client would: whether what was written works is seen, not assumed.
#pragma once
#include <string>
#include <vector>

#include "server/core/result.h"

namespace pawl {

// Starts `argv` (such as pawl mcp), shakes hands, calls `briefing` and ends it again. The value is
// the summary of the reply. ENGINE: no answer within half a minute; else the tool's own error.
Result<std::string> prove(const std::vector<std::string>& argv);

}  // namespace pawl
