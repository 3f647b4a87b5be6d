// notifications/progress for one call. Each value must be greater than the last one (MCP), also
// when nothing ended since: heartbeats creep towards the next whole number and never reach it. For
// .cpp files only.
#pragma once
#include <functional>
#include <string>
#include <utility>

#include "server/jobs/requests.h"
#include "server/protocol/message.h"

namespace pawl {

class ProgressNotes {
 public:
  explicit ProgressNotes(Json token) : token_(std::move(token)) {}

  std::string line(WaitProgress now) {
    beats_ = now.finished > finished_ ? 0 : beats_ + 1;
    finished_ = std::max(finished_, now.finished);
    const double value = static_cast<double>(finished_) + 1.0 - 1.0 / (1.0 + beats_);
    return notification_line("notifications/progress",
                             {{"progressToken", token_},
                              {"progress", value},
                              {"total", std::max(now.total, finished_)},
                              {"message", std::to_string(finished_) + " of " +
                                              std::to_string(now.total) + " finished"}});
  }

 private:
  Json token_;
  std::size_t finished_ = 0;
  int beats_ = -1;  // since the last job ended
};

}  // namespace pawl
