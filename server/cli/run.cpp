#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "server/cli/exit_code.h"
#include "server/cli/options.h"
#include "server/cli/remote.h"
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

// Asking never starts a server; the first steps with pawl do.
int ask_server(const Options& options, const Folders& folders, const Programs& programs) {
  const bool start = options.command == Command::kInit || options.command == Command::kCall;
  auto socket = connect_or_start(address_of(folders, programs, start));
  if (!socket) return print(socket.error()), kExitUnreachable;
  stop_receiving_on_interrupt();
  Client client(channel_on(*std::move(socket)), hello_of(options, "cli"));
  const auto answer = ask(client, options);
  if (answer) return print(*answer, options.json);
  if (answer.error().message == kInterrupted) {
    std::cerr << "pawl: interrupted; jobs go on\n";
    return kExitInterrupted;
  }
  const int exit_code = print(answer.error());
  return answer.error().kind == ErrorKind::kEngine ? kExitUnreachable : exit_code;
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
  const auto folders = find_folders([](const char* name) -> const char* { return getenv(name); });
  if (!folders) return print(folders.error());
  if (options->command == Command::kServe) return programs.serve(*folders, options->serve);
  if (options->command == Command::kPolicy) return programs.policy(*folders, options->policy);
  if (options->command == Command::kDoctor) return programs.doctor(*folders, options->json);
  if (options->command == Command::kMcp) return be_shim(*options, *folders, programs, parent);
  return ask_server(*options, *folders, programs);
}

}  // namespace pawl
