// A budget's book in memory: the decisions of server/budget carried out as the server does it, over
// any tree of nodes and every kind of window. What can be wrong with such a book is a switch.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/budget/admission.h"
#include "server/budget/windows.h"

namespace pawl::book {

// Time in half hours since the epoch: every zone's clocks change on one, so sums are exact.
using Slot = std::int64_t;
inline constexpr Milliseconds kSlot = std::chrono::minutes(30);
inline Timestamp at(Slot slot) { return Timestamp(slot * kSlot); }

struct Node {
  NodeKind kind{};
  std::string name;
  auto operator<=>(const Node&) const = default;
};

// One kind of window of one node, which has one cap.
struct Meter {
  Node node;
  WindowKind window{};
  auto operator<=>(const Meter&) const = default;
};
using Caps = std::map<Meter, Cap>;

struct Job {
  std::vector<Node> payers;                     // narrowest first, global last
  Slot from = 0;                                // reserved for [from, from + worst)
  std::int64_t worst = 0, gpus = 1, price = 1;  // slots, GPUs, micro-USD a slot
  Amount of(std::int64_t slots) const {
    return {Money::micros(price * slots), gpus * slots * kSlot};
  }
};

// What a run really took, inside of its reservation.
struct Run {
  Slot started = 0;
  std::int64_t slots = 0;
};

enum class Fault : std::uint8_t {
  kNone,
  kSkipsProject,         // no line in the project's windows
  kSkipsLastWindow,      // where a reservation touches two, the second has no line
  kEndsOneSlotEarly,     // the last slot of a reservation touches nothing
  kCountsDaysInUtc,      // windows are not those of the policy's zone
  kIgnoresGpuTime,       // only dollars are asked
  kIgnoresReservations,  // only what is spent counts
  kReleasesTwice,        // what was given back is given back again
  kGivesBackInTime,      // a reservation whose time is over is released without proof of death
  kSettlesTwice,         // a bill is booked twice
  kSettlesTheWorstCase,  // what was reserved is booked, not what was billed
  kSettlesAboveReserve,  // one slot more than was billed
  kPaysWhereItBegan,     // a run over midnight is paid by its first day alone
  kPaysInEachWindow,     // ... or by each in full
};

class Book {
 public:
  struct Place {
    Meter meter;
    Timestamp starts{};
    auto operator<=>(const Place&) const = default;
  };

  Book(Calendar calendar, Caps caps, Fault fault)
      : calendar_(calendar), caps_(std::move(caps)), fault_(fault) {}

  bool reserve(std::size_t id, const Job& job);  // false: refused, and nothing is booked
  void settle(std::size_t id, const Run& run);
  void release(std::size_t id);
  void pass(Slot now);  // time goes by

  const std::map<Place, Balance>& windows() const { return windows_; }

 private:
  struct Open {
    Job job;
    std::vector<Place> lines;
  };
  std::vector<WindowType> types_of(const Job& job) const;
  Balance window_of(const Job& job, const WindowKey& key) const;
  Amount part_of(const Open& open, const Balance& window, const Run& run) const;

  const Calendar calendar_;
  const Caps caps_;
  const Fault fault_;
  std::map<Place, Balance> windows_;
  std::map<std::size_t, Open> open_;
};

}  // namespace pawl::book
