// How many experiments a second can be submitted and acknowledged, each durable: the whole closure
// of a submit (key, limits, four budget nodes with two windows each, job, event, eight ledger rows)
// under 1 to 32 clients on a real disk.
//
// TMPDIR chooses the disk. The rate of a single client is the disk's rate of synced commits.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "server/store/budget_nodes.h"
#include "server/store/idempotency.h"
#include "server/store/jobs.h"
#include "server/store/ledger.h"
#include "server/store/ledger_check.h"
#include "server/store/projects.h"
#include "server/store/store.h"

namespace {

using namespace pawl;

constexpr Milliseconds kHour{3'600'000};
constexpr Amount kWorst{Money::usd(2), kHour};
const Cap kCap{.money = Money::usd(1'000'000'000), .source = "bench"};

struct Place {
  Place() : folder(std::filesystem::temp_directory_path() / "pawl-store-bench") {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    auto opened = Store::open(folder / "pawl.db", clock);
    if (!opened) {
      std::fprintf(stderr, "%s\n", opened.error().message.c_str());
      std::exit(1);
    }
    store = *std::move(opened);
    const NewProject tiny{
        .name = "tiny", .root = "/tiny", .base_commit = "base", .goal_metric = "loss"};
    project = store->write([&](Transaction& t) { return register_project(t, tiny); })->id;
  }
  ~Place() {
    store.reset();
    std::filesystem::remove_all(folder);
  }
  std::filesystem::path folder;
  SystemClock clock;
  std::unique_ptr<Store> store;
  ProjectId project;
};

Result<NodeId> node_with_windows(Transaction& t, NodeKind kind, NodeId parent,
                                 const std::string& name) {
  const auto today = std::chrono::floor<std::chrono::days>(t.now());
  const Span day{today, today + std::chrono::days(1)};
  NodeId node;
  if (kind == NodeKind::kGlobal) {
    TRY(node, ensure_global_node(t));
  } else {
    TRY(node, ensure_node(t, kind, parent, name));
  }
  CHECK_OK(ensure_window(t, {.node = node, .kind = WindowKind::kTotal, .cap = kCap}));
  CHECK_OK(ensure_window(t, {.node = node, .kind = WindowKind::kDay, .span = day, .cap = kCap}));
  return node;
}

Result<void> reserve_everywhere(Transaction& t, const JobRow& job) {
  TRY(const NodeId global, node_with_windows(t, NodeKind::kGlobal, {}, ""));
  TRY(const NodeId project, node_with_windows(t, NodeKind::kProject, global, "tiny"));
  TRY(const NodeId agent, node_with_windows(t, NodeKind::kAgent, project, job.agent));
  TRY(const NodeId own,
      node_with_windows(t, NodeKind::kExperiment, agent, std::to_string(job.number)));
  TRY(const BudgetView view, balances(t, own, {t.now(), t.now() + kHour}));
  std::vector<Line> lines;
  for (const Balance& balance : view) lines.push_back({balance.id, kWorst});
  CHECK_OK(reserve(t, {.job = job.id, .price = {Money::usd(2)}, .worst_case = kHour}, lines));
  return {};
}

Result<JobId> submit(Transaction& t, ProjectId project, const std::string& key) {
  const IdempotencyKey whole{"human", project, key};
  TRY(const auto before, find_key(t, whole, "request"));
  if (before) return std::get<JobId>(*before);
  const NewJob asked{.project = project,
                     .title = "halve the batch",
                     .agent = "ada",
                     .principal = "human",
                     .stage = "screen",
                     .commit = "0123456789abcdef0123456789abcdef01234567",
                     .base_commit = "0123456789abcdef0123456789abcdef01234567",
                     .params = R"({"lr":0.1})",
                     .content_hash = key,
                     .limit = kHour};
  TRY(const JobRow job, insert_job(t, asked, JobState::kQueued, Reason::kNone));
  CHECK_OK(reserve_everywhere(t, job));
  CHECK_OK(remember_key(t, whole, "request", job.id));
  return job.id;
}

std::unique_ptr<Place> g_place;  // made and removed by the first thread of each run

void submit_job(benchmark::State& state) {
  if (state.thread_index() == 0) g_place = std::make_unique<Place>();
  std::vector<double> waits;  // milliseconds
  int n = 0;
  for (auto step : state) {
    const std::string key = std::to_string(state.thread_index()) + "-" + std::to_string(n++);
    const auto start = std::chrono::steady_clock::now();
    const auto done =
        g_place->store->write([&](Transaction& t) { return submit(t, g_place->project, key); });
    waits.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start)
            .count());
    if (!done) state.SkipWithError(done.error().message.c_str());
  }
  std::ranges::sort(waits);
  state.SetItemsProcessed(state.iterations());
  state.counters["p50_ms"] = {waits.at(waits.size() / 2), benchmark::Counter::kAvgThreads};
  state.counters["p99_ms"] = {waits.at(waits.size() * 99 / 100), benchmark::Counter::kAvgThreads};
  if (state.thread_index() == 0) {
    const auto wrong = g_place->store->read([](Reader& r) { return verify_ledger(r); });
    if (!wrong || !wrong->empty()) state.SkipWithError("the ledger does not add up");
    g_place.reset();
  }
}
BENCHMARK(submit_job)
    ->Threads(1)
    ->Threads(8)
    ->Threads(32)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->MinTime(3)
    ->Unit(benchmark::kMillisecond);

}  // namespace
