#include "server/policy/tighter.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "server/core/text.h"

namespace pawl {

std::string shown(Money money) { return "$" + format_usd(money); }
std::string shown(HourlyPrice price) { return shown(price.per_hour) + "/h"; }
std::string shown(Milliseconds time) { return format_duration(time); }
std::string shown(const std::string& text) { return "\"" + text + "\""; }

std::string shown(const std::vector<std::string>& words) {
  return fmt::format("[{}]", fmt::join(words, ", "));
}

std::string shown(const std::vector<double>& numbers) {
  return fmt::format("[{}]", fmt::join(numbers, ", "));
}

std::string shown(Mode mode) { return mode == Mode::kEnforce ? "enforce" : "warn"; }
std::string shown(OnCut on_cut) { return on_cut == OnCut::kDrain ? "drain" : "kill"; }

std::string shown(Spot spot) {
  switch (spot) {
    case Spot::kNever:
      return "never";
    case Spot::kPrefer:
      return "prefer";
    case Spot::kOnly:
      return "only";
  }
  __builtin_unreachable();
}

std::string shown(const DailyWindow& window) {
  return fmt::format("{:02}:{:02}-{:02}:{:02}", window.from / 60, window.from % 60, window.to / 60,
                     window.to % 60);
}

std::string shown(const Promotion& promotion) {
  return fmt::format("promoted_from {} by {}", promotion.from, promotion.min_improvement);
}

}  // namespace pawl
