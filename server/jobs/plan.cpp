#include "server/jobs/plan.h"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "server/jobs/content.h"
#include "server/jobs/find.h"
#include "server/jobs/handles.h"
#include "server/jobs/volumes.h"
#include "server/records/sanitize.h"
#include "server/store/sandboxes.h"

namespace pawl {
namespace {

Result<Revision> changed(const Repository& repository, const Revision& from,
                         const Variant& variant) {
  Revision revision = from;
  if (!variant.edits.empty()) {
    TRY(revision, repository.apply_edits(revision, variant.edits));
  }
  if (!variant.patch.empty()) {
    TRY(revision, repository.apply_patch(revision, variant.patch));
  }
  return revision;
}

auto identity_of(const SourceFile& file) { return std::tie(file.path, file.blob, file.kind); }

// Both lists are sorted by path. Absent: each file below `path` is the same in both, and there is
// no other.
std::optional<std::string> first_difference(const std::vector<SourceFile>& before,
                                            const std::vector<SourceFile>& after,
                                            std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  const auto below = [&](const SourceFile& file) {
    return file.path == path || (file.path.starts_with(path) && file.path[path.size()] == '/');
  };
  std::vector<SourceFile> was, is, changed;
  std::ranges::copy_if(before, std::back_inserter(was), below);
  std::ranges::copy_if(after, std::back_inserter(is), below);
  std::ranges::set_symmetric_difference(was, is, std::back_inserter(changed), {}, identity_of,
                                        identity_of);
  if (changed.empty()) return std::nullopt;
  return changed.front().path;
}

// The goal and the frozen files are the human's: a revision that changes one cannot be compared
// with the others. What the environment is built from is fetched and run with network, so that too
// counts only as a human approved it.
Result<void> check_frozen(const Repository& repository, const Revision& base,
                          const Revision& revision, const ProjectFile& approved) {
  if (base == revision) return {};
  TRY(const auto before, repository.list_files(base));
  TRY(const auto after, repository.list_files(revision));
  for (const std::string& path : approved.frozen) {
    if (const auto file = first_difference(before, after, path)) {
      return fail(ErrorKind::kDenied,
                  "the change touches " + *file + ", which is frozen (pawl.toml of the base)",
                  "Leave frozen files as they are: results would not compare. A human can move the "
                  "base.");
    }
  }
  for (const std::string& path : approved.environment.key) {
    if (const auto file = first_difference(before, after, path)) {
      return fail(ErrorKind::kDenied,
                  "the change touches " + *file +
                      ", which the environment is built from "
                      "(pawl.toml of the base)",
                  "Do without: an environment is built with network, so only from what a human "
                  "approved. A human can move the base.");
    }
  }
  return {};
}

// Given values win; what the origin had and the revision no longer declares is dropped.
Params merged(const Params& inherited, const Params& given, const ProjectFile& file) {
  Params params = given;
  for (const ParamSpec& spec : file.params) {
    if (const auto kept = inherited.find(spec.name); kept != inherited.end()) params.insert(*kept);
  }
  return params;
}

Result<Origin> origin_of_job(const JobRow& job) {
  TRY(Params params, params_from_text(job.params));
  return Origin{Revision{job.commit}, std::move(params)};
}

// What its agent made of it, where that was kept.
Result<Origin> origin_of_sandbox(World& world, const Project& project, std::int64_t number) {
  const std::string handle = sandbox_handle(number);
  return world.store.read([&](Reader& reader) -> Result<Origin> {
    TRY(const JobRow job, find_sandbox_by_handle(reader, project.id, handle));
    TRY(const SandboxRow sandbox, find_sandbox(reader, job.id));
    TRY(Params params, params_from_text(job.params));
    if (!sandbox.kept.empty()) return Origin{Revision{sandbox.kept}, std::move(params)};
    return fail(ErrorKind::kInvalid, "the files of " + handle + " were not kept",
                "sandbox_close sandbox:\"" + handle + "\" keep:true keeps them.");
  });
}

}  // namespace

Result<Origin> origin_of(World& world, const Project& project, const Repository& repository,
                         const std::string& from) {
  if (from == "base") return Origin{Revision{project.base_commit}, {}};
  if (from == "best" && !project.best_job) return Origin{Revision{project.best_commit}, {}};
  if (from == "best") {
    TRY(const JobRow best,
        world.store.read([&](Reader& reader) { return find_job(reader, *project.best_job); }));
    return origin_of_job(best);
  }
  if (from == "worktree") {
    TRY(const Snapshot snapshot, repository.snapshot_worktree());
    return Origin{snapshot.revision, {}};
  }
  TRY(const auto job, world.store.read([&](Reader& reader) {
    return find_job_if_handle(reader, project.id, from);
  }));
  if (job) return origin_of_job(*job);
  if (const auto number = parse_sandbox_handle(from))
    return origin_of_sandbox(world, project, *number);
  TRY(Revision revision, repository.resolve(from));
  return Origin{std::move(revision), {}};
}

Result<Draft> draft_of(World& world, const Project& project, const Origin& origin,
                       const Variant& variant) {
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const Revision revision, changed(repository, origin.revision, variant));
  TRY(const auto description, world.sources.describe(repository, revision));
  const Revision base{project.base_commit};
  TRY(const auto approved, world.sources.describe(repository, base));
  return Draft{.revision = revision,
               .description = description,
               .frozen = check_frozen(repository, base, revision, approved->file),
               .volumes = check_registered(world, {project, approved->file.volumes}),
               .params = check_params(description->file.params,
                                      merged(origin.params, variant.params, description->file))};
}

Result<std::vector<NewJob>> jobs_of(const PlanRequest& request, const Origin& origin,
                                    const Draft& draft, const std::string& title,
                                    std::int64_t repeat) {
  CHECK_OK(draft.frozen);
  CHECK_OK(draft.volumes);
  TRY(const Params params, draft.params);
  std::vector<NewJob> jobs;
  for (std::int64_t i = 0; i < repeat; ++i) {
    NewJob job{.project = request.project.id,
               .title = clean_line(title, kTitleBytesMax),
               .agent = request.caller.agent,
               .principal = request.caller.principal,
               .round = {},
               .stage = request.stage,
               .commit = draft.revision.commit,
               .base_commit = origin.revision.commit,
               .params = to_text(params),
               .content_hash = {},
               .seed = kFirstSeed + i,
               .repeat = static_cast<std::int32_t>(i),
               .gpus = request.terms.gpus,
               .limit = request.terms.limit,
               .tags = request.tags};
    job.content_hash =
        content_hash({draft.description->tree, job.params, job.stage, job.gpus, job.seed});
    jobs.push_back(std::move(job));
  }
  return jobs;
}

}  // namespace pawl
