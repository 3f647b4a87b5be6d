#include "server/store/tokens.h"

#include <algorithm>
#include <cctype>

#include "server/core/base64.h"
#include "server/core/digest.h"
#include "server/jobs/authority.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"

namespace pawl {
namespace {

constexpr std::string_view kPrefix = "pawl_";  // so that scanners for leaked secrets can tell
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kNameMax = 64;

bool is_name(const std::string& name) {
  return !name.empty() && name.size() <= kNameMax && std::ranges::all_of(name, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace

Result<NewToken> Service::create_token(const Caller& caller, const std::string& name,
                                       TokenScope scope) {
  CHECK_OK(require_human(world_, caller));
  if (!is_name(name)) {
    return fail(ErrorKind::kInvalid, "token name \"" + name.substr(0, kNameMax) + "\" is no name",
                "Use 1 to 64 letters, digits, dots, dashes and underscores.");
  }
  TRY(const Project project, world_.sources.project_of(caller.directory));
  NewToken token;
  token.secret = std::string(kPrefix) + base64url(random_bytes(kSecretBytes));
  token.name = name;
  token.project = project.name;
  token.root = project.root;
  token.scope = scope;
  CHECK_OK(world_.store.write([&](Transaction& transaction) {
    token.created = transaction.now();
    return add_token(transaction, {name, project.id, scope}, sha256_hex(token.secret));
  }));
  return token;
}

Result<std::vector<TokenLine>> Service::tokens() {
  TRY(const auto found, world_.store.read([](Reader& reader) { return list_tokens(reader); }));
  std::vector<TokenLine> lines;
  for (const Token& token : found) {
    lines.push_back({.name = token.name,
                     .project = token.project,
                     .root = token.root,
                     .scope = token.scope,
                     .created = token.created});
  }
  return lines;
}

Result<void> Service::revoke_token(const Caller& caller, const std::string& name) {
  CHECK_OK(require_human(world_, caller));
  return world_.store.write(
      [&](Transaction& transaction) { return remove_token(transaction, name); });
}

// Found by its digest: how long the search takes tells nothing about the token.
Result<Caller> Service::caller_of(const std::string& token) {
  TRY(const auto found, world_.store.read([digest = sha256_hex(token)](Reader& reader) {
    return find_token(reader, digest);
  }));
  if (!found) {
    return fail(ErrorKind::kDenied, "this token is not known",
                "`pawl token create NAME` makes one.");
  }
  return Caller{.principal = found->name,
                .agent = found->name,
                .directory = found->root,
                .secret = found->scope == TokenScope::kAdmin ? token : ""};
}

}  // namespace pawl
