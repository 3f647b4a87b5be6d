#include "server/setup/machine_policy.h"

#include <fmt/format.h>

#include "server/jobs/terms.h"
#include "server/jobs/world.h"
#include "server/setup/policy_text.h"

namespace pawl {
namespace {

constexpr std::chrono::hours kNight{12};

Inventory idle(const Rules& rules, const Machine& machine) {
  Inventory inventory;
  for (const Pool& pool : rules.pools) {
    const std::int32_t units = units_of(pool, machine);
    inventory.push_back({.pool = pool, .total = units, .free = units});
  }
  return inventory;
}

Result<void> check_caps(const Rules& rules, const std::vector<StageOffer>& offers,
                        const PolicyChoices& choices) {
  const Money experiment = rules.policy.budget.experiment->value;
  const bool night_is_less = choices.night && *choices.night < choices.day;
  const Money least = night_is_less ? *choices.night : choices.day;
  for (const StageOffer& offer : offers) {
    if (offer.worst <= least && offer.worst <= experiment) continue;
    return fail(ErrorKind::kInvalid,
                fmt::format("a cap of ${} a {} is under the worst case of one {} experiment, ${}",
                            format_usd(least), night_is_less ? "night" : "day", offer.stage,
                            format_usd(cents_up(offer.worst))),
                fmt::format("Give a larger --cap-{}, or a smaller --max-minutes.",
                            night_is_less ? "night" : "day"));
  }
  return {};
}

}  // namespace

Money cents_up(Money money) {
  constexpr std::int64_t kCent = 10'000;
  return Money::micros((money.micros() + kCent - 1) / kCent * kCent);
}

Money night_of(const std::vector<MachinePart>& parts, Money price) {
  std::int32_t units = 0;
  for (const MachinePart& part : parts) units += part.count;
  return cents_up(cost({price}, units, kNight));
}

Result<std::vector<StageOffer>> offers_of(const Rules& rules, const Machine& machine) {
  const Inventory inventory = idle(rules, machine);
  std::vector<StageOffer> offers;
  for (const Stage& stage : rules.policy.stages) {
    TRY(const Terms terms,
        terms_for(rules, {.principal = "", .stage = stage.name, .gpus = {}, .minutes_max = {}},
                  inventory));
    offers.push_back({stage.name, terms.limit, terms.worst.money});
  }
  return offers;
}

Result<std::vector<SourceText>> machine_policy(const Machine& machine,
                                               const PolicyChoices& choices) {
  const std::vector<MachinePart> parts = parts_of(machine);
  std::vector<SourceText> files = {{"default.toml", default_text(parts, choices)},
                                   {"pools.toml", pools_text(parts, choices)}};
  const auto rules = parse_rules(files);
  if (!rules) return std::unexpected(to_error(rules.error()));
  TRY(const auto offers, offers_of(*rules, machine));
  CHECK_OK(check_caps(*rules, offers, choices));
  return files;
}

}  // namespace pawl
