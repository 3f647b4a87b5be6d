#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "server/cli/exit_code.h"
#include "server/cli/install_command.h"
#include "server/cli/options.h"
#include "server/cli/policy_approve.h"
#include "server/cli/remote.h"
#include "server/cli/setup_command.h"
#include "server/jobs/paths.h"
#include "server/jobs/trust.h"
#include "server/setup/init.h"
#include "server/transport/channel.h"
#include "server/transport/shim.h"
#include "server/transport/socket.h"
#include "tools/catalogue.h"

namespace pawl {
namespace {

// Ends a blocked receive: a handler without SA_RESTART makes it return.
void stop_receiving_on_interrupt() {
  struct sigaction action{};
  action.sa_handler = [](int) {};
  sigaction(SIGINT, &action, nullptr);
}

// What only root can read where pawl is installed for the system, else an admin's token; or empty.
std::string approval_secret(const Folders& folders) {
  std::string secret;
  std::ifstream(folders.config / kSecretFile) >> secret;
  const char* const token = getenv("PAWL_TOKEN");
  return secret.empty() && token != nullptr ? token : secret;
}

Hello hello_of(const Options& options, const char* client) {
  std::error_code ignored;  // a folder that was removed under us: the server says so
  return {.directory = std::filesystem::current_path(ignored).string(),
          .agent = options.agent.empty() ? client : options.agent,
          .client = client};
}

// The secret goes to nobody but the owner of the state folder.
Result<Client> client_on(Descriptor socket, const Options& options, const Folders& folders) {
  Hello hello = hello_of(options, "cli");
  const std::string secret = approval_secret(folders);
  if (!secret.empty()) {
    TRY(const uid_t server, peer_uid(socket.get()));
    struct stat state{};
    if (stat(folders.state.c_str(), &state) != 0 || state.st_uid != server) {
      return fail(ErrorKind::kDenied,
                  fmt::format("who answers at {} runs as uid {}, not as the owner of {}",
                              folders.socket().string(), server, folders.state.string()),
                  "Do not trust it; look at what listens there.");
    }
    hello.secret = secret;
  }
  return Client(channel_on(std::move(socket)), std::move(hello));
}

DaemonAddress address_of(const Folders& folders, const Programs& programs, bool start) {
  DaemonAddress daemon{.socket = folders.socket(), .start = nullptr};
  if (start && !folders.of_system())
    daemon.start = [&folders, &programs] { return programs.start_server(folders); };
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
  auto client = client_on(*std::move(socket), options, folders);
  if (!client) return std::unexpected(print(client.error()));
  auto answer = ask(*client, options);
  if (answer) return *std::move(answer);
  if (answer.error().message == kInterrupted) {
    std::cerr << "pawl: interrupted; jobs go on\n";
    return std::unexpected(kExitInterrupted);
  }
  const int exit_code = print(answer.error());
  return std::unexpected(answer.error().kind == ErrorKind::kEngine ? kExitUnreachable : exit_code);
}

int approve_policy(const Options& options, const Folders& folders, const Programs& programs) {
  auto socket = connect_or_start(address_of(folders, programs, false));
  if (!socket) return print(socket.error()), kExitUnreachable;
  auto client = client_on(*std::move(socket), options, folders);
  if (!client) return print(client.error());
  Interview interview(std::cin, std::cout, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
  return policy_approve(options, interview,
                        [&](const std::string& tool, const Arguments& arguments) {
                          return client->operate(tool, arguments);
                        });
}

// Without a server, what it left in force.
int explain_policy(const Options& options, const Folders& folders, const Programs& programs) {
  if (connect_unix(folders.socket())) {
    const auto answer = ask_daemon(options, folders, programs);
    return answer ? print(*answer, options) : answer.error();
  }
  PolicyCommand command = options.policy;
  command.verb = PolicyCommand::Verb::kInForce;
  return programs.policy(folders, command);
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
  if (options->command == Command::kInstall) return install_command(options->install);
  if (options->command == Command::kSimulate) return programs.simulate(options->simulate);
  const auto folders = find_folders([](const char* name) -> const char* { return getenv(name); });
  if (!folders) return print(folders.error());
  if (options->command == Command::kServe) return programs.serve(*folders, options->serve);
  if (options->command == Command::kPolicy) return programs.policy(*folders, options->policy);
  if (options->command == Command::kPolicyExplain)
    return explain_policy(*options, *folders, programs);
  if (options->command == Command::kPolicyApprove)
    return approve_policy(*options, *folders, programs);
  if (options->command == Command::kDoctor) return programs.doctor(*folders, options->json);
  if (options->command == Command::kMcp) return be_shim(*options, *folders, programs, parent);
  if (options->command == Command::kInit) return init(*options, *folders, programs);
  if (options->command == Command::kSetup) return setup_command(options->setup, *folders);
  return ask_server(*options, *folders, programs);
}

}  // namespace pawl
