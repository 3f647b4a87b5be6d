#include "tests/budget/audit.h"

#include <date/tz.h>

#include <algorithm>
#include <set>

namespace pawl::book {
namespace {

std::vector<WindowKind> kinds_of(NodeKind node) {
  if (node == NodeKind::kExperiment) return {WindowKind::kExperiment};
  if (node == NodeKind::kRound) return {WindowKind::kRound};
  return {WindowKind::kTotal, WindowKind::kDay, WindowKind::kNight, WindowKind::kWeek,
          WindowKind::kMonth};
}

}  // namespace

std::optional<std::string> Audit::label(WindowKind kind, Slot slot) const {
  const auto local = calendar_.zone.rules().to_local(at(slot));
  auto day = date::floor<date::days>(local);
  const auto minute = std::chrono::floor<std::chrono::minutes>(local - day).count();
  switch (kind) {
    case WindowKind::kTotal:
    case WindowKind::kRound:
    case WindowKind::kExperiment:
      return "";
    case WindowKind::kDay:
      break;
    case WindowKind::kNight:
      if (minute < calendar_.night.to) day -= date::days(1);
      if (minute >= calendar_.night.to && minute < calendar_.night.from) return std::nullopt;
      break;
    case WindowKind::kWeek:
      while (date::weekday(day) != date::Monday) day -= date::days(1);
      break;
    case WindowKind::kMonth:
      return date::format("%Y-%m", day);
  }
  return date::format("%F", day);
}

Audit::Totals Audit::parts_of(const Job& job, const std::optional<Run>& run) const {
  const Slot from = run ? run->started : job.from;
  const Slot until = from + (run ? run->slots : job.worst);
  Totals parts;
  for (const Node& payer : job.payers) {
    for (const WindowKind kind : kinds_of(payer.kind)) {
      for (Slot slot = from; slot < until; ++slot) {
        const auto name = label(kind, slot);
        if (!name) continue;
        Sums& sums = parts[{{payer, kind}, *name}];
        if (run) sums.spent = sums.spent + job.of(1);
        if (!run) sums.reserved = job.of(job.worst);  // in each that it touches
      }
    }
  }
  return parts;
}

Audit::Totals Audit::totals() const {
  Totals totals;
  for (const auto& [id, known] : jobs_) {
    for (const auto& [entry, sums] : known.parts) totals[entry] = totals[entry] + sums;
  }
  return totals;
}

bool Audit::over_cap(const Totals& totals) const {
  return std::ranges::any_of(totals, [&](const auto& entry) {
    const auto cap = caps_.find(entry.first.meter);
    if (cap == caps_.end()) return false;
    const Amount taken = entry.second.reserved + entry.second.spent;
    return (cap->second.money && taken.money > *cap->second.money) ||
           (cap->second.gpu_time && taken.gpu_time > *cap->second.gpu_time);
  });
}

bool Audit::fits(const Job& job) const {
  Totals with = totals();
  for (const auto& [entry, sums] : parts_of(job, {})) with[entry] = with[entry] + sums;
  return !over_cap(with);
}

std::optional<Violation> Audit::of(const Book& book) const {
  const Totals truth = totals();
  if (over_cap(truth)) return Violation::kOverCap;
  Totals booked;
  for (const auto& [place, window] : book.windows()) {
    const Slot first = place.starts.time_since_epoch() / kSlot;
    const auto name = label(place.meter.window, first);
    Sums& sums = booked[{place.meter, name.value_or("none")}];
    sums.reserved = sums.reserved + window.reserved;
    sums.spent = sums.spent + window.spent;
  }
  std::set<Entry> entries;
  for (const auto& [entry, sums] : truth) entries.insert(entry);
  for (const auto& [entry, sums] : booked) entries.insert(entry);
  std::optional<Violation> found;
  for (const Entry& entry : entries) {
    const auto in = [&](const Totals& side) {
      const auto at_entry = side.find(entry);
      return at_entry == side.end() ? Sums{} : at_entry->second;
    };
    if (in(truth).reserved != in(booked).reserved) return Violation::kReservedDiffers;
    if (in(truth).spent != in(booked).spent) found = Violation::kSpentDiffers;
  }
  return found;
}

}  // namespace pawl::book
