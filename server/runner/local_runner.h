// Runs attempts on this machine, each under its own pawl-keeper. One thread listens to the control
// sockets of all live attempts; nothing is polled while they run. The destructor stops listening
// and leaves every attempt alone: a restart of the server changes no outcome. All functions may be
// called from any thread.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "server/runner/runner.h"
#include "server/runner/watcher.h"

namespace pawl {

struct LocalRunnerOptions {
  std::filesystem::path keeper;  // the program pawl-keeper, absolute
  std::vector<std::filesystem::path>
      readable;             // shown in every box beside /usr and /opt, read-only
  bool box_allowed = true;  // false: run attempts without bubblewrap although it works here
};

class LocalRunner final : public Runner {
 public:
  LocalRunner(const LocalRunnerOptions& options, RunnerSink sink);

  Result<void> launch(const LaunchSpec& spec) override;
  void stop(const AttemptRef& attempt) override;
  Result<Recovered> recover(const AttemptRef& attempt) override;

  // Whether attempts run inside bubblewrap: found out by running it once at construction.
  bool boxed() const { return unboxed_reason_.empty(); }
  // Why not, in one line; empty when they do.
  const std::string& unboxed_reason() const { return unboxed_reason_; }

 private:
  Result<void> prepare(const LaunchSpec& spec) const;
  Result<std::vector<std::string>> box_for(const LaunchSpec& spec) const;
  Result<Recovered> prove_dead(const AttemptRef& attempt) const;

  std::filesystem::path keeper_;  // without links: the box shows it at this path
  BoxSpec box_;                   // what all attempts have in common
  std::string unboxed_reason_;
  Watcher watcher_;
};

}  // namespace pawl
