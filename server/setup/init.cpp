#include "server/setup/init.h"

#include <fmt/format.h>

#include <cstdlib>

#include "server/jobs/rules_folder.h"
#include "server/jobs/shipped_policy.h"
#include "server/setup/git_commit.h"
#include "server/setup/questions.h"
#include "server/setup/text_file.h"
#include "server/transport/socket.h"

namespace pawl {
namespace {

const std::string kFile = "pawl.toml";

Error mistakes_in(const std::string& name, const Diagnostics& mistakes) {
  return {
      ErrorKind::kInvalid,
      fmt::format("{} has {} mistake{}", name, mistakes.size(), mistakes.size() == 1 ? "" : "s"),
      format(mistakes)};
}

Result<ProjectFile> parsed(const std::string& name, const std::string& text) {
  auto file = parse_project_file({name, text});
  if (!file) return std::unexpected(mistakes_in(name, file.error()));
  return *std::move(file);
}

// A draft with its text, which parses.
struct FirstProject {
  ProjectDraft draft;
  std::string text;
};

Result<FirstProject> draft_project(const std::filesystem::path& root, const InitFlags& flags,
                                   Interview& interview) {
  FirstProject made{.draft = recognise_project(root), .text = {}};
  CHECK_OK(ask_about_project(made.draft, flags, interview));
  made.text = project_text(made.draft);
  CHECK_OK(parsed(kFile, made.text));
  return made;
}

struct NewPolicy {
  std::vector<SourceText> files;  // empty: the policy that is there stays
  std::string told;
};

std::string told_of_existing(const InitPlace& place, const std::vector<SourceText>& there) {
  const std::string folder = place.policies.string();
  const std::vector<SourceText> shipped = shipped_policy();
  const bool is_shipped = there.size() == shipped.size() &&
                          there.front().text == shipped.front().text &&
                          there.back().text == shipped.back().text;
  if (!is_shipped) return "policy: " + folder + " is there already and was left as it is\n";
  return "policy: " + folder +
         " holds the default that pawl ships, and was left as it is\n"
         "        `pawl init --force-policies` writes one for this machine\n";
}

std::string told_of_choices(const PolicyChoices& choices, const InitPlace& place) {
  return fmt::format(
      "policy: written to {}\n"
      "        {} at ${} for a {} and hour{}, ${} a day, {} minutes an experiment; edit the files "
      "to change it\n",
      place.policies.string(), choices.metered ? "metered" : "owned", format_usd(choices.price),
      place.machine.gpus.empty() ? "slot" : "GPU",
      choices.price_was_given ? "" : " (a default for accounting, not a market price)",
      format_usd(choices.day), choices.minutes);
}

Result<NewPolicy> draft_policy(const InitPlace& place, const PolicyStart& start,
                               const InitFlags& flags, Interview& interview) {
  TRY(const auto there, read_policy_files(place.policies));
  if (!there.empty() && !flags.force_policies) {
    NewPolicy kept{.files = {}, .told = told_of_existing(place, there)};
    if (flags.metered || flags.owned ||
        !(flags.price + flags.cap_day + flags.cap_night + flags.max_minutes).empty())
      kept.told += "        so what you said about prices and limits was not used\n";
    return kept;
  }
  TRY(const PolicyChoices choices,
      ask_about_money(parts_of(place.machine), start, flags, interview));
  TRY(auto files, machine_policy(place.machine, choices));
  NewPolicy made{.files = std::move(files), .told = told_of_choices(choices, place)};
  if (connect_unix(place.socket))
    made.told += "        the server that runs reads it at its next start\n";
  return made;
}

// Each old file becomes NAME.bak, which is not read.
Result<void> write_policy(const std::filesystem::path& folder,
                          const std::vector<SourceText>& files) {
  TRY(const auto there, read_policy_files(folder));
  std::error_code absent;  // is no folder with other files either
  if (!std::filesystem::exists(folder, absent) || std::filesystem::is_empty(folder, absent)) {
    std::vector<std::pair<std::string, std::string>> texts;
    for (const SourceText& file : files) texts.emplace_back(file.name, file.text);
    return make_folder_with(folder, texts);
  }
  for (const SourceText& old : there) {
    const auto path = folder / std::filesystem::path(old.name).filename();
    CHECK_OK(replace_file(path.string() + ".bak", old.text));
    CHECK_OK(remove_file(path));
  }
  for (const SourceText& file : files) CHECK_OK(replace_file(folder / file.name, file.text));
  return {};
}

std::string told_to_commit(const std::filesystem::path& root) {
  return fmt::format(
      "next: read it, then\n"
      "  git -C {0} add {1} && git -C {0} commit -m \"{1}\" -- {1}\n"
      "  pawl init          # again: it registers the commit (or now: pawl init --commit)\n",
      root.string(), kFile);
}

Result<void> commit_project(Prepared& prepared, const InitPlace& place) {
  CHECK_OK(commit_file(prepared.worktree.root, kFile, "Describe an experiment to pawl"));
  TRY(prepared.worktree, look_at_worktree(place.directory, kFile));
  prepared.told += "commit: " + prepared.worktree.head.substr(0, 12) + " holds " + kFile + "\n";
  return {};
}

// Data that is missing now fails the first experiment, not this command.
std::string told_of_volumes(const ProjectFile& file) {
  std::string told;
  const char* const home = std::getenv("HOME");
  for (const ProjectVolume& volume : file.volumes) {
    const bool below_home = volume.source.starts_with("~/") && home != nullptr;
    const std::string folder = below_home ? home + volume.source.substr(1) : volume.source;
    std::error_code error;
    if (folder.empty() || std::filesystem::is_directory(folder, error)) continue;
    told += fmt::format(
        "note: the data of volume \"{}\" is not there yet: {}; run `pawl init` again once it is\n",
        volume.name, folder);
  }
  return told;
}

// `text` is what the working tree holds.
Result<void> judge(Prepared& prepared, const std::string& text) {
  TRY(const ProjectFile here, parsed(kFile, text));
  prepared.told += told_of_volumes(here);
  if (!prepared.worktree.committed) return {};
  TRY(prepared.file, parsed(kFile + " of HEAD", *prepared.worktree.committed));
  prepared.ready = true;
  if (*prepared.worktree.committed != text) {
    prepared.told += "note: " + kFile +
                     " differs from HEAD, and what HEAD holds counts; commit it to change that\n";
  }
  return {};
}

}  // namespace

Result<Prepared> prepare_init(const InitPlace& place, const InitFlags& flags,
                              Interview& interview) {
  TRY(WorktreeState worktree, look_at_worktree(place.directory, kFile));
  Prepared prepared{.worktree = std::move(worktree), .file = {}, .told = {}};
  const std::filesystem::path path = prepared.worktree.root / kFile;
  TRY(std::optional<std::string> text, read_if_there(path));
  if (text) CHECK_OK(parsed(kFile, *text));
  std::optional<FirstProject> project;
  if (!text && !prepared.worktree.committed) {
    TRY(project, draft_project(prepared.worktree.root, flags, interview));
  }
  const ProjectDraft draft = project ? project->draft : recognise_project(prepared.worktree.root);
  TRY(const NewPolicy policy,
      draft_policy(place, {draft.minutes, draft.fixed_time}, flags, interview));
  // From here on it is written; a human who stops at a question finds everything as it was.
  if (!policy.files.empty()) CHECK_OK(write_policy(place.policies, policy.files));
  prepared.told = policy.told;
  if (project) {
    CHECK_OK(replace_file(path, project->text));
    text = project->text;
    prepared.wrote_project = true;
    prepared.told += fmt::format("project: {} written; this is {}\n", path.string(), draft.what);
  }
  if (!text) text = prepared.worktree.committed;  // deleted here, but HEAD's counts
  if (flags.commit && prepared.worktree.committed != text)
    CHECK_OK(commit_project(prepared, place));
  CHECK_OK(judge(prepared, *text));
  if (!prepared.ready) {
    if (!prepared.wrote_project) prepared.told += "project: " + kFile + " is not committed yet\n";
    prepared.told += told_to_commit(prepared.worktree.root);
  }
  return prepared;
}

}  // namespace pawl
