// What was read of the projects' results so far. A final row never changes, so a look reads only
// what ended since the last one. Thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "server/core/goal.h"
#include "server/core/ids.h"
#include "server/jobs/configurations.h"

namespace pawl {

class MeasuredRuns {
 public:
  struct Seen {
    std::string metric;
    Direction direction = Direction::kMin;
    EventId through;  // everything that ended until then
    Configurations tried{};
  };

  // Nothing by another goal, and nothing for a reader whose snapshot is older.
  Seen of(ProjectId project, Seen wanted) {
    const std::scoped_lock lock(mutex_);
    const auto found = projects_.find(project);
    if (found == projects_.end()) return begin(std::move(wanted));
    const Seen& known = found->second;
    const bool same = known.metric == wanted.metric && known.direction == wanted.direction;
    return same && known.through <= wanted.through ? known : begin(std::move(wanted));
  }

  void keep(ProjectId project, const Seen& seen) {
    const std::scoped_lock lock(mutex_);
    Seen& known = projects_[project];
    if (known.metric != seen.metric || known.through <= seen.through) known = seen;
  }

 private:
  static Seen begin(Seen wanted) {
    wanted.through = {};
    return wanted;
  }

  std::mutex mutex_;
  std::map<ProjectId, Seen> projects_;  // guarded by mutex_
};

}  // namespace pawl
