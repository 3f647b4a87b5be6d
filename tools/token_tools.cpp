// Tokens for clients that come over HTTP: the operator's, never an agent's.
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

struct CreateArgs {
  std::string name, directory;
  bool admin = false;
};

struct NoArgs {};

struct RevokeArgs {
  std::string name;
};

const Fields<CreateArgs>& create_fields() {
  static const Fields<CreateArgs> table = {
      field("name", &CreateArgs::name, "the principal that it stands for").required(),
      field("directory", &CreateArgs::directory, "inside the project; absent: where you are"),
      field("admin", &CreateArgs::admin, "it speaks for a human: approves, raises, registers")};
  return table;
}

const Fields<NoArgs>& no_fields() {
  static const Fields<NoArgs> table;
  return table;
}

const Fields<RevokeArgs>& revoke_fields() {
  static const Fields<RevokeArgs> table = {
      field("name", &RevokeArgs::name, "of the token").required()};
  return table;
}

Result<Reply> create(const Call& call, const CreateArgs& args) {
  Caller caller = call.caller;
  if (!args.directory.empty()) caller.directory = args.directory;
  TRY(const NewToken token,
      call.service.create_token(caller, args.name,
                                args.admin ? TokenScope::kAdmin : TokenScope::kAgent));
  return Reply{.summary = token.name + (args.admin ? " may approve, and use " : " may use ") +
                          token.project + ". This token is shown once; pawl keeps only its digest.",
               .data = {{"token", token.secret},
                        {"header", "Authorization: Bearer " + token.secret},
                        {"project", token.project},
                        {"root", token.root}}};
}

Result<Reply> list(const Call& call, const NoArgs&) {
  TRY(const auto tokens, call.service.tokens());
  Table table{.columns = {"name", "scope", "project", "root", "created"}, .rows = {}};
  for (const TokenLine& token : tokens) {
    table.rows.push_back({token.name, std::string(name_of(token.scope)), token.project, token.root,
                          when(token.created, call.clock.now())});
  }
  return Reply{.summary = plural(tokens.size(), "token") + ".",
               .data = {{"", std::move(table)}},
               .tokens_max = kDetailedTokens};
}

Result<Reply> revoke(const Call& call, const RevokeArgs& args) {
  CHECK_OK(call.service.revoke_token(call.caller, args.name));
  return Reply{.summary = args.name + " opens nothing any more."};
}

}  // namespace

Tool token_create_tool() {
  return make_tool({.name = "token_create",
                    .title = "Create a token",
                    .description = "Makes a token for clients that come over HTTP.",
                    .quick = true},
                   create_fields(), create);
}

Tool token_list_tool() {
  return make_tool({.name = "token_list",
                    .title = "Tokens",
                    .description = "The tokens there are, without their secrets.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   no_fields(), list);
}

Tool token_revoke_tool() {
  return make_tool({.name = "token_revoke",
                    .title = "Revoke a token",
                    .description = "Ends a token; its name is free again.",
                    .destructive = true,
                    .idempotent = true,
                    .quick = true},
                   revoke_fields(), revoke);
}

}  // namespace pawl
