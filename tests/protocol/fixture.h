// A session as a client sees it: lines in, lines out.
#pragma once
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "server/protocol/session.h"
#include "tests/tools/fake_service.h"

namespace pawl {

class FrozenClock final : public Clock {
 public:
  Timestamp now() const override { return Timestamp(std::chrono::seconds(1'000'007'500)); }
  std::chrono::milliseconds since_boot() const override { return std::chrono::hours(1); }
};

// Lines from any thread, in order of arrival.
class Outbox {
 public:
  void put(std::string_view line);
  std::string next();                    // waits for a line that was not taken yet
  std::vector<std::string> all() const;  // taken ones included

 private:
  mutable std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> lines_;
  std::size_t taken_ = 0;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() { fake::fill(world); }

  std::string ask(const std::string& line);  // the answer, without its newline
  std::string ask_modern(const std::string& method, const std::string& params = "");

  World world;
  Service service{world};
  FrozenClock clock;
  Workers workers{16};
  Outbox outbox;
  Session session{{service, clock, workers, "0.1.0"},
                  {.principal = "ada", .agent = {}, .directory = {}},
                  [this](std::string_view line) { outbox.put(line); }};
};

// A gate that a fake call waits at until the test opens it.
class Gate {
 public:
  void open();
  void wait_until_open(std::stop_token stop);
  void wait_until_reached(int calls);  // so many calls stand at the gate

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool open_ = false;
  int reached_ = 0;
};

}  // namespace pawl
