// What a human would look at in the night, looked at for them: runs that hang, agents that fell
// silent, the end of the night. It tells and changes nothing. The scheduler's thread only.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/store/attempts.h"

namespace pawl {

inline constexpr std::chrono::minutes kSilentRun{20};    // nothing written to metrics or logs
inline constexpr std::chrono::minutes kSilentAgent{30};  // nothing asked
inline constexpr std::int64_t kSlowRun = 3;              // times what such runs take

// What is seen of a run.
struct RunSigns {
  Milliseconds ran{0}, silent{0};
  std::optional<Milliseconds> expected;  // the median of its kind; absent: unmeasured
};
// "ran 31m, and half of its kind take 9m", or nothing. Pure.
std::optional<std::string> stuck(const RunSigns& signs);

struct LiveAttempt;

class Watch {
 public:
  explicit Watch(World& world) : world_(world) {}

  // Does nothing while the last look is less than half a minute ago.
  void look();
  // Once a night, at its end: the time that it began. Then morning reports are due.
  std::optional<Timestamp> night_over();

 private:
  struct Sign {
    std::array<std::uintmax_t, 3> sizes{};  // of metrics, stdout, stderr
    Timestamp since{};
  };
  Result<void> look_at_runs();
  Result<void> look_at_run(const LiveAttempt& live);
  Result<void> look_at_agents();

  World& world_;  // outlives us
  std::optional<Milliseconds> looked_;
  std::map<AttemptId, Sign> signs_;
  Timestamp night_told_{};
};

// One note a project that had something to do since then.
Result<void> tell_morning(World& world, Timestamp night_began);

}  // namespace pawl
