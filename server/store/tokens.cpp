#include "server/store/tokens.h"

#include "server/store/query.h"

namespace pawl {
namespace {

#define TOKEN_COLUMNS                                                                       \
  "SELECT token.name, project.root, project.name, token.admin, token.created_at FROM token" \
  " JOIN project ON project.id = token.project "

Token token_from(sql::Row& row) {
  Token token;
  token.name = row.take<std::string>();
  token.root = row.take<std::string>();
  token.project = row.take<std::string>();
  token.scope = row.take<bool>() ? TokenScope::kAdmin : TokenScope::kAgent;
  token.created = row.take<Timestamp>();
  return token;
}

}  // namespace

std::string_view name_of(TokenScope scope) {
  return scope == TokenScope::kAdmin ? "admin" : "agent";
}

Result<void> add_token(Transaction& transaction, const TokenGrant& grant,
                       const std::string& sha256) {
  const auto added = sql::change(
      transaction,
      "INSERT INTO token(name, project, admin, sha256, created_at) VALUES (?, ?, ?, ?, ?)",
      grant.name, grant.project, grant.scope == TokenScope::kAdmin, sha256, transaction.now());
  if (added) return {};
  if (added.error().kind != ErrorKind::kConflict) return std::unexpected(added.error());
  return fail(ErrorKind::kConflict, "a token named \"" + grant.name + "\" exists already",
              "Choose another name, or run `pawl token revoke " + grant.name + "` first.");
}

Result<void> remove_token(Transaction& transaction, const std::string& name) {
  TRY(const auto removed, sql::change(transaction, "DELETE FROM token WHERE name = ?", name));
  if (removed == 1) return {};
  return fail(ErrorKind::kNotFound, "there is no token named \"" + name + "\"",
              "`pawl token list` names them.");
}

Result<std::optional<Token>> find_token(Reader& reader, const std::string& sha256) {
  return sql::one(reader, TOKEN_COLUMNS "WHERE token.sha256 = ?", token_from, sha256);
}

Result<std::vector<Token>> list_tokens(Reader& reader) {
  return sql::all(reader, TOKEN_COLUMNS "ORDER BY token.name", token_from);
}

}  // namespace pawl
