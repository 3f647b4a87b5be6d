// The text of a pawl.toml that explains itself.
#include <fmt/format.h>

#include "server/setup/project_draft.h"

namespace pawl {
namespace {

std::string quoted(const std::string& value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"";
}

std::string list(const std::vector<std::string>& values) {
  std::string text = "[";
  for (const std::string& value : values) text += (text.size() == 1 ? "" : ", ") + quoted(value);
  return text + "]";
}

std::string command_lines(const ProjectFile& file, bool takes_params) {
  std::string text;
  if (!file.build.empty()) {
    text += "# Runs before the command, inside the same limits and without network.\nbuild = " +
            list(file.build) + "\n\n";
  }
  text += "# One experiment, as a list of arguments: no shell reads it.\n";
  if (takes_params) {
    text +=
        "# \"{params}\" becomes --lr=0.01 --depth=4 for the [params.NAME] sections; where the "
        "agent "
        "edits the code instead,\n# there are none.\n";
  }
  if (!file.environment.build.empty() && file.command.front().starts_with(".venv/")) {
    text +=
        "# The environment's own python: unlike `uv run` it needs nothing else, and never writes "
        "into .venv, which\n"
        "# is read-only for an experiment.\n";
  }
  return text + "command = " + list(file.command) + "\n\n";
}

std::string environment_lines(const Environment& environment) {
  if (environment.build.empty()) return {};
  std::string text = fmt::format(
      "\n# Built once, with network, and shown read-only to every experiment. It is built again "
      "when "
      "a key file of the\n"
      "# approved base changes; an experiment cannot change one.\n"
      "[environment]\nbuild = {}\nkey = {}\npath = {}\n",
      list(environment.build), list(environment.key), list(environment.path));
  if (environment.caches.empty()) return text;
  std::vector<std::string> caches;
  for (const CompileCache& cache : environment.caches) caches.push_back(cache.folder);
  return text + "caches = " + list(caches) +
         "  # of compilers; each experiment has a copy of its own\n";
}

std::string volume_lines(const ProjectVolume& volume) {
  return fmt::format(
      "\n# Data of this machine, read-only for an experiment. `path` counts from the checkout, "
      "which is its home.\n"
      "[[volume]]\nname = {}\nsource = {}\npath = {}\n",
      quoted(volume.name), quoted(volume.source), quoted(volume.path));
}

constexpr const char* kParamsExample =
    "\n# A knob that the agent may turn without editing code; the command needs \"{params}\" or "
    "\"${lr}\" for it.\n"
    "# [params.lr]\n# type = \"float\"\n# min = 0.0001\n# max = 0.1\n# default = 0.003\n";

}  // namespace

std::string project_text(const ProjectDraft& draft) {
  const ProjectFile& file = draft.file;
  std::string text = fmt::format(
      "# What an experiment of this repository is. `pawl init` wrote it for {}.\n"
      "# It counts as it stands in the commit that was HEAD at `pawl init`: commit it.\n"
      "name = {}\n\n",
      draft.what, quoted(file.name));
  text += command_lines(file, !draft.fixed_time);
  text += fmt::format(
      "# What judges an experiment: one that changes any of these is refused.\nfrozen = {}\n\n"
      "# Read from metrics.jsonl in $PAWL_RUN_DIR, or from a line \"{}: 1.23\" of the output.\n"
      "[goal]\nmetric = {}\ndirection = {}       # \"min\": lower is better; \"max\": higher\n"
      "decimals = {}            # digits shown\n",
      list(file.frozen), file.goal.metric, quoted(file.goal.metric),
      quoted(file.goal.direction == Direction::kMin ? "min" : "max"), file.goal.decimals);
  text += environment_lines(file.environment);
  for (const ProjectVolume& volume : file.volumes) text += volume_lines(volume);
  if (!draft.fixed_time) text += kParamsExample;
  return text;
}

}  // namespace pawl
