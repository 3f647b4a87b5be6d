// Drives the real pawl-keeper against a folder of its own. Waiting is for events, with a timeout
// that only a failure meets.
#pragma once
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace pawl::keeper {

enum class Walls { kBare, kBoxed };

// A pipe with a name in the job's folder: the job writes to it to say something, or just holds it
// open while it lives.
class NamedPipe {
 public:
  explicit NamedPipe(const std::filesystem::path& path);
  ~NamedPipe();
  NamedPipe(const NamedPipe&) = delete;
  NamedPipe& operator=(const NamedPipe&) = delete;

  std::string wait_for_line();  // empty after the timeout
  bool has_writer();            // somebody holds it open now
  bool wait_until_no_writer();

 private:
  int fd_;
};

// A connection to the control socket.
class ControlClient {
 public:
  explicit ControlClient(const std::filesystem::path& attempt);
  ~ControlClient();
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  bool connected() const { return fd_ >= 0; }
  void say(std::string_view line);
  std::string line();  // without its end; empty at end of file or after the timeout
  bool wait_for(std::string_view line);

 private:
  int fd_ = -1;
  std::string buffer_;
};

struct Job {
  std::vector<std::string> command;
  std::vector<std::string> build = {};
  std::vector<std::string> env = {"PATH=/usr/bin:/bin"};
  int limit_ms = 60'000;
  int grace_ms = 10'000;
  std::int64_t log_bytes_max = 1 << 20;
  std::vector<std::string> more = {};  // further lines of the spec, as they are
};

inline std::vector<std::string> shell(std::string script) {
  return {"sh", "-c", std::move(script)};
}

class KeeperTest : public testing::Test {
 protected:
  KeeperTest();
  ~KeeperTest() override;

  void write_spec(const Job& job, Walls walls = Walls::kBare);
  int run_keeper();  // the exit code of its foreground part
  int run_keeper_without_streams();
  int start(const Job& job, Walls walls = Walls::kBare);
  void wait_for_record();  // until the keeper says so, or is gone
  void run_to_end(const Job& job, Walls walls = Walls::kBare);

  std::string field(const std::string& name) const;  // of status.json, as it is written there
  std::int64_t number(const std::string& name) const;
  std::string text(const std::filesystem::path& relative) const;
  bool has(const std::filesystem::path& relative) const;
  int keeper_pid() const;
  bool wait_until_lock_is_free() const;

  std::filesystem::path folder_;
  std::filesystem::path work_;
};

// The same behaviour is promised with and without bubblewrap.
class KeeperInBothModes : public KeeperTest, public testing::WithParamInterface<Walls> {
 protected:
  void SetUp() override;
};

bool bubblewrap_works();

}  // namespace pawl::keeper
