#include "server/jobs/readiness_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "server/jobs/volumes.h"
#include "server/policy/params.h"

namespace pawl {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kCheckoutFilesMax = 200'000;
constexpr std::int64_t kLogBytes = 16LL << 20U;  // both capped logs of an attempt

std::string megabytes(std::int64_t bytes) {
  return bytes < 1'000'000 ? fmt::format("{} bytes", bytes)
                           : fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

std::string shown(const std::vector<std::string>& argv) {
  constexpr std::size_t kShown = 200;
  std::string text = fmt::format("{}", fmt::join(argv, " "));
  if (text.size() > kShown) text = text.substr(0, kShown) + "...";
  return text;
}

// The drafts with different code; those of a grid share theirs.
std::vector<const Draft*> revisions_of(const std::vector<Draft>& drafts) {
  std::vector<const Draft*> unique;
  for (const Draft& draft : drafts) {
    const auto same = [&](const Draft* seen) { return seen->revision == draft.revision; };
    if (std::ranges::none_of(unique, same)) unique.push_back(&draft);
  }
  return unique;
}

std::string_view words_of(ProgramPlace place) {
  switch (place) {
    case ProgramPlace::kPath:
      return "is on this machine";
    case ProgramPlace::kCheckout:
      return "is an executable file of the checkout";
    case ProgramPlace::kBuilt:
      return "is not in the checkout; the build step has to make it";
    case ProgramPlace::kMissing:
      return "is neither an executable file of the checkout nor in PATH";
  }
  __builtin_unreachable();
}

// A program that a build makes is proven by an earlier job that ran it.
ReadinessCheck command_of(const ReadinessFacts& facts, const Draft& draft, const fs::path& work) {
  const ProjectFile& file = draft.description->file;
  if (!draft.params) {
    return {"command", Verdict::kUnknown, "the parameters are wrong, so no command was assembled"};
  }
  const auto argv = expand(file.command, *draft.params);
  const auto build = expand(file.build, *draft.params);
  if (argv.empty()) return {"command", Verdict::kFail, "pawl.toml names no command"};
  std::string evidence = shown(argv) + ": ";
  if (!build.empty()) {
    const ProgramPlace builder = find_program(build[0], work, false);
    evidence =
        fmt::format("{} ({} {}), then {}", shown(build), build[0], words_of(builder), evidence);
    if (builder == ProgramPlace::kMissing) return {"command", Verdict::kFail, evidence};
  }
  const ProgramPlace place = find_program(argv[0], work, !build.empty());
  evidence += fmt::format("{} {}", argv[0], words_of(place));
  if (place == ProgramPlace::kMissing) return {"command", Verdict::kFail, evidence};
  if (place != ProgramPlace::kBuilt) return {"command", Verdict::kPass, evidence};
  if (!facts.precedent) return {"command", Verdict::kUnknown, evidence + ": one run tells"};
  return {"command", Verdict::kPass,
          fmt::format("{}, as it did for job {:03}", evidence, facts.precedent->job.number)};
}

ReadinessCheck failed_checkout(const Draft& draft, const Error& error) {
  return {"clean_checkout", Verdict::kFail,
          fmt::format("{}: {}", draft.revision.commit.substr(0, 8), error.message)};
}

Result<TemporaryFolder> check_out(const ReadinessFacts& facts, const Draft& draft) {
  TRY(TemporaryFolder folder, TemporaryFolder::in(facts.world.paths.state));
  CHECK_OK(facts.repository.checkout(draft.revision, folder.path() / "work"));
  return folder;
}

}  // namespace

CheckoutChecks try_checkouts(const ReadinessFacts& facts) {
  CheckoutChecks checks{.clean_checkout = {"clean_checkout", Verdict::kPass, ""},
                        .command = {"command", Verdict::kUnknown, "no checkout to look in"},
                        .size = {}};
  const auto revisions = revisions_of(facts.drafts);
  for (const Draft* draft : revisions) {
    const auto folder = check_out(facts, *draft);
    if (!folder) {
      checks.clean_checkout = failed_checkout(*draft, folder.error());
      return checks;
    }
    const fs::path work = folder->path() / "work";
    const auto size = size_of(work, kCheckoutFilesMax);
    if (!size) {
      checks.clean_checkout = failed_checkout(*draft, size.error());
      return checks;
    }
    ReadinessCheck command = command_of(facts, *draft, work);
    if (draft == revisions.front()) {
      checks.size = *size;
      checks.clean_checkout.evidence =
          fmt::format("{} written to an empty folder: {} files, {}",
                      draft->revision.commit.substr(0, 8), size->files, megabytes(size->bytes));
    }
    if (draft == revisions.front() || command.verdict == Verdict::kFail) {
      checks.command = std::move(command);
    }
  }
  if (revisions.size() > 1) {
    checks.clean_checkout.evidence +=
        fmt::format("; so were {} other revisions", revisions.size() - 1);
  }
  return checks;
}

ReadinessCheck volumes(const ReadinessFacts& facts) {
  if (facts.approved.volumes.empty()) {
    return {"volumes", Verdict::kPass, "pawl.toml of the base names no volume"};
  }
  const auto shown = volumes_to_show(facts.world, {facts.project, facts.approved.volumes});
  if (!shown) return {"volumes", Verdict::kFail, shown.error().message};
  std::string evidence;
  for (const ShownVolume& volume : *shown) {
    evidence += fmt::format("{}{} is as registered: {} files, {}", evidence.empty() ? "" : "; ",
                            volume.name, volume.files, megabytes(volume.bytes));
  }
  return {"volumes", Verdict::kPass, evidence};
}

ReadinessCheck outputs(const ReadinessFacts& facts, const FolderSize& checkout) {
  const fs::path& state = facts.world.paths.state;
  const auto folder = TemporaryFolder::in(state);
  const auto written =
      folder ? try_writing(folder->path()) : Result<void>(std::unexpected(folder.error()));
  if (!written) return {"outputs", Verdict::kFail, written.error().message};
  std::error_code error;
  const auto space = fs::space(state, error);
  if (error) return {"outputs", Verdict::kUnknown, "free space is not known: " + error.message()};
  const std::int64_t run = facts.precedent ? facts.precedent->run_bytes : 0;
  const std::int64_t each = checkout.bytes + kLogBytes + run;
  const std::int64_t need = each * static_cast<std::int64_t>(facts.jobs);
  const std::string seen = fmt::format(
      "a file was written and removed; {} are free, {} x {} may be needed (checkout {}, logs {}{})",
      megabytes(static_cast<std::int64_t>(space.available)), facts.jobs, megabytes(each),
      megabytes(checkout.bytes), megabytes(kLogBytes),
      facts.precedent
          ? fmt::format(", outputs {} as of job {:03}", megabytes(run), facts.precedent->job.number)
          : "; outputs unmeasured");
  const bool fits = static_cast<std::int64_t>(space.available) > need;
  return {"outputs", fits ? Verdict::kPass : Verdict::kFail, seen};
}

}  // namespace pawl
