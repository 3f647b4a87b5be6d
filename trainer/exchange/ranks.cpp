#include "trainer/exchange/ranks.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <vector>

#include "trainer/core/text.h"

namespace trainer {
namespace {

constexpr int kPatienceSeconds = 5;  // for the others to say the same

struct Rank {
  pid_t pid = 0;  // 0: it ended
  int status = 0;
};

// A signal can reach nothing but globals.
std::array<volatile pid_t, kWorldMax> started;
volatile std::sig_atomic_t passed_on = 0;

void pass_on(int signal) {
  passed_on = signal;
  for (const pid_t pid : started) {
    if (pid > 0) ::kill(pid, signal);
  }
}

// Signals go to the ranks while this lives, and an alarm ends them.
class PassOn {
 public:
  PassOn() {
    passed_on = 0;
    struct sigaction action{};
    action.sa_handler = pass_on;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &action, &before_[i]);
    }
    action.sa_handler = [](int) { pass_on(SIGKILL); };
    ::sigaction(SIGALRM, &action, &before_.back());
  }
  ~PassOn() {
    ::alarm(0);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
    ::sigaction(SIGALRM, &before_.back(), nullptr);
  }
  PassOn(const PassOn&) = delete;
  PassOn& operator=(const PassOn&) = delete;

 private:
  static constexpr std::array kSignals = {SIGTERM, SIGINT};
  std::array<struct sigaction, kSignals.size() + 1> before_{};
};

Result<pid_t> start(const std::function<int()>& work) {
  std::fflush(nullptr);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return fail(format("could not start a process: %s", std::strerror(errno)));
  if (pid > 0) return pid;
  for (const int signal : {SIGTERM, SIGINT, SIGALRM}) ::signal(signal, SIG_DFL);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  const int status = work();
  std::fflush(nullptr);
  ::_exit(status);
}

int run_rank(const World& world, const std::function<Result<int>(World)>& body) {
  const Result<int> status = body(world);
  if (!status) world.leave(status.error());
  return status ? *status : 1;
}

bool has_failed(int status) {
  return WIFSIGNALED(status) || (WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

// Until all have ended. The first that fails gives the others some seconds, one that a signal ended
// none: they wait for it. Returns which failed first, or -1.
int watch(std::vector<Rank>& ranks) {
  int first = -1;
  for (std::size_t left = ranks.size(); left > 0;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, 0);
    if (pid < 0 && errno == EINTR) continue;
    const auto ended = std::ranges::find(ranks, pid, &Rank::pid);
    if (ended == ranks.end()) continue;
    const auto index = static_cast<std::size_t>(ended - ranks.begin());
    started[index] = 0;
    *ended = {.pid = 0, .status = status};
    --left;
    if (first >= 0 || !has_failed(status)) continue;
    first = static_cast<int>(index);
    WIFSIGNALED(status) ? pass_on(SIGKILL) : static_cast<void>(::alarm(kPatienceSeconds));
  }
  return first;
}

Error failure(const World& world, const std::vector<Rank>& ranks, int first) {
  const int status = ranks[static_cast<std::size_t>(first)].status;
  if (WIFSIGNALED(status)) {
    return {format("rank %d of %d was ended by signal %d; the others were ended with it", first,
                   world.size(), WTERMSIG(status)),
            "Its checkpoint of before is good: the same command goes on from there."};
  }
  Error why = world.why(first);
  const auto says_the_same = [&](int rank) { return world.why(rank).message == why.message; };
  bool is_unanimous = true;
  for (int rank = 0; rank < world.size(); ++rank) is_unanimous &= says_the_same(rank);
  if (!is_unanimous) why.message = format("rank %d of %d: ", first, world.size()) + why.message;
  return why;
}

}  // namespace

Result<int> run_ranks(const World& world, const std::function<Result<int>(World)>& body) {
  if (world.size() == 1) return body(world);
  const PassOn signals;
  std::vector<Rank> ranks;
  for (int rank = 0; rank < world.size(); ++rank) {
    const auto pid = start([&] { return run_rank(world.as(rank), body); });
    if (!pid) {
      pass_on(SIGKILL);
      watch(ranks);
      return std::unexpected(pid.error());
    }
    started[static_cast<std::size_t>(rank)] = *pid;
    ranks.push_back({.pid = *pid});
  }
  const int failed = watch(ranks);
  const int asked = passed_on;
  if (asked == SIGTERM || asked == SIGINT) return 128 + asked;  // perhaps before they could say so
  if (failed >= 0) return std::unexpected(failure(world, ranks, failed));
  return WEXITSTATUS(ranks[0].status);
}

Result<int> ask_apart(const std::function<int()>& question) {
  TRY(const pid_t pid, start(question));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) continue;
  if (!WIFEXITED(status)) {
    return fail(format("a process was ended by signal %d", WTERMSIG(status)));
  }
  return WEXITSTATUS(status);
}

}  // namespace trainer
