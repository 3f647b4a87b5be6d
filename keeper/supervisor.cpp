#include "keeper/supervisor.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>

#include "keeper/files.h"
#include "keeper/tree.h"

namespace pawl::keeper {
namespace {

using std::chrono::nanoseconds;

constexpr int kKillWaitMinMs = 5;
constexpr int kKillWaitMaxMs = 250;
constexpr std::size_t kLeaseBytesMax = 32;

Result<Fd> open_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT}) sigaddset(&set, signal);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  Fd signals(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.open()) return io_error("open", "a signalfd");
  return signals;
}

Milliseconds milliseconds(const timeval& time) {
  return std::chrono::floor<Milliseconds>(std::chrono::seconds(time.tv_sec) +
                                          std::chrono::microseconds(time.tv_usec));
}

}  // namespace

Result<Supervisor> Supervisor::prepare(const Attempt& attempt, nanoseconds started) {
  TRY(Control control, Control::listen_in(attempt.keeper.get()));
  TRY(Fd signals, open_signals());
  Fd timer(timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer.open()) return io_error("open", "a timer");
  Supervisor made(attempt, started, std::move(control), std::move(signals), std::move(timer));
  if (attempt.spec.serves) {
    TRY(made.commands_, listen_at(attempt.keeper.get(), kCommandSocket));
  }
  return made;
}

Supervisor::Supervisor(const Attempt& attempt, nanoseconds started, Control control, Fd signals,
                       Fd timer)
    : attempt_(attempt),
      spec_(attempt.spec),
      started_(started),
      limit_(attempt.spec.limit),
      control_(std::move(control)),
      signals_(std::move(signals)),
      timer_(std::move(timer)),
      out_(attempt.record.get(), "stdout.log", attempt.spec.log_bytes_max),
      err_(attempt.record.get(), "stderr.log", attempt.spec.log_bytes_max) {
  record_.token = spec_.token;
  record_.started_at = wall_time();
  record_.pid_namespace = spec_.boxed();
  record_.boot_id = boot_id();
}

ExitRecord Supervisor::run() {
  arm(started_ + limit_);
  for (const Stage stage : {Stage::kBuild, Stage::kCommand}) {
    if (stage == Stage::kBuild && spec_.build.empty()) continue;
    const nanoseconds begun = since_boot();
    const PhaseFacts facts = run_phase(stage);
    const auto took = std::chrono::floor<Milliseconds>(since_boot() - begun);
    (stage == Stage::kBuild ? record_.build : record_.command) = took;
    conclude(facts, record_);
    if (!went_well(facts)) break;
  }
  account();
  return record_;
}

PhaseFacts Supervisor::run_phase(Stage stage) {
  stage_ = stage;
  record_.phase = stage;
  killing_ = false;
  kill_wait_ms_ = kKillWaitMinMs;
  PhaseFacts facts;
  if (!begin_phase(facts)) return facts;
  while (bury_children(facts)) {
    // After the deaths: a command that ended by itself at its last moment is not called late.
    take_timer();
    if (killing_) kill_all();
    wait_for_events();
    take_events();
  }
  finish_phase(facts);
  return facts;
}

bool Supervisor::begin_phase(PhaseFacts& facts) {
  const auto left = std::chrono::floor<Milliseconds>(started_ + limit_ - since_boot());
  const std::vector<std::string> session = {own_program(), "--serve"};
  const auto& command = spec_.serves ? session : spec_.command;
  auto phase = start_phase(spec_, stage_ == Stage::kBuild ? spec_.build : command, left, commands_);
  if (stage_ == Stage::kCommand) commands_.reset();  // its death is to close the socket
  if (!phase) {
    facts.problem = phase.error().message;
    return false;
  }
  child_ = phase->pid;
  out_.attach(std::move(phase->out));
  err_.attach(std::move(phase->err));
  report_.attach(std::move(phase->report));
  status_ = std::move(phase->status);
  return true;
}

// Everything of the phase is dead, so what lies in its pipes is all there will be.
void Supervisor::finish_phase(PhaseFacts& facts) {
  if (report_.pump()) note_start();
  out_.finish();
  err_.finish();
  facts.cause = cause_;
  facts.started = report_.started();
  facts.problem = report_.problem();
  if (!report_.inside()) facts.walls = err_.last_line();
  if (!spec_.boxed()) return;
  int status = 0;  // bubblewrap's own status says less than what the box's first process wrote
  const bool told = read(status_.get(), &status, sizeof status) == sizeof status;
  facts.wait_status = told ? std::optional(status) : std::nullopt;
}

