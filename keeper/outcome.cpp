#include "keeper/outcome.h"

#include <csignal>

namespace pawl::keeper {
namespace {

std::string reason_not_started(const PhaseFacts& facts) {
  if (!facts.problem.empty()) return facts.problem;
  if (!facts.walls.empty()) return facts.walls;
  return "the sandbox ended before the command began and said nothing";
}

}  // namespace

void conclude(const PhaseFacts& facts, ExitRecord& record) {
  record.outcome = outcome_of(facts);
  record.exit_code.reset();
  record.signal.reset();
  if (record.outcome == Outcome::kNotStarted) {
    record.error = reason_not_started(facts);
    return;
  }
  if (!facts.started) return;
  // Without a status the whole box was killed, by us or by somebody outside.
  if (!facts.wait_status) {
    record.signal = SIGKILL;
  } else if (WIFEXITED(*facts.wait_status)) {
    record.exit_code = WEXITSTATUS(*facts.wait_status);
  } else {
    record.signal = WTERMSIG(*facts.wait_status);
  }
}

}  // namespace pawl::keeper
