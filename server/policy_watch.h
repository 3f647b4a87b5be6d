// Calls back when the policy files may have changed on disk: soon after the last of a burst of
// writes, since editors write, rename and touch in several steps. Owns its thread.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>

#include "server/core/result.h"
#include "server/transport/socket.h"

namespace pawl {

class PolicyWatch {
 public:
  // `changed` is called on the watch's thread. The folder may be absent, or come and go.
  static Result<std::unique_ptr<PolicyWatch>> start(std::filesystem::path folder,
                                                    std::function<void()> changed);

 private:
  PolicyWatch(std::filesystem::path folder, Descriptor events, Descriptor wake,
              std::function<void()> changed);
  void run(const std::stop_token& stop);
  void watch_folder();
  bool wait_for_event(int timeout_ms);  // false: none in that time, or we shall end
  void drop_events();

  const std::filesystem::path folder_;
  const Descriptor events_, wake_;
  const std::function<void()> changed_;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace pawl
