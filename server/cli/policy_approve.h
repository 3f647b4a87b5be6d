// `pawl policy approve`: shows what waits, asks, and approves exactly what was shown.
#pragma once
#include <functional>

#include "server/cli/options.h"
#include "server/protocol/client.h"
#include "server/setup/interview.h"

namespace pawl {

using Operate = std::function<Result<Answer>(const std::string& tool, const Arguments& arguments)>;

// The exit code.
int policy_approve(const Options& options, Interview& interview, const Operate& operate);

}  // namespace pawl
