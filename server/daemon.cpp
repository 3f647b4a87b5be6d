#include "server/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "server/jobs/network_environment.h"
#include "server/jobs/policy_changes.h"
#include "server/jobs/raise_budget.h"
#include "server/jobs/rehearsal.h"
#include "server/jobs/scheduler.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/notify/courier.h"
#include "server/policy_watch.h"
#include "server/runner/local_runner.h"
#include "server/runner/process.h"
#include "server/transport/http_server.h"
#include "server/transport/socket_server.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogBytesMax = 8U << 20U;
constexpr std::size_t kLogFiles = 3;

std::string boot_id() {
  std::string id;
  std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
  return id;
}

fs::path home_folder() {
  const char* const home = getenv("HOME");
  return home == nullptr ? "" : home;
}

fs::path own_program() { return fs::read_symlink("/proc/self/exe"); }

// 0700 from the first moment: the database, the socket and every log lie below.
Result<void> make_state_folder(const fs::path& state) {
  std::error_code error;
  fs::create_directories(state.parent_path(), error);
  if (mkdir(state.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorKind::kEngine,
                "could not create " + state.string() + ": " + std::strerror(errno));
  }
  if (access(state.c_str(), W_OK | X_OK) == 0) return {};
  return fail(ErrorKind::kEngine, "cannot write to " + state.string() + ": " + std::strerror(errno),
              "Choose another folder with PAWL_STATE.");
}

// The descriptor stays open, and the lock held, until the process ends.
Result<void> take_lock(const fs::path& path) {
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0)
    return fail(ErrorKind::kEngine,
                "could not open " + path.string() + ": " + std::strerror(errno));
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) return {};
  return fail(ErrorKind::kConflict, "another pawl server uses " + path.parent_path().string(),
              "Use that one, or set PAWL_STATE to another folder.");
}

Result<void> open_log(const fs::path& path) {
  try {
    spdlog::set_default_logger(
        spdlog::rotating_logger_mt("pawl", path.string(), kLogBytesMax, kLogFiles));
  } catch (const spdlog::spdlog_ex& error) {
    return fail(ErrorKind::kEngine, std::string("could not open the log: ") + error.what());
  }
  spdlog::flush_on(spdlog::level::info);
  return {};
}

// What has to be there before the first request; each is kept by its owner below.
struct Ground {
  SystemClock clock;
  Paths paths;
  std::unique_ptr<Store> store;
};

Result<Ground> lay_ground(const Folders& folders) {
  Ground ground{.clock = {}, .paths = {folders.state, folders.config}, .store = nullptr};
  CHECK_OK(make_state_folder(folders.state));
  CHECK_OK(take_lock(ground.paths.lock()));
  CHECK_OK(open_log(ground.paths.log()));
  return ground;
}

// Nothing when nobody asked for it. A port that is taken ends the start: clients have its number.
Result<std::unique_ptr<HttpServer>> open_http(const ServeOptions& options, const Backend& backend) {
  if (!options.http_port) return nullptr;
  return HttpServer::open(*options.http_port, backend);
}

void read_policy_again(World& world) {
  if (const auto loaded = reload_policy(world); !loaded)
    spdlog::error("could not read the policy again: {}", loaded.error().message);
  for (const std::string& notice : world.rules.notices()) spdlog::warn("{}", notice);
}

// SIGHUP reads the policy again.
int wait_for_end(const sigset_t& signals, World& world) {
  for (;;) {
    int signal = 0;
    sigwait(&signals, &signal);
    if (signal != SIGHUP) return signal;
    read_policy_again(world);
  }
}

// Serves until one of `signals` other than SIGHUP comes.
Result<void> run(Ground& ground, const Folders& folders, const ServeOptions& options,
                 const std::string& version, const sigset_t& signals) {
  TRY(const auto store, Store::open(ground.paths.database(), ground.clock));
  TrustedClock time(ground.clock, boot_id());
  CHECK_OK(time.load(*store));
  RulesFolder rules(ground.paths.policies(), ground.paths.policy_in_force());
  CHECK_OK(rules.load());
  ProjectSources sources(*store, ground.paths);
  remove_rehearsals(ground.paths.state);
  Bell bell;
  RunnerNews news(bell);
  LocalRunner runner({.keeper = own_program().parent_path() / "pawl-keeper"},
                     [&news](RunnerEvent event) { news.post(event); });
  World world{.store = *store,
              .clock = ground.clock,
              .time = time,
              .rules = rules,
              .sources = sources,
              .bell = bell,
              .paths = ground.paths,
              .machine = read_machine(),
              .boxed = runner.boxed(),
              .trust = read_trust(ground.paths.config, ground.paths.state),
              .version = version,
              .home = home_folder(),
              .network_env = network_environment(environ)};
  CHECK_OK(record_policy_changes(world));
  CHECK_OK(put_allowances_in_force(world));
  Service service(world);
  Scheduler scheduler(world, runner, news);
  CHECK_OK(scheduler.recover());
  Courier courier(*store, ground.clock, [&rules] {
    return resolve_address(rules.rules()->policy.notify.url,
                           [](const char* name) -> const char* { return getenv(name); });
  });
  Workers workers;
  const Backend backend{service, ground.clock, workers, version};
  TRY(const auto server,
      SocketServer::open(folders.socket(), backend, {.open_to_group = folders.of_system()}));
  TRY(const auto web, open_http(options, backend));
  if (web) world.http = web->url();
  scheduler.start();
  courier.start();
  std::jthread serving([&server](const std::stop_token& stop) { server->run(stop); });
  std::jthread serving_http([&web](const std::stop_token& stop) {
    if (web) web->run(stop);
  });
  spdlog::info("pawl {} serves {}, epoch {}", version, folders.socket().string(),
               store->epoch().value);
  if (web) spdlog::info("MCP over HTTP at {}", web->url());
  for (const std::string& notice : rules.notices()) spdlog::warn("{}", notice);
  TRY(const auto watch, PolicyWatch::start(rules.folder(), [&world] { read_policy_again(world); }));
  const int signal = wait_for_end(signals, world);
  spdlog::info("ending on signal {}; running attempts go on", signal);
  bell.ring();
  serving_http.request_stop();  // both at once
  serving = std::jthread();
  serving_http = std::jthread();
  scheduler.stop();
  return {};
}

int report(const Error& error) {
  fmt::print(stderr, "pawl: {}\n{}{}", error.message, error.hint, error.hint.empty() ? "" : "\n");
  return 1;
}

}  // namespace

int serve(const Folders& folders, const ServeOptions& options, const std::string& version) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  sigprocmask(SIG_BLOCK, &signals, nullptr);  // before the first thread: every other inherits it
  signal(SIGPIPE, SIG_IGN);
  auto ground = lay_ground(folders);
  if (!ground) return report(ground.error());
  const auto served = run(*ground, folders, options, version, signals);
  if (served) return 0;
  spdlog::error("{}", served.error().message);
  return report(served.error());
}

Result<void> start_server(const Folders& folders) {
  CHECK_OK(make_state_folder(folders.state));
  return spawn_detached({own_program().string(), "serve"}, folders.state / "serve.log");
}

}  // namespace pawl
