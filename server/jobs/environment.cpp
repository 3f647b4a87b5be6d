#include "server/jobs/environment.h"

#include <fmt/format.h>

#include <filesystem>

#include "server/core/digest.h"
#include "server/jobs/handles.h"
#include "server/records/run_files.h"
#include "server/store/ledger.h"
#include "server/store/queue.h"

namespace pawl {
namespace {

constexpr std::string_view kContent = "environment:";
constexpr std::size_t kKeyShown = 8;
constexpr const char* kBuilder = "pawl";  // the agent of these jobs: they have a turn of their own

// Each part with its length in front, so that no two lists of parts give the same text.
void add(std::string& text, const std::string& part) {
  text += std::to_string(part.size()) + ":" + part + ",";
}

// Whatever could make an old environment wrong for a new job: what it is built from and how, where
// it lies (programs in it hold that path), and the system that its programs were linked with.
Result<std::string> key_of(const World& world, const Repository& repository, const Revision& base,
                           const Environment& environment) {
  static const HostFacts host = read_host_facts();
  std::string text;
  for (const std::string& path : environment.key) {
    TRY(const std::string content, repository.read_file(base, path));
    add(text, path);
    add(text, content);
  }
  add(text, "build");
  for (const std::string& word : environment.build) add(text, word);
  add(text, "path");
  for (const std::string& path : environment.path) add(text, path);
  add(text, world.paths.state.string());
  add(text, host.os);
  add(text, host.arch);
  return sha256_hex(text);
}

std::string detail_of(const JobRow& need) {
  return fmt::format("environment build {}: {}; logs: get_logs job:{}", name_of(need.state),
                     need.detail, job_handle(need.number, ""));
}

Result<void> fail_one(Transaction& transaction, const StrandedJob& stranded) {
  TRY(const JobRow job, find_job(transaction, stranded.job));
  TRY(const JobRow need, find_job(transaction, stranded.need));
  CHECK_OK(release(transaction, job.id));
  CHECK_OK(transition(transaction, {.job = job.id,
                                    .from = job.state,
                                    .event = JobEvent::kExitedBadly,
                                    .attempt = job.attempts,
                                    .reason = Reason::kEnvironment,
                                    .detail = detail_of(need)}));
  return {};
}

}  // namespace

bool is_environment(const NewJob& job) { return job.stage == kEnvironmentStage; }

std::string environment_key(const NewJob& build) {
  return build.content_hash.substr(kContent.size());
}

Result<std::optional<EnvironmentBuild>> environment_build(World& world,
                                                          const EnvironmentRequest& request) {
  const Project& project = request.project;
  const Revision base{project.base_commit};
  TRY(const Repository repository, world.sources.repository(project));
  TRY(const auto approved, world.sources.describe(repository, base));
  const Environment& environment = approved->file.environment;
  if (environment.build.empty()) return std::optional<EnvironmentBuild>();
  TRY(const std::string key, key_of(world, repository, base, environment));
  TRY(const Inventory pools, world.store.read([&](Reader& reader) {
    return inventory_for(world, reader, request.rules,
                         {project.id, std::string(kEnvironmentStage)});
  }));
  TRY(Terms terms,
      terms_for(request.rules, {request.principal, std::string(kEnvironmentStage), {}, {}}, pools));
  NewJob job{.project = project.id,
             .title = "environment " + key.substr(0, kKeyShown),
             .agent = kBuilder,
             .principal = request.principal,
             .round = {},
             .stage = std::string(kEnvironmentStage),
             .commit = base.commit,
             .base_commit = base.commit,
             .params = to_text({}),
             .content_hash = std::string(kContent) + key,
             .seed = 0,
             .repeat = 0,
             .gpus = terms.gpus,
             .limit = terms.limit};
  const auto stands = [&world, name = project.name](const JobRow& build) {
    std::error_code error;
    return std::filesystem::exists(world.paths.environment(name, build.number, build.attempts),
                                   error);
  };
  return EnvironmentBuild{std::move(job), std::move(terms), stands};
}

Result<void> fail_stranded(World& world) {
  TRY(const auto stranded, world.store.read([](Reader& reader) { return stranded_jobs(reader); }));
  if (stranded.empty()) return {};
  CHECK_OK(world.store.write([](Transaction& transaction) -> Result<void> {
    TRY(const auto now, stranded_jobs(transaction));
    for (const StrandedJob& job : now) CHECK_OK(fail_one(transaction, job));
    return {};
  }));
  world.bell.ring();
  return {};
}

}  // namespace pawl
