// What a book ought to say, counted again from the jobs alone, slot by slot, by the local date that
// each slot has. Shares no code with server/budget but the zone's own clock.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/budget/book.h"

namespace pawl::book {

enum class Violation : std::uint8_t {
  kOverCap,            // L1: reserved and spent of a window pass its cap
  kReservedDiffers,    // a window holds more or less than its open reservations
  kSpentDiffers,       // ... or than the parts of the runs that fell into it
  kRefusedForNothing,  // every window had room
};

class Audit {
 public:
  Audit(Calendar calendar, Caps caps) : calendar_(calendar), caps_(std::move(caps)) {}

  void reserved(std::size_t id, const Job& job) { jobs_[id] = {job, parts_of(job, {})}; }
  void settled(std::size_t id, const Run& run) {
    jobs_.at(id).parts = parts_of(jobs_.at(id).job, run);
  }
  void released(std::size_t id) { jobs_.erase(id); }

  bool fits(const Job& job) const;  // with all that is taken now
  std::optional<Violation> of(const Book& book) const;

 private:
  // "2026-10-25" of a day, of the evening of a night, ...; nothing where no such window is open.
  std::optional<std::string> label(WindowKind kind, Slot slot) const;

  struct Entry {
    Meter meter;
    std::string label;
    auto operator<=>(const Entry&) const = default;
  };
  struct Sums {
    Amount reserved, spent;
    bool operator==(const Sums&) const = default;
    Sums operator+(const Sums& o) const { return {reserved + o.reserved, spent + o.spent}; }
  };
  using Totals = std::map<Entry, Sums>;

  struct Known {
    Job job;
    Totals parts;  // what it holds, or what its run paid
  };

  Totals parts_of(const Job& job, const std::optional<Run>& run) const;
  Totals totals() const;
  bool over_cap(const Totals& totals) const;

  const Calendar calendar_;
  const Caps caps_;
  std::map<std::size_t, Known> jobs_;
};

}  // namespace pawl::book
