// A LocalRunner over a state folder of its own, and its events. Waiting is for events, with a
// timeout that only a failure meets.
#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/runner/local_runner.h"

namespace pawl {

class EventLog {
 public:
  RunnerSink sink();
  std::optional<RunnerEvent> next();  // none after the timeout
  // Takes events until this one; false if it does not come.
  bool wait_for(AttemptId attempt, RunnerEventKind kind);
  std::size_t waiting();

 private:
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<RunnerEvent> events_;
};

// A fifo: jobs write a line to it, or hold it open while they live.
class Fifo {
 public:
  explicit Fifo(std::filesystem::path path);
  ~Fifo();
  Fifo(const Fifo&) = delete;
  Fifo& operator=(const Fifo&) = delete;
  std::string line();
  bool has_writer();

 private:
  int fd_;
};

enum class Mode { kBare, kBoxed };

class RunnerTest : public testing::Test {
 protected:
  RunnerTest();
  ~RunnerTest() override;

  std::unique_ptr<LocalRunner> make_runner(Mode mode, RunnerSink sink);
  void restart(Mode mode);         // the server goes, and comes back on the same folder
  AttemptRef attempt(int number);  // with its folders
  LaunchSpec shell(const AttemptRef& attempt, std::string script) const;
  std::filesystem::path work(const AttemptRef& attempt) const { return attempt.folder / "work"; }
  void kill_keeper(const AttemptRef& attempt) const;
  static std::string text(const std::filesystem::path& file);
  static bool wait_until_gone(pid_t pid);

  std::filesystem::path state_;
  EventLog events_;
  std::unique_ptr<LocalRunner> runner_;
  std::vector<AttemptRef> attempts_;
};

class RunnerInBothModes : public RunnerTest, public testing::WithParamInterface<Mode> {
 protected:
  void SetUp() override;
};

std::string mode_name(const testing::TestParamInfo<Mode>& test);

}  // namespace pawl
