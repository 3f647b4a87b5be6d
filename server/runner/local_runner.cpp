#include "server/runner/local_runner.h"

#include <fmt/format.h>
#include <poll.h>

#include "keeper/contract.h"
#include "server/runner/attempt_folder.h"
#include "server/runner/box_probe.h"
#include "server/runner/process.h"
#include "server/runner/spec_file.h"
#include "server/runner/unboxed_volumes.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

// The keeper answers within milliseconds; this is for a machine in trouble.
constexpr Milliseconds kLaunchTime{30'000};
constexpr int kProofRounds = 100;
constexpr int kProofRoundMs = 20;

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string say(const Result<ProgramEnd>& end) {
  if (!end) return end.error().message;
  if (end->timed_out) return "the keeper did not answer";
  return end->errors.empty() ? fmt::format("the keeper left with code {}", end->code)
                             : last_line(end->errors);
}

}  // namespace

LocalRunner::LocalRunner(const LocalRunnerOptions& options, RunnerSink sink)
    : keeper_(fs::weakly_canonical(options.keeper)), watcher_(std::move(sink)) {
  if (!options.box_allowed) {
    unboxed_reason_ = "bubblewrap is switched off";
    return;
  }
  Result<BoxSpec> box = probe_box(keeper_);
  if (box) {
    box_ = *std::move(box);
    box_.readable = options.readable;
  } else {
    unboxed_reason_ = box.error().message;
  }
}

Result<std::vector<std::string>> LocalRunner::box_for(const LaunchSpec& spec) const {
  const fs::path& folder = spec.attempt.folder;
  BoxSpec box = box_;
  box.etc = folder / keeper::kFolder / "etc";
  box.work = spec.workdir();
  box.network = spec.network;
  box.writable = {folder / "run"};
  if (!spec.checkpoint.empty()) box.writable.push_back(spec.checkpoint);
  box.volumes = spec.volumes;
  box.gpus = spec.gpus;
  return box_arguments(box);
}

Result<void> LocalRunner::prepare(const LaunchSpec& spec) const {
  const fs::path& folder = spec.attempt.folder;
  if (!boxed()) {
    CHECK_OK(link_volumes(spec.volumes, spec.workdir()));
    return write_spec(spec, {});
  }
  TRY(const std::vector<std::string> box, box_for(spec));
  CHECK_OK(write_spec(spec, box));
  return write_etc(folder / keeper::kFolder / "etc");
}

Result<void> LocalRunner::launch(const LaunchSpec& spec) {
  const AttemptRef& attempt = spec.attempt;
  const std::string started = started_token(attempt.folder);
  if (!started.empty()) {
    if (started != attempt.token) {
      return fail(ErrorKind::kInternal, "another attempt ran in " + attempt.folder.string());
    }
    watcher_.watch(attempt);
    return {};
  }
  CHECK_OK(prepare(spec));
  watcher_.expect(attempt);
  const Result<ProgramEnd> end =
      run_program({keeper_.string(), attempt.folder.string()}, {}, kLaunchTime);
  const bool running =
      end && !end->timed_out && end->code == static_cast<int>(keeper::Exit::kRunning);
  if (!running) {
    // Either it is fenced off now, or it may be alive and the watcher finds out.
    const Result<Fate> fate = examine(attempt.folder);
    if (fate && *fate == Fate::kNeverStarted) {
      watcher_.forget(attempt);
      return fail(ErrorKind::kEngine, "could not start the attempt: " + say(end));
    }
  }
  watcher_.watch(attempt);
  return {};
}

void LocalRunner::stop(const AttemptRef& attempt) { watcher_.stop(attempt); }

Result<Recovered> LocalRunner::recover(const AttemptRef& attempt) {
  TRY(const Fate fate, examine(attempt.folder));
  switch (fate) {
    case Fate::kLocked:
      watcher_.watch(attempt);
      return Recovered::kAlive;
    case Fate::kEnded:
      return Recovered::kEnded;
    case Fate::kNeverStarted:
      return Recovered::kNeverLaunched;
    case Fate::kKeeperDead:
      return prove_dead(attempt);
  }
  __builtin_unreachable();
}

Result<Recovered> LocalRunner::prove_dead(const AttemptRef& attempt) const {
  DeathProof proof;
  for (int round = 0; round < kProofRounds; ++round) {
    if (proof.look(attempt.token)) return Recovered::kLost;
    poll(nullptr, 0, kProofRoundMs);
  }
  return fail(ErrorKind::kEngine,
              "could not prove that the attempt is dead: processes of it are still there",
              "Ask again later.");
}

}  // namespace pawl
