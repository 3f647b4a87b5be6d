#include "server/jobs/launch.h"

#include <filesystem>

#include "server/jobs/handles.h"
#include "server/jobs/terms.h"
#include "server/records/run_files.h"
#include "server/runner/local_runner.h"

namespace pawl {
namespace {

constexpr std::int64_t kLogBytesMax = 8 << 20;
constexpr std::int64_t kFileBytesMax = std::int64_t{32} << 30;

struct Preparation {
  Project project;
  Repository repository;
  AttemptFolder folder;
  std::filesystem::path checkpoint;
  RunConfig config;
  std::vector<ProjectVolume> volumes;
};

Result<RunConfig> config_of(const Claimed& claimed, const Project& project,
                            const ProjectFile& file) {
  const JobRow& job = claimed.job;
  TRY(Params params, params_from_text(job.params));
  return RunConfig{.project = project.name,
                   .job = job_handle(job.number, job.title),
                   .attempt = claimed.attempt.id.number,
                   .title = job.title,
                   .stage = job.stage,
                   .params = params,
                   .build = expand(file.build, params),
                   .command = expand(file.command, params),
                   .seed = job.seed,
                   .gpus = claimed.attempt.gpus,
                   .limit = claimed.attempt.limit,
                   .grace = kGrace};
}

// Volumes and what counts as a goal come from the base that a human approved; the command is part
// of the experiment.
Result<Preparation> prepare(World& world, const Claimed& claimed) {
  TRY(Project project,
      world.store.read([&](Reader& reader) { return find_project(reader, claimed.job.project); }));
  TRY(Repository repository, world.sources.repository(project));
  TRY(const auto description, world.sources.describe(repository, Revision{claimed.job.commit}));
  TRY(const auto approved, world.sources.describe(repository, Revision{project.base_commit}));
  TRY(RunConfig config, config_of(claimed, project, description->file));
  TRY(AttemptFolder folder, create_attempt_folder(world.paths.attempt(
                                project.name, claimed.job.number, claimed.attempt.id.number)));
  std::filesystem::path checkpoint = world.paths.checkpoint(project.name, claimed.job.number);
  std::error_code error;
  std::filesystem::create_directories(checkpoint, error);
  if (error)
    return fail(ErrorKind::kEngine,
                "could not create " + checkpoint.string() + ": " + error.message());
  return Preparation{std::move(project),    std::move(repository), std::move(folder),
                     std::move(checkpoint), std::move(config),     approved->file.volumes};
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
                           .tree = made.repository.tree_of(Revision{job.commit}).value_or(""),
                           .base = made.project.base_commit};
  CHECK_OK(write_config(made.folder, made.config));
  CHECK_OK(write_source(made.folder, source));
  CHECK_OK(write_host(made.folder, host_facts(world, claimed.attempt)));
  CHECK_OK(write_cost(made.folder, {.price = claimed.attempt.price,
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
std::vector<std::string> environment(const Claimed& claimed, const Preparation& made) {
  const std::string run = made.folder.run().string();
  return {"PATH=/usr/local/bin:/usr/bin:/bin",
          "LANG=C.UTF-8",
          "HOME=" + made.folder.work().string(),
          "TMPDIR=/tmp",
          "PAWL_RUN_DIR=" + run,
          "PAWL_PARAMS=" + run + "/config.json",
          "PAWL_ARTIFACTS=" + made.folder.artifacts().string(),
          "PAWL_CHECKPOINT_DIR=" + made.checkpoint.string(),
          "PAWL_SEED=" + std::to_string(claimed.job.seed),
          "CUDA_VISIBLE_DEVICES=" + visible_gpus(claimed)};
}

std::vector<std::int32_t> device_numbers(const Claimed& claimed) {
  std::vector<std::int32_t> numbers;
  for (const Gpu& gpu : claimed.gpus) numbers.push_back(gpu.minor_number);
  return numbers;
}

LaunchSpec spec_of(const Claimed& claimed, const Preparation& made) {
  LaunchSpec spec{.attempt = {claimed.attempt.id, claimed.attempt.token, made.folder.root},
                  .build = made.config.build,
                  .command = made.config.command,
                  .env = environment(claimed, made),
                  .limit = claimed.attempt.limit,
                  .grace = kGrace,
                  .log_bytes_max = kLogBytesMax,
                  .volumes = {},
                  .gpus = device_numbers(claimed),
                  .checkpoint = made.checkpoint,
                  .file_bytes_max = kFileBytesMax};
  for (const ProjectVolume& volume : made.volumes)
    spec.volumes.push_back({volume.source, volume.path});
  return spec;
}

}  // namespace

std::vector<std::string> environment_names(const World& world, const Repository& repository) {
  const Preparation nothing{.project = {},
                            .repository = repository,
                            .folder = {},
                            .checkpoint = {},
                            .config = {},
                            .volumes = {}};
  std::vector<std::string> names;
  for (const std::string& entry : environment(world, Claimed{}, nothing)) {
    names.push_back(entry.substr(0, entry.find('=')));
  }
  return names;
}

Result<void> launch(World& world, Runner& runner, const Claimed& claimed) {
  TRY(const Preparation made, prepare(world, claimed));
  CHECK_OK(made.repository.checkout(Revision{claimed.job.commit}, made.folder.work()));
  CHECK_OK(write_files(world, claimed, made));
  return runner.launch(spec_of(claimed, made));
}

}  // namespace pawl
