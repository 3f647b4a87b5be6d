// The keeper proper: runs the phases of one attempt under one deadline, and comes back when
// everything of it is dead. One thread, one loop; every end goes the same way: SIGTERM and a grace
// where there is a reason for one, then SIGKILL until waitpid says that no child is left.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <optional>

#include "keeper/attempt.h"
#include "keeper/control.h"
#include "keeper/exec_report.h"
#include "keeper/log_stream.h"
#include "keeper/outcome.h"
#include "keeper/phase.h"
#include "keeper/record.h"

namespace pawl::keeper {

class Supervisor {
 public:
  // `started`: since_boot() when this program began: limit and bill count from there.
  static Result<Supervisor> prepare(const Attempt& attempt, std::chrono::nanoseconds started);

  // Runs the build, if there is one, and the command. The record lacks nothing but being written.
  ExitRecord run();
  Control& control() { return control_; }

 private:
  Supervisor(const Attempt& attempt, std::chrono::nanoseconds started, Control control, Fd signals,
             Fd timer);

  PhaseFacts run_phase(Stage stage);
  bool begin_phase(PhaseFacts& facts);
  void finish_phase(PhaseFacts& facts);
  void wait_for_events();
  void take_events();
  bool stop_signalled();
  bool bury_children(PhaseFacts& facts);
  void take_timer();
  bool granted_more();
  void note_start();
  void begin_end(Cause cause);
  void kill_all();
  void arm(std::chrono::nanoseconds at);
  void account();

  const Attempt& attempt_;  // outlives us
  const Spec& spec_;
  std::chrono::nanoseconds started_;
  Milliseconds limit_;
  Control control_;
  Fd commands_;  // of a sandbox, until what serves them has it
  Fd signals_, timer_, status_;
  LogStream out_, err_;
  ExecReport report_;
  ExitRecord record_;

  Stage stage_ = Stage::kCommand;
  pid_t child_ = 0;  // the phase's process; 0 once it has ended
  Cause cause_ = Cause::kNone;
  bool killing_ = false;
  int kill_wait_ms_ = 0;  // until the next SIGKILL to what is left
};

}  // namespace pawl::keeper
