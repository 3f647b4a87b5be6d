// What a command throws, as an Error.
#pragma once
#include <functional>

#include "trainer/core/result.h"

namespace trainer {

// call(), or the error that its exception stands for: memory that ran out, a GPU that failed.
Result<int> guarded(const std::function<Result<int>()>& call);

}  // namespace trainer
