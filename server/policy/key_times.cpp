#include <fmt/format.h>

#include <charconv>

#include "server/policy/key_values.h"

namespace pawl {
namespace {

std::unexpected<Error> no_duration(std::string_view text) {
  return fail(ErrorKind::kInvalid, fmt::format("\"{}\" is not a duration", text.substr(0, 40)),
              "Write a whole number with s, m, h or d, such as \"8h\", at most \"400d\".");
}

Result<Milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t kMost = 400LL * 86'400;
  std::int64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr + 1 != text.data() + text.size() || number < 1)
    return no_duration(text);
  const std::size_t unit = std::string_view("smhd").find(*parsed.ptr);
  if (unit == std::string_view::npos) return no_duration(text);
  constexpr std::int64_t kSeconds[] = {1, 60, 3'600, 86'400};
  if (number > kMost / kSeconds[unit]) return no_duration(text);
  return std::chrono::seconds(number * kSeconds[unit]);
}

// "HH:MM" as minutes, 24:00 included.
std::optional<std::int32_t> minutes_of(std::string_view text) {
  const auto digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
  if (text.size() != 5 || text[2] != ':' || !digit(0) || !digit(1) || !digit(3) || !digit(4))
    return std::nullopt;
  const std::int32_t hours = (text[0] - '0') * 10 + (text[1] - '0');
  const std::int32_t minutes = (text[3] - '0') * 10 + (text[4] - '0');
  if (minutes > 59 || hours > 24 || (hours == 24 && minutes > 0)) return std::nullopt;
  return hours * 60 + minutes;
}

}  // namespace

Result<DailyWindow> parse_daily_window(std::string_view text) {
  const auto from = text.size() == 11 ? minutes_of(text.substr(0, 5)) : std::nullopt;
  const auto to = text.size() == 11 ? minutes_of(text.substr(6)) : std::nullopt;
  constexpr std::int32_t kDay = 24 * 60;
  if (!from || !to || text[5] != '-' || *from == kDay) {
    return fail(ErrorKind::kInvalid,
                fmt::format("\"{}\" is not a window of the day", text.substr(0, 40)),
                "Write it as \"22:00-07:00\": from, and until when; over midnight is fine.");
  }
  if (*from == *to % kDay) {
    return fail(ErrorKind::kInvalid, fmt::format("the window {} is empty or a whole day", text),
                "A window ends at another time of the day than it begins; use `day` for days.");
  }
  return DailyWindow{*from, *to % kDay};
}

Codec<DailyWindow> daily_window() {
  return {"\"HH:MM-HH:MM\"",
          [](const TomlNode& node) -> Result<DailyWindow> {
            TRY(const std::string text, read_line(node));
            return parse_daily_window(text);
          },
          "{\"type\": \"string\", \"pattern\": \"^[0-9]{2}:[0-9]{2}-[0-9]{2}:[0-9]{2}$\"}"};
}

Codec<Milliseconds> duration() {
  return {"a duration",
          [](const TomlNode& node) -> Result<Milliseconds> {
            TRY(const std::string text, read_line(node));
            return parse_duration(text);
          },
          "{\"type\": \"string\", \"pattern\": \"^[0-9]+[smhd]$\"}"};
}

// As text or as a date of TOML itself.
Codec<std::chrono::year_month_day> date() {
  return {"a date", [](const TomlNode& node) -> Result<std::chrono::year_month_day> {
            if (node.kind != TomlKind::kText && node.kind != TomlKind::kTime)
              return wrong_kind(node, "a date");
            const std::string& text = node.text;
            const auto part = [&](std::size_t at, std::size_t digits) {
              unsigned value = 0;
              const char* const end = text.data() + at + digits;
              return std::from_chars(text.data() + at, end, value).ptr == end ? value : 0;
            };
            if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
              const std::chrono::year_month_day found{
                  std::chrono::year(static_cast<int>(part(0, 4))), std::chrono::month(part(5, 2)),
                  std::chrono::day(part(8, 2))};
              if (found.ok()) return found;
            }
            return fail(ErrorKind::kInvalid, text.substr(0, 40) + " is not a date",
                        "Write year, month and day, such as \"2026-12-31\".");
          }};
}

}  // namespace pawl
