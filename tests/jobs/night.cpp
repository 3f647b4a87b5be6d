#include "tests/jobs/night.h"

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <fstream>

#include "server/store/budget_nodes.h"

namespace pawl {
namespace {

constexpr const char* kProject = R"(
name = "tiny"
command = ["./train", "{params}"]
frozen = ["data.txt"]
[goal]
metric = "val_bpb"
direction = "min"
[params.lr]
type = "float"
min = 0.0
max = 1.0
default = 0.5
[params.n]
type = "int"
default = 0
)";

constexpr const char* kPolicy = R"(
policy = 1
timezone = "Europe/Rome"
[budget]
total = 10.00
day = 5.00
experiment = 3.00
[jobs]
max_concurrent = 2
max_queued = 20
max_minutes = 30
max_retries = 0
[stage.screen]
pools = ["cpu"]
)";

constexpr const char* kPools = R"(
[pool.cpu]
runner = "local"
kind = "cpu"
count = 2
price = 1.20
billing = "owned"
class = "A"
startup_seconds = 0
)";

void write_file(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

}  // namespace

Night::Server::Server(const std::filesystem::path& top, const Clock& clock, Machine machine,
                      Runner& runner)
    : store(Store::open(top / "state" / "pawl.db", clock).value()),
      time(clock, "boot"),
      rules(top / "config" / "policies", top / "state" / "policy-in-force"),
      sources(*store, {top / "state", top / "config"}),
      world{.store = *store,
            .clock = clock,
            .time = time,
            .rules = rules,
            .sources = sources,
            .bell = bell,
            .paths = {top / "state", top / "config"},
            .machine = std::move(machine),
            .version = "test"},
      news(bell),
      service(world),
      scheduler(world, runner, news) {
  EXPECT_TRUE(time.load(*store));
  const auto loaded = rules.load();
  EXPECT_TRUE(loaded) << (loaded ? "" : loaded.error().message);
}

Night::Night() {
  // Made here, as the daemon does, before there is a second thread: whether the library's first use
  // by two at once is safe, ThreadSanitizer cannot see.
  spdlog::default_logger();
  std::string name = testing::TempDir() + "pawl-night-XXXXXX";
  top_ = mkdtemp(name.data());
  std::filesystem::create_directories(state());
  write_file(top_ / "config/policies/default.toml", kPolicy);
  write_file(top_ / "config/policies/pools.toml", kPools);
  std::filesystem::create_directories(user());
  write("pawl.toml", kProject);
  write("data.txt", "the words\n");
  commit("train", "#!/bin/sh\n");
  runner_ = std::make_unique<SimulatedRunner>(clock_, [this](RunnerEvent event) {
    if (RunnerNews* const news = news_) news->post(event);
  });
  start();
  const auto registered = service().init(agent());
  EXPECT_TRUE(registered) << (registered ? "" : registered.error().message);
}

Night::~Night() {
  kill();
  std::filesystem::remove_all(top_);
}

void Night::start() {
  server_ = std::make_unique<Server>(top_, clock_, machine_, *runner_);
  news_ = &server_->news;
  EXPECT_TRUE(server_->scheduler.recover());
  server_->scheduler.start();
}

void Night::kill() {
  server_->scheduler.stop();
  news_ = nullptr;
  server_.reset();
}

void Night::restart() {
  kill();
  start();
}

void Night::server_gone_while(const std::function<void()>& something) {
  kill();
  something();
  start();
}

void Night::set_policy(const std::string& text) {
  write_file(top_ / "config/policies/default.toml", text);
  std::filesystem::remove(top_ / "state/policy-in-force");  // as a first start would take it
}

void Night::set_pools(const std::string& text) {
  write_file(top_ / "config/policies/pools.toml", text);
  std::filesystem::remove(top_ / "state/policy-in-force");
}

void Night::reload() {
  EXPECT_TRUE(server_->rules.load());
  EXPECT_TRUE(server_->rules.approve("", "ada"));
  server_->bell.ring();
}

void Night::write(const std::string& path, const std::string& text) {
  write_file(user() / path, text);
}

void Night::commit(const std::string& path, const std::string& text) {
  write(path, text);
  const std::string git =
      "git -C '" + user().string() + "' -c user.name=h -c user.email=h@localhost ";
  const std::string all = "{ git -C '" + user().string() + "' rev-parse || git init '" +
                          user().string() + "'; } && " + git + "add -A && " + git +
                          "commit -m change";
  ASSERT_EQ(
      std::system(("export GIT_CONFIG_GLOBAL=/dev/null; { " + all + "; } >/dev/null 2>&1").c_str()),
      0);
}

SubmitRequest Night::request(const std::string& title) const {
  SubmitRequest asked{.variant = {.title = title}, .from = "base"};
  asked.variant.params["n"] =
      static_cast<std::int64_t>(std::hash<std::string>{}(title) % 1'000'000);
  return asked;
}

std::int64_t Night::submit(const std::string& title) {
  const auto reply = try_submit(request(title));
  EXPECT_TRUE(reply) << (reply ? "" : reply.error().message);
  return reply ? reply->jobs.at(0).job.number : 0;
}

void Night::until(const std::function<bool()>& condition, const std::string& what) {
  const SystemClock wall;
  const Milliseconds limit = wall.since_boot() + std::chrono::seconds(20);
  while (true) {
    const std::uint64_t seen = world().bell.rings();
    if (condition()) return;
    ASSERT_LT(wall.since_boot(), limit) << "waited for " << what;
    world().bell.wait(seen, {}, std::chrono::milliseconds(100));
  }
}

JobRow Night::row(std::int64_t number) {
  return store()
      .read([&](Reader& reader) {
        return find_job_by_number(reader, ProjectId{1}, static_cast<std::int32_t>(number));
      })
      .value()
      .value();
}

void Night::until_state(std::int64_t number, JobState state) {
  until([&] { return row(number).state == state; },
        "job " + std::to_string(number) + " to be " + std::string(name_of(state)));
}

AttemptId Night::running(std::int64_t number) {
  until_state(number, JobState::kRunning);
  const JobRow job = row(number);
  return {job.id, job.attempts};
}

void Night::end(std::int64_t number, const SimulatedRunner::Finish& how) {
  const AttemptId attempt = running(number);
  clock_.advance(std::chrono::minutes(1));
  runner().end(attempt, how);
  until([&] { return row(number).state != JobState::kRunning; },
        "the end of job " + std::to_string(number));
}

void Night::finish(std::int64_t number, double value) {
  end(number, {.metrics = "{\"step\":1,\"val_bpb\":" + std::to_string(value) + "}\n"});
}

Balance Night::total() {
  const auto view = store().read([&](Reader& reader) {
    return all_balances(reader, std::nullopt, {clock_.now(), clock_.now()});
  });
  for (const Balance& balance : view.value()) {
    if (balance.node_kind == NodeKind::kGlobal && balance.window_kind == WindowKind::kTotal)
      return balance;
  }
  return {};
}

}  // namespace pawl
