// What was read of rows that never change any more, by key, and the event until which it is whole:
// a look reads only what came since. Nobody keeps what a write saw (Reader::is_committed).
// Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <utility>

#include "server/core/ids.h"

namespace pawl {

template <class Key, class Value>
class Kept {
 public:
  struct Seen {
    EventId through;
    Value value{};
  };

  // Nothing for a reader whose snapshot is older than what is kept.
  Seen of(const Key& key, EventId newest) {
    const std::scoped_lock lock(mutex_);
    const auto found = kept_.find(key);
    return found != kept_.end() && found->second.through <= newest ? found->second : Seen();
  }

  void keep(const Key& key, Seen seen) {
    const std::scoped_lock lock(mutex_);
    Seen& known = kept_[key];
    if (known.through < seen.through) known = std::move(seen);
  }

 private:
  std::mutex mutex_;
  std::map<Key, Seen> kept_;  // guarded by mutex_
};

}  // namespace pawl
