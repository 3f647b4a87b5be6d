#include "server/transport/shim.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>

#include "server/core/text.h"
#include "server/transport/pump.h"

namespace pawl {
namespace {

constexpr std::chrono::milliseconds kFirstPause{5};
constexpr std::chrono::milliseconds kLongestPause{100};
constexpr int kParentDied = SIGUSR1;  // the kernel tells it of a thread: see parent_is_gone

// Waiting for another program to come up: there is nothing to wake us.
void pause_for(std::chrono::milliseconds time) { poll(nullptr, 0, static_cast<int>(time.count())); }

// A descriptor that becomes readable when somebody wants us to end.
Descriptor watch_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, kParentDied}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);  // a client that is gone shows as EPIPE
  return Descriptor(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace

Result<Descriptor> connect_or_start(const DaemonAddress& daemon) {
  auto connected = connect_unix(daemon.socket);
  if (connected || !daemon.start) return connected;
  CHECK_OK(daemon.start());
  auto pause = kFirstPause;
  for (std::chrono::milliseconds waited{0}; waited < daemon.start_timeout; waited += pause) {
    connected = connect_unix(daemon.socket);
    if (connected) return connected;
    pause_for(pause);
    pause = std::min(pause * 2, kLongestPause);
  }
  return fail(ErrorKind::kEngine,
              "the server did not come up within " + format_duration(daemon.start_timeout),
              "Its log is pawl.log in the state directory; `pawl serve` shows it directly.");
}

Result<void> run_shim(const ShimOptions& options) {
  const Descriptor signals = watch_signals();
  prctl(PR_SET_PDEATHSIG, kParentDied);
  const auto parent_is_gone = [&] { return options.parent != 0 && getppid() != options.parent; };
  if (parent_is_gone()) return {};  // before the line above took hold
  TRY(const Descriptor daemon, connect_or_start(options.daemon));
  CHECK_OK(send_all(daemon.get(), hello_line(options.hello)));
  Pump pump({.input = options.input,
             .output = options.output,
             .socket = daemon.get(),
             .signals = signals.get()});
  for (;;) {
    switch (pump.run()) {
      case Pump::End::kInputEnded:
      case Pump::End::kClientGone:
        return {};
      case Pump::End::kDaemonGone:
        return fail(ErrorKind::kEngine, "the server closed the connection",
                    "Jobs that run go on; the next call starts the server again.");
      case Pump::End::kSignal:
        break;
    }
    signalfd_siginfo signal{};
    if (read(signals.get(), &signal, sizeof signal) != sizeof signal) continue;
    // The thread of the client that started us may end while the client lives on.
    if (signal.ssi_signo == kParentDied && !parent_is_gone()) continue;
    return {};
  }
}

}  // namespace pawl
