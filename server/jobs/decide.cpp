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
std::string doubt(const Yardstick& measure, std::optional<double> delta, std::int64_t seeds) {
  if (!delta) return "nothing was measured to compare it with";
  const std::string over = seeds > 1 ? fmt::format(" over {} seeds", seeds) : "";
  if (!is_better(measure.direction, *delta, 0))
    return fmt::format("{:+.4f}{} is not an improvement", *delta, over);
  if (!measure.noise.deviation)
    return "the noise floor is unmeasured: submit_experiment from:base repeat:3";
  const double times = in_noise_units(*delta, measure.noise).value_or(0);
  if (times > 1) return "";
  return fmt::format("{:+.4f}{} is {:.1f}x the noise floor ({:.4f}, {} runs)", *delta, over, times,
                     *measure.noise.deviation, measure.noise.samples);
}

Result<void> check_keep(const JobRow& job) {
  if (is_environment(job)) {
    return fail(ErrorKind::kInvalid, fmt::format("job {} built an environment", job.number),
                "Keep the experiment that ran in it.");
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
void add_seeds(const Yardstick& measure, NewDecision& row, DecisionReply& reply) {
  const Configuration* const tried = configuration_of(measure.tried, *row.job);
  if (tried == nullptr || !tried->fresh) return;
  row.value = tried->all.value;
  reply.seeds = tried->all.seeds;
  reply.confirmed = tried->fresh->value;
  reply.confirmed_seeds = tried->fresh->seeds;
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
  if (asked.decision == Decision::kKeep) add_seeds(measure, row, recorded.reply);
  if (row.value && measure.reached) row.delta = *row.value - *measure.reached;
  if (asked.decision == Decision::kKeep) {
    CHECK_OK(check_keep(recorded.job));
    recorded.reply.warning = doubt(measure, row.delta, recorded.reply.seeds);
    CHECK_OK(set_best(transaction, project.id, project.best_commit,
                      {.commit = recorded.job.commit, .job = recorded.job.id, .value = row.value}));
    recorded.reply.new_base = recorded.job.commit;
  }
  TRY(const DecisionRow written, record_decision(transaction, row));
  if (asked.decision == Decision::kKeep)
    CHECK_OK(tell_best(world, transaction, project, {measure, recorded.job, written}));
  TRY(recorded.reply.job, line_of(world, transaction, recorded.job, measure));
  if (asked.decision == Decision::kKeep) {
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
