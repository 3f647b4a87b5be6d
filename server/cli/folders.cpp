#include "server/cli/programs.h"
#include "server/jobs/trust.h"
#include "server/setup/system_install.h"

namespace pawl {
namespace {

using Variable = std::function<const char*(const char*)>;

std::string value_of(const Variable& variable, const char* name) {
  const char* const value = variable(name);
  return value == nullptr ? "" : value;
}

// Relative paths would move with the working directory; XDG says to ignore them, and so do we.
bool usable(const std::string& path) { return path.starts_with('/'); }

Result<std::filesystem::path> find(const Variable& variable, const char* own, const char* xdg,
                                   const char* below_home) {
  const std::string chosen = value_of(variable, own);
  if (usable(chosen)) return chosen;
  if (!chosen.empty()) {
    return fail(ErrorKind::kInvalid, std::string(own) + " is \"" + chosen + "\"",
                "Give it an absolute path.");
  }
  const std::string base = value_of(variable, xdg);
  if (usable(base)) return std::filesystem::path(base) / "pawl";
  const std::string home = value_of(variable, "HOME");
  if (usable(home)) return std::filesystem::path(home) / below_home / "pawl";
  return fail(ErrorKind::kInvalid, "HOME is not set", std::string("Set it, or set ") + own + ".");
}

}  // namespace

Result<Folders> find_folders(const Variable& variable, const std::filesystem::path& root) {
  const SystemPlaces system = places_below(root);
  std::error_code error;
  if (value_of(variable, "PAWL_STATE").empty() && value_of(variable, "PAWL_CONFIG").empty() &&
      std::filesystem::exists(system.config / kDigestFile, error))
    return Folders{system.state, system.config, system.run};
  const std::string run = value_of(variable, "PAWL_RUN");
  if (!run.empty() && !usable(run))
    return fail(ErrorKind::kInvalid, "PAWL_RUN is \"" + run + "\"", "Give it an absolute path.");
  TRY(auto state, find(variable, "PAWL_STATE", "XDG_STATE_HOME", ".local/state"));
  TRY(auto config, find(variable, "PAWL_CONFIG", "XDG_CONFIG_HOME", ".config"));
  return Folders{std::move(state), std::move(config), run};
}

}  // namespace pawl
