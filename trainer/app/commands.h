// The commands of pawl-train. Each takes what stands behind its name on the command line.
#pragma once
#include <span>
#include <string>

#include "trainer/core/result.h"

namespace trainer {

using Arguments = std::span<const std::string>;

// The exit status, or what is printed before exit status 1.
Result<int> prepare_command(Arguments arguments);
Result<int> train_command(Arguments arguments);
Result<int> eval_command(Arguments arguments);
Result<int> bench_command(Arguments arguments);
Result<int> check_command(Arguments arguments);
Result<int> golf_command(Arguments arguments);

}  // namespace trainer
