// The tokens of clients that come over HTTP: a name, a project and the digest of a secret that was
// shown once. What is stored opens nothing.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

enum class TokenScope : std::uint8_t {
  kAgent,
  kAdmin,  // speaks for a human: approves, raises, registers
};
std::string_view name_of(TokenScope scope);  // "agent", "admin"

struct Token {
  std::string name;  // the principal
  std::string root;  // of its project
  std::string project;
  TokenScope scope{};
  Timestamp created{};
};

struct TokenGrant {
  std::string name;
  ProjectId project;
  TokenScope scope{};
};

// CONFLICT when the name is taken.
Result<void> add_token(Transaction& transaction, const TokenGrant& grant,
                       const std::string& sha256);
Result<void> remove_token(Transaction& transaction, const std::string& name);  // NOT_FOUND
Result<std::optional<Token>> find_token(Reader& reader, const std::string& sha256);
Result<std::vector<Token>> list_tokens(Reader& reader);  // by name

}  // namespace pawl
