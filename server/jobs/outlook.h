// What jobs will likely take and when they will likely end: the project's own history laid over the
// free slots and the queue.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "server/budget/history.h"
#include "server/core/result.h"
#include "server/jobs/requests.h"
#include "server/jobs/terms.h"
#include "server/jobs/world.h"
#include "server/placement/forecast.h"
#include "server/store/jobs.h"
#include "server/store/past_runs.h"
#include "server/store/queue.h"

namespace pawl {

// Newest first. `most`: up to 200.
Result<std::vector<PastRun>> past_runs(World& world, Reader& reader, const WorkKind& kind,
                                       std::size_t most);

// Absent below three measured runs of this kind.
Result<std::optional<Expected>> expected_of(World& world, Reader& reader, const WorkKind& kind);

// Nothing is foretold of a longer queue: every reply would have to read it.
inline constexpr std::int64_t kQueueForetold = 100;

// Jobs that do not exist yet.
struct ComingJobs {
  WorkKind kind;
  std::vector<std::string> pools;  // the stage's
  Milliseconds limit{0};
  std::size_t count = 0;
  Milliseconds not_before{0};  // when the budget has room for them
};

// One reading of the whole machine: what runs, what waits, what is free.
class Outlook {
 public:
  static Result<Outlook> read(World& world, Reader& reader);

  // As expected_of(); read once for each kind.
  Result<std::optional<Expected>> expected(Reader& reader, const WorkKind& kind);

  // Queued and live ones; absent when none of them will end by itself, or too many wait.
  std::optional<Forecast> of(std::span<const JobRow> jobs) const;

  // Behind everything that is queued now. Lives through what is to come many times, each run as
  // long as one of its kind was; of a kind that was never measured only by the limits.
  Result<std::optional<Forecast>> with(Reader& reader, const ComingJobs& jobs);

 private:
  explicit Outlook(World& world) : world_(&world) {}

  struct Live {
    JobId job;
    Milliseconds left{0};
    bool measured = false;
  };
  struct Queued {
    JobId job;
    WorkKind kind;
    ComingRun run;
    bool measured = false;
  };
  struct History {
    std::vector<PastRun> runs;
    std::optional<Expected> expected;
  };
  struct Duration {
    Milliseconds time{0};
    bool measured = false;
  };
  Result<const History*> history(Reader& reader, const WorkKind& kind);
  Result<Duration> duration(Reader& reader, const WorkKind& kind, Milliseconds limit);
  Result<void> add_live(Reader& reader, Timestamp now);
  Result<void> add_queue(Reader& reader);
  Result<std::optional<Milliseconds>> not_before(Reader& reader, const Policy& policy,
                                                 const QueuedJob& job) const;
  void add_quiet(const Rules& rules, Timestamp now);
  std::vector<Milliseconds> rehearse(std::vector<ComingRun> runs, const ComingJobs& jobs) const;
  std::vector<std::size_t> indices_of(const std::vector<std::string>& pools) const;

  World* world_;                    // outlives us
  bool too_long_ = false;           // more than kQueueForetold wait
  std::vector<std::string> pools_;  // by index
  Lanes lanes_;
  std::vector<Live> live_;
  std::vector<Queued> queue_;
  std::map<WorkKind, History> known_;
};

}  // namespace pawl
