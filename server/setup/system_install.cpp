#include "server/setup/system_install.h"

#include <fmt/format.h>

#include "server/core/digest.h"
#include "server/jobs/shipped_policy.h"
#include "server/jobs/trust.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

// KillMode: a restart of the server must leave the keepers of running attempts alone.
std::string unit_text(const SystemPlaces& places, const std::string& user) {
  return fmt::format(
      "[Unit]\n"
      "Description=pawl: experiments inside a budget\n"
      "After=network.target\n\n"
      "[Service]\n"
      "User={0}\n"
      "Group={0}\n"
      "Environment=PAWL_STATE={1} PAWL_CONFIG={2} PAWL_RUN={3} HOME={1}\n"
      "ExecStart={4}/pawl serve\n"
      "ExecReload=/bin/kill -HUP $MAINPID\n"
      "KillMode=process\n"
      "Restart=on-failure\n"
      "RuntimeDirectory=pawl\n"
      "RuntimeDirectoryMode=0750\n"
      "UMask=0007\n\n"
      "[Install]\n"
      "WantedBy=multi-user.target\n",
      user, places.state.string(), places.config.string(), places.run.string(),
      places.programs.string());
}

bool is_real(const InstallFlags& flags) { return flags.root == "/"; }

InstallStep run(std::vector<std::string> argv) {
  std::string told = fmt::format("run {}", fmt::join(argv, " "));
  return {.told = std::move(told), .command = std::move(argv)};
}

InstallStep folder(const fs::path& path, mode_t mode, bool of_user, std::string_view why) {
  return {.told = fmt::format("folder {} (mode {:04o}): {}", path.string(), mode, why),
          .path = path,
          .folder = mode,
          .of_user = of_user};
}

InstallStep file(const fs::path& path, std::string text, mode_t mode, std::string_view why) {
  return {.told = fmt::format("file {} (mode {:04o}): {}", path.string(), mode, why),
          .path = path,
          .file = InstallFile{std::move(text), mode}};
}

InstallStep removal(const fs::path& path) {
  return {.told = "remove " + path.string(), .path = path, .removed = true};
}

void add_secret(const SystemPlaces& places, const InstallFacts& facts,
                std::vector<InstallStep>& steps) {
  if (facts.secret_exists) return;  // a second install makes no approval worthless
  const std::string secret = facts.new_secret();
  steps.push_back(
      file(places.config / kSecretFile, secret + "\n", 0600, "the approval secret, for root only"));
  steps.push_back(file(places.config / kDigestFile, sha256_hex(secret) + "\n", 0644,
                       "its SHA-256, all that the server needs"));
}

void add_programs(const SystemPlaces& places, const InstallFacts& facts,
                  std::vector<InstallStep>& steps) {
  steps.push_back(folder(places.programs, 0755, false, "programs that no agent can replace"));
  for (const char* name : {"pawl", "pawl-keeper"}) {
    const fs::path from = facts.own_programs / name;
    if (from == places.programs / name) continue;  // installed before
    steps.push_back({.told = fmt::format("copy {} to {}", from.string(), places.programs.string()),
                     .path = places.programs / name,
                     .copy_of = from});
  }
  steps.push_back({.told = fmt::format("link {}", places.link.string()),
                   .path = places.link,
                   .link_to = places.programs / "pawl"});
}

}  // namespace

SystemPlaces places_below(const fs::path& root) {
  SystemPlaces places;
  for (fs::path* path :
       {&places.state, &places.config, &places.run, &places.programs, &places.link, &places.unit})
    *path = root / path->relative_path();
  return places;
}

std::vector<InstallStep> plan_install(const InstallFlags& flags, const InstallFacts& facts) {
  const SystemPlaces places = places_below(flags.root);
  std::vector<InstallStep> steps;
  if (!facts.user_exists && is_real(flags)) {
    steps.push_back(run({"useradd", "--system", "--user-group", "--no-create-home", "--home-dir",
                         places.state.string(), "--shell", "/usr/sbin/nologin", flags.user}));
  }
  add_programs(places, facts, steps);
  steps.push_back(folder(places.state, 0700, true, "the state, for the server only"));
  if (!is_real(flags))  // else the unit makes it
    steps.push_back(folder(places.run, 0750, true, "the socket, for the group " + flags.user));
  steps.push_back(folder(places.config, 0755, false, "what root decides"));
  steps.push_back(folder(places.config / "policies", 0755, false, "the policy"));
  if (!facts.policies_exist) {
    for (const SourceText& text : shipped_policy()) {
      steps.push_back(file(places.config / "policies" / text.name, text.text, 0644,
                           "the shipped default; review it"));
    }
  }
  add_secret(places, facts, steps);
  steps.push_back(file(places.unit, unit_text(places, flags.user), 0644, "the unit"));
  if (facts.has_systemd && is_real(flags)) {
    steps.push_back(run({"systemctl", "daemon-reload"}));
    steps.push_back(run({"systemctl", "enable", "--now", "pawl.service"}));
  }
  return steps;
}

// The state stays: it holds the ledger and what the nights brought.
std::vector<InstallStep> plan_uninstall(const InstallFlags& flags, const InstallFacts& facts) {
  const SystemPlaces places = places_below(flags.root);
  std::vector<InstallStep> steps;
  if (facts.has_systemd && is_real(flags))
    steps.push_back(run({"systemctl", "disable", "--now", "pawl.service"}));
  for (const fs::path& path : {places.unit, places.link, places.programs,
                               places.config / kSecretFile, places.config / kDigestFile})
    steps.push_back(removal(path));
  return steps;
}

}  // namespace pawl
