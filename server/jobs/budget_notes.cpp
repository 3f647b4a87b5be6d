#include "server/jobs/budget_notes.h"

#include <fmt/format.h>

#include "server/budget/refusal_text.h"
#include "server/budget/thresholds.h"
#include "server/jobs/tell.h"

namespace pawl {
namespace {

// A window that nothing was ever reserved in has no row yet.
std::string key_of(const Balance& window) {
  if (window.id.value != 0) return std::to_string(window.id.value);
  return fmt::format("{}/{}/{}", name_of_window(window), window.node_name,
                     window.span.starts.time_since_epoch().count());
}

std::string used_text(const Balance& window, const Amount& added) {
  const Amount used = window.spent + window.overrun + window.reserved + added;
  if (window.cap.money)
    return fmt::format("${} of ${}", format_usd(used.money), format_usd(*window.cap.money));
  const auto hours = [](Milliseconds time) { return static_cast<double>(time.count()) / 3.6e6; };
  return fmt::format("{:.2f} of {:.2f} GPU-hours", hours(used.gpu_time),
                     hours(*window.cap.gpu_time));
}

}  // namespace

Result<void> tell_crossed(Transaction& transaction, const Policy& policy, const BudgetView& before,
                          const Amount& added) {
  for (const Balance& window : before) {
    if (window.node_kind >= NodeKind::kRound)
      continue;  // a sweep or a job is planned to use its own
    for (const Crossing& crossing : crossed(window, added, policy.warn_at.value)) {
      const std::string subject = fmt::format("{}: {:.0f} % is spent or reserved",
                                              name_of_window(window), 100 * crossing.share);
      CHECK_OK(tell(transaction, policy,
                    {.kind = "budget.warn",
                     .subject = subject,
                     .text = fmt::format("{} ({}); {}", used_text(window, added), window.cap.source,
                                         policy.warn_at.source),
                     .once = fmt::format("warn/{}/{}", key_of(window), crossing.share),
                     .wanted = crossing.highest}));
    }
  }
  return {};
}

Result<void> tell_exhausted(Transaction& transaction, const Policy& policy,
                            const Refusal& refusal) {
  const Balance& window = refusal.binding;
  return tell(transaction, policy,
              {.kind = "budget.exhausted",
               .subject = name_of_window(window) + " refuses work",
               .text = fmt::format("{} ({})", used_text(window, {}), window.cap.source),
               .once = "exhausted/" + key_of(window)});
}

}  // namespace pawl
