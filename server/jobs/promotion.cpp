#include "server/jobs/promotion.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "server/jobs/content.h"
#include "server/jobs/handles.h"
#include "server/store/jobs.h"

namespace pawl {
namespace {

// The stage's `requires`, or null.
const Sourced<Promotion>* needs_of(const Policy& policy, const std::string& stage) {
  const Stage* const found = find_stage(policy, stage);
  return found == nullptr || !found->needs ? nullptr : &*found->needs;
}

// A change that changes nothing: what it starts from may have run before.
bool is_second_look(const PromotionRequest& request) {
  const Variant& first = request.batch.variants.front();
  return request.drafted.drafts.front().revision == request.drafted.origin.revision &&
         first.params.empty();
}

std::set<std::string> classes_of(const Rules& rules, const Terms& terms) {
  std::set<std::string> classes;
  for (const std::string& name : terms.place.pools) {
    if (const Pool* pool = find_pool(rules.pools, name)) classes.insert(pool->comparability_class);
  }
  return classes;
}

std::string content_of(World& world, const Repository& repository, const Draft& draft) {
  return content_of(world, repository, draft.revision, to_text(*draft.params));
}

// Taken where the candidate and what it is compared with ran in one class; else where it ran at
// all.
Merit merit_of(const Yardstick& measure, const std::string& stage, const std::string& content) {
  Merit merit{.direction = measure.direction};
  const std::string& against = content == measure.best ? measure.base : measure.best;
  for (const auto& one : measure.tried) {
    const Configuration& tried = *one;
    if (tried.content != content || tried.setting.stage != stage) continue;
    const Configuration* const other = find_configuration(measure.tried, tried.setting, against);
    if (merit.candidate && other == nullptr) continue;
    merit.number = tried.runs.front().number;
    merit.candidate = tried.all;
    if (other == nullptr) continue;
    merit.reference = other->all;
    break;
  }
  return merit;
}

// Every variant but the base itself, with which the others are compared.
Result<void> check_earned(World& world, const Repository& repository,
                          const PromotionRequest& request, const Yardstick& measure,
                          const Sourced<Promotion>& needs) {
  for (const Draft& draft : request.drafted.drafts) {
    const std::string content = content_of(world, repository, draft);
    if (content == measure.base) continue;
    CHECK_OK(check_merit(request.plan.stage, needs, merit_of(measure, needs.value.from, content)));
  }
  return {};
}

// The best, or the base while nothing was kept, as a job of this stage.
Result<NewJob> run_of_reference(World& world, const Repository& repository,
                                const PromotionRequest& request, std::string title) {
  const Project& project = request.plan.project;
  TRY(const Origin origin,
      origin_of(world, project, repository, project.best_job ? "best" : "base"));
  TRY(const Draft draft, draft_of(world, project, origin, {}));
  TRY(std::vector<NewJob> jobs, jobs_of(request.plan, origin, draft, title, 1));
  return std::move(jobs.front());
}

// "047", whose configuration it is; else the title of the change.
std::string promoted(const Yardstick& measure, const std::string& content,
                     const PromotionRequest& request) {
  const Configuration* const found = find_configuration(measure.tried, content);
  if (found == nullptr) return request.batch.variants.front().title;
  return fmt::format("{:03}", found->runs.front().number);
}

}  // namespace

Result<void> check_merit(const std::string& stage, const Sourced<Promotion>& needs,
                         const Merit& merit) {
  const Promotion& rule = needs.value;
  const std::string must = fmt::format("stage {} requires an improvement of {:g} in stage {} ({})",
                                       stage, rule.min_improvement, rule.from, needs.source);
  if (!merit.candidate) {
    return fail(ErrorKind::kDenied, must + "; this configuration has no result there",
                fmt::format("Run it first: submit_experiment with stage:\"{}\".", rule.from));
  }
  if (!merit.reference) {
    return fail(ErrorKind::kDenied,
                fmt::format("{}; job {:03} has {:.6g}, and nothing in its class to compare with",
                            must, merit.number, merit.candidate->value),
                fmt::format("Run the base there: submit_experiment from:\"base\" stage:\"{}\".",
                            rule.from));
  }
  const double sign = merit.direction == Direction::kMin ? -1 : 1;
  const double gain = sign * (merit.candidate->value - merit.reference->value);
  if (gain >= rule.min_improvement) return {};
  return fail(ErrorKind::kDenied,
              fmt::format("{}; job {:03} improves by {:.6g} ({:.6g} of {} seeds against {:.6g} of "
                          "{})",
                          must, merit.number, gain, merit.candidate->value, merit.candidate->seeds,
                          merit.reference->value, merit.reference->seeds),
              fmt::format("More seeds may show more: submit_experiment from:\"{:03}\" stage:\"{}\" "
                          "repeat:3.",
                          merit.number, rule.from));
}

Result<Companion> companion_of(World& world, const PromotionRequest& request) {
  TRY(const auto rules, rules_of(world, request.plan.project));
  const auto* const needs = needs_of(rules->policy, request.plan.stage);
  if (needs == nullptr && !is_second_look(request)) return Companion{};
  for (const Draft& draft : request.drafted.drafts) {
    if (!draft.params) return std::unexpected(draft.params.error());
  }
  const Project& project = request.plan.project;
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const Yardstick measure,
      world.store.read([&](Reader& reader) { return yardstick(world, reader, project); }));
  Companion companion;
  if (needs != nullptr) {
    const auto earned = check_earned(world, repository, request, measure, *needs);
    const bool warns = rules->policy.mode.value == Mode::kWarn;
    if (!earned && (!warns || earned.error().kind != ErrorKind::kDenied))
      return std::unexpected(earned.error());
    if (!earned) companion.unearned = earned.error().message;
  }
  const std::string content = content_of(world, repository, request.drafted.drafts.front());
  const auto ran = [&](const std::string& in_stage) {
    return std::ranges::any_of(measure.tried, [&](const auto& tried) {
      return tried->content == content && (in_stage.empty() || tried->setting.stage == in_stage);
    });
  };
  if (!ran({}) && needs == nullptr) return Companion{};
  for (const std::string& one : classes_of(*rules, request.plan.terms)) {
    const Configuration* const there = measure.reference_in({request.plan.stage, one});
    if (there == nullptr) continue;
    companion.job = there->runs.front().job;
    return companion;
  }
  if (content == measure.best || ran(request.plan.stage)) return companion;
  const std::string name = measure.best == measure.base ? "base" : "best";
  TRY(companion.run, run_of_reference(world, repository, request,
                                      name + " beside " + promoted(measure, content, request)));
  return companion;
}

}  // namespace pawl
