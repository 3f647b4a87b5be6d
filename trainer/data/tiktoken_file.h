// A vocabulary as text, the way OpenAI's tiktoken stores one: a line for each rank, in order, with
// the rank's bytes in base64, a space, and the rank in decimal. Special tokens are not in the file.
#pragma once
#include <filesystem>

#include "trainer/core/result.h"
#include "trainer/data/vocabulary.h"

namespace trainer {

// Errors name PATH:LINE: a malformed line, a token that was there before, a rank out of order, too
// many ranks; or the single byte that is missing.
Result<Vocabulary> load_vocabulary(const std::filesystem::path& path);
Result<void> save_vocabulary(const std::filesystem::path& path, const Vocabulary& vocabulary);

}  // namespace trainer
