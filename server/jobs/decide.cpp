#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cmath>

#include "server/core/goal.h"
#include "server/jobs/environment.h"
#include "server/jobs/find.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/results_tsv.h"
#include "server/jobs/service.h"
#include "server/jobs/tell.h"
#include "server/jobs/world.h"
#include "server/store/decisions.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

// Why a keep may be luck. Recorded all the same: the human sees the mark.
std::string doubt(const Yardstick& measure, const Configuration& tried) {
  const Scale& scale = measure.scale(tried.setting);
  if (!scale.reached) return "nothing was measured to compare it with";
  const double delta = tried.all.value - scale.reached->value;
  const Seeds seeds{tried.all.seeds, scale.reached->seeds};
  const std::string over = seeds.ours > 1 ? fmt::format(" over {} seeds", seeds.ours) : "";
  if (!is_better(measure.direction, delta, 0))
    return fmt::format("{:+.4f}{} is not an improvement", delta, over);
  const auto noise = noise_of_difference(scale.noise, seeds);
  if (!noise) {
    return fmt::format(
        "the noise floor is unmeasured: submit_experiment from:base stage:{} repeat:3",
        tried.setting.stage);
  }
  const double times = in_noise_units(delta, scale.noise, seeds).value_or(2);
  if (times >= 1) return "";
  return fmt::format(
      "{:+.4f}{} is {:.1f}x the noise floor ({:.4f} for {} seeds against {}; {:.4f} "
      "a run, of {} runs)",
      delta, over, times, *noise, seeds.ours, seeds.theirs, *scale.noise.deviation,
      scale.noise.samples);
}

// A keep replaces the best, so both must have run in one stage and class. While nothing has a
// result but the job itself, there is nothing to compare with.
Result<void> check_comparable(const Yardstick& measure, const Configuration& tried) {
  if (measure.scale(tried.setting).reached) return {};
  const bool kept = measure.best != measure.base;
  const Configuration* const elsewhere = find_configuration(measure.tried, measure.best);
  if (elsewhere == nullptr) return {};
  const std::string_view name = kept ? "best" : "base";
  const bool same_stage = elsewhere->setting.stage == tried.setting.stage;
  return fail(
      ErrorKind::kIncomparable,
      fmt::format("job {} ran in stage {}, class {}; the {} has no result there, only in "
                  "stage {}, class {}",
                  tried.runs.front().number, tried.setting.stage, tried.setting.comparability_class,
                  name, elsewhere->setting.stage, elsewhere->setting.comparability_class),
      same_stage ? fmt::format("Run it beside the {}: submit_experiment from:\"{:03}\" "
                               "stage:\"{}\" rerun:true.",
                               name, tried.runs.front().number, tried.setting.stage)
                 : fmt::format("Run the {} there: submit_experiment from:\"{}\" "
                               "stage:\"{}\".",
                               name, name, tried.setting.stage));
}

Result<void> check_keep(const JobRow& job) {
  if (is_environment(job)) {
    return fail(ErrorKind::kInvalid, fmt::format("job {} built an environment", job.number),
                "Keep the experiment that ran in it.");
  }
  if (job.sandbox) {
    return fail(ErrorKind::kInvalid, fmt::format("job {} is a sandbox", job.number),
                "Keep the experiment that was submitted from it.");
  }
  if (job.state == JobState::kSucceeded) return {};
  return fail(
      ErrorKind::kInvalid,
      fmt::format("job {} is {}; only a succeeded job can be kept", job.number, name_of(job.state)),
      "Record discard or crash instead, or wait for it.");
}

// pawl's own ref follows the row: the row decides, so a crash between the two is mended by the next
// keep or start.
Result<void> move_best_ref(World& world, const Project& project, const std::string& commit) {
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const auto current, repository.best());
  if (current && current->commit == commit) return {};
  return repository.set_best(current, Revision{commit});
}

