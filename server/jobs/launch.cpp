#include "server/jobs/launch.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>

#include "server/jobs/compile_caches.h"
#include "server/jobs/environment.h"
#include "server/jobs/environment_folder.h"
#include "server/jobs/handles.h"
#include "server/jobs/terms.h"
#include "server/jobs/volumes.h"
#include "server/records/run_files.h"
#include "server/runner/local_runner.h"

namespace pawl {
namespace {

constexpr std::int64_t kLogBytesMax = 8 << 20;
constexpr std::int64_t kFileBytesMax = std::int64_t{32} << 30;

using Words = std::vector<std::string>;

// What an experiment reads and never writes, and the digests that say what it was.
struct Inputs {
  std::vector<Volume> mounts;
  std::map<std::string, std::string> digests;
};

struct Preparation {
  Project project;
  Repository repository;
  AttemptFolder folder;
  std::filesystem::path work;   // the checkout
  std::filesystem::path extra;  // writable too: checkpoints; for a build what installers fetched
  RunConfig config;
  std::string tree;  // of the job's revision
  Inputs inputs;
  std::vector<std::string> frozen;
  std::vector<std::string> caches;  // variables that lead to its own copies
  bool network = false;
};

Result<RunConfig> config_of(const Claimed& claimed, const Project& project,
                            const ProjectFile& file) {
  const JobRow& job = claimed.job;
  TRY(Params params, params_from_text(job.params));
  const bool builds = is_environment(job);
  return RunConfig{.project = project.name,
                   .job = job_handle(job.number, job.title),
                   .attempt = claimed.attempt.id.number,
                   .title = job.title,
                   .stage = job.stage,
                   .params = params,
                   .build = builds || job.sandbox ? Words() : expand(file.build, params),
                   .command = builds        ? file.environment.build
                              : job.sandbox ? Words()
                                            : expand(file.command, params),
                   .seed = job.seed,
                   .gpus = claimed.attempt.gpus,
                   .limit = claimed.attempt.limit,
                   .grace = kGrace};
}

Result<void> make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (!error) return {};
  return fail(ErrorKind::kEngine, "could not create " + folder.string() + ": " + error.message());
}

// Volumes and what counts as a goal come from the base that a human approved; the command is part
// of the experiment.
Result<Inputs> inputs_of(World& world, const Project& project, const JobRow& job,
                         const ProjectFile& approved) {
  Inputs inputs;
  if (is_environment(job)) return inputs;
  if (job.needs) {
    TRY(const JobRow build,
        world.store.read([&](Reader& reader) { return find_job(reader, *job.needs); }));
    TRY(inputs.mounts, environment_volumes(world, project, build));
    inputs.digests["environment"] = environment_key(build);
  }
  TRY(const auto volumes, volumes_to_show(world, {project, approved.volumes}));
  for (const ShownVolume& volume : volumes) {
    inputs.mounts.push_back(volume.mount);
    inputs.digests["volume " + volume.name] = volume.digest;
  }
  return inputs;
}

Result<Preparation> prepare(World& world, const Claimed& claimed) {
  const JobRow& job = claimed.job;
  TRY(Project project,
      world.store.read([&](Reader& reader) { return find_project(reader, job.project); }));
  TRY(Repository repository, world.sources.repository(project));
  TRY(const auto description, world.sources.describe(repository, Revision{job.commit}));
  TRY(const auto approved, world.sources.describe(repository, Revision{project.base_commit}));
  TRY(RunConfig config, config_of(claimed, project, description->file));
  TRY(Inputs inputs, inputs_of(world, project, job, approved->file));
  AttemptFolder folder{world.paths.attempt(project.name, job.number, claimed.attempt.id.number)};
  const bool builds = is_environment(job);
  TRY(const auto rules, rules_of(world, project));
  std::filesystem::path work = builds ? environment_folder(world, project, job) : folder.work();
  std::filesystem::path extra = builds ? world.paths.downloads(project.name)
                                       : world.paths.checkpoint(project.name, job.number);
  if (!world.rehearses) {
    TRY(folder, create_attempt_folder(folder.root));
    CHECK_OK(make_folder(extra));
  }
  return Preparation{.project = std::move(project),
                     .repository = std::move(repository),
                     .folder = std::move(folder),
                     .work = std::move(work),
                     .extra = std::move(extra),
                     .config = std::move(config),
                     .tree = description->tree,
                     .inputs = std::move(inputs),
                     .frozen = approved->file.frozen,
                     .caches = {},
                     .network = builds || (job.sandbox && rules->policy.sandbox.network.value)};
}

HostFacts host_facts(const World& world, const AttemptRow& attempt) {
  static const HostFacts here = read_host_facts();
  HostFacts facts = here;
  facts.comparability_class = attempt.comparability_class;
  facts.pool = attempt.pool;
  facts.runner = "local";
  facts.boxed = world.boxed;
  facts.versions["pawl"] = world.version;
  return facts;
}

Result<void> write_files(const World& world, const Claimed& claimed, const Preparation& made) {
  const JobRow& job = claimed.job;
  const SourceFacts source{.revision = job.commit,
                           .parent = job.base_commit,
                           .tree = made.tree,
                           .base = made.project.base_commit,
                           .inputs = made.inputs.digests};
  CHECK_OK(write_config(made.folder, made.config));
  CHECK_OK(write_source(made.folder, source));
  CHECK_OK(write_host(made.folder, host_facts(world, claimed.attempt)));
  CHECK_OK(write_cost(made.folder, {.price = claimed.attempt.rate.per_unit(),
                                    .units = claimed.attempt.units,
                                    .metered = claimed.billing == Billing::kMetered,
                                    .reserved = claimed.reserved,
                                    .settled = {},
                                    .phases = {}}));
  return write_reproduction(made.folder, {.config = made.config,
                                          .source = source,
                                          .repository = made.repository.path().string(),
                                          .worktree = made.project.root});
}

std::string visible_gpus(const Claimed& claimed) {
  std::string names;
  for (const Gpu& gpu : claimed.gpus) names += (names.empty() ? "" : ",") + gpu.uuid;
  return names;
}

// Nothing of the server's own environment reaches a job but what stands here.
std::vector<std::string> environment(const World& world, const Claimed& claimed,
                                     const Preparation& made) {
  const std::string run = made.folder.run().string();
  std::vector<std::string> all = {"PATH=/usr/local/bin:/usr/bin:/bin",
                                  "LANG=C.UTF-8",
                                  "HOME=" + (claimed.job.sandbox ? run : made.work.string()),
                                  "TMPDIR=/tmp",
                                  "PAWL_RUN_DIR=" + run,
                                  "PAWL_PARAMS=" + run + "/config.json",
                                  "PAWL_ARTIFACTS=" + made.folder.artifacts().string(),
                                  "PAWL_SEED=" + std::to_string(claimed.job.seed),
                                  "CUDA_VISIBLE_DEVICES=" + visible_gpus(claimed)};
  if (made.network) std::ranges::copy(world.network_env, std::back_inserter(all));
  if (is_environment(claimed.job)) {
    all.push_back("XDG_CACHE_HOME=" + made.extra.string());
  } else {
    all.push_back("PAWL_CHECKPOINT_DIR=" + made.extra.string());
    // Its work folder may be kept: only what its agent wrote is to lie there.
    if (claimed.job.sandbox) all.emplace_back("PYTHONDONTWRITEBYTECODE=1");
    std::ranges::copy(made.caches, std::back_inserter(all));
  }
  return all;
}

std::vector<std::int32_t> device_numbers(const Claimed& claimed) {
  std::vector<std::int32_t> numbers;
  for (const Gpu& gpu : claimed.gpus) numbers.push_back(gpu.minor_number);
  return numbers;
}

LaunchSpec spec_of(const World& world, const Claimed& claimed, const Preparation& made) {
  return {.attempt = {claimed.attempt.id, claimed.attempt.token, made.folder.root},
          .pool = claimed.attempt.pool,
          .build = made.config.build,
          .command = made.config.command,
          .env = environment(world, claimed, made),
          .limit = claimed.attempt.limit,
          .grace = kGrace,
          .log_bytes_max = kLogBytesMax,
          .volumes = made.inputs.mounts,
          .gpus = device_numbers(claimed),
          .checkpoint = made.extra,
          .file_bytes_max = kFileBytesMax,
          .work = made.work,
          .network = made.network,
          .lease = claimed.job.lease};
}

// Checked when it was submitted; but the base may have moved since, and what counts is what lies on
// the disk now.
Result<void> check_frozen(const Preparation& made) {
  TRY(const auto altered,
      made.repository.first_altered(Revision{made.project.base_commit}, made.frozen, made.work));
  if (!altered) return {};
  return fail(ErrorKind::kInvalid,
              "frozen file " + *altered + " in the checkout is not as the approved base has it",
              "Submit again from base.");
}

}  // namespace

std::vector<std::string> environment_names(const World& world, const Repository& repository) {
  const Preparation nothing{.project = {},
                            .repository = repository,
                            .folder = {},
                            .work = {},
                            .extra = {},
                            .config = {},
                            .tree = {},
                            .inputs = {},
                            .frozen = {},
                            .caches = {},
                            .network = false};
  std::vector<std::string> names;
  for (const std::string& entry : environment(world, Claimed{}, nothing)) {
    names.push_back(entry.substr(0, entry.find('=')));
  }
  return names;
}

Result<void> launch(World& world, Runner& runner, const Claimed& claimed) {
  TRY(Preparation made, prepare(world, claimed));
  if (world.rehearses) return runner.launch(spec_of(world, claimed, made));
  CHECK_OK(made.repository.checkout(Revision{claimed.job.commit}, made.work));
  CHECK_OK(write_files(world, claimed, made));
  if (!is_environment(claimed.job)) {
    CHECK_OK(check_frozen(made));
    TRY(made.caches, lend_caches(world, {made.project, claimed.job, made.folder}));
  }
  return runner.launch(spec_of(world, claimed, made));
}

}  // namespace pawl
