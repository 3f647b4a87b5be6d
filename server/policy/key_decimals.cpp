#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "server/policy/key_values.h"

namespace pawl {
namespace {

std::unexpected<Error> wrong(std::string message, std::string hint = {}) {
  return fail(ErrorKind::kInvalid, std::move(message), std::move(hint));
}

// How a number is written: its unit in words, how many of its smallest part make one, and how far
// it may go.
struct DecimalRule {
  std::string_view what;  // "an amount in USD"
  std::string_view example;
  std::size_t decimals = 0;
  std::int64_t parts_per_unit = 1;  // divisible by 10^decimals
  std::int64_t max = 0;             // in whole units
};

std::int64_t power_of_ten(std::size_t n) {
  std::int64_t value = 1;
  for (; n > 0; --n) value *= 10;
  return value;
}

Result<std::int64_t> read_decimal(const TomlNode& node, const DecimalRule& rule) {
  const std::string shown = node.text.substr(0, 40);
  const std::string hint =
      fmt::format("Write {} as a plain decimal such as {}.", rule.what, rule.example);
  if (node.kind != TomlKind::kInteger && node.kind != TomlKind::kFloat)
    return wrong_kind(node, rule.what);
  const std::string digits = without_underscores(node.text);
  if (digits.starts_with('-')) return wrong(fmt::format("{} is negative", shown), hint);
  if (digits.find_first_not_of("0123456789.") != std::string::npos) {
    return wrong(fmt::format("{} is not a plain decimal", shown), hint);
  }
  const std::size_t dot = std::min(digits.find('.'), digits.size());
  const std::string fraction = dot < digits.size() ? digits.substr(dot + 1) : "";
  if (fraction.size() > rule.decimals) {
    return wrong(fmt::format("{} has more than {} decimals", shown, rule.decimals), hint);
  }
  std::int64_t whole = 0;
  std::int64_t part = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + dot, whole);
  std::from_chars(fraction.data(), fraction.data() + fraction.size(), part);
  const std::int64_t parts = part * (rule.parts_per_unit / power_of_ten(fraction.size()));
  if (parsed.ec != std::errc() || whole > rule.max || (whole == rule.max && parts > 0)) {
    return wrong(fmt::format("{} is over the limit of {}", shown, rule.max), hint);
  }
  return whole * rule.parts_per_unit + parts;
}

template <class V>
Codec<V> decimal(std::string unit, DecimalRule rule, V (*make)(std::int64_t)) {
  return {std::move(unit), [=](const TomlNode& node) -> Result<V> {
            TRY(const std::int64_t parts, read_decimal(node, rule));
            return make(parts);
          }};
}

Milliseconds milliseconds(std::int64_t n) { return Milliseconds(n); }

}  // namespace

Codec<Money> usd() {
  return decimal<Money>("USD", {"an amount in USD", "40.00", 6, 1'000'000, 1'000'000'000'000},
                        Money::micros);
}

Codec<HourlyPrice> usd_per_hour() {
  return decimal<HourlyPrice>("USD per GPU or slot and hour",
                              {"a price in USD", "2.39", 6, 1'000'000, 1'000'000},
                              [](std::int64_t n) { return HourlyPrice{Money::micros(n)}; });
}

Codec<GbSecondPrice> usd_per_gb_second() {
  return decimal<GbSecondPrice>("USD per GB and second",
                                {"a price in USD", "0.0000166667", 12, 1'000'000'000'000, 1},
                                [](std::int64_t n) { return GbSecondPrice{n}; });
}

Codec<std::int32_t> gigabytes_of_memory() {
  const auto any = decimal<std::int32_t>("GB", {"GB", "10", 3, 1'000, 100'000}, [](std::int64_t n) {
    return static_cast<std::int32_t>(n);
  });
  return {any.unit, [=](const TomlNode& node) -> Result<std::int32_t> {
            TRY(const std::int32_t megabytes, any.read(node));
            if (megabytes == 0) return wrong("0 GB cost nothing");
            return megabytes;
          }};
}

Codec<Milliseconds> gpu_hours() {
  return decimal("GPU-hours", {"GPU-hours", "40", 5, 3'600'000, 100'000'000}, milliseconds);
}

Codec<Milliseconds> minutes() {
  const Codec<Milliseconds> any =
      decimal("minutes", {"minutes", "30", 3, 60'000, 43'200}, milliseconds);
  return {any.unit, [=](const TomlNode& node) -> Result<Milliseconds> {
            TRY(const Milliseconds time, any.read(node));
            if (time.count() == 0) return wrong("0 minutes let nothing run");
            return time;
          }};
}

Codec<Milliseconds> seconds() {
  return decimal("seconds", {"seconds", "90", 3, 1'000, 86'400}, milliseconds);
}

Codec<std::int32_t> count(std::int32_t min, std::int32_t max) {
  return {
      min == max ? fmt::format("always {}", min) : fmt::format("a count, {} to {}", min, max),
      [=](const TomlNode& node) -> Result<std::int32_t> {
        if (node.kind != TomlKind::kInteger) return wrong_kind(node, "a whole number");
        const std::string digits = without_underscores(node.text);
        std::int64_t value = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (parsed.ptr != digits.data() + digits.size() || value < min || value > max) {
          return wrong(fmt::format("{} is not from {} to {}", node.text.substr(0, 40), min, max));
        }
        return static_cast<std::int32_t>(value);
      },
      fmt::format("{{\"type\": \"integer\", \"minimum\": {}, \"maximum\": {}}}", min, max)};
}

Codec<double> decimal_number() {
  return decimal<double>("a number", {"a number", "0.001", 9, 1'000'000'000, 1'000'000'000},
                         [](std::int64_t n) { return static_cast<double>(n) / 1e9; });
}

Codec<std::vector<double>> rising_shares() {
  return {"shares of a cap, rising", [](const TomlNode& node) -> Result<std::vector<double>> {
            static const Codec<double> number = decimal_number();
            TRY(const std::vector<double> shares,
                read_list(node, +[](const TomlNode& item) { return number.read(item); }));
            for (std::size_t i = 0; i < shares.size(); ++i) {
              if (shares[i] <= 0 || shares[i] > 1)
                return wrong(fmt::format("{} is not over 0 and at most 1", node.items[i].text));
              if (i > 0 && shares[i] <= shares[i - 1])
                return wrong(fmt::format("{} does not rise", node.items[i].text));
            }
            return shares;
          }};
}

Codec<std::optional<std::int32_t>> units_or_auto() {
  const Codec<std::int32_t> number = count(1, 100'000);
  return {number.unit + ", or \"auto\"",
          [=](const TomlNode& node) -> Result<std::optional<std::int32_t>> {
            if (node.kind == TomlKind::kText && node.text == "auto") return std::nullopt;
            TRY(const std::int32_t units, number.read(node));
            return units;
          },
          fmt::format("{{\"anyOf\": [{}, {}]}}", number.schema, schema_of_words({"auto"}))};
}

}  // namespace pawl
