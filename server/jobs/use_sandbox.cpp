#include <fmt/format.h>

#include "server/jobs/cancel.h"
#include "server/jobs/find.h"
#include "server/jobs/handles.h"
#include "server/jobs/lifecycle.h"
#include "server/jobs/sandbox.h"
#include "server/jobs/service.h"
#include "server/records/work_files.h"
#include "server/store/approvals.h"
#include "server/store/attempts.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

constexpr std::int64_t kOutputBytesMax = 64 << 10;
constexpr std::int64_t kFileBytesShown = 64 << 10;
constexpr std::size_t kDiffBytesMax = 64 << 10;

struct Found {
  Project project;
  JobRow job;
};

Result<Found> find(World& world, const Caller& caller, const std::string& handle) {
  Found found;
  TRY(found.project, world.sources.project_of(caller.directory));
  TRY(found.job, world.store.read([&](Reader& reader) {
    return find_sandbox_by_handle(reader, found.project.id, handle);
  }));
  return found;
}

Result<void> check_runs(const JobRow& job) {
  const std::string handle = sandbox_handle(*job.sandbox);
  if (job.state == JobState::kRunning) return {};
  if (is_final(job.state)) {
    return fail(ErrorKind::kExpired, fmt::format("sandbox {} has ended: {}", handle, job.detail),
                "sandbox_close " + handle +
                    " still shows its diff and keeps its files; "
                    "sandbox_open opens a new one.");
  }
  return fail(ErrorKind::kConflict,
              fmt::format("sandbox {} is {}, and takes no command", handle, name_of(job.state)),
              "Call again in a minute: briefing says why it waits.");
}

Result<AttemptRow> attempt_of(World& world, const JobRow& job) {
  return world.store.read(
      [&](Reader& reader) { return find_attempt(reader, {job.id, job.attempts}); });
}

// What counts as use: a call from outside, at its beginning and its end.
Result<void> note_used(World& world, const AttemptRow& attempt) {
  return world.store.write([&](Transaction& transaction) {
    return note_use(
        transaction, attempt.job,
        std::max(Milliseconds(0), world.time.since_boot() - attempt.claimed_since_boot));
  });
}

std::vector<ShownFile> read_all(const std::filesystem::path& work,
                                const std::vector<std::string>& paths) {
  std::vector<ShownFile> shown;
  for (const std::string& path : paths) {
    auto taken = take_file(work, path, kFileBytesShown);
    ShownFile& file = shown.emplace_back(ShownFile{.path = path, .text = {}, .problem = {}});
    if (!taken) {
      file.problem = taken.error().message;
    } else {
      file.text = std::move(taken->text);
      file.bytes = taken->bytes;
    }
  }
  return shown;
}

Result<Diff> diff_of(World& world, const Project& project, const JobRow& job,
                     const Revision& revision) {
  TRY(const Repository repository, world.sources.repository(project));
  return repository.diff(Revision{job.commit}, revision, kDiffBytesMax);
}

Result<SandboxLine> line_now(World& world, const Found& found) {
  return world.store.read([&](Reader& reader) -> Result<SandboxLine> {
    TRY(const JobRow job, find_job(reader, found.job.id));
    return sandbox_line(world, reader, found.project, job);
  });
}

bool is_over(const JobRow& job) { return is_final(job.state); }

// Its files as they were left, on the record for good.
Result<std::string> keep(World& world, const Found& found, const Revision& revision) {
  TRY(const Repository repository, world.sources.repository(found.project));
  const std::string handle = sandbox_handle(*found.job.sandbox);
  CHECK_OK(repository.pin(revision, "sandboxes/" + handle));
  CHECK_OK(world.store.write([&](Transaction& transaction) {
    return note_kept(transaction, found.job.id, revision.commit);
  }));
  return revision.commit;
}

}  // namespace

Result<SandboxCommandReply> Service::run_in_sandbox(const Caller& caller,
                                                    const SandboxCommand& request,
                                                    const std::stop_token& stop) {
  TRY(const Found found, find(world_, caller, request.sandbox));
  CHECK_OK(check_runs(found.job));
  if (!world_.commands.enter(found.job.id)) {
    return fail(ErrorKind::kConflict, "another command runs in " + request.sandbox,
                "Wait for its end: one runs at a time.");
  }
  const CommandsInFlight::Turn turn(world_.commands, found.job.id);
  TRY(const AttemptRow attempt, attempt_of(world_, found.job));
  TRY(const AttemptRef ref, ref_of(world_, attempt));
  const std::filesystem::path work = ref.folder / "work";
  CHECK_OK(note_used(world_, attempt));
  for (const auto& [path, text] : request.files) CHECK_OK(put_file(work, path, text));
  SandboxCommandReply reply;
  TRY(reply.end, pawl::run_in_sandbox(ref,
                                      {.command = request.command,
                                       .timeout = std::chrono::seconds(request.timeout_s),
                                       .output_bytes_max = kOutputBytesMax},
                                      stop));
  CHECK_OK(note_used(world_, attempt));
  reply.files = read_all(work, request.read);
  if (request.diff) {
    TRY(const Revision now, revision_of_sandbox(world_, found.project, found.job));
    TRY(reply.diff, diff_of(world_, found.project, found.job, now));
  }
  TRY(reply.sandbox, line_now(world_, found));
  return reply;
}

Result<SandboxClosed> Service::close_sandbox(const Caller& caller, const std::string& handle,
                                             bool keeps, const std::stop_token& stop) {
  TRY(Found found, find(world_, caller, handle));
  CHECK_OK(world_.store.write([&](Transaction& transaction) -> Result<void> {
    TRY(const JobRow job, find_job(transaction, found.job.id));
    CHECK_OK(cancel_one(transaction, job, "closed by " + caller.agent));
    return withdraw_empty_approvals(transaction);
  }));
  world_.cancels_asked = true;
  world_.bell.ring();  // the scheduler asks its keeper to stop
  TRY(found.job, wait_until(world_, found.job.id, stop, is_over));
  SandboxClosed reply;
  if (is_final(found.job.state) && found.job.started) {  // nothing writes there any more
    TRY(const Revision left, revision_of_sandbox(world_, found.project, found.job));
    TRY(reply.diff, diff_of(world_, found.project, found.job, left));
    if (keeps) {
      TRY(reply.kept, keep(world_, found, left));
    }
  }
  TRY(reply.sandbox, line_now(world_, found));
  return reply;
}

}  // namespace pawl
