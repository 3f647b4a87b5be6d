#include "server/jobs/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "server/budget/admission.h"
#include "server/budget/refusal_text.h"
#include "server/jobs/budget_notes.h"
#include "server/store/events.h"
#include "server/store/idempotency.h"
#include "server/store/queue.h"
#include "server/store/rounds.h"

namespace pawl {
namespace {

constexpr std::int32_t kRoundJobsMax = 1000;

Spending spending_of(const AdmissionRequest& request, const Terms& terms) {
  return {.policy = request.policy,
          .payer = {.principal = request.principal,
                    .project = request.project.name,
                    .stage = terms.rules.stage},
          .from = request.now,
          .worst_time = terms.worst_time};
}

IdempotencyKey key_of(const AdmissionRequest& request) {
  return {request.principal, request.project.id, request.key};
}

// Splits what was asked into jobs that exist already and jobs that are new.
Result<std::vector<NewJob>> take_duplicates(Reader& reader, const AdmissionRequest& request,
                                            Admission& admission) {
  std::vector<NewJob> fresh;
  for (const NewJob& job : request.jobs) {
    std::optional<JobRow> same;
    if (!request.rerun) {
      TRY(same, find_same_content(reader, request.project.id, job.content_hash));
    }
    if (same) {
      admission.jobs.push_back({*std::move(same), true});
    } else if (!request.rerun &&
               std::ranges::find(fresh, job.content_hash, &NewJob::content_hash) != fresh.end()) {
      admission.dropped.push_back({job.title, "the same content stands twice in this request"});
    } else {
      fresh.push_back(job);
    }
  }
  return fresh;
}

// Goes first, so that the others can name it. Where it is on its way already, that run counts.
Result<void> take_companion(Reader& reader, const AdmissionRequest& request, Admittance& decided) {
  decided.beside = request.beside;
  if (!request.companion || decided.fresh.empty()) return {};
  TRY(auto same, find_same_content(reader, request.project.id, request.companion->content_hash));
  if (same && !is_final(same->state)) {
    decided.beside = same->id;
    decided.known.jobs.push_back({*std::move(same), true});
    return {};
  }
  decided.fresh.insert(decided.fresh.begin(), *request.companion);
  decided.has_companion = true;
  return {};
}

Result<std::int64_t> room_in_queue(Reader& reader, const AdmissionRequest& request) {
  TRY(const Load now, load(reader, {}));
  return std::max<std::int64_t>(0, request.terms.rules.max_queued.value - now.queued - now.held);
}

Error queue_is_full(const AdmissionRequest& request, std::size_t asked, std::int64_t room) {
  return {ErrorKind::kDenied,
          fmt::format("jobs.max_queued: {} jobs asked, {} of {} places in the queue are free ({})",
                      asked, room, request.terms.rules.max_queued.value,
                      request.terms.rules.max_queued.source),
          "wait_jobs until:any frees a place; cancel_jobs empties the queue."};
}

// The environment may stand, or be on its way; a build that failed is tried again.
Result<Ground> find_ground(Reader& reader, const AdmissionRequest& request) {
  Ground ground;
  if (!request.environment) return ground;
  const EnvironmentBuild& build = *request.environment;
  TRY(const auto found, find_same_content(reader, request.project.id, build.job.content_hash));
  if (found && (found->state != JobState::kSucceeded || build.stands(*found))) {
    ground.built = found->id;
  } else {
    ground.build = &build;
  }
  return ground;
}

// The ledger's view of one more job: the shared windows, and an experiment's that does not exist
// yet.
Result<BudgetView> view_of_new_job(Reader& reader, const Spending& spending) {
  TRY(BudgetView view, shared_view(reader, spending));
  const Payer& payer = spending.payer;
  const Cap cap =
      caps_for(spending.policy, {payer.principal, payer.project, payer.stage, payer.sandbox})
          .experiment;
  view.insert(view.begin(), Balance{.id = {},
                                    .node_kind = NodeKind::kExperiment,
                                    .node_name = "new",
                                    .window_kind = WindowKind::kExperiment,
                                    .span = {},
                                    .cap = cap,
                                    .spent = {},
                                    .reserved = {},
                                    .overrun = {}});
  return view;
}

bool only_warns(const AdmissionRequest& request) {
  return request.policy.mode.value == Mode::kWarn;
}

// Takes the build out of what is left for the jobs.
Result<void> set_build_aside(Reader& reader, BudgetView& view, const AdmissionRequest& request,
                             const Ground& ground) {
  if (ground.build == nullptr) return {};
  const Amount& worst = ground.build->terms.worst;
  TRY(const BudgetView own, view_of_new_job(reader, spending_of(request, ground.build->terms)));
  if (const auto refusal = refuse(own, worst)) {
    return std::unexpected(to_error(*refusal, {.count = 1,
                                               .stage = std::string(kEnvironmentStage),
                                               .each = worst,
                                               .fit = 0,
                                               .now = request.now}));
  }
  for (Balance& balance : view) {
    if (balance.node_kind <= NodeKind::kAgent) balance.reserved = balance.reserved + worst;
  }
  return {};
}

// Of `count` equal jobs: all, or how many the budget takes, or why not.
Result<std::size_t> affordable(Reader& reader, const AdmissionRequest& request,
                               const Ground& ground, std::size_t count) {
  Spending spending = spending_of(request, request.terms);
  if (request.round_title) spending.payer.round = 0;
  spending.payer.sandbox = !request.jobs.empty() && request.jobs.front().lease;
  TRY(BudgetView view, view_of_new_job(reader, spending));
  CHECK_OK(set_build_aside(reader, view, request, ground));
  const Amount& each = request.terms.worst;
  const BudgetView shared(view.begin() + 1, view.end());
  const auto one = refuse(view, each);
  const std::int32_t fit = one ? 0 : how_many_fit(shared, each);
  if (static_cast<std::size_t>(fit) >= count) return count;
  if (request.limit && fit > 0) return static_cast<std::size_t>(fit);
  const auto asked = static_cast<std::int32_t>(count);
  Amount all;
  for (std::int32_t i = 0; i < asked; ++i) all = all + each;
  const auto refusal = one ? one : refuse(shared, all);
  if (request.refused != nullptr) *request.refused = refusal;
  return std::unexpected(to_error(*refusal, {.count = one ? 1 : asked,
                                             .stage = request.stage,
                                             .each = each,
                                             .fit = fit,
                                             .now = request.now}));
}

void drop_from(std::vector<NewJob>& jobs, std::size_t keep, const std::string& why,
               Admission& admission) {
  for (std::size_t i = keep; i < jobs.size(); ++i)
    admission.dropped.push_back({jobs[i].title, why});
  jobs.resize(std::min(keep, jobs.size()));
}

// All refusals come before the first row is written.
Result<void> fit_to_limits(Reader& reader, const AdmissionRequest& request, Admittance& decided) {
  const Ground& ground = decided.ground;
  std::vector<NewJob>& jobs = decided.fresh;
  Admission& admission = decided.known;
  if (request.limit) {
    const std::int64_t most = *request.limit + (decided.has_companion ? 1 : 0);
    drop_from(jobs, static_cast<std::size_t>(most), "beyond limit", admission);
  }
  TRY(std::int64_t room, room_in_queue(reader, request));
  if (ground.build != nullptr && room > 0) --room;
  if (static_cast<std::size_t>(room) < jobs.size()) {
    const Error full = queue_is_full(request, jobs.size(), room);
    const std::int64_t least = decided.has_companion ? 2 : 1;
    if (only_warns(request)) {
      admission.warnings.push_back("would have been refused: " + full.message);
    } else if (!request.limit || room < least) {
      return std::unexpected(full);
    } else {
      drop_from(jobs, static_cast<std::size_t>(room), full.message, admission);
    }
  }
  if (jobs.empty()) return {};
  const auto count = static_cast<std::int64_t>(jobs.size());
  TRY(auto hold,
      hold_of(reader, request, Money::micros(request.terms.worst.money.micros() * count)));
  if (hold && only_warns(request)) {
    admission.warnings.push_back("would have been held: " + hold->why);
  } else if (hold) {  // the budget is asked when a human has said yes
    admission.hold = std::move(hold);
    return {};
  }
  const auto fit = affordable(reader, request, ground, jobs.size());
  if (!fit && only_warns(request) && fit.error().kind == ErrorKind::kDenied) {
    admission.warnings.push_back("would have been refused: " + fit.error().message);
    return {};
  }
  if (!fit) return std::unexpected(fit.error());
  // A companion alone would show nothing.
  const std::size_t keep = decided.has_companion && *fit < 2 ? 0 : *fit;
  drop_from(jobs, keep, "the budget has no room for its worst case", admission);
  return {};
}

Result<void> reserve_for(Transaction& transaction, const AdmissionRequest& request,
                         const JobRow& job, const Terms& terms) {
  Spending spending = spending_of(request, terms);
  TRY(spending.payer, payer_of(transaction, job, request.project));
  TRY(const SharedNodes nodes, ensure_shared_nodes(transaction, spending.payer));
  TRY(const BudgetView view, job_view(transaction, nodes, spending, job.number));
  const NewReservation hold{.job = job.id,
                            .attempt = 0,
                            .price = terms.dearest.rate.per_unit(),
                            .units = terms.dearest.units,
                            .worst_case = terms.worst_time};
  CHECK_OK(reserve(transaction, hold, lines_of(view, terms.worst)));
  return tell_crossed(transaction, request.policy, view, terms.worst);
}

Result<JobRow> write_job(Transaction& transaction, const AdmissionRequest& request,
                         const NewJob& job, const Terms& terms) {
  TRY(JobRow row, insert_job(transaction, job, JobState::kQueued, Reason::kNone));
  CHECK_OK(reserve_for(transaction, request, row, terms));
  return row;
}

// The job that all of them wait for, if there is one.
Result<std::optional<JobId>> write_build(Transaction& transaction, const AdmissionRequest& request,
                                         Admittance& decided) {
  const Ground& ground = decided.ground;
  if (ground.build == nullptr) return ground.built;
  const EnvironmentBuild& build = *ground.build;
  TRY(const JobRow row, write_job(transaction, request, build.job, build.terms));
  decided.known.reserved += build.terms.worst.money;
  return row.id;
}

// With what is given back instead of being run again: it belongs to the design all the same.
Result<std::optional<Round>> write_round(Transaction& transaction, const AdmissionRequest& request,
                                         Admission& admission) {
  if (!request.round_title) return std::optional<Round>();
  TRY(Round round,
      insert_round(transaction, request.project.id, *request.round_title, request.agent));
  admission.round = round.number;
  for (const AdmittedJob& known : admission.jobs) {
    CHECK_OK(add_reused(transaction, round.id, known.job.id));
  }
  return std::optional(std::move(round));
}

// One row of the request: queued with its reservation, or held without.
Result<JobRow> write_one(Transaction& transaction, const AdmissionRequest& request,
                         const NewJob& job, bool held) {
  if (held) return insert_job(transaction, job, JobState::kHeld, Reason::kApproval);
  return write_job(transaction, request, job, request.terms);
}

// The jobs of the request, in its order; a companion comes first.
Result<std::vector<JobRow>> write_rows(Transaction& transaction, const AdmissionRequest& request,
                                       const std::optional<Round>& round, Admittance& decided) {
  Admission& admission = decided.known;
  const bool held = admission.hold.has_value();
  std::optional<JobId> needs;
  if (!held) {
    TRY(needs, write_build(transaction, request, decided));
  }
  std::vector<JobRow> rows;
  for (NewJob& job : decided.fresh) {
    const bool is_companion = decided.has_companion && rows.empty();
    if (!is_companion) {
      job.beside = decided.beside;
      if (round) job.round = round->id;
    }
    job.needs = needs;
    TRY(JobRow row, write_one(transaction, request, job, held));
    if (!held) admission.reserved += request.terms.worst.money;
    if (is_companion) decided.beside = row.id;
    rows.push_back(std::move(row));
  }
  return rows;
}

Result<void> write_jobs(Transaction& transaction, const AdmissionRequest& request,
                        Admittance& decided) {
  if (decided.fresh.empty()) return {};
  Admission& admission = decided.known;
  TRY(const auto round, write_round(transaction, request, admission));
  TRY(const auto rows, write_rows(transaction, request, round, decided));
  if (admission.hold) CHECK_OK(open_question(transaction, request, *admission.hold, rows));
  // The companion is named last: nobody asked for it.
  const std::size_t asked = decided.has_companion ? 1 : 0;
  for (const JobRow& row : rows | std::views::drop(asked)) admission.jobs.push_back({row, false});
  if (decided.has_companion) admission.jobs.push_back({rows.front(), false});
  if (request.key.empty()) return {};
  const Submitted made = round ? Submitted(round->id) : Submitted(rows.at(asked).id);
  return remember_key(transaction, key_of(request), request.request_hash, made);
}

}  // namespace

Result<std::optional<Admission>> admitted_before(Transaction& transaction,
                                                 const AdmissionRequest& request) {
  if (request.key.empty()) return std::optional<Admission>();
  TRY(const auto known, find_key(transaction, key_of(request), request.request_hash));
  if (!known) return std::optional<Admission>();
  Admission admission;
  if (const auto* id = std::get_if<JobId>(&*known)) {
    TRY(JobRow job, find_job(transaction, *id));
    admission.jobs.push_back({std::move(job), true});
    return admission;
  }
  const RoundId id = std::get<RoundId>(*known);
  TRY(const Round round, find_round(transaction, id));
  admission.round = round.number;
  TRY(const auto jobs,
      list_jobs(transaction, {.project = request.project.id, .round = id, .limit = kRoundJobsMax}));
  for (const JobRow& job : jobs | std::views::reverse) admission.jobs.push_back({job, true});
  return admission;
}

Result<Admittance> decide_admission(Reader& reader, const AdmissionRequest& request) {
  Admittance decided;
  if (!request.unearned.empty())
    decided.known.warnings.push_back("would have been refused: " + request.unearned);
  TRY(decided.fresh, take_duplicates(reader, request, decided.known));
  TRY(decided.ground, find_ground(reader, request));
  CHECK_OK(take_companion(reader, request, decided));
  CHECK_OK(fit_to_limits(reader, request, decided));
  return decided;
}

Result<Admission> admit(Transaction& transaction, const AdmissionRequest& request) {
  transaction.on_refusal([&request](Transaction& audit) -> Result<void> {
    CHECK_OK(append_event(audit, {.kind = EventKind::kRefused,
                                  .project = request.project.id,
                                  .text = "submit to " + request.stage}));
    if (request.refused == nullptr || !*request.refused) return {};
    return tell_exhausted(audit, request.policy, **request.refused);
  });
  TRY(auto before, admitted_before(transaction, request));
  if (before) return *std::move(before);
  TRY(Admittance decided, decide_admission(transaction, request));
  // From here it must succeed.
  CHECK_OK(write_jobs(transaction, request, decided));
  return std::move(decided.known);
}

Result<Money> admit_held(Transaction& transaction, const AdmissionRequest& request,
                         const std::vector<JobRow>& held) {
  Admittance decided;
  TRY(decided.ground, find_ground(transaction, request));
  const auto fit = affordable(transaction, request, decided.ground, held.size());
  if (!fit && !only_warns(request)) return std::unexpected(fit.error());
  // From here it must succeed.
  TRY(const auto needs, write_build(transaction, request, decided));
  for (const JobRow& job : held) {
    CHECK_OK(transition(
        transaction,
        {.job = job.id, .from = job.state, .event = JobEvent::kApproved, .attempt = job.attempts}));
    CHECK_OK(set_need(transaction, job.id, needs));
    CHECK_OK(reserve_for(transaction, request, job, request.terms));
    decided.known.reserved += request.terms.worst.money;
  }
  return decided.known.reserved;
}

}  // namespace pawl
