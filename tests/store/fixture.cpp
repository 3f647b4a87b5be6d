#include "tests/store/fixture.h"

#include <unistd.h>

#include <cstdlib>

namespace pawl::test {

TempFolder::TempFolder() {
  const bool in_memory = access("/dev/shm", W_OK) == 0;
  std::string name = (in_memory ? "/dev/shm" : std::filesystem::temp_directory_path().string()) +
                     "/pawl-store-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;  // a leftover in a temporary folder fails no test
  std::filesystem::remove_all(path_, ignored);
}

void StoreTest::SetUp() {
  reopen();
  project_ = write([&](Transaction& t) {
    return register_project(
        t,
        {.name = "tiny", .root = "/home/ada/tiny", .base_commit = "base", .goal_metric = "loss"});
  });
}

void StoreTest::reopen() {
  store_.reset();
  auto store = Store::open(file(), clock_);
  ASSERT_TRUE(store) << store.error().message;
  store_ = *std::move(store);
}

std::int64_t StoreTest::count(const std::string& table) {
  const std::string sql = "SELECT count(*) FROM " + table;
  return read([&](Reader& r) { return sql::value<std::int64_t>(r, sql); }).value();
}

NewJob StoreTest::experiment(const std::string& agent) const {
  return {.project = project_.id,
          .title = "halve the batch",
          .agent = agent,
          .principal = "human",
          .stage = "screen",
          .commit = "c1",
          .base_commit = "base",
          .params = "{}",
          .content_hash = "hash",
          .gpus = 1,
          .limit = kHour,
          .tags = {"batch", "lr"}};
}

JobRow StoreTest::submit(const std::string& agent) {
  return write([&](Transaction& t) {
    return insert_job(t, experiment(agent), JobState::kQueued, Reason::kNone);
  });
}

NewAttempt attempt_of(JobId job, std::vector<std::int32_t> slots) {
  return {.job = job,
          .pool = "box",
          .comparability_class = "A",
          .rate = Rate::of(StoreTest::kPrice),
          .units = 1,
          .gpus = 1,
          .slots = std::move(slots),
          .limit = StoreTest::kHour,
          .worst_case = StoreTest::kHour,
          .claimed_since_boot = Milliseconds(5),
          .boot_id = "boot"};
}

AttemptRow StoreTest::claim(JobId id, std::vector<std::int32_t> slots) {
  const std::int32_t attempts = job(id).attempts;
  return write([&](Transaction& t) -> Result<AttemptRow> {
    CHECK_OK(transition(
        t,
        {.job = id, .from = JobState::kQueued, .event = JobEvent::kClaimed, .attempt = attempts}));
    return begin_attempt(t, attempt_of(id, slots));
  });
}

void StoreTest::launch(AttemptId attempt) {
  must([&](Transaction& t) -> Result<void> {
    CHECK_OK(mark_launched(t, attempt));
    CHECK_OK(transition(t, {.job = attempt.job,
                            .from = JobState::kStarting,
                            .event = JobEvent::kStarted,
                            .attempt = attempt.number}));
    return {};
  });
}

void StoreTest::end(AttemptId attempt, Money cost, Milliseconds billed) {
  must([&](Transaction& t) {
    return mark_ended(t, attempt, {.outcome = "exited", .billed = billed, .cost = cost});
  });
}

void StoreTest::finish(JobId id, JobEvent event) {
  const JobRow now = job(id);
  write([&](Transaction& t) {
    return transition(t, {.job = id, .from = now.state, .event = event, .attempt = now.attempts});
  });
}

JobRow StoreTest::job(JobId id) {
  return read([&](Reader& r) { return find_job(r, id); });
}

Result<Branch> ensure_branch(Transaction& transaction, const Cap& cap,
                             const std::string& experiment) {
  const auto window = [&](NodeId node, WindowKind kind, Span span) {
    return ensure_window(transaction, {.node = node, .kind = kind, .span = span, .cap = cap});
  };
  TRY(const NodeId global, ensure_global_node(transaction));
  TRY(const NodeId project, ensure_node(transaction, NodeKind::kProject, global, "tiny"));
  TRY(const NodeId agent, ensure_node(transaction, NodeKind::kAgent, project, "human"));
  Branch branch;
  TRY(branch.experiment, ensure_node(transaction, NodeKind::kExperiment, agent, experiment));
  TRY(branch.global, window(global, WindowKind::kTotal, {}));
  TRY(branch.project, window(project, WindowKind::kTotal, {}));
  TRY(branch.agent, window(agent, WindowKind::kTotal, {}));
  const auto today = std::chrono::floor<std::chrono::days>(transaction.now());
  TRY(branch.day, window(agent, WindowKind::kDay, {today, today + std::chrono::days(1)}));
  TRY(branch.own, window(branch.experiment, WindowKind::kExperiment, {}));
  return branch;
}

std::vector<Line> lines_for(const Branch& branch, Amount amount) {
  std::vector<Line> lines;
  for (const WindowId window : branch.windows()) lines.push_back({window, amount});
  return lines;
}

Branch StoreTest::branch(const Cap& cap, const std::string& experiment) {
  return write([&](Transaction& t) { return ensure_branch(t, cap, experiment); });
}

BudgetView StoreTest::view(const Branch& branch) {
  return read(
      [&](Reader& r) { return balances(r, branch.experiment, {clock_.now(), clock_.now()}); });
}

Result<ReservationId> StoreTest::try_reserve(JobId job, std::int32_t attempt, const Branch& branch,
                                             Amount amount) {
  const NewReservation reservation{
      .job = job, .attempt = attempt, .price = kPrice, .units = 1, .worst_case = kHour};
  return store_->write(
      [&](Transaction& t) { return reserve(t, reservation, lines_for(branch, amount)); });
}

void StoreTest::reserve_all(JobId job, std::int32_t attempt, const Branch& branch, Amount amount) {
  const auto done = try_reserve(job, attempt, branch, amount);
  ASSERT_TRUE(done) << done.error().message;
}

}  // namespace pawl::test
