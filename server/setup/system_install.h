// `pawl install --system`: the separate mode of trust. The server gets a user of its own, its state
// is closed to everybody else, the policy belongs to root, and approving needs a secret that only
// root can read.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"

namespace pawl {

struct InstallFlags {
  bool system = false, dry_run = false, uninstall = false;
  std::string user = "pawl";
  std::string root =
      "/";  // below which everything is laid; other than "/": no user, no unit started
};

// Where a system-wide pawl lives.
struct SystemPlaces {
  std::filesystem::path state = "/var/lib/pawl", config = "/etc/pawl", run = "/run/pawl",
                        programs = "/usr/local/libexec/pawl", link = "/usr/local/bin/pawl",
                        unit = "/etc/systemd/system/pawl.service";
};
SystemPlaces places_below(const std::filesystem::path& root);

// What the plan depends on.
struct InstallFacts {
  std::filesystem::path own_programs;  // the folder of this program
  bool user_exists = false;
  bool secret_exists = false;
  bool policies_exist = false;
  bool has_systemd = false;
  std::function<std::string()> new_secret;
};

struct InstallFile {
  std::string text;
  mode_t mode = 0;
};

// One thing to do, and how it is told; exactly one of the members after `told` is set.
struct InstallStep {
  std::string told;
  std::vector<std::string> command{};              // argv
  std::filesystem::path path{};                    // of what follows
  std::optional<mode_t> folder{};                  // a folder with this mode
  bool of_user = false;                            // ... that belongs to the server's user
  std::optional<InstallFile> file{};               // root's
  std::optional<std::filesystem::path> copy_of{};  // a program
  std::optional<std::filesystem::path> link_to{};
  bool removed = false;
};

std::vector<InstallStep> plan_install(const InstallFlags& flags, const InstallFacts& facts);
std::vector<InstallStep> plan_uninstall(const InstallFlags& flags, const InstallFacts& facts);

InstallFacts read_install_facts(const InstallFlags& flags);
Result<void> take(const InstallStep& step, const std::string& user);

}  // namespace pawl