Result<std::int64_t> count_keeps(Reader& reader, ProjectId project) {
  TRY(const auto rows, list_decisions(reader, project, 100'000));
  return std::ranges::count(rows, Decision::kKeep, &DecisionRow::decision);
}

struct Recorded {
  JobRow job;
  DecisionReply reply;
};

// A keep is worth the mean over the seeds of its configuration. Its first seed won a selection, so
// the others alone say what was confirmed.
Result<void> judge_keep(const Yardstick& measure, const Configuration& tried, NewDecision& row,
                        DecisionReply& reply) {
  CHECK_OK(check_comparable(measure, tried));
  row.value = tried.all.value;
  reply.seeds = tried.all.seeds;
  reply.warning = doubt(measure, tried);
  if (!tried.fresh) return {};
  reply.confirmed = tried.fresh->value;
  reply.confirmed_seeds = tried.fresh->seeds;
  return {};
}

struct Keep {
  const Yardstick& measure;
  const JobRow& job;
  const DecisionRow& row;
};

Result<void> tell_best(World& world, Transaction& transaction, const Project& project,
                       const Keep& keep) {
  const DecisionRow& row = keep.row;
  if (!row.value || !row.delta || !is_better(keep.measure.direction, *row.delta, 0)) return {};
  const std::string subject = fmt::format("{}: {} {:.6g} ({:+.6g})", project.name,
                                          keep.measure.metric, *row.value, *row.delta);
  return tell(transaction, world.rules.rules()->policy,
              {.kind = "best.improved",
               .subject = subject,
               .text = job_handle(keep.job.number, keep.job.title) + ": " + row.why,
               .once = fmt::format("best/{}", row.id)});
}

Result<Recorded> record(World& world, Transaction& transaction, const Project& project,
                        const NewDecision& asked) {
  Recorded recorded{.job = {}, .reply = {.decision = asked.decision}};
  TRY(recorded.job, find_job(transaction, *asked.job));
  TRY(const Yardstick measure, yardstick(world, transaction, project));
  NewDecision row = asked;
  TRY(row.value, metric_of(transaction, recorded.job.id, measure.metric));
  const Configuration* const tried = configuration_of(measure.tried, recorded.job.id);
  const bool keep = asked.decision == Decision::kKeep;
  if (keep) CHECK_OK(check_keep(recorded.job));
  if (keep && tried != nullptr) CHECK_OK(judge_keep(measure, *tried, row, recorded.reply));
  const auto reached = tried == nullptr ? std::nullopt : measure.scale(tried->setting).reached;
  if (row.value && reached) row.delta = *row.value - reached->value;
  if (keep) {
    CHECK_OK(set_best(transaction, project.id, project.best_commit,
                      {.commit = recorded.job.commit, .job = recorded.job.id, .value = row.value}));
    recorded.reply.new_base = recorded.job.commit;
  }
  TRY(const DecisionRow written, record_decision(transaction, row));
  if (asked.decision == Decision::kKeep)
    CHECK_OK(tell_best(world, transaction, project, {measure, recorded.job, written}));
  TRY(recorded.reply.job, line_of(world, transaction, recorded.job, measure));
  if (keep) {
    TRY(recorded.reply.step, count_keeps(transaction, project.id));
  }
  return recorded;
}

// An idea or a note may stand alone; what judges a job may not.
Result<DecisionReply> record_alone(World& world, const NewDecision& asked) {
  if (asked.decision != Decision::kIdea && asked.decision != Decision::kNote) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} needs the job that it is about", name_of(asked.decision)),
                "Give its handle as job; only an idea or a note may stand alone.");
  }
  TRY(const DecisionRow row,
      world.store.write([&](Transaction& tx) { return record_decision(tx, asked); }));
  world.bell.ring();
  return DecisionReply{.job = {}, .decision = row.decision};
}

}  // namespace

Result<DecisionReply> Service::decide(const Caller& caller, const std::string& handle,
                                      Decision decision, const std::string& why) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  if (handle.empty()) {
    return record_alone(
        world_, {.project = project.id, .decision = decision, .why = why, .agent = caller.agent});
  }
  TRY(const JobRow job, world_.store.read([&](Reader& reader) {
    return find_job_by_handle(reader, project.id, handle);
  }));
  NewDecision asked{.project = project.id,
                    .job = job.id,
                    .decision = decision,
                    .why = why,
                    .agent = caller.agent,
                    .value = {},
                    .delta = {}};
  TRY(Recorded recorded,
      world_.store.write([&](Transaction& tx) { return record(world_, tx, project, asked); }));
  if (decision == Decision::kKeep) CHECK_OK(move_best_ref(world_, project, recorded.job.commit));
  if (const auto written = write_results_tsv(world_, project); !written) {
    spdlog::warn("results.tsv of {}: {}", project.name, written.error().message);
  }
  world_.bell.ring();
  return std::move(recorded.reply);
}

}  // namespace pawl
