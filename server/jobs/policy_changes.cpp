#include "server/jobs/policy_changes.h"

#include "server/jobs/authority.h"
#include "server/jobs/service.h"
#include "server/policy/explain.h"
#include "server/store/events.h"

namespace pawl {

Result<void> record_policy_changes(World& world) {
  const std::vector<std::string> news = world.rules.take_news();
  if (news.empty()) return {};
  CHECK_OK(world.store.write([&](Transaction& transaction) -> Result<void> {
    for (const std::string& line : news)
      CHECK_OK(append_event(transaction, {.kind = EventKind::kPolicy, .text = line}));
    return {};
  }));
  world.bell.ring();  // a job may fit now, or no longer
  return {};
}

Result<void> reload_policy(World& world) {
  CHECK_OK(world.rules.load());
  return record_policy_changes(world);
}

Result<Proposal> Service::policy_proposal() {
  CHECK_OK(reload_policy(world_));
  return world_.rules.proposal();
}

Result<PolicyApproval> Service::approve_policy(const Caller& caller, const std::string& digest) {
  CHECK_OK(require_human(world_, caller));
  TRY(PolicyChanges changes, world_.rules.approve(digest, caller.principal));
  CHECK_OK(record_policy_changes(world_));
  return PolicyApproval{std::move(changes), same_user_note(world_)};
}

Result<std::string> Service::explain_policy(const Caller& caller, const ExplainRequest& request) {
  CHECK_OK(reload_policy(world_));
  auto rules = world_.rules.rules();
  const auto project = world_.sources.project_of(caller.directory);
  if (project) {
    TRY(rules, rules_of(world_, *project));
  }
  TRY(std::string text,
      explain_stages(rules->policy,
                     {.principal = request.agent.empty() ? caller.principal : request.agent,
                      .project = project ? project->name : "",
                      .stage = request.stage}));
  for (const std::string& notice : world_.rules.notices()) text += "\n" + notice;
  return text;
}

Result<std::vector<EventRow>> Service::policy_log() {
  return world_.store.read([](Reader& reader) {
    return list_events(reader, {.kind = EventKind::kPolicy, .limit = 1'000});
  });
}

}  // namespace pawl
