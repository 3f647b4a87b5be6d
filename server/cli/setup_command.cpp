#include "server/cli/setup_command.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "server/cli/exit_code.h"
#include "server/cli/remote.h"
#include "server/runner/process.h"
#include "server/setup/interview.h"
#include "server/setup/proof.h"
#include "server/source/repository.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// "pawl" where the PATH leads to this very program: the files then survive an update that moves it.
std::string own_name() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  const std::string found = find_in_path("pawl");
  return !found.empty() && fs::equivalent(found, self, error) ? "pawl" : self.string();
}

Result<SetupPlace> find_place(const SetupFlags& flags) {
  const fs::path home = variable("HOME");
  const std::string codex = variable("CODEX_HOME");
  SetupPlace place{.root = {},
                   .home = home,
                   .claude_home = variable("CLAUDE_CONFIG_DIR"),
                   .codex_home = codex.empty() ? home / ".codex" : fs::path(codex),
                   .program = own_name(),
                   .env = {},
                   .claude_program = find_in_path("claude"),
                   .tool_timeout = variable("MCP_TOOL_TIMEOUT")};
  if (home.empty()) return fail(ErrorKind::kInvalid, "HOME is not set", "Set it.");
  if (flags.client == ClientKind::kClaude && !flags.user_scope) {
    TRY(place.root, find_worktree(fs::current_path()));
  }
  for (const char* name : {"PAWL_STATE", "PAWL_CONFIG"}) {
    if (const std::string value = variable(name); !value.empty())
      place.env.emplace_back(name, value);
  }
  return place;
}

// What was written is tried at once. Over HTTP the client itself is the one to try it.
int show_proof(const SetupFlags& flags) {
  if (!flags.url.empty()) {
    std::cout << "not tried: " << flags.url << "; the client connects at its next start\n";
    return kExitOk;
  }
  const auto summary = prove({fs::read_symlink("/proc/self/exe").string(), "mcp"});
  if (summary) {
    std::cout << "tried: briefing says: " << *summary << "\n";
    return kExitOk;
  }
  if (summary.error().kind == ErrorKind::kNotFound) {
    std::cout << "tried: pawl answers: " << summary.error().message << "\n";
    return kExitOk;
  }
  std::cerr << "pawl: it is written, but `pawl mcp` does not answer\n";
  return print(summary.error()), kExitUnreachable;
}

bool is_agreed(const SetupFlags& flags) {
  Interview interview(std::cin, std::cout, isatty(STDIN_FILENO) && isatty(STDOUT_FILENO));
  if (flags.yes) return true;
  if (interview.terminal()) return interview.confirm("Write this?");
  std::cerr << "pawl: nothing was written: there is no terminal to ask\nGive --yes to write it, or "
               "--dry-run to only look.\n";
  return false;
}

}  // namespace

int setup_command(const SetupFlags& flags, const Folders& folders) {
  const auto place = find_place(flags);
  if (!place) return print(place.error());
  const auto plan = plan_setup(*place, flags);
  if (!plan) return print(plan.error());
  const auto text = describe(*plan);
  if (!text) return print(text.error());
  const bool nothing = plan->files.empty() && plan->commands.empty();
  std::cout << *text << (nothing ? "nothing to change\n" : "") << std::flush;
  if (flags.dry_run) return kExitOk;
  if (!nothing && !is_agreed(flags)) return kExitFailed;
  const auto told = apply(*plan, folders.config / "backups");
  if (!told) return print(told.error());
  std::cout << *told << std::flush;
  return flags.remove ? kExitOk : show_proof(flags);
}

}  // namespace pawl
