// Clients that submit, claim and finish jobs under the real schema and remember what they were
// promised; and the check that every promise was kept and nothing is half there.
#pragma once
#include <string>
#include <vector>

#include "server/store/store.h"

namespace pawl::test {

// What a client was answered: the job with this key has come at least this far.
struct Promise {
  enum class Stage : std::uint8_t { kSubmitted, kClaimed, kFinished };
  std::string key;
  Stage stage{};
};

class Client {
 public:
  Client(Store& store, std::int32_t number) : store_(store), number_(number) {}

  // The next write; false when the store did not take it.
  bool step();
  void run(int steps_max);  // until a write fails
  const std::vector<Promise>& promises() const { return promises_; }

 private:
  Result<void> submit(Transaction& transaction, const std::string& key);
  Result<void> claim(Transaction& transaction, const std::string& key);
  Result<void> finish(Transaction& transaction, const std::string& key);

  Store& store_;               // outlives us
  const std::int32_t number_;  // also its slot
  int steps_ = 0;
  std::vector<Promise> promises_;
};

// Everything that the workload needs before its first step. Run once on an empty store.
Result<void> prepare(Store& store);

struct Damages {
  int lost = 0;                     // broken promises
  std::vector<std::string> broken;  // anything that is half there, in words
};
Damages inspect(Store& store, const std::vector<Promise>& promises);

}  // namespace pawl::test
