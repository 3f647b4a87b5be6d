// REPRODUCE.md.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "server/records/file.h"
#include "server/records/run_files.h"
#include "server/records/sanitize.h"

namespace pawl {
namespace {

// For a POSIX shell: quoted unless it is plain.
std::string quoted(const std::string& word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=:,@%+";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string::npos) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string line_of(const std::vector<std::string>& command) {
  std::vector<std::string> words;
  for (const std::string& word : command) words.push_back(quoted(word));
  return fmt::format("{}\n", fmt::join(words, " "));
}

std::string script(const AttemptFolder& folder, const Reproduction& facts) {
  const RunConfig& config = facts.config;
  std::string text = fmt::format(
      "git init --quiet rerun && cd rerun\n"
      "git fetch --quiet --depth=1 {} {} && git checkout --quiet FETCH_HEAD\n",
      quoted(facts.repository), facts.source.revision);
  text += "mkdir -p ../run/artifacts ../checkpoint\n";
  text += "export PAWL_RUN_DIR=\"$(cd ../run && pwd)\"\n";
  text += "export PAWL_ARTIFACTS=\"$PAWL_RUN_DIR/artifacts\"\n";
  text += "export PAWL_CHECKPOINT_DIR=\"$(cd ../checkpoint && pwd)\"\n";
  text += fmt::format("export PAWL_SEED={}\n", config.seed);
  text += fmt::format("cp {} \"$PAWL_RUN_DIR/config.json\"\n",
                      quoted((folder.record() / "config.json").string()));
  text += "export PAWL_PARAMS=\"$PAWL_RUN_DIR/config.json\"\n";
  if (!config.build.empty()) text += line_of(config.build);
  return text + line_of(config.command);
}

}  // namespace

Result<void> write_reproduction(const AttemptFolder& folder, const Reproduction& facts) {
  const RunConfig& config = facts.config;
  const std::string text = fmt::format(
      "# {}: {}\n\n"
      "Project {}, stage {}, seed {}, attempt {}, revision {}.\n\n"
      "By hand, in an empty folder:\n\n"
      "```sh\n{}```\n\n"
      "This is the same code, command, parameters and seed, without pawl's sandbox, volumes and "
      "time "
      "limit\n({} ms).\nWhich machine it ran on stands in env.json, what came out in "
      "result.json.\n",
      config.job, clean_line(config.title), config.project, config.stage, config.seed,
      config.attempt, facts.source.revision, script(folder, facts), config.limit.count());
  return write_file(folder.record(), "REPRODUCE.md", text);
}

}  // namespace pawl
