#include "server/jobs/raise_budget.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "server/budget/windows.h"
#include "server/core/text.h"
#include "server/jobs/authority.h"
#include "server/jobs/service.h"
#include "server/jobs/spending.h"
#include "server/store/allowances.h"
#include "server/store/budget_nodes.h"
#include "server/store/events.h"
#include "server/store/ledger.h"

namespace pawl {
namespace {

constexpr std::chrono::days kLongest{31};

std::string note_of(const Allowance& allowance) {
  return fmt::format("+${} until {} by {}", format_usd(allowance.money),
                     format_utc(allowance.until), allowance.principal);
}

std::string line_of(const Allowance& allowance) {
  return fmt::format("{} {} {}: {}", allowance.node, allowance.window, note_of(allowance),
                     allowance.why);
}

std::optional<int> number_in(std::string_view text) {
  int value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || read.ptr != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

// The next such time of a local day.
std::optional<Timestamp> next_time(const std::string& text, const Zone& zone, Timestamp now) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto hours = number_in(text.substr(0, colon));
  const auto minutes = number_in(text.substr(colon + 1));
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  const Milliseconds into_day = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  const Span today = day_of(zone, now);
  if (today.starts + into_day > now) return today.starts + into_day;
  return today.ends + into_day;
}

Result<Timestamp> until_of(const std::string& text, const Zone& zone, Timestamp now) {
  if (const auto time = next_time(text, zone, now)) return *time;
  const auto hours =
      text.ends_with('h') ? number_in(text.substr(0, text.size() - 1)) : std::nullopt;
  if (hours && *hours > 0 && std::chrono::hours(*hours) <= kLongest)
    return now + std::chrono::hours(*hours);
  return fail(ErrorKind::kInvalid, "\"" + text.substr(0, 20) + "\" is no time until which",
              "Write a time of day such as 07:00, or hours such as 8h, at most 744h.");
}

// Of the window that is open, or of the next night: the one after it has its own cap, as the policy
// says.
Timestamp end_of_window(const std::string& name, const Calendar& calendar, Timestamp now) {
  constexpr std::array kKinds = {
      std::pair("day", WindowKind::kDay), std::pair("night", WindowKind::kNight),
      std::pair("week", WindowKind::kWeek), std::pair("month", WindowKind::kMonth)};
  for (const auto& [word, kind] : kKinds) {
    if (name == word)
      return windows_touched(calendar, kind, now, std::chrono::hours(24)).front().ends;
  }
  return Timestamp::max();
}

Result<Allowance> allowance_of(const World& world, const BudgetRaise& asked, Timestamp now) {
  if (asked.why.empty())
    return fail(ErrorKind::kInvalid, "a raise needs a reason", "Give it with --why.");
  TRY(const Money money, parse_usd(asked.usd));
  if (money == Money())
    return fail(ErrorKind::kInvalid, "a raise of nothing", "Say how many USD more.");
  const auto rules = world.rules.rules();
  TRY(const Calendar calendar, calendar_of(rules->policy));
  TRY(Timestamp until, until_of(asked.until, calendar.zone, now));
  until = std::min(until, end_of_window(asked.window, calendar, now));
  Allowance allowance{.node = asked.node,
                      .window = asked.window,
                      .money = money,
                      .until = until,
                      .principal = {},
                      .why = asked.why};
  CHECK_OK(raised(rules->policy, {asked.node, asked.window, money, ""}));
  return allowance;
}

// Nothing is spent by it: the row is there for its principal, its reason and its hash (L21).
Result<void> write_ledger_row(Transaction& transaction, const Allowance& allowance) {
  TRY(const NodeId global, ensure_global_node(transaction));
  TRY(const BudgetView rows, balances(transaction, global, {transaction.now(), transaction.now()}));
  const auto total = std::ranges::find(rows, WindowKind::kTotal, &Balance::window_kind);
  WindowId window;
  if (total != rows.end()) {
    window = total->id;
  } else {
    TRY(window, ensure_window(transaction, {.node = global}));  // the first submit gives it its cap
  }
  return adjust(transaction, {.window = window,
                              .spent = {},
                              .principal = allowance.principal,
                              .reason = line_of(allowance)});
}

}  // namespace

Result<void> put_allowances_in_force(World& world) {
  TRY(const auto open,
      world.store.read([&](Reader& reader) { return open_allowances(reader, world.time.now()); }));
  std::vector<TimedRaise> raises;
  for (const Allowance& allowance : open) {
    raises.push_back({{.node = allowance.node,
                       .window = allowance.window,
                       .money = allowance.money,
                       .note = note_of(allowance)},
                      allowance.until});
  }
  world.rules.set_raises(std::move(raises), [&world] { return world.time.now(); });
  return {};
}

Result<RaisedBudget> Service::raise_budget(const Caller& caller, const BudgetRaise& asked) {
  CHECK_OK(require_human(world_, caller));
  TRY(Allowance allowance, allowance_of(world_, asked, world_.time.now()));
  allowance.principal = caller.principal;
  // From here it must succeed.
  CHECK_OK(world_.store.write([&](Transaction& transaction) -> Result<void> {
    CHECK_OK(write_ledger_row(transaction, allowance));
    CHECK_OK(add_allowance(transaction, allowance));
    CHECK_OK(append_event(transaction, {.kind = EventKind::kPolicy, .text = line_of(allowance)}));
    return {};
  }));
  CHECK_OK(put_allowances_in_force(world_));
  world_.bell.ring();
  return RaisedBudget{line_of(allowance), same_user_note(world_)};
}

Result<std::vector<std::string>> Service::allowances() {
  TRY(const auto open, world_.store.read([&](Reader& reader) {
    return open_allowances(reader, world_.time.now());
  }));
  std::vector<std::string> lines;
  for (const Allowance& allowance : open) lines.push_back(line_of(allowance));
  return lines;
}

}  // namespace pawl
