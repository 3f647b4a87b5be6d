// What will happen, and when by the monotonic clock. Things of one moment happen in the order in
// which they were put down, so that a run has one order only. One thread.
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "server/core/money.h"

namespace pawl::simulation {

class Agenda {
 public:
  void at(Milliseconds when, std::function<void()> what) {
    entries_.emplace(when, std::move(what));
  }

  std::optional<Milliseconds> next() const {
    if (entries_.empty()) return std::nullopt;
    return entries_.begin()->first;
  }

  bool is_due(Milliseconds now) const {
    return !entries_.empty() && entries_.begin()->first <= now;
  }

  // Does what is due; what that puts down for the same moment is due too.
  void run_due(Milliseconds now) {
    while (is_due(now)) {
      const auto what = std::move(entries_.begin()->second);
      entries_.erase(entries_.begin());
      what();
    }
  }

 private:
  std::multimap<Milliseconds, std::function<void()>> entries_;  // equal keys keep their order
};

}  // namespace pawl::simulation
