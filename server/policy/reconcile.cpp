#include "server/policy/reconcile.h"

#include <fmt/format.h>

#include <algorithm>

#include "server/policy/policy_keys.h"
#include "server/policy/pool_keys.h"

namespace pawl {
namespace {

class Reconciling {
 public:
  explicit Reconciling(const Rules& in_force) : result_{.rules = in_force} {}

  Reconciled result() && { return std::move(result_); }
  Rules& rules() { return result_.rules; }

  void note(const std::string& key, const ValueChange& change, const std::string& fallback_source) {
    if (change.effect == Effect::kSame) return;
    PolicyChanges& list = change.effect == Effect::kTighter ? result_.tightened : result_.pending;
    list.push_back({key, change.before, change.after,
                    change.source.empty() ? fallback_source : change.source});
  }

  template <class T>
  void section(const std::string& name, const Fields<T>& fields, T& outer, const T& inner,
               const std::string& source) {
    for (const Field<T>& f : fields)
      note(name + "." + f.info.name, f.take_tighter(outer, inner), source);
  }

  // [kind.NAME]: its parts are found by name.
  void stages(const Rules& before, const Rules& proposed);
  void pools(const Pools& proposed);

  // [[kind]] of which the first match counts.
  template <class Rule>
  void first_matches(const std::string& kind, const Fields<Rule>& fields, std::vector<Rule>& outer,
                     const std::vector<Rule>& inner);

  // [[kind]] of which every rule holds.
  template <class Rule>
  void all_hold(const std::string& kind, std::vector<Rule>& outer, const std::vector<Rule>& inner);

  void notify(const NotifyRule& proposed);

