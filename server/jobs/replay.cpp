#include "server/jobs/replay.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <queue>

#include "server/budget/admission.h"
#include "server/budget/windows.h"
#include "server/core/text.h"
#include "server/jobs/spending.h"
#include "server/policy/effective.h"

namespace pawl {
namespace {

// Every window that a policy can cap, but for one sweep's: of past jobs the sweep is not known.
constexpr std::array kTypes = {WindowType{NodeKind::kExperiment, WindowKind::kExperiment},
                               WindowType{NodeKind::kAgent, WindowKind::kTotal},
                               WindowType{NodeKind::kAgent, WindowKind::kDay},
                               WindowType{NodeKind::kAgent, WindowKind::kNight},
                               WindowType{NodeKind::kAgent, WindowKind::kWeek},
                               WindowType{NodeKind::kAgent, WindowKind::kMonth},
                               WindowType{NodeKind::kProject, WindowKind::kTotal},
                               WindowType{NodeKind::kProject, WindowKind::kDay},
                               WindowType{NodeKind::kProject, WindowKind::kNight},
                               WindowType{NodeKind::kProject, WindowKind::kWeek},
                               WindowType{NodeKind::kProject, WindowKind::kMonth},
                               WindowType{NodeKind::kStage, WindowKind::kTotal},
                               WindowType{NodeKind::kStage, WindowKind::kDay},
                               WindowType{NodeKind::kStage, WindowKind::kNight},
                               WindowType{NodeKind::kStage, WindowKind::kWeek},
                               WindowType{NodeKind::kStage, WindowKind::kMonth},
                               WindowType{NodeKind::kGlobal, WindowKind::kTotal},
                               WindowType{NodeKind::kGlobal, WindowKind::kDay},
                               WindowType{NodeKind::kGlobal, WindowKind::kNight},
                               WindowType{NodeKind::kGlobal, WindowKind::kWeek},
                               WindowType{NodeKind::kGlobal, WindowKind::kMonth}};

std::string name_of(NodeKind node, const PastJob& job) {
  switch (node) {
    case NodeKind::kGlobal:
      return "";
    case NodeKind::kProject:
      return job.project;
    case NodeKind::kAgent:
      return job.project + "/" + job.principal;
    case NodeKind::kStage:
      return job.stage;
    case NodeKind::kRound:
    case NodeKind::kExperiment:
      return std::to_string(job.id);
  }
  __builtin_unreachable();
}

struct Held {
  Timestamp ends;
  std::size_t job;
  bool operator>(const Held& other) const { return ends > other.ends; }
};

class Replay {
 public:
  Replay(const Policy& policy, const Calendar& calendar) : policy_(policy), calendar_(calendar) {}

  ReplayedJob submit(const PastJob& job, bool judged) {
    settle_until(job.created);
    ReplayedJob result{job, Replayed::kAdmitted, ""};
    BudgetView view = view_of(job);
    if (judged) judge(view, result);
    if (result.verdict == Replayed::kRefused) return result;
    for (const Balance& balance : view) window_of(balance).reserved = balance.reserved + job.worst;
    if (job.finished) running_.push({*job.finished, jobs_.size()});
    jobs_.push_back({job, std::move(view)});
    return result;
  }

 private:
  using Key = std::tuple<NodeKind, std::string, WindowKind, Timestamp>;

  Balance& window_of(const Balance& balance) {
    return windows_[{balance.node_kind, balance.node_name, balance.window_kind,
                     balance.span.starts}];
  }

  // The windows as they stand, with the caps of the policy.
  BudgetView view_of(const PastJob& job) {
    const CapTree caps =
        caps_for(policy_, {.principal = job.principal, .project = job.project, .stage = job.stage});
    BudgetView view;
    for (const WindowKey& key :
         windows_to_reserve(calendar_, kTypes, job.created, job.worst_time)) {
      Balance fresh{.node_kind = key.node, .node_name = name_of(key.node, job)};
      fresh.window_kind = key.kind;
      fresh.span = key.span;
      Balance& known = window_of(fresh);
      fresh.spent = known.spent;
      fresh.reserved = known.reserved;
      fresh.cap = cap_of(caps, key.node, key.kind);
      known = fresh;
      view.push_back(std::move(fresh));
    }
    return view;
  }

