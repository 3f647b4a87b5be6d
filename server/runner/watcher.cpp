#include "server/runner/watcher.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include "keeper/contract.h"
#include "server/runner/attempt_folder.h"

namespace pawl {
namespace {

constexpr int kRetryMinMs = 1;
constexpr int kRetryMaxMs = 250;
constexpr int kRoundsToMax = 8;
constexpr std::size_t kLineBytesMax = 256;

}  // namespace

Watcher::Watcher(RunnerSink sink)
    : sink_(std::move(sink)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      thread_([this] { run(); }) {
  assert(wake_.open());
}

Watcher::~Watcher() {
  give(Kind::kQuit, {});
  thread_.join();
}

void Watcher::expect(const AttemptRef& attempt) { give(Kind::kExpect, attempt); }
void Watcher::watch(const AttemptRef& attempt) { give(Kind::kWatch, attempt); }
void Watcher::forget(const AttemptRef& attempt) { give(Kind::kForget, attempt); }
void Watcher::stop(const AttemptRef& attempt) { give(Kind::kStop, attempt); }

void Watcher::give(Kind kind, const AttemptRef& attempt) {
  {
    const std::scoped_lock lock(mutex_);
    orders_.push_back({kind, attempt});
  }
  eventfd_write(wake_.get(), 1);
}

void Watcher::run() {
  for (;;) {
    wait();
    if (!take_orders()) return;
    for (auto entry = attempts_.begin(); entry != attempts_.end();) {
      entry = lives_on(entry->second) ? std::next(entry) : attempts_.erase(entry);
    }
  }
}

bool Watcher::lives_on(Watched& watched) {
  if (watched.expected) return true;
  return watched.socket.open() ? listen_to(watched) : look_after(watched);
}

// Until somebody speaks; shorter while the fate of an attempt is open.
void Watcher::wait() {
  std::vector<pollfd> polled = {{wake_.get(), POLLIN, 0}};
  int timeout = -1;
  for (const auto& [id, watched] : attempts_) {
    if (watched.socket.open()) polled.push_back({watched.socket.get(), POLLIN, 0});
    if (watched.socket.open() || watched.expected) continue;
    const int retry = std::min(kRetryMinMs << std::min(watched.rounds, kRoundsToMax), kRetryMaxMs);
    timeout = timeout < 0 ? retry : std::min(timeout, retry);
  }
  poll(polled.data(), polled.size(), timeout);
}

bool Watcher::take_orders() {
  eventfd_t count = 0;
  eventfd_read(wake_.get(), &count);
  std::vector<Order> orders;
  {
    const std::scoped_lock lock(mutex_);
    orders.swap(orders_);
  }
  for (const Order& order : orders) {
    if (order.kind == Kind::kQuit) return false;
    obey(order);
  }
  return true;
}

void Watcher::obey(const Order& order) {
  const auto found = attempts_.find(order.attempt.id);
  switch (order.kind) {
    case Kind::kExpect:
    case Kind::kWatch: {
      Watched& watched = attempts_[order.attempt.id];
      watched.attempt = order.attempt;
      watched.expected = order.kind == Kind::kExpect;
      break;
    }
    case Kind::kForget:
      if (found != attempts_.end()) attempts_.erase(found);
      break;
    case Kind::kStop:
      if (found != attempts_.end()) {
        found->second.stop_wanted = true;
        connect(found->second);
      } else if (const keeper::Fd socket = connect_to_keeper(order.attempt.folder); socket.open()) {
        send(socket.get(), keeper::kStop.data(), keeper::kStop.size(), MSG_NOSIGNAL);
      }
      break;
    case Kind::kQuit:
      break;
  }
}

// Connects where there is no connection, and delivers a wanted stop.
void Watcher::connect(Watched& watched) {
  if (!watched.socket.open() && !watched.expected) {
    watched.socket = connect_to_keeper(watched.attempt.folder);
    watched.line.clear();
  }
  if (watched.socket.open() && watched.stop_wanted) {
    send(watched.socket.get(), keeper::kStop.data(), keeper::kStop.size(), MSG_NOSIGNAL);
  }
}

bool Watcher::listen_to(Watched& watched) {
  char buffer[256];
  const ssize_t got = recv(watched.socket.get(), buffer, sizeof buffer, 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got > 0) watched.line.append(buffer, static_cast<std::size_t>(got));
  for (std::size_t end = 0; (end = watched.line.find('\n')) != std::string::npos;) {
    const std::string line = watched.line.substr(0, end + 1);
    watched.line.erase(0, end + 1);
    if (line == keeper::kStarted) emit(watched, RunnerEventKind::kStarted);
    if (line == keeper::kEnded) {
      emit(watched, RunnerEventKind::kEnded);
      return false;
    }
  }
  if (got > 0 && watched.line.size() <= kLineBytesMax) return true;
  watched.socket.reset();  // gone without a word
  watched.rounds = 0;
  return look_after(watched);
}

bool Watcher::look_after(Watched& watched) {
  connect(watched);
  if (watched.socket.open()) return true;
  ++watched.rounds;
  return decide(watched);
}

bool Watcher::decide(Watched& watched) {
  const Result<Fate> fate = examine(watched.attempt.folder);
  if (!fate) return true;  // the disk may come back; until then it may be alive
  switch (*fate) {
    case Fate::kLocked:
      return true;
    case Fate::kEnded:
      emit(watched, RunnerEventKind::kEnded);
      return false;
    case Fate::kKeeperDead:
      if (!watched.proof.look(watched.attempt.token)) return true;
      emit(watched, RunnerEventKind::kLost);
      return false;
    case Fate::kNeverStarted:
      emit(watched, RunnerEventKind::kLost);
      return false;
  }
  __builtin_unreachable();
}

void Watcher::emit(const Watched& watched, RunnerEventKind kind) {
  sink_({watched.attempt.id, kind});
}

}  // namespace pawl
