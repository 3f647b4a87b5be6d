// The sections that hold, stop and tell: [[approve]], [[quiet]], [[stop_loss]], [sandbox],
// [notify].
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "server/core/text.h"
#include "server/policy/policy_keys.h"

namespace pawl {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

std::unexpected<Error> no_days(std::string_view text) {
  return fail(ErrorKind::kInvalid, fmt::format("\"{}\" does not name days", text.substr(0, 40)),
              "Write them as \"Mon-Fri\", \"Sat\" or \"Mon,Wed\".");
}

// Marks "Mon" or "Mon-Fri"; a day that is marked already overlaps itself.
Result<void> mark_days(std::string_view part, std::array<bool, 7>& days) {
  const std::size_t dash = part.find('-');
  const auto first = std::ranges::find(kDays, part.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : std::ranges::find(kDays, part.substr(dash + 1));
  if (first == kDays.end() || last == kDays.end()) return no_days(part);
  const auto end = static_cast<std::size_t>(last - kDays.begin());
  for (auto day = static_cast<std::size_t>(first - kDays.begin());; day = (day + 1) % 7) {
    if (days[day]) {
      return fail(ErrorKind::kInvalid,
                  fmt::format("the window overlaps itself: {} stands twice", kDays[day]));
    }
    days[day] = true;
    if (day == end) return {};
  }
}

struct WeekWindow {
  std::array<bool, 7> days{};
  DailyWindow window;
};

Result<WeekWindow> parse_week_window(std::string_view text) {
  WeekWindow week;
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) {
    week.days.fill(true);
    TRY(week.window, parse_daily_window(text));
    return week;
  }
  for (const auto part : std::views::split(text.substr(0, space), ',')) {
    CHECK_OK(mark_days(std::string_view(part.begin(), part.end()), week.days));
  }
  TRY(week.window, parse_daily_window(text.substr(space + 1)));
  return week;
}

Field<QuietRule> quiet_window_field() {
  return {{.name = "window",
           .unit = "\"[DAYS] HH:MM-HH:MM\"",
           .schema = schema_of<std::string>(),
           .example = "\"Mon-Fri 09:00-11:00\"",
           .doc = "in `timezone`; the days on which it begins, every day where none is named",
           .required = true},
          [](QuietRule& to, const TomlNode& node, const std::string&) -> Result<void> {
            TRY(const std::string text, read_line(node));
            TRY(const WeekWindow week, parse_week_window(text));
            to.days = week.days;
            to.window = week.window;
            return {};
          },
          [](QuietRule&, const QuietRule&) -> Result<void> {
            return fail(ErrorKind::kInvalid, "cannot be changed here");
          }};
}

// Of the environment, so that no secret stands in a file; or plain where there is none.
Codec<std::string> notify_url() {
  return {"\"env:NAME\" or a URL", [](const TomlNode& node) -> Result<std::string> {
            TRY(const std::string text, read_line(node));
            const bool url = text.starts_with("http://") || text.starts_with("https://");
            if (url || (text.starts_with("env:") && text.size() > 4)) return text;
            return fail(ErrorKind::kInvalid,
                        fmt::format("\"{}\" is no address", text.substr(0, 40)),
                        "Write env:NAME for a variable that holds the URL, or https://...");
          }};
}

}  // namespace

const Fields<SandboxLimits>& sandbox_fields() {
  constexpr Tighter kLower = Tighter::kLower;
  static const Fields<SandboxLimits> fields = {
      field(&SandboxLimits::max_open, count(0, 100),
            {.name = "max_open",
             .fallback = "0",
             .example = "2",
             .doc = "open at once",
             .tighter = kLower}),
      field(&SandboxLimits::max_runtime, minutes(),
            {.name = "max_minutes",
             .fallback = "60",
             .example = "60",
             .doc = "from open to close",
             .tighter = kLower}),
      field(&SandboxLimits::idle, minutes(),
            {.name = "idle_minutes",
             .fallback = "10",
             .example = "10",
             .doc = "without use, then it is closed",
             .tighter = kLower}),
      field(&SandboxLimits::usd, usd(),
            {.name = "usd", .example = "4.00", .doc = "one of them", .tighter = kLower}),
      field(&SandboxLimits::network, word<bool>({{"deny", false}, {"allow", true}}),
            {.name = "network",
             .fallback = "\"deny\"",
             .example = "\"deny\"",
             .doc = "whether it reaches the network"}),
  };
  return fields;
}