  void judge(const BudgetView& view, ReplayedJob& result) const {
    const PastJob& job = result.job;
    const auto refuse_for = [&](std::string why) {
      result.verdict = Replayed::kRefused;
      result.why = std::move(why);
    };
    const auto rules = rules_for(policy_, job.principal, job.stage);
    if (!rules) return refuse_for(rules.error().message);
    if (job.limit > rules->max_runtime.value) {
      return refuse_for(fmt::format("max_minutes {} ({})",
                                    format_duration(rules->max_runtime.value),
                                    rules->max_runtime.source));
    }
    if (job.gpus > rules->gpus.value)
      return refuse_for(fmt::format("gpus_per_job {} ({})", rules->gpus.value, rules->gpus.source));
    if (const auto refusal = refuse(view, job.worst)) {
      const Balance& binding = refusal->binding;
      return refuse_for(fmt::format("budget of {} ({})",
                                    binding.node_name.empty() ? "all" : binding.node_name,
                                    binding.cap.source));
    }
    for (const ApproveRule& rule : policy_.approvals) {
      if (rule.stage && *rule.stage != job.stage) continue;
      if (rule.usd_over && job.worst.money <= *rule.usd_over) continue;
      result.verdict = Replayed::kHeld;
      result.why = "[[approve]] (" + rule.source + ")";
      return;
    }
  }

  // What ended before costs what it cost, in every window that it was reserved in.
  void settle_until(Timestamp now) {
    for (; !running_.empty() && running_.top().ends <= now; running_.pop()) {
      const auto& [job, view] = jobs_[running_.top().job];
      for (const Balance& balance : view) {
        Balance& known = window_of(balance);
        known.reserved = known.reserved - job.worst;
        known.spent.money += job.cost;
      }
    }
  }

  const Policy& policy_;
  Calendar calendar_;
  std::map<Key, Balance> windows_;
  std::vector<std::pair<PastJob, BudgetView>> jobs_;
  std::priority_queue<Held, std::vector<Held>, std::greater<>> running_;
};

Money cost_of(const std::vector<ReplayedJob>& jobs, std::optional<Replayed> verdict) {
  Money sum;
  for (const ReplayedJob& job : jobs)
    if (!verdict || job.verdict == *verdict) sum += job.job.cost;
  return sum;
}

}  // namespace

Result<std::vector<ReplayedJob>> replay(const Policy& policy, const std::vector<PastJob>& jobs,
                                        Timestamp from) {
  TRY(const Calendar calendar, calendar_of(policy));
  Replay night(policy, calendar);
  std::vector<ReplayedJob> judged;
  for (const PastJob& job : jobs) {
    const bool counts = job.created >= from;
    ReplayedJob result = night.submit(job, counts);
    if (counts) judged.push_back(std::move(result));
  }
  return judged;
}

std::string describe(const std::vector<ReplayedJob>& jobs, Timestamp from) {
  std::map<std::string, std::vector<const ReplayedJob*>> keys;
  for (const ReplayedJob& job : jobs)
    if (!job.why.empty()) keys[job.why].push_back(&job);
  std::string text = fmt::format(
      "{} jobs since {}: ${} was spent.\nUnder this policy: ${} of it surely, ${} after a human "
      "said yes, ${} not at all.\n",
      jobs.size(), format_utc(from), format_usd(cost_of(jobs, std::nullopt)),
      format_usd(cost_of(jobs, Replayed::kAdmitted)), format_usd(cost_of(jobs, Replayed::kHeld)),
      format_usd(cost_of(jobs, Replayed::kRefused)));
  for (const auto& [why, of_key] : keys) {
    const bool held = of_key.front()->verdict == Replayed::kHeld;
    text += fmt::format("{} {}: {}\n", of_key.size(), held ? "held" : "refused", why);
    for (std::size_t i = 0; i < std::min<std::size_t>(of_key.size(), 5); ++i) {
      const PastJob& job = of_key[i]->job;
      text += fmt::format("  {} {:03} {} ({}, at most ${})\n", job.project, job.number, job.title,
                          job.stage, format_usd(job.worst.money));
    }
  }
  return text;
}

}  // namespace pawl
