// The options of `pawl init`, `pawl setup` and `pawl install`.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "server/cli/add_command.h"

namespace pawl {
namespace {

void add_init_command(CLI::App& app, Options& options) {
  auto& init =
      add_command(app, options, Command::kInit, "init",
                  "describe this repository to pawl and register it; its HEAD becomes the trust "
                  "base");
  InitFlags& flags = options.init;
  init.add_option("--name", flags.name, "of the project; absent: the folder's");
  init.add_option("--command", flags.command, "what one experiment runs");
  init.add_option("--metric", flags.metric, "the number that says how good it was");
  init.add_option("--direction", flags.direction, "min or max: which way is better");
  init.add_option("--price", flags.price, "USD for one GPU or slot and hour");
  init.add_flag("--metered", flags.metered, "somebody sends a bill for the machine");
  init.add_flag("--owned", flags.owned, "nobody does: the price is for accounting");
  init.add_option("--cap-day", flags.cap_day, "USD that may be spent a day, at most");
  init.add_option("--cap-night", flags.cap_night, "USD for one night, 22:00 to 07:00, at most");
  init.add_option("--max-minutes", flags.max_minutes, "that one experiment may take");
  init.add_flag("--commit", flags.commit, "commit pawl.toml (and nothing else)");
  init.add_flag("--force-policies", flags.force_policies,
                "write a policy although there is one; the old files become .bak");
}

void add_setup_flags(CLI::App& client, SetupFlags& flags) {
  client.fallthrough();
  client.add_option("--http", flags.url, "a server's URL; absent: `pawl mcp` of this machine");
  client.add_option("--token", flags.token, "for that server; --scope user writes it down")
      ->needs("--http");
  client.add_flag("--dry-run", flags.dry_run, "show what would change, and change nothing");
  client.add_flag("--remove", flags.remove, "take out what setup put in, and nothing else");
  client.add_flag("--yes", flags.yes, "do not ask");
}

void add_setup_command(CLI::App& app, Options& options) {
  auto& setup = add_command(app, options, Command::kSetup, "setup",
                            "make pawl known to an agent, with the permissions a night needs");
  setup.require_subcommand(1);
  SetupFlags& flags = options.setup;
  auto& claude = *setup.add_subcommand("claude", "Claude Code");
  add_setup_flags(claude, flags);
  claude
      .add_option_function<std::string>(
          "--scope", [&flags](const std::string& scope) { flags.user_scope = scope == "user"; },
          "project: this repository (the default); user: everywhere")
      ->check(CLI::IsMember({"project", "user"}));
  claude.add_flag("--no-skill", flags.no_skill, "leave out the skill overnight-autoresearch");
  auto& codex = *setup.add_subcommand("codex", "Codex");
  add_setup_flags(codex, flags);
  codex.callback([&flags] { flags.client = ClientKind::kCodex; });
}

void add_install_command(CLI::App& app, Options& options) {
  auto& install = add_command(app, options, Command::kInstall, "install",
                              "give the server a user of its own, so that a cap is a cap (root)");
  InstallFlags& flags = options.install;
  install.add_flag("--system", flags.system, "for the whole machine");
  install.add_option("--user", flags.user, "the server's user and group")->capture_default_str();
  install.add_option("--root", flags.root, "lay everything below this folder and start nothing")
      ->capture_default_str();
  install.add_flag("--dry-run", flags.dry_run, "show every step, and take none");
  install.add_flag("--uninstall", flags.uninstall, "undo it; the state and the policy stay");
}

}  // namespace

void add_first_steps(CLI::App& app, Options& options) {
  add_init_command(app, options);
  add_setup_command(app, options);
  add_install_command(app, options);
}

}  // namespace pawl
