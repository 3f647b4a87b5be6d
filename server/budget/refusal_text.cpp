#include "server/budget/refusal_text.h"

#include <fmt/format.h>

#include <cassert>
#include <vector>

#include "server/budget/window_text.h"
#include "server/core/text.h"

namespace pawl {
namespace {

// Hundredths of a dollar or GPU-hour. What is asked rounds up and what is left rounds down, so that
// a refusal never reads "would reserve $5.00; $5.00 is left".
enum class Round : std::uint8_t { kUp, kDown };

std::string amount_text(const Amount& amount, Unit unit, Round round) {
  const bool usd = unit == Unit::kUsd;
  const std::int64_t value = usd ? amount.money.micros() : amount.gpu_time.count();
  const std::int64_t hundredth = usd ? 10'000 : 36'000;
  const std::int64_t whole = value / hundredth;
  const std::int64_t shown = whole + (round == Round::kUp && value % hundredth > 0 ? 1 : 0);
  const std::string number = fmt::format("{}.{:02}", shown / 100, shown % 100);
  return usd ? "$" + number : number + " GPU-hours";
}

std::string limit_name(WindowKind window, Unit unit) {
  return fmt::format("budget.{}{}", name_of(window), unit == Unit::kUsd ? "" : "_gpu_hours");
}

std::string node_text(const Balance& balance) {
  if (balance.node_kind == NodeKind::kGlobal) return "";
  return fmt::format(" of {} {}", name_of(balance.node_kind), balance.node_name);
}

Amount cap_of(const Balance& balance) {
  return {balance.cap.money.value_or(Money()), balance.cap.gpu_time.value_or(Milliseconds(0))};
}

Amount room_of(const Balance& balance) {
  const Room room = available(balance);
  return {room.money.value_or(Money()), room.gpu_time.value_or(Milliseconds(0))};
}

// A Cap limited in two places holds both, money's first, with "; " between them.
std::string source_of(const Cap& cap, Unit unit) {
  const std::size_t separator = cap.source.find("; ");
  if (separator == std::string::npos) return cap.source;
  return unit == Unit::kUsd ? cap.source.substr(0, separator) : cap.source.substr(separator + 2);
}

Amount times(const Amount& each, std::int32_t count) {
  return {Money::micros(each.money.micros() * count), each.gpu_time * count};
}

std::string retry_text(const Refusal& refusal, Timestamp now) {
  if (refusal.retry_at) {
    return fmt::format("retry at {} (in {})", format_utc(*refusal.retry_at),
                       format_duration(*refusal.retry_at - now));
  }
  return refusal.may_free_up ? "no later window has more"
                             : "never under this limit: a human may raise it";
}

}  // namespace

std::string describe(const Refusal& refusal, const RefusedRequest& request) {
  const Balance& binding = refusal.binding;
  return fmt::format(
      "{}{}: {} x {} would reserve {}; {} of {} {} is left ({})",
      limit_name(binding.window_kind, refusal.unit), node_text(binding), request.count,
      request.stage, amount_text(refusal.asked, refusal.unit, Round::kUp),
      amount_text(room_of(binding), refusal.unit, Round::kDown), whose_room(binding, request.now),
      amount_text(cap_of(binding), refusal.unit, Round::kDown),
      source_of(binding.cap, refusal.unit));
}

Error to_error(const Refusal& refusal, const RefusedRequest& request) {
  const Balance& binding = refusal.binding;
  const auto shown = [&](const Amount& amount, Round round) {
    return amount_text(amount, refusal.unit, round);
  };
  std::string hint;
  if (request.fit > 0) {
    hint += fmt::format("{} fit ({}) | ", request.fit,
                        shown(times(request.each, request.fit), Round::kUp));
  }
  if (refusal.may_free_up) hint += "wait for running work to settle, or cancel some | ";
  return {ErrorKind::kDenied, describe(refusal, request),
          fmt::format("{}{}. Spent {}, reserved {}.", hint, retry_text(refusal, request.now),
                      shown(binding.spent + binding.overrun, Round::kUp),
                      shown(binding.reserved, Round::kUp))};
}

}  // namespace pawl
