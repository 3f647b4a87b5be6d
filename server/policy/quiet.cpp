#include "server/policy/quiet.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>

namespace pawl {
namespace {

using Days = date::local_days;

enum class Edge : std::uint8_t { kStart, kEnd };

Timestamp moment(const date::time_zone& zone, Days day, std::int32_t minutes, Edge edge) {
  const auto local = date::local_seconds(day) + std::chrono::minutes(minutes);
  const date::local_info info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  const bool second = edge == Edge::kEnd && info.result == date::local_info::ambiguous;
  return Timestamp(local.time_since_epoch() - (second ? info.second : info.first).offset);
}

LocalSpan span_on(const date::time_zone& zone, const DailyWindow& window, Days day) {
  const Days last = window.to > window.from ? day : day + date::days(1);
  return {moment(zone, day, window.from, Edge::kStart), moment(zone, last, window.to, Edge::kEnd)};
}

bool begins_on(const std::array<bool, 7>& days, Days day) {
  return days.at(date::weekday(day).iso_encoding() - 1);
}

bool is_of(const QuietRule& rule, std::string_view pool) {
  return rule.pools.empty() || std::ranges::find(rule.pools, pool) != rule.pools.end();
}

}  // namespace

std::optional<LocalSpan> first_overlap(const DailySpans& spans, Timestamp from, Timestamp to) {
  const date::time_zone& zone = *date::locate_zone(std::string(spans.zone));
  const Days last = date::floor<date::days>(zone.to_local(to));
  // A window of yesterday may reach into today.
  for (Days day = date::floor<date::days>(zone.to_local(from)) - date::days(1); day <= last;
       day += date::days(1)) {
    if (!begins_on(spans.days, day)) continue;
    const LocalSpan span = span_on(zone, spans.window, day);
    if (span.starts < to && span.ends > from) return span;
  }
  return std::nullopt;
}

std::optional<Quiet> quiet_in(const Policy& policy, std::string_view pool, Timestamp now,
                              Milliseconds worst) {
  std::optional<Quiet> longest;
  for (const QuietRule& rule : policy.quiet) {
    if (!is_of(rule, pool)) continue;
    const auto span =
        first_overlap({policy.timezone.value, rule.window, rule.days}, now, now + worst);
    if (span && (!longest || span->ends > longest->until)) longest = Quiet{&rule, span->ends};
  }
  return longest;
}

std::vector<LocalSpan> quiet_spans(const Policy& policy, std::string_view pool, Timestamp from,
                                   Timestamp to) {
  std::vector<LocalSpan> spans;
  for (const QuietRule& rule : policy.quiet) {
    if (!is_of(rule, pool)) continue;
    const DailySpans daily{policy.timezone.value, rule.window, rule.days};
    for (auto span = first_overlap(daily, from, to); span;
         span = first_overlap(daily, span->ends, to))
      spans.push_back(*span);
  }
  std::ranges::sort(spans, {}, &LocalSpan::starts);
  return spans;
}

std::string describe(const Quiet& quiet, std::string_view zone) {
  const auto local = date::locate_zone(std::string(zone))->to_local(quiet.until);
  return fmt::format("until {}, quiet: {} ({})",
                     date::format("%H:%M", date::floor<std::chrono::minutes>(local)),
                     quiet.rule->reason, quiet.rule->source);
}

}  // namespace pawl
