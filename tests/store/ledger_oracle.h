// What the ledger ought to say, in plain arithmetic: three jobs on one branch of five shared
// windows, moved by random commands. Written without a look at the ledger's own code.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace pawl::test {

enum class Verb : std::uint8_t { kHold, kClaim, kDie, kSettle, kRelease, kCap, kAdjust };
inline constexpr int kVerbs = 7;

struct Command {
  Verb verb{};
  int job = 0;     // 0..2
  int window = 0;  // 0..4, for kCap and kAdjust
  std::int64_t money = 0, gpu_ms = 0;
  bool launched = false;  // for kDie: it ran before it died
};
std::string text_of(const Command& command);

struct OracleWindow {
  std::optional<std::int64_t> cap_money, cap_gpu_ms;
  std::array<std::int64_t, 2> spent{}, reserved{}, overrun{};  // money, GPU time
};

class LedgerOracle {
 public:
  bool apply(const Command& command);  // false: must be refused, and changes nothing
  const std::array<OracleWindow, 5>& windows() const { return windows_; }
  std::int32_t attempts(int job) const { return jobs_.at(static_cast<std::size_t>(job)).attempts; }

 private:
  using Pair = std::array<std::int64_t, 2>;
  enum class Stage : std::uint8_t { kIdle, kHeld, kAlive, kDead };
  struct Job {
    Stage stage = Stage::kIdle;
    bool launched = false;
    std::int32_t attempts = 0;
    Pair reserved{};
  };

  bool reserve(Job& job, const Pair& amount);
  void give_back(Job& job);
  bool settle(Job& job, const Pair& actual);

  std::array<OracleWindow, 5> windows_;
  std::array<Job, 3> jobs_;
};

}  // namespace pawl::test
