#include "server/jobs/next_room.h"

#include <algorithm>

#include "server/budget/admission.h"

namespace pawl {
namespace {

constexpr int kWindowsTried = 40;  // a month of days

}  // namespace

void give_back(BudgetView& view, const std::vector<Line>& held) {
  for (const Line& line : held) {
    const auto window = std::ranges::find(view, line.window, &Balance::id);
    if (window != view.end()) window->reserved = window->reserved - line.amount;
  }
}

Result<std::optional<Timestamp>> next_room(Reader& reader, Spending spending, const Amount& asked,
                                           const std::vector<Line>& held) {
  for (int i = 0; i < kWindowsTried; ++i) {
    TRY(BudgetView view, shared_view(reader, spending));
    give_back(view, held);
    const auto refusal = refuse(view, asked);
    if (!refusal) return std::optional(spending.from);
    if (!refusal->retry_at) break;
    spending.from = *refusal->retry_at;
  }
  return std::optional<Timestamp>();
}

}  // namespace pawl
