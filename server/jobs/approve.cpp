// What a human answers (L12): an operator's calls, never a tool's.
#include <fmt/format.h>

#include <algorithm>

#include "server/core/text.h"
#include "server/jobs/admission.h"
#include "server/jobs/approvals.h"
#include "server/jobs/authority.h"
#include "server/jobs/cancel.h"
#include "server/jobs/handles.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/records/sanitize.h"

namespace pawl {
namespace {

constexpr std::size_t kWhyMax = 200;

Result<ApprovalId> parse(const std::string& handle) {
  const auto number = parse_approval_handle(handle);
  if (number) return ApprovalId{*number};
  return fail(ErrorKind::kInvalid, "\"" + handle.substr(0, 40) + "\" is no approval",
              "They are written a4; `pawl approvals` lists what is open.");
}

// An open question with the jobs that still wait for its answer.
struct OpenQuestion {
  ApprovalRow row;
  Project project;
  std::vector<JobRow> asked, held;
};

Result<OpenQuestion> read_question(Reader& reader, ApprovalId id) {
  OpenQuestion question;
  TRY(question.row, find_approval(reader, id));
  TRY(question.project, find_project(reader, question.row.project));
  TRY(const auto jobs, jobs_of(reader, id));
  for (const JobId job : jobs) {
    TRY(question.asked.emplace_back(), find_job(reader, job));
    if (question.asked.back().state == JobState::kHeld)
      question.held.push_back(question.asked.back());
  }
  return question;
}

// The question stands as it was put, and there is something to let in.
Result<void> check(const OpenQuestion& question, Timestamp now) {
  const ApprovalRow& row = question.row;
  const std::string handle = approval_handle(row.id.value);
  if (row.state != ApprovalState::kOpen || question.held.empty()) {
    return fail(
        ErrorKind::kConflict,
        fmt::format("{} is {} already, and an answer counts once", handle, name_of(row.state)),
        "What is asked again gets an approval of its own.");
  }
  if (row.expires <= now) {
    return fail(ErrorKind::kExpired, handle + " expired at " + format_utc(row.expires),
                "The agent may submit again.");
  }
  if (digest_of(row.stage, row.amount, question.asked) == row.request_hash) return {};
  return fail(ErrorKind::kConflict, handle + " is not what was asked for any more",
              "Deny it; the agent may submit again.");
}

// Nothing costs more than what the human was shown.
Result<void> check_cost(const OpenQuestion& question, const Terms& terms) {
  const auto count = static_cast<std::int64_t>(question.held.size());
  const Money worst = Money::micros(terms.worst.money.micros() * count);
  if (worst <= question.row.amount) return {};
  return fail(ErrorKind::kConflict,
              fmt::format("{} would now reserve ${}, and was asked for at ${}",
                          approval_handle(question.row.id.value), format_usd(worst),
                          format_usd(question.row.amount)),
              "Prices or limits changed. Deny it; the agent may submit again.");
}

struct Yes {
  HumanAnswer answer;
  std::optional<EnvironmentBuild> environment;  // what the jobs run in
};

// Budget, reservations, states and the answer in one transaction.
Result<Money> let_in(World& world, Transaction& transaction, const Yes& yes) {
  TRY(const OpenQuestion question, read_question(transaction, yes.answer.approval));
  const Timestamp now = world.time.now();
  CHECK_OK(check(question, now));
  TRY(const auto rules, rules_of(world, question.project));
  TRY(const Inventory pools,
      inventory_for(world, transaction, *rules, {question.project.id, question.row.stage}));
  TRY(const Terms terms, terms_of_job(*rules, question.held.front(), pools));
  CHECK_OK(check_cost(question, terms));
  const ApprovalRow& row = question.row;
  std::optional<std::string> round;  // a new one for the budget: all of it was held
  if (question.held.back().round) round = row.why;
  const AdmissionRequest request{.project = question.project,
                                 .policy = rules->policy,
                                 .terms = terms,
                                 .now = now,
                                 .principal = row.principal,
                                 .agent = row.agent,
                                 .stage = row.stage,
                                 .key = {},
                                 .request_hash = {},
                                 .round_title = round,
                                 .limit = {},
                                 .jobs = {question.held.begin(), question.held.end()},
                                 .environment = yes.environment};
  TRY(const Money reserved, admit_held(transaction, request, question.held));
  CHECK_OK(answer_approval(transaction, yes.answer));
  CHECK_OK(world.time.save(transaction));
  return reserved;
}

ApprovalReply reply_of(const OpenQuestion& question, const HumanAnswer& given) {
  ApprovalReply reply{.handle = approval_handle(question.row.id.value),
                      .approved = given.state == ApprovalState::kApproved};
  for (const JobRow& job : question.held) reply.jobs.push_back(job_handle(job.number, job.title));
  return reply;
}

}  // namespace

Result<std::vector<ApprovalLine>> Service::approvals() {
  return world_.store.read([](Reader& reader) { return approval_lines(reader, std::nullopt); });
}

Result<ApprovalReply> Service::approve(const Caller& caller, const std::string& handle,
                                       const std::string& why) {
  CHECK_OK(require_human(world_, caller));
  TRY(const ApprovalId id, parse(handle));
  TRY(const OpenQuestion asked,
      world_.store.read([&](Reader& reader) { return read_question(reader, id); }));
  Yes yes{.answer = {id, ApprovalState::kApproved, caller.principal, clean_line(why, kWhyMax)},
          .environment = {}};
  TRY(const auto rules, rules_of(world_, asked.project));
  TRY(yes.environment, environment_build(world_, {asked.row.principal, asked.project, *rules}));
  ApprovalReply reply = reply_of(asked, yes.answer);
  TRY(reply.reserved, world_.store.write([&](Transaction& transaction) {
    return let_in(world_, transaction, yes);
  }));
  reply.note = same_user_note(world_);
  world_.bell.ring();
  return reply;
}

Result<ApprovalReply> Service::deny(const Caller& caller, const std::string& handle,
                                    const std::string& why) {
  CHECK_OK(require_human(world_, caller));
  TRY(const ApprovalId id, parse(handle));
  const std::string words = clean_line(why, kWhyMax);
  const HumanAnswer no{id, ApprovalState::kDenied, caller.principal, words};
  TRY(ApprovalReply reply, world_.store.write([&](Transaction& tx) -> Result<ApprovalReply> {
    TRY(const OpenQuestion question, read_question(tx, id));
    CHECK_OK(answer_approval(tx, no));
    const std::string told = fmt::format("{} denied by {}: {}", handle, caller.principal, words);
    for (const JobRow& job : question.held) CHECK_OK(cancel_one(tx, job, told));
    return reply_of(question, no);
  }));
  world_.bell.ring();
  return reply;
}

}  // namespace pawl