 private:
  Reconciled result_;
};

constexpr const char* kNone = "none";

// A stage's number replaces that of [jobs], so a number that only one side writes down is measured
// against what holds without it.
template <class V>
void fill_in(std::optional<Sourced<V>>& outer, const Sourced<V>& of_outer_jobs,
             std::optional<Sourced<V>>& inner, const Sourced<V>& of_inner_jobs) {
  if (!outer && !inner) return;
  if (!outer) outer = of_outer_jobs;
  if (!inner) inner = of_inner_jobs;
}

void Reconciling::stages(const Rules& before, const Rules& proposed) {
  std::vector<Stage> kept;
  for (Stage outer : before.policy.stages) {
    const Stage* const found = find_stage(proposed.policy, outer.name);
    const std::string key = "stage." + outer.name;
    if (found == nullptr) {
      note(key, {Effect::kTighter, shown(outer.pools.value), kNone, outer.pools.source}, "");
      continue;
    }
    Stage inner = *found;
    const JobLimits& jobs = before.policy.jobs;
    const JobLimits& new_jobs = proposed.policy.jobs;
    fill_in(outer.max_runtime, jobs.max_runtime, inner.max_runtime, new_jobs.max_runtime);
    fill_in(outer.gpus_per_job, jobs.gpus_per_job, inner.gpus_per_job, new_jobs.gpus_per_job);
    section(key, stage_fields(), outer, inner, inner.pools.source);
    kept.push_back(std::move(outer));
  }
  for (const Stage& inner : proposed.policy.stages) {
    if (find_stage(before.policy, inner.name) != nullptr) continue;
    note("stage." + inner.name,
         {Effect::kLooser, kNone, shown(inner.pools.value), inner.pools.source}, "");
  }
  result_.rules.policy.stages = std::move(kept);
}

// As it stands in a file: a pool that is paid by its memory has no hourly price there.
PoolText text_of(const Pool& pool) {
  return {.pool = pool,
          .kind = {},
          .price = pool.gb_second_price ? std::nullopt : std::optional(pool.price)};
}

// A pool that a stage still names stays, with the stage's pending change.
void Reconciling::pools(const Pools& proposed) {
  const auto is_named = [&](const std::string& pool) {
    return std::ranges::any_of(rules().policy.stages, [&](const Stage& stage) {
      return std::ranges::find(stage.pools.value, pool) != stage.pools.value.end();
    });
  };
  Pools kept;
  for (Pool outer : rules().pools) {
    const Pool* const inner = find_pool(proposed, outer.name);
    const std::string key = "pool." + outer.name;
    if (inner == nullptr) {
      const bool needed = is_named(outer.name);
      note(key, {needed ? Effect::kLooser : Effect::kTighter, shown(outer.price), kNone},
           outer.source);
      if (needed) kept.push_back(std::move(outer));
      continue;
    }
    PoolText text = text_of(outer);
    section(key, pool_fields(), text, text_of(*inner), inner->source);
    if (text.price) text.pool.price = *text.price;
    text.pool.source = inner->source;
    kept.push_back(std::move(text.pool));
  }
  for (const Pool& inner : proposed) {
    if (find_pool(rules().pools, inner.name) == nullptr)
      note("pool." + inner.name, {Effect::kLooser, kNone, shown(inner.price)}, inner.source);
  }
  rules().pools = std::move(kept);
}

template <class Rule>
std::vector<std::string> matches_of(const std::vector<Rule>& rules) {
  std::vector<std::string> matches;
  for (const Rule& rule : rules) matches.push_back(rule.match);
  return matches;
}

template <class Rule>
void Reconciling::first_matches(const std::string& kind, const Fields<Rule>& fields,
                                std::vector<Rule>& outer, const std::vector<Rule>& inner) {
  const std::vector<std::string> before = matches_of(outer);
  const std::vector<std::string> after = matches_of(inner);
  const bool only_appended =
      after.size() >= before.size() && std::equal(before.begin(), before.end(), after.begin());
  for (std::size_t i = 0; i < outer.size(); ++i) {
    const auto same = only_appended ? inner.begin() + static_cast<std::ptrdiff_t>(i)
                                    : std::ranges::find(inner, outer[i].match, &Rule::match);
    if (same == inner.end()) continue;
    section(kind + " " + outer[i].match, fields, outer[i], *same, same->source);
    outer[i].source = same->source;
  }
  if (before == after) return;
  const auto& place = inner.empty() ? outer : inner;
  note("[[" + kind + "]]",
       {only_appended ? Effect::kTighter : Effect::kLooser, shown(before), shown(after)},
       place.back().source);
  if (only_appended)
    outer.insert(outer.end(), inner.begin() + static_cast<std::ptrdiff_t>(before.size()),
                 inner.end());
}

template <class Rule>
void Reconciling::all_hold(const std::string& kind, std::vector<Rule>& outer,
                           const std::vector<Rule>& inner) {
  const auto find_same = [](auto& rules, Rule wanted) {
    return std::ranges::find_if(rules, [&](const Rule& rule) {
      wanted.source = rule.source;  // a rule that moved in its file is the same rule
      return rule == wanted;
    });
  };
  for (Rule& rule : outer) {
    const auto same = find_same(inner, rule);
    if (same != inner.end()) {
      rule.source = same->source;
    } else {
      note("[[" + kind + "]]", {Effect::kLooser, "the rule at " + rule.source, kNone}, rule.source);
    }
  }
  for (const Rule& rule : inner) {
    if (find_same(outer, rule) != outer.end()) continue;
    note("[[" + kind + "]]", {Effect::kTighter, kNone, "a rule"}, rule.source);
    outer.push_back(rule);
  }
}

// Nobody may be silenced at once.
void Reconciling::notify(const NotifyRule& proposed) {
  NotifyRule& outer = rules().policy.notify;
  const bool keeps_all = std::ranges::all_of(outer.on, [&](const std::string& event) {
    return std::ranges::find(proposed.on, event) != proposed.on.end();
  });
  const bool tighter = keeps_all && (outer.url.empty() || outer.url == proposed.url);
  const bool same = outer.url == proposed.url && outer.on == proposed.on;
  const Effect effect = same ? Effect::kSame : tighter ? Effect::kTighter : Effect::kLooser;
  const auto text = [](const NotifyRule& rule) {
    return rule.url.empty() ? kNone : shown(rule.on) + " to " + rule.url;
  };
  note("notify", {effect, text(outer), text(proposed)},
       proposed.source.empty() ? outer.source : proposed.source);
  if (effect != Effect::kLooser) outer = proposed;
}

}  // namespace

Reconciled reconcile(const Rules& in_force, const Rules& proposed) {
  Reconciling work(in_force);
  Policy& outer = work.rules().policy;
  const Policy& inner = proposed.policy;
  const auto value = [&](const char* key, auto& now, const auto& wanted, Tighter tighter) {
    work.note(key, take_tighter(now, wanted, tighter), wanted.source);
  };
  value("timezone", outer.timezone, inner.timezone, Tighter::kNever);
  value("mode", outer.mode, inner.mode, Tighter::kLower);
  value("budget.on_cut", outer.on_cut, inner.on_cut, Tighter::kHigher);
  value("budget.night.window", outer.night, inner.night, Tighter::kNever);
  value("budget.warn_at", outer.warn_at, inner.warn_at, Tighter::kNever);
  work.section("budget", spend_fields(), outer.budget, inner.budget, "");
  work.section("jobs", job_fields(), outer.jobs, inner.jobs, "");
  work.section("sandbox", sandbox_fields(), outer.sandbox, inner.sandbox, "");
  work.stages(in_force, proposed);
  work.pools(proposed.pools);
  work.first_matches("project", project_fields(), outer.projects, inner.projects);
  work.first_matches("agent", agent_fields(), outer.agents, inner.agents);
  work.all_hold("approve", outer.approvals, inner.approvals);
  work.all_hold("quiet", outer.quiet, inner.quiet);
  work.all_hold("stop_loss", outer.stop_losses, inner.stop_losses);
  work.notify(inner.notify);
  return std::move(work).result();
}

std::string describe(const PolicyChange& change) {
  return fmt::format("{}: {} -> {}{}", change.key, change.before, change.after,
                     change.source.empty() ? "" : " (" + change.source + ")");
}

std::string describe(const PolicyChanges& changes) {
  std::string text;
  for (const PolicyChange& change : changes) text += describe(change) + "\n";
  return text;
}

}  // namespace pawl
