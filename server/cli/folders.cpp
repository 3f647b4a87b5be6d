#include "server/cli/programs.h"

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

Result<Folders> find_folders(const Variable& variable) {
  TRY(auto state, find(variable, "PAWL_STATE", "XDG_STATE_HOME", ".local/state"));
  TRY(auto config, find(variable, "PAWL_CONFIG", "XDG_CONFIG_HOME", ".config"));
  return Folders{std::move(state), std::move(config)};
}

}  // namespace pawl
