// Codex's config.toml: one block between two marks, which nothing else is touched for.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "server/core/result.h"
#include "server/setup/claude_files.h"

namespace pawl {

struct CodexBlock {
  ServerEntry entry;  // `authorization` is not used: Codex reads the token from $PAWL_TOKEN
  std::vector<std::string> reading, changing;  // the tools, so that a human sees which is which
};

// Replaces the block that is there, or adds one at the end. CONFLICT: the file has a server named
// pawl outside of the marks.
Result<std::string> with_codex_block(std::string_view text, const CodexBlock& block);
std::string without_codex_block(std::string_view text);

}  // namespace pawl
