#include "server/policy_command.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "server/core/clock.h"
#include "server/jobs/paths.h"
#include "server/jobs/policy_layers.h"
#include "server/jobs/replay.h"
#include "server/jobs/rules_folder.h"
#include "server/jobs/shipped_policy.h"
#include "server/policy/explain.h"
#include "server/policy/reconcile.h"
#include "server/store/past_jobs.h"
#include "server/store/store.h"

namespace pawl {
namespace {

// A file, a folder of files, or (named nothing) the folder in force, which on a fresh machine will
// be the shipped default.
Result<std::vector<SourceText>> files_of(const Folders& folders,
                                         const std::filesystem::path& named) {
  const std::filesystem::path place =
      named.empty() ? Paths{folders.state, folders.config}.policies() : named;
  if (std::filesystem::is_regular_file(place)) {
    std::ostringstream text;
    text << std::ifstream(place, std::ios::binary).rdbuf();
    return std::vector{SourceText{place.string(), text.str()}};
  }
  if (!named.empty() && !std::filesystem::is_directory(named)) {
    return fail(ErrorKind::kNotFound, named.string() + " does not exist");
  }
  TRY(auto files, read_policy_files(place));
  return files.empty() ? shipped_policy() : files;
}

std::string user_name() {
  const passwd* const user = getpwuid(geteuid());
  return user == nullptr ? std::to_string(geteuid()) : user->pw_name;
}

// Needs no server: the database is only read.
int test(const Folders& folders, const Policy& policy, std::int64_t minutes) {
  const Timestamp from = SystemClock().now() - std::chrono::minutes(minutes);
  const auto database = Paths{folders.state, folders.config}.database();
  const auto done = Store::look(database, [&](Reader& reader) -> Result<void> {
    TRY(const auto jobs, past_jobs(reader));
    TRY(const auto replayed, replay(policy, jobs, from));
    fmt::print("{}", describe(replayed, from));
    return {};
  });
  if (done) return 0;
  fmt::print(stderr, "pawl: {}\n", done.error().message);
  return 1;
}

// What the last server left in force; nothing where there was none yet.
Result<std::optional<Rules>> left_in_force(const Paths& paths) {
  std::error_code error;
  const bool exists = std::filesystem::exists(paths.policy_in_force(), error);
  std::ifstream file(paths.policy_in_force(), std::ios::binary);
  if (error || (exists && !file)) {
    return fail(ErrorKind::kEngine, paths.policy_in_force().string() + " cannot be read by you",
                "The server tells it when it runs.");
  }
  if (!exists) return std::optional<Rules>();
  std::ostringstream text;
  text << file.rdbuf();
  const auto layers = layers_in(text.str());
  return layers ? rules_of_layers(*layers) : std::nullopt;
}

// Needs no server either.
Result<std::string> explanation(const Folders& folders, const PolicyCommand& command) {
  TRY(const auto files, files_of(folders, ""));
  const auto proposed = parse_rules(files);
  TRY(const auto kept, left_in_force(Paths{folders.state, folders.config}));
  if (!kept && !proposed) return std::unexpected(to_error(proposed.error()));
  TRY(std::string text,
      explain_stages(kept ? kept->policy : proposed->policy,
                     {.principal = command.agent.empty() ? user_name() : command.agent,
                      .project = "",
                      .stage = command.stage}));
  if (!kept) return "No server has run yet. The first one puts this in force:\n" + text;
  text = "No server runs. In force when it stopped:\n" + text;
  if (!proposed) return text + "\nThe files do not parse:\n" + format(proposed.error());
  const PolicyChanges pending = reconcile(*kept, *proposed).pending;
  if (!pending.empty()) text += "\nLooser in the files, to be approved:\n" + describe(pending);
  return text;
}

int explain(const Folders& folders, const PolicyCommand& command) {
  const auto text = explanation(folders, command);
  if (text) {
    fmt::print("{}", *text);
    return 0;
  }
  fmt::print(stderr, "pawl: {}\n{}\n", text.error().message, text.error().hint);
  return text.error().kind == ErrorKind::kNotFound ? 4 : 1;
}

}  // namespace

int policy_command(const Folders& folders, const PolicyCommand& command) {
  if (command.verb == PolicyCommand::Verb::kSchema) {
    fmt::print("{}\n", policy_schema());
    return 0;
  }
  if (command.verb == PolicyCommand::Verb::kInForce) return explain(folders, command);
  const auto files = files_of(folders, command.file);
  if (!files) {
    fmt::print(stderr, "pawl: {}\n", files.error().message);
    return files.error().kind == ErrorKind::kNotFound ? 4 : 1;
  }
  const auto parsed = parse_rules(*files);
  if (!parsed || command.verb == PolicyCommand::Verb::kCheck) {
    fmt::print(parsed ? stdout : stderr, "{}\n", check_text(parsed));
    return parsed ? 0 : 1;
  }
  return test(folders, parsed->policy, command.minutes);
}

}  // namespace pawl
