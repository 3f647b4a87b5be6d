// How a phase tells the keeper whether its command really started. The writing end is closed by the
// kernel when execve succeeds, so: kInside and end of file means that the first instruction runs;
// kInside and text is what was missing; end of file alone means that the walls themselves could not
// be built.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "keeper/fd.h"

namespace pawl::keeper {

inline constexpr char kInside = '>';

// Becomes argv with exactly this environment, or writes to `report` why that is not possible and
// exits. Never asks a shell.
[[noreturn]] void become(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                         int report);
[[noreturn]] void give_up(int report, std::string_view problem);

// The keeper's end. Fed from a pipe that does not block.
class ExecReport {
 public:
  void attach(Fd pipe);
  int pipe() const { return pipe_.get(); }
  bool pump();  // true once: the command has just started
  bool started() const { return started_; }
  bool inside() const { return text_.starts_with(kInside); }
  std::string_view problem() const;  // empty unless something was missing

 private:
  Fd pipe_;
  std::string text_;
  bool started_ = false;
};

}  // namespace pawl::keeper
