#include "trainer/app/stop_signal.h"

#include <csignal>

namespace trainer {
namespace {

volatile std::sig_atomic_t caught_signal = 0;  // a signal can reach nothing but a global

void remember(int signal) { caught_signal = signal; }

}  // namespace

StopSignal::StopSignal() {
  caught_signal = 0;
  std::signal(SIGTERM, remember);
  std::signal(SIGINT, remember);
}

StopSignal::~StopSignal() {
  std::signal(SIGTERM, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
}

int StopSignal::caught() { return caught_signal; }

}  // namespace trainer
