// Finding what is left of an attempt whose keeper died. Every process of an attempt inherits
// PAWL_ATTEMPT_TOKEN; whoever still shows the token in its environment belongs to it.
//
// Inside a PID namespace this only waits for the kernel, which kills everything with the box.
// Without one it is as good as the environment: a daemon that replaced its own (env -i) is not
// found.
#pragma once
#include <string_view>

namespace pawl {

inline constexpr std::string_view kTokenVariable = "PAWL_ATTEMPT_TOKEN";

// One pass over /proc: sends SIGKILL to every process with the token; returns how many there were.
// One pass that finds none proves nothing if something forks meanwhile; see DeathProof.
int kill_marked(std::string_view token);

// Dead when two passes in a row found nothing.
class DeathProof {
 public:
  bool look(std::string_view token) {
    clean_passes_ = kill_marked(token) == 0 ? clean_passes_ + 1 : 0;
    return clean_passes_ >= 2;
  }

 private:
  int clean_passes_ = 0;
};

}  // namespace pawl
