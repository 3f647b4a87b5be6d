#include "server/budget/windows.h"

#include <date/tz.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <exception>

namespace pawl {
namespace {

// The first instant at which the zone's clocks show `day` or later. Midnight may come twice (the
// first counts) or not at all (then the jump across it counts); so this never decreases from one
// day to the next.
Timestamp start_of(const Zone& zone, date::local_days day) {
  const date::local_seconds midnight(day);
  const date::local_info info = zone.rules().get_info(midnight);
  if (info.result == date::local_info::nonexistent) return info.first.end;
  return Timestamp(midnight.time_since_epoch() - info.first.offset);
}

// The date that the clocks show is only a first guess: set back across midnight, they show
// yesterday once more, but yesterday's window has ended.
date::local_days date_of(const Zone& zone, Timestamp time) {
  auto day = date::floor<date::days>(zone.rules().to_local(time));
  while (time >= start_of(zone, day + date::days(1))) day += date::days(1);
  return day;
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

std::vector<Span> days_touched(const Zone& zone, Timestamp from, Milliseconds time) {
  assert(time.count() >= 0 && time <= date::days(400));
  std::vector<Span> days = {day_of(zone, from)};
  while (days.back().ends < from + time) days.push_back(day_of(zone, days.back().ends));
  return days;
}

std::vector<WindowKey> windows_to_reserve(const Zone& zone, Timestamp from,
                                          Milliseconds worst_case) {
  const std::vector<Span> days = days_touched(zone, from, worst_case);
  std::vector<WindowKey> windows = {{NodeKind::kExperiment, WindowKind::kExperiment, Span{}}};
  for (const NodeKind node : {NodeKind::kAgent, NodeKind::kProject, NodeKind::kGlobal}) {
    windows.push_back({node, WindowKind::kTotal, Span{}});
    for (const Span& day : days) windows.push_back({node, WindowKind::kDay, day});
  }
  return windows;
}

std::vector<Share> split(const Zone& zone, Timestamp started, Milliseconds billed) {
  const Timestamp ended = started + billed;
  std::vector<Share> shares;
  for (const Span& day : days_touched(zone, started, billed)) {
    shares.push_back({day, std::min(day.ends, ended) - std::max(day.starts, started)});
  }
  return shares;
}

}  // namespace pawl
