// What was spent, what is held back, what is left.
#include <fmt/format.h>

#include "server/budget/window_text.h"
#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::array<std::string_view, 4> kGroups = {"stage", "round", "agent", "day"};

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

Cell hours_cell(Milliseconds time) { return Fixed{static_cast<double>(time.count()) / 3.6e6, 2}; }

// "3h20m at the last hour's rate", or that the window ends before.
Cell lasts_cell(const BudgetLine& balance, Timestamp now) {
  if (!balance.lasts) return {};
  const bool ends = balance.span.ends != Timestamp::max();
  if (ends && now + *balance.lasts >= balance.span.ends) return "to its reset";
  return format_duration(*balance.lasts);
}

std::vector<Cell> budget_row(const BudgetLine& balance, Timestamp now) {
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
          text_cell(ends ? when(balance.span.ends, now) : ""),
          lasts_cell(balance, now)};
}

// Windows that nothing limits are left out.
Table budgets_of(const CostReply& cost, Timestamp now) {
  Table table{{"budget", "window", "cap_usd", "spent_usd", "reserved_usd", "overrun_usd",
               "left_usd", "left_micro", "left_gpu_h", "resets", "lasts"},
              {}};
  for (const BudgetLine& balance : cost.budgets) {
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

// Their sum is spent_micro.
Table lines_of(const CostReply& cost) {
  Table table{{"line", "runs", "hours", "usd", "micro"}, {}};
  for (const CostPart& part : cost.parts) {
    table.rows.push_back(
        {part.name, part.runs, hours_cell(part.time), usd_cell(part.cost), micro_cell(part.cost)});
  }
  return table;
}

// What a cost claim has to name although nobody sends a bill for it on one machine.
Lines not_billed(const CostReply& cost) {
  Lines lines = {
      fmt::format("storage: $0.00, not billed: {} files, {:.1f} MB of state on this machine's disk",
                  cost.state_files, static_cast<double>(cost.state_bytes) / 1e6),
      "transfer: $0.00, not billed: checkouts and results stay on this machine",
      fmt::format("from claim to start: $0.00, not billed: {} in all",
                  format_duration(cost.launching))};
  if (!cost.box) return lines;
  const Money idle = std::max(Money(), cost.box->rented - cost.box->billed);
  lines.push_back(fmt::format(
      "persistent box instead: ${} for {}, from the first claim to the last end, every slot of the "
      "used stages rented without a pause at today's price; billed by use: ${}; idle avoided: ${}",
      format_usd(cost.box->rented), format_duration(cost.box->span), format_usd(cost.box->billed),
      format_usd(idle)));
  return lines;
}

std::string each(Money spent, std::int64_t count) {
  return "$" + format_usd(Money::micros(spent.micros() / count));
}

std::string summary_of(const CostReply& cost) {
  std::string text =
      fmt::format("${} spent (${} of it on runs without a result), ${} reserved; {}",
                  format_usd(cost.spent), format_usd(cost.failed), format_usd(cost.reserved),
                  plural(static_cast<std::size_t>(cost.keeps), "kept improvement"));
  if (cost.keeps > 0) text += " at " + each(cost.spent, cost.keeps) + " each";
  if (cost.valid > 0) {
    text += fmt::format(", {} at {} each",
                        plural(static_cast<std::size_t>(cost.valid), "valid experiment"),
                        each(cost.spent, cost.valid));
  }
  text += fmt::format("; ${} in the last hour", format_usd(cost.burned));
  return text + (cost.ledger_ok ? "." : ". The ledger does not add up: launches are stopped.");
}

Result<Reply> run(const Call& call, const CostArgs& args) {
  TRY(const CostReply cost, call.service.cost(call.caller, args.by));
  return Reply{.summary = summary_of(cost),
               .data = {{"budgets", budgets_of(cost, call.clock.now())},
                        {"lines", lines_of(cost)},
                        {"not_billed", not_billed(cost)},
                        {"groups", groups_of(cost, args.by)},
                        {"spent_micro", micro_cell(cost.spent)},
                        {"reserved_micro", micro_cell(cost.reserved)},
                        {"failed_micro", micro_cell(cost.failed)},
                        {"burned_micro", micro_cell(cost.burned)},
                        {"valid", cost.valid},
                        {"keeps", cost.keeps},
                        {"ledger_ok", cost.ledger_ok}},
               .next = {"briefing"},
               .budget = call.service.budget_line(call.caller)};
}

}  // namespace

Tool cost_status_tool() {
  return make_tool(
      {.name = "cost_status",
       .title = "Cost and budget",
       .description = "Each budget: cap, spent, reserved, left, how long it lasts; the "
                      "bill by line and by stage, round, agent or day; price of an "
                      "experiment and of a keep. Prices of a stage: briefing.",
       .read_only = true,
       .idempotent = true,
       .always_loaded = true},
      fields(), run);
}

}  // namespace pawl