void Supervisor::wait_for_events() {
  std::vector<pollfd> polled;
  for (const int fd : {signals_.get(), timer_.get(), out_.pipe(), err_.pipe(), report_.pipe()}) {
    polled.push_back({fd, POLLIN, 0});  // a negative descriptor is skipped
  }
  control_.watch(polled);
  poll(polled.data(), polled.size(), killing_ ? kill_wait_ms_ : -1);
}

// Whatever may be ready: nothing here blocks.
void Supervisor::take_events() {
  if (report_.pump()) note_start();
  out_.pump();
  err_.pump();
  if (stop_signalled()) begin_end(Cause::kAsked);
  if (control_.serve(name_of(stage_))) begin_end(Cause::kAsked);
}

bool Supervisor::stop_signalled() {
  bool stop = false;
  signalfd_siginfo info{};
  while (read(signals_.get(), &info, sizeof info) == sizeof info) {
    if (info.ssi_signo != SIGCHLD) stop = true;
  }
  return stop;
}

// False when nothing of the attempt is left.
bool Supervisor::bury_children(PhaseFacts& facts) {
  int status = 0;
  for (;;) {
    const pid_t dead = waitpid(-1, &status, WNOHANG);
    if (dead < 0 && errno != EINTR) return false;
    if (dead == 0) break;
    if (dead != child_) continue;
    child_ = 0;
    facts.wait_status = status;
    killing_ = true;  // the rest of the tree has no one left to work for
  }
  return true;
}

// One timer: the deadline, and once the end has begun, the end of the grace.
void Supervisor::take_timer() {
  std::uint64_t expirations = 0;
  if (read(timer_.get(), &expirations, sizeof expirations) != sizeof expirations) return;
  if (cause_ == Cause::kNone) {
    if (!granted_more()) begin_end(Cause::kDeadline);
  } else {
    killing_ = true;
  }
}

// The server pays before it grants. Nothing inside can write here, and nothing lasts longer than
// the launch said.
bool Supervisor::granted_more() {
  if (spec_.limit_max <= limit_) return false;
  const auto text = read_file(attempt_.keeper.get(), kLeaseFile, kLeaseBytesMax);
  if (!text) return false;
  std::int64_t granted = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), granted);
  if (error != std::errc() || end == text->data()) return false;
  const Milliseconds limit = std::min(Milliseconds(granted), spec_.limit_max);
  if (limit <= limit_) return false;
  limit_ = limit;
  arm(started_ + limit_);
  return true;
}

void Supervisor::note_start() {
  if (stage_ == Stage::kCommand) {
    record_.first_instruction = std::chrono::ceil<Milliseconds>(since_boot() - started_);
  }
  const bool first = stage_ == Stage::kBuild || spec_.build.empty();
  if (!first) return;
  control_.announce(kStarted);
  // Made durable beside the running job, not before it. If this fails, a power cut may take
  // `state`, and with it the job.
  (void)sync_state(attempt_);
}

void Supervisor::begin_end(Cause cause) {
  const bool ended_by_itself = child_ == 0 && stage_ == Stage::kCommand;
  if (cause_ != Cause::kNone || ended_by_itself) return;
  cause_ = cause;
  if (!report_.started()) {  // nothing of the user's runs yet that could make use of a grace
    killing_ = true;
    return;
  }
  signal_descendants(SIGTERM, spec_.boxed());
  arm(since_boot() + spec_.grace);
}

void Supervisor::kill_all() {
  signal_descendants(SIGKILL, false);
  kill_wait_ms_ = std::min(2 * kill_wait_ms_, kKillWaitMaxMs);
}

void Supervisor::arm(nanoseconds at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = (at - seconds).count();
  timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

void Supervisor::account() {
  rusage usage{};
  getrusage(RUSAGE_CHILDREN, &usage);
  record_.cpu = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
  record_.rss_max_kb = usage.ru_maxrss;
  record_.stdout_bytes = out_.bytes();
  record_.stderr_bytes = err_.bytes();
  record_.log_truncated = out_.truncated() || err_.truncated();
  record_.ended_at = wall_time();
  record_.billed = std::chrono::ceil<Milliseconds>(since_boot() - started_);
}

}  // namespace pawl::keeper
