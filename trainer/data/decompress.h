// Zstandard, if this build has it.
#pragma once
#include <string>
#include <string_view>

#include "trainer/core/result.h"

namespace trainer {

// What all frames in `compressed` hold. Errors do not name the file: the caller does.
Result<std::string> decompress_zstd(std::string_view compressed);

}  // namespace trainer
