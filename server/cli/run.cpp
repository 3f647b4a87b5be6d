#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "server/cli/exit_code.h"
#include "server/cli/options.h"
#include "server/cli/remote.h"
#include "server/cli/setup_command.h"
#include "server/jobs/paths.h"
#include "server/setup/init.h"
#include "server/transport/channel.h"
#include "server/transport/shim.h"
#include "tools/catalogue.h"

namespace pawl {
namespace {

// Ends a blocked receive: a handler without SA_RESTART makes it return.
void stop_receiving_on_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  sigaction(SIGINT, &action, nullptr);
}

Hello hello_of(const Options& options, const char* client) {
  std::error_code ignored;  // a folder that was removed under us: the server says so
  return {.directory = std::filesystem::current_path(ignored).string(),
          .agent = options.agent.empty() ? client : options.agent,
          .client = client};
}

DaemonAddress address_of(const Folders& folders, const Programs& programs, bool start) {
  DaemonAddress daemon{.socket = folders.socket(), .start = nullptr};
  if (start) daemon.start = [&folders, &programs] { return programs.start_server(folders); };
  return daemon;
}

int be_shim(const Options& options, const Folders& folders, const Programs& programs, int parent) {
  const auto ended = run_shim({.daemon = address_of(folders, programs, true),
                               .hello = hello_of(options, "mcp"),
                               .parent = parent});
  return ended ? kExitOk : (print(ended.error()), kExitUnreachable);
}

// An answer, or the exit code that its absence means.
std::expected<Answer, int> ask_daemon(const Options& options, const Folders& folders,
                                      const Programs& programs) {
  // Asking never starts a server; the first steps with pawl do.
  const bool start = options.command == Command::kInit || options.command == Command::kCall;
  auto socket = connect_or_start(address_of(folders, programs, start));
  if (!socket) return print(socket.error()), std::unexpected(kExitUnreachable);
  stop_receiving_on_interrupt();
  Client client(channel_on(*std::move(socket)), hello_of(options, "cli"));
  auto answer = ask(client, options);
  if (answer) return *std::move(answer);
  if (answer.error().message == kInterrupted) {
    std::cerr << "pawl: interrupted; jobs go on\n";
    return std::unexpected(kExitInterrupted);
  }
  const int exit_code = print(answer.error());
  return std::unexpected(answer.error().kind == ErrorKind::kEngine ? kExitUnreachable : exit_code);
}

int ask_server(const Options& options, const Folders& folders, const Programs& programs) {
  const auto answer = ask_daemon(options, folders, programs);
  return answer ? print(*answer, options) : answer.error();
}

// People read what was done; with --json that goes to stderr, and stdout is the server's answer.
int init(const Options& options, const Folders& folders, const Programs& programs) {
  Interview interview(std::cin, std::cout, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
  const InitPlace place{.directory = std::filesystem::current_path(),
                        .policies = Paths{folders.state, folders.config}.policies(),
                        .socket = folders.socket(),
                        .machine = read_machine()};
  const auto prepared = prepare_init(place, options.init, interview);
  if (!prepared) return print(prepared.error());
  std::ostream& told = options.json ? std::cerr : std::cout;
  told << prepared->told << std::flush;
  if (!prepared->ready) return prepared->wrote_project ? kExitOk : kExitFailed;
  const auto answer = ask_daemon(options, folders, programs);
  if (!answer) return answer.error();
  if (options.json || !answer->code.empty()) return print(*answer, options.json);
  std::cout << answer->text.substr(0, answer->text.find('\n')) << "\n";
  const auto summary = registration_summary(*prepared, place);
  if (!summary) return print(summary.error());
  std::cout << *summary;
  return kExitOk;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const Programs& programs) {
  const int parent = getppid();  // before anything that takes time
  const auto options = parse_command_line(argc, argv, programs.version);
  if (!options) return options.error().exit_code;
  if (options->command == Command::kVersion) {
    std::cout << "pawl " << programs.version << "\n";
    return kExitOk;
  }
  if (options->list) {
    std::cout << readme_table();
    return kExitOk;
  }
  if (options->command == Command::kSimulate) return programs.simulate(options->simulate);
  const auto folders = find_folders([](const char* name) -> const char* { return getenv(name); });
  if (!folders) return print(folders.error());
  if (options->command == Command::kServe) return programs.serve(*folders, options->serve);
  if (options->command == Command::kPolicy) return programs.policy(*folders, options->policy);
  if (options->command == Command::kDoctor) return programs.doctor(*folders, options->json);
  if (options->command == Command::kMcp) return be_shim(*options, *folders, programs, parent);
  if (options->command == Command::kInit) return init(*options, *folders, programs);
  if (options->command == Command::kSetup) return setup_command(options->setup, *folders);
  return ask_server(*options, *folders, programs);
}

}  // namespace pawl
