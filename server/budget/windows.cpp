#include "server/budget/windows.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <exception>

namespace pawl {
namespace {

// The first instant at which the zone's clocks show `local` or later. Where they show it twice the
// first counts, where they jump over it the jump does; so this never decreases as `local` rises.
Timestamp first_at(const Zone& zone, date::local_seconds local) {
  const date::local_info info = zone.rules().get_info(local);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return Timestamp(local.time_since_epoch() - info.first.offset);
}

Timestamp start_of(const Zone& zone, date::local_days day) {
  return first_at(zone, date::local_seconds(day));
}

// The date that the clocks show is only a first guess: set back across midnight, they show
// yesterday once more, but yesterday's window has ended.
date::local_days date_of(const Zone& zone, Timestamp time) {
  auto day = date::floor<date::days>(zone.rules().to_local(time));
  while (time >= start_of(zone, day + date::days(1))) day += date::days(1);
  return day;
}

bool repeats(WindowKind kind) {
  switch (kind) {
    case WindowKind::kTotal:
    case WindowKind::kRound:
    case WindowKind::kExperiment:
      return false;
    case WindowKind::kDay:
    case WindowKind::kNight:
    case WindowKind::kWeek:
    case WindowKind::kMonth:
      return true;
  }
  __builtin_unreachable();
}

// The day, the Monday or the first of the month of that date.
date::local_days first_day_of(WindowKind kind, date::local_days day) {
  if (kind == WindowKind::kWeek) return day - (date::weekday(day) - date::Monday);
  if (kind != WindowKind::kMonth) return day;
  const date::year_month_day date(day);
  return date::local_days(date.year() / date.month() / 1);
}

// The first day after the period that begins at `first`.
date::local_days day_after(WindowKind kind, date::local_days first) {
  if (kind == WindowKind::kWeek) return first + date::days(7);
  if (kind != WindowKind::kMonth) return first + date::days(1);
  const date::year_month_day date(first);
  return date::local_days(date.year() / date.month() / 1 + date::months(1));
}

// A jump of the clocks may swallow a whole night: it is left out.
std::vector<Span> nights_touched(const Calendar& calendar, Timestamp from, Timestamp until) {
  const bool over_midnight = calendar.night.to <= calendar.night.from;
  std::vector<Span> nights;
  for (auto day = date_of(calendar.zone, from) - date::days(2);; day += date::days(1)) {
    const date::local_days morning = over_midnight ? day + date::days(1) : day;
    const Span night{first_at(calendar.zone, day + std::chrono::minutes(calendar.night.from)),
                     first_at(calendar.zone, morning + std::chrono::minutes(calendar.night.to))};
    if (night.starts > from && night.starts >= until) return nights;
    if (night.ends > from && night.starts < night.ends) nights.push_back(night);
  }
}

}  // namespace

Result<Zone> Zone::find(std::string_view iana_name) {
  try {
    const date::time_zone* rules = date::locate_zone(std::string(iana_name));
    (void)rules->get_info(
        date::sys_seconds());  // reads the zone's file now, so that nothing throws later
    return Zone(rules);
  } catch (const std::exception&) {  // the library tells an unknown name in no other way
    return fail(ErrorKind::kInvalid,
                "no time zone is named \"" + std::string(iana_name.substr(0, 60)) + "\"",
                "Use an IANA name such as \"Europe/Rome\" or \"UTC\".");
  }
}

Zone Zone::utc() {
  const Result<Zone> zone = find("UTC");
  assert(zone && "the operating system's time zone database is missing (package tzdata)");
  return *zone;
}

Span day_of(const Zone& zone, Timestamp time) {
  const date::local_days day = date_of(zone, time);
  return {start_of(zone, day), start_of(zone, day + date::days(1))};
}

std::string day_name(const Zone& zone, const Span& day) {
  return date::format("%F", date_of(zone, day.starts));
}

std::vector<Span> windows_touched(const Calendar& calendar, WindowKind kind, Timestamp from,
                                  Milliseconds time) {
  assert(time.count() >= 0 && time <= date::days(400));
  if (!repeats(kind)) return {Span{}};
  if (kind == WindowKind::kNight) return nights_touched(calendar, from, from + time);
  date::local_days period = first_day_of(kind, date_of(calendar.zone, from));
  std::vector<Span> windows;
  do {
    const date::local_days next = day_after(kind, period);
    windows.push_back({start_of(calendar.zone, period), start_of(calendar.zone, next)});
    period = next;
  } while (windows.back().ends < from + time);
  return windows;
}

std::vector<WindowKey> windows_to_reserve(const Calendar& calendar,
                                          std::span<const WindowType> types, Timestamp from,
                                          Milliseconds worst_case) {
  std::vector<WindowKey> windows;
  for (const WindowType& type : types) {
    for (const Span& span : windows_touched(calendar, type.kind, from, worst_case))
      windows.push_back({type.node, type.kind, span});
  }
  return windows;
}

Milliseconds time_within(const Span& window, Timestamp started, Milliseconds billed) {
  const Milliseconds within =
      std::min(window.ends, started + billed) - std::max(window.starts, started);
  return std::max(within, Milliseconds(0));
}

}  // namespace pawl
