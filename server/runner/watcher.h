// Listens to the control sockets of all live attempts on one thread and turns what it hears into
// events. While attempts run it sleeps; only an attempt whose keeper just came or went is looked at
// again and again, for milliseconds, until it is connected, or its record is there, or it is proven
// dead.
#pragma once
#include <poll.h>

#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "keeper/fd.h"
#include "server/runner/proc_scan.h"
#include "server/runner/runner.h"

namespace pawl {

class Watcher {
 public:
  explicit Watcher(RunnerSink sink);
  ~Watcher();  // attempts live on
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // Any thread; taken in order. An expected attempt is about to be launched: a stop for it is kept
  // until it can be delivered. A watched one may be alive, and will come to an event.
  void expect(const AttemptRef& attempt);
  void watch(const AttemptRef& attempt);
  void forget(const AttemptRef& attempt);
  void stop(const AttemptRef& attempt);

 private:
  enum class Kind : std::uint8_t { kExpect, kWatch, kForget, kStop, kQuit };
  struct Order {
    Kind kind;
    AttemptRef attempt;
  };
  struct Watched {
    AttemptRef attempt;
    keeper::Fd socket;  // closed: its fate is not known at the moment
    std::string line;
    bool expected = false;  // its launch is not through yet
    bool stop_wanted = false;
    int rounds = 0;  // of looking after its fate
    DeathProof proof;
  };
  using Attempts = std::map<AttemptId, Watched>;

  void give(Kind kind, const AttemptRef& attempt);
  void run();
  void wait();
  bool take_orders();  // false: quit
  void obey(const Order& order);
  bool lives_on(Watched& watched);  // false: its last event is out
  bool listen_to(Watched& watched);
  bool look_after(Watched& watched);
  bool decide(Watched& watched);
  void connect(Watched& watched);
  void emit(const Watched& watched, RunnerEventKind kind);

  RunnerSink sink_;
  keeper::Fd wake_;  // eventfd
  std::mutex mutex_;
  std::vector<Order> orders_;  // guarded by mutex_
  Attempts attempts_;          // only on the thread
  std::thread thread_;
};

}  // namespace pawl
