// What people see of a question, and of its answer. Plain values, as in requests.h.
#pragma once
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/money.h"

namespace pawl {

// A question that waits for a human.
struct ApprovalLine {
  std::string handle;  // "a4"
  std::string project, stage, agent, principal;
  std::string why;                // the rule that asks
  std::vector<std::string> jobs;  // handles of those that are held for it
  Money amount;                   // the worst case of all that was asked
  Timestamp created{}, expires{};
};

struct ApprovalReply {
  std::string handle;
  bool approved = false;
  std::vector<std::string> jobs;  // queued, or cancelled
  Money reserved;
  std::string note{};  // what the trust mode makes of a yes; empty: nothing to add
};

}  // namespace pawl
