// Lives through a plan, single-threaded, by the virtual clock: the real service, scheduler, ledger
// and database over a simulated engine. After every event the invariants are checked; what happened
// is hashed into a trace.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/simulation/scratch_folder.h"
#include "server/simulation/simulated_server.h"
#include "tests/simulation/faults.h"
#include "tests/simulation/invariants.h"
#include "tests/simulation/plan.h"

namespace pawl::simulation {

enum class Life : std::uint8_t {
  kAsPlanned,
  kCalm,  // the server never crashes; where it was away, it only does nothing
};

struct Lived {
  std::string broken;                           // the first promise that did not hold, or empty
  std::uint64_t trace = 0;                      // of everything that could be seen
  std::map<std::string, std::string> outcomes;  // job -> state, reason, value
  std::vector<std::string> answers;             // to what agents asked
  int jobs = 0, refused = 0, crashes = 0, attempts = 0, events = 0, compared = 0;
  int sandboxes = 0, slices = 0;  // opened; granted beyond the first of each
};

// What every history starts from: made once, because a repository and a schema take long.
class FreshState {
 public:
  FreshState();
  const std::filesystem::path& path() const { return folder_->path(); }

 private:
  std::optional<ScratchFolder> folder_;
};

class History {
 public:
  History(const Plan& plan, const FreshState& fresh, Life life, Fault fault);
  Lived live();

 private:
  void take(const Step& step);
  void act(const Step& step);
  // Events on the way are seen to; where none comes, the server looks that often.
  void pass(Milliseconds time, Milliseconds look);
  void turn();
  void hear();
  void drain();
  void rest_within(Milliseconds time);  // at most
  void start();
  void crash();
  void forget_grants();
  void reload(const std::map<std::string, std::string>& policy);
  void submit(std::int64_t count, bool sweep);
  void cancel(std::int64_t number);
  void open_sandbox(std::int64_t minutes);
  void use_sandbox(std::int64_t number);
  void close_sandbox(std::int64_t number);
  void close_all();
  std::string some_sandbox(std::int64_t number) const;  // its handle
  void misbehave();                                     // what a fault does beside the server
  void shorten_record(AttemptId id);
  void skip_ancestor();
  void settle_twice();
  void grant_unpaid();
  void skip_ancestor_of_slice();
  Fate fate_of(const LaunchSpec& spec);
  void note(const std::string& what);
  void answer(std::string what);
  void check(const std::string& after);

  const Plan& plan_;
  const Life life_;
  const Fault fault_;
  ScratchFolder folder_;
  const Paths paths_;
  VirtualClock clock_;
  Agenda agenda_;
  SimulatedRunner engine_;
  FaultyRunner runner_;
  Invariants invariants_;
  std::unique_ptr<SimulatedServer> server_;
  bool away_ = false;  // nobody turns
  bool misbehaved_ = false;
  std::map<std::string, std::string> policy_;
  Caps caps_;
  std::map<JobId, int> launches_;
  std::int64_t titles_ = 0;
  Lived lived_;
};

}  // namespace pawl::simulation
