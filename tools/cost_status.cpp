// What was spent, what is held back, what is left.
#include <fmt/format.h>

#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::array<std::string_view, 3> kGroups = {"stage", "round", "agent"};

struct CostArgs {
  CostBy by = CostBy::kStage;
};

}  // namespace

template <>
struct Shape<CostBy> : WordShape<CostBy, kGroups> {};

namespace {

const Fields<CostArgs>& fields() {
  static const Fields<CostArgs> table = {field("by", &CostArgs::by, "how the sums are grouped")};
  return table;
}

std::string_view name_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kGlobal:
      return "all";
    case NodeKind::kProject:
      return "project";
    case NodeKind::kAgent:
      return "agent";
    case NodeKind::kExperiment:
      return "experiment";
  }
  __builtin_unreachable();
}

std::string_view name_of(WindowKind kind) {
  switch (kind) {
    case WindowKind::kTotal:
      return "total";
    case WindowKind::kDay:
      return "day";
    case WindowKind::kExperiment:
      return "experiment";
  }
  __builtin_unreachable();
}

Cell hours_cell(Milliseconds time) { return Fixed{static_cast<double>(time.count()) / 3.6e6, 2}; }

std::vector<Cell> budget_row(const Balance& balance, Timestamp now) {
  const Amount used = balance.spent + balance.reserved + balance.overrun;
  const std::optional<Money> cap = balance.cap.money;
  const std::optional<Milliseconds> gpu_cap = balance.cap.gpu_time;
  const bool ends = balance.span.ends != Timestamp::max();
  const std::string gap = balance.node_name.empty() ? "" : " ";
  return {std::string(name_of(balance.node_kind)) + gap + balance.node_name,
          std::string(name_of(balance.window_kind)),
          cap ? usd_cell(*cap) : Cell{},
          usd_cell(balance.spent.money),
          usd_cell(balance.reserved.money),
          usd_cell(balance.overrun.money),
          cap ? usd_cell(*cap - used.money) : Cell{},
          cap ? micro_cell(*cap - used.money) : Cell{},
          gpu_cap ? hours_cell(*gpu_cap - used.gpu_time) : Cell{},
          text_cell(ends ? when(balance.span.ends, now) : "")};
}

// Windows that nothing limits are left out.
Table budgets_of(const CostReply& cost, Timestamp now) {
  Table table{{"budget", "window", "cap_usd", "spent_usd", "reserved_usd", "overrun_usd",
               "left_usd", "left_micro", "left_gpu_h", "resets"},
              {}};
  for (const Balance& balance : cost.budgets) {
    const bool limited = balance.cap.money || balance.cap.gpu_time;
    if (limited) table.rows.push_back(budget_row(balance, now));
  }
  return table;
}

Table groups_of(const CostReply& cost, CostBy by) {
  Table table{{std::string(kGroups[static_cast<std::size_t>(by)]), "jobs", "hours", "usd"}, {}};
  for (const CostGroup& group : cost.groups) {
    table.rows.push_back({group.name, group.jobs, hours_cell(group.time), usd_cell(group.spent)});
  }
  return table;
}

std::string summary_of(const CostReply& cost) {
  std::string text =
      fmt::format("${} spent (${} of it on runs without a result), ${} reserved; {}",
                  format_usd(cost.spent), format_usd(cost.failed), format_usd(cost.reserved),
                  plural(static_cast<std::size_t>(cost.keeps), "kept improvement"));
  if (cost.keeps > 0) {
    const Money each = Money::micros(cost.spent.micros() / cost.keeps);
    text += fmt::format(" at ${} each", format_usd(each));
  }
  return text + (cost.ledger_ok ? "." : ". The ledger does not add up: launches are stopped.");
}

Result<Reply> run(const Call& call, const CostArgs& args) {
  TRY(const CostReply cost, call.service.cost(call.caller, args.by));
  return Reply{.summary = summary_of(cost),
               .data = {{"budgets", budgets_of(cost, call.clock.now())},
                        {"groups", groups_of(cost, args.by)},
                        {"spent_micro", micro_cell(cost.spent)},
                        {"reserved_micro", micro_cell(cost.reserved)},
                        {"failed_micro", micro_cell(cost.failed)},
                        {"keeps", cost.keeps},
                        {"ledger_ok", cost.ledger_ok}},
               .next = {"briefing"},
               .budget = call.service.budget_line(call.caller)};
}

}  // namespace

Tool cost_status_tool() {
  return make_tool({.name = "cost_status",
                    .title = "Cost and budget",
                    .description = "Each budget: cap, spent, reserved, left, reset time; spending "
                                   "by stage, round or agent; price of a kept improvement. Prices "
                                   "of a stage: briefing.",
                    .read_only = true,
                    .idempotent = true,
                    .always_loaded = true,
                    .quick = true},
                   fields(), run);
}

}  // namespace pawl
