// The one commit that pawl ever makes in a user's repository: because the human said --commit.
#pragma once
#include <filesystem>
#include <string>

#include "server/core/result.h"

namespace pawl {

// Runs git itself, as the human would: their identity, their hooks. What else is staged stays so.
Result<void> commit_file(const std::filesystem::path& root, const std::string& file,
                         const std::string& message);

}  // namespace pawl
