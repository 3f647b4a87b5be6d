#include "server/budget/cut.h"

#include <algorithm>
#include <map>

namespace pawl {
namespace {

bool is_over(const Cap& cap, const Amount& held) {
  return (cap.money && held.money > *cap.money) || (cap.gpu_time && held.gpu_time > *cap.gpu_time);
}

struct Window {
  Cap cap;
  Amount held;  // spent, and reserved by what runs
  bool over() const { return is_over(cap, held); }
};

using Windows = std::map<WindowId, Window>;

Windows windows_of(const BudgetView& view, const std::vector<RunningHold>& running) {
  Windows windows;
  for (const Balance& balance : view)
    windows[balance.id] = {balance.cap, balance.spent + balance.overrun};
  for (const RunningHold& job : running) {
    for (const RunningHold::Part& part : job.parts) {
      const auto found = windows.find(part.window);
      if (found != windows.end()) found->second.held = found->second.held + part.amount;
    }
  }
  return windows;
}

bool frees(const RunningHold& job, const Windows& windows) {
  return std::ranges::any_of(job.parts, [&](const RunningHold::Part& part) {
    const auto found = windows.find(part.window);
    return found != windows.end() && found->second.over() && part.amount != Amount();
  });
}

}  // namespace

std::vector<JobId> to_end(const BudgetView& view, const std::vector<RunningHold>& newest_first) {
  Windows windows = windows_of(view, newest_first);
  std::vector<JobId> ended;
  for (const RunningHold& job : newest_first) {
    if (!frees(job, windows)) continue;
    ended.push_back(job.job);
    for (const RunningHold::Part& part : job.parts) {
      const auto found = windows.find(part.window);
      if (found != windows.end()) found->second.held = found->second.held - part.amount;
    }
  }
  return ended;
}

}  // namespace pawl