const Fields<ApproveRule>& approve_fields() {
  static const Fields<ApproveRule> when = {
      field(&ApproveRule::stage, name_text(),
            {.name = "stage", .example = "\"validate\"", .doc = "every stage where it is absent"}),
      field(&ApproveRule::usd_over, usd(),
            {.name = "usd_over",
             .example = "25.00",
             .doc = "the worst case of everything asked for at once"}),
  };
  static const Fields<ApproveRule> fields = {
      table_field(when, {.name = "when",
                         .example = "{ stage = \"validate\", usd_over = 25.00 }",
                         .doc = "all of it must hold",
                         .required = true}),
      field(&ApproveRule::expires, duration(),
            {.name = "expires",
             .fallback = "\"8h\"",
             .example = "\"8h\"",
             .doc = "how long the question stands; then the job is cancelled"}),
  };
  return fields;
}

const Fields<QuietRule>& quiet_fields() {
  static const Fields<QuietRule> fields = {
      quiet_window_field(),
      field(&QuietRule::pools, names(),
            {.name = "pools", .example = "[\"h100\"]", .doc = "all where it is absent"}),
      field(&QuietRule::reason, free_text(),
            {.name = "reason",
             .example = "\"the inference team's demo slot\"",
             .doc = "told to those who wait",
             .required = true}),
  };
  return fields;
}

const Fields<StopLossRule>& stop_loss_fields() {
  static const Fields<StopLossRule> when = {
      field(&StopLossRule::same_error_signature, count(2, 1'000),
            {.name = "same_error_signature",
             .example = "3",
             .doc = "so many failures alike, `within` a time"}),
      field(&StopLossRule::within, duration(),
            {.name = "within", .example = "\"2h\"", .doc = "of `same_error_signature`"}),
      field(&StopLossRule::experiments_without_improvement, count(1, 100'000),
            {.name = "experiments_without_improvement",
             .example = "60",
             .doc = "since the last that was kept"}),
  };
  static const Fields<StopLossRule> fields = {
      field(
          &StopLossRule::name, name_text(),
          {.name = "name", .example = "\"no-progress\"", .doc = "as it is told", .required = true}),
      table_field(when, {.name = "when",
                         .example = "{ experiments_without_improvement = 60 }",
                         .doc = "one of the two conditions",
                         .required = true}),
      field(&StopLossRule::action,
            word<StopAction>({{"hold", StopAction::kHold}, {"notify", StopAction::kNotify}}),
            {.name = "action",
             .example = "\"hold\"",
             .doc = "\"hold\": the project's new jobs wait for a human",
             .required = true}),
  };
  return fields;
}

const std::vector<std::string>& notify_events() {
  static const std::vector<std::string> events = {
      "budget.warn", "budget.exhausted", "approval.needed", "best.improved",
      "run.stuck",   "agent.silent",     "morning.report"};
  return events;
}

const Fields<NotifyRule>& notify_fields() {
  static const Fields<NotifyRule> fields = {
      field(&NotifyRule::on, names(),
            {.name = "on",
             .example = "[\"budget.warn\", \"approval.needed\"]",
             .doc = fmt::format("any of {}", fmt::join(notify_events(), ", ")),
             .required = true}),
      field(&NotifyRule::url, notify_url(),
            {.name = "url",
             .example = "\"env:PAWL_NOTIFY_URL\"",
             .doc = "each event is sent there as one POST",
             .required = true}),
  };
  return fields;
}

}  // namespace pawl
