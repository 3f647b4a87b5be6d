#include "server/core/money.h"

#include <charconv>

namespace pawl {

std::string format_usd(Money money) {
  const bool negative = money.micros() < 0;
  const std::int64_t cents = ((negative ? -money.micros() : money.micros()) + 5'000) / 10'000;
  const std::string fraction = std::to_string(cents % 100);
  return (negative ? "-" : "") + std::to_string(cents / 100) + (fraction.size() == 1 ? ".0" : ".") +
         fraction;
}

Result<Money> parse_usd(std::string_view text) {
  const auto refuse = [&](const char* why) {
    return fail(ErrorKind::kInvalid, "amount \"" + std::string(text.substr(0, 40)) + "\" " + why,
                "Write dollars as a plain decimal such as 2.39, at most six decimals.");
  };
  const std::size_t dot = text.find('.');
  const std::string_view whole = text.substr(0, dot);
  const std::string_view fraction = dot == std::string_view::npos ? "" : text.substr(dot + 1);
  if (whole.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) {
    return refuse("is not a plain decimal");
  }
  if (fraction.size() > 6 || fraction.find('.') != std::string_view::npos)
    return refuse("has more than six decimals");
  if (whole.size() > 12) return refuse("is over 10^12 USD");
  std::int64_t micros = 0;
  const std::string digits =
      std::string(whole) + std::string(fraction) + std::string(6 - fraction.size(), '0');
  std::from_chars(digits.data(), digits.data() + digits.size(), micros);
  return Money::micros(micros);
}

}  // namespace pawl
