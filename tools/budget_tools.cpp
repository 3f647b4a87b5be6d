// Caps raised by a human: the operator's, never an agent's.
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

struct NoArgs {};

const Fields<NoArgs>& no_fields() {
  static const Fields<NoArgs> table;
  return table;
}

const Fields<BudgetRaise>& raise_fields() {
  static const Fields<BudgetRaise> table = {
      field("usd", &BudgetRaise::usd, "how much more, as a decimal").required(),
      field("until", &BudgetRaise::until, "07:00 or 8h").required(),
      field("why", &BudgetRaise::why, "kept in the ledger").required(),
      field("node", &BudgetRaise::node, "global, project:NAME or agent:NAME"),
      field("window", &BudgetRaise::window, "day, total, ...")};
  return table;
}

Result<Reply> raise(const Call& call, const BudgetRaise& args) {
  TRY(const RaisedBudget done, call.service.raise_budget(call.caller, args));
  return Reply{.summary =
                   "Raised: " + done.line + "." + (done.note.empty() ? "" : " " + done.note)};
}

Result<Reply> list(const Call& call, const NoArgs&) {
  TRY(const auto lines, call.service.allowances());
  Table table{.columns = {"allowance"}, .rows = {}};
  for (const std::string& line : lines) table.rows.push_back({line});
  return Reply{.summary = plural(lines.size(), "open allowance") + ".",
               .data = {{"", std::move(table)}},
               .tokens_max = kDetailedTokens};
}

}  // namespace

Tool budget_add_tool() {
  return make_tool({.name = "budget_add",
                    .title = "Raise a cap",
                    .description = "Adds to one cap until a time; the ledger keeps who and why.",
                    .quick = true},
                   raise_fields(), raise);
}

Tool budget_allowances_tool() {
  return make_tool({.name = "budget_allowances",
                    .title = "Raised caps",
                    .description = "What was added to caps and still lasts.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   no_fields(), list);
}

}  // namespace pawl
