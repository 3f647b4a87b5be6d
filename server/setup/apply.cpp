// A plan shown, and a plan carried out.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "server/runner/process.h"
#include "server/setup/setup.h"
#include "server/setup/skill.h"
#include "server/setup/text_file.h"
#include "server/source/text_diff.h"

namespace pawl {
namespace {

constexpr std::chrono::minutes kLimit{1};
constexpr std::ptrdiff_t kWholeLinesMax = 40;  // of a file that appears or goes: nobody reads more

std::vector<std::string> own_environment() {
  std::vector<std::string> env;
  for (char** variable = environ; *variable != nullptr; ++variable) env.emplace_back(*variable);
  return env;
}

// For people to read: a token is not shown.
std::string joined(const std::vector<std::string>& argv) {
  constexpr std::string_view kBearer = "Authorization: Bearer ";
  std::string text;
  for (const std::string& word : argv) {
    const bool secret = word.starts_with(kBearer) && word.find('$') == std::string::npos;
    text += (text.empty() ? "" : " ") + (secret ? std::string(kBearer) + "***" : word);
  }
  return text;
}

Result<void> run(const std::vector<std::string>& argv) {
  TRY(const ProgramEnd end, run_program(argv, own_environment(), kLimit));
  if (end.code == 0) return {};
  return fail(ErrorKind::kEngine,
              fmt::format("{} ended with {}: {}", joined(argv), end.code, end.errors),
              "Run it yourself to see why; no file was changed.");
}

// Folders that setup makes, where the removal of their only file left them empty.
void remove_empty_folders(std::filesystem::path folder) {
  const std::set<std::filesystem::path> made = {kSkillName, "skills", ".claude"};
  std::error_code error;
  while (made.contains(folder.filename()) && std::filesystem::is_empty(folder, error) &&
         std::filesystem::remove(folder, error))
    folder = folder.parent_path();
}

Result<std::string> shown(const FileChange& change) {
  const std::string& whole = change.before ? *change.before : *change.after;
  const auto lines = std::ranges::count(whole, '\n');
  const bool partly = change.before && change.after;
  const std::string_view what = partly ? "" : change.after ? " (new)" : " (removed)";
  const std::string name = change.path.string() + std::string(what);
  if (!partly && lines > kWholeLinesMax) return fmt::format("{}: {} lines\n", name, lines);
  return unified_diff(
      {.name = name, .before = change.before.value_or(""), .after = change.after.value_or("")});
}

}  // namespace

Result<std::string> describe(const SetupPlan& plan) {
  std::string text;
  for (const auto& argv : plan.commands) text += "run: " + joined(argv) + "\n";
  for (const FileChange& change : plan.files) {
    TRY(const std::string diff, shown(change));
    text += diff + "\n";
  }
  for (const std::string& note : plan.notes) text += "note: " + note + "\n";
  return text;
}

Result<std::string> apply(const SetupPlan& plan, const std::filesystem::path& backups) {
  std::string told;
  for (const auto& argv : plan.commands) CHECK_OK(run(argv));
  for (const FileChange& change : plan.files) {
    if (change.before) {
      TRY(const auto copy, back_up(change.path, backups));
      told += change.path.string() + " as it was: " + copy.string() + "\n";
    }
    if (change.after) {
      CHECK_OK(replace_file(change.path, *change.after));
    } else {
      CHECK_OK(remove_file(change.path));
      remove_empty_folders(change.path.parent_path());
    }
  }
  return told;
}

}  // namespace pawl
