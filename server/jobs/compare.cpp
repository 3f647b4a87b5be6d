// Jobs side by side, or what the parameters of a round do.
#include <fmt/format.h>

#include <algorithm>

#include "server/jobs/find.h"
#include "server/jobs/handles.h"
#include "server/jobs/lines.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/statistics/difference.h"
#include "server/store/rounds.h"

namespace pawl {
namespace {

constexpr std::size_t kDiffBytesMax = 3'000;  // of all texts together
constexpr std::size_t kNamesMax = 12;
constexpr std::int32_t kRoundJobsMax = 1'000;

struct Compared {
  JobRow job;
  Configuration tried;
};

Result<Compared> find_compared(Reader& reader, const Yardstick& measure, ProjectId project,
                               const std::string& handle) {
  TRY(const JobRow job, find_job_by_handle(reader, project, handle));
  const Configuration* const tried = configuration_of(measure.tried, job.id);
  if (tried != nullptr) return Compared{job, *tried};
  return fail(ErrorKind::kInvalid,
              fmt::format("job {:03} is {} and has no {}, so it does not compare", job.number,
                          name_of(job.state), measure.metric),
              "leaderboard lists what has a result; get_job says what became of this one.");
}

Result<void> check_setting(const Compared& first, const Compared& other) {
  if (first.tried.setting == other.tried.setting) return {};
  const Setting& ours = first.tried.setting;
  const Setting& theirs = other.tried.setting;
  const bool same_stage = ours.stage == theirs.stage;
  return fail(
      ErrorKind::kIncomparable,
      fmt::format("job {:03} ran in stage {}, class {}, and job {:03} in stage {}, class {}",
                  first.job.number, ours.stage, ours.comparability_class, other.job.number,
                  theirs.stage, theirs.comparability_class),
      fmt::format("Run it again where the other ran: submit_experiment from:\"{:03}\" "
                  "stage:\"{}\"{}.",
                  other.job.number, ours.stage, same_stage ? " rerun:true" : ""));
}

Result<std::vector<ParamLine>> params_of(const std::vector<Compared>& all) {
  std::vector<Params> params;
  std::map<std::string, std::vector<std::string>> values;
  for (const Compared& one : all) {
    TRY(Params read, params_from_text(one.job.params));
    for (const auto& [name, value] : read) values[name];
    params.push_back(std::move(read));
  }
  std::vector<ParamLine> lines;
  for (auto& [name, row] : values) {
    for (const Params& of_job : params) {
      const auto found = of_job.find(name);
      row.push_back(found == of_job.end() ? "" : format(found->second));
    }
    const bool differs = std::ranges::any_of(row, [&](auto& value) { return value != row[0]; });
    if (differs) lines.push_back({name, std::move(row)});
  }
  return lines;
}

std::vector<std::string> names_of(const std::vector<SourceFile>& before,
                                  const std::vector<SourceFile>& after) {
  std::vector<SourceFile> changed;
  const auto identity = [](const SourceFile& file) { return std::tie(file.path, file.blob); };
  std::ranges::set_symmetric_difference(before, after, std::back_inserter(changed), {}, identity,
                                        identity);
  std::vector<std::string> names;
  for (const SourceFile& file : changed) {
    if (names.empty() || names.back() != file.path) names.push_back(file.path);
  }
  if (names.size() > kNamesMax) {
    const std::size_t more = names.size() - kNamesMax;
    names.resize(kNamesMax);
    names.push_back(fmt::format("and {} more", more));
  }
  return names;
}

Result<CodeLine> code_of(const Repository& repository, const Compared& first, const Compared& other,
                         std::size_t bytes_max) {
  const Revision from{first.job.commit};
  const Revision to{other.job.commit};
  TRY(const Diff diff, repository.diff(from, to, bytes_max));
  TRY(const auto before, repository.list_files(from));
  TRY(const auto after, repository.list_files(to));
  return CodeLine{.job = job_handle(other.job.number, other.job.title),
                  .stat = diff.stat,
                  .files = names_of(before, after),
                  .text = diff.text,
                  .truncated = diff.truncated};
}

Result<std::vector<Compared>> read_compared(World& world, Reader& reader, const Project& project,
                                            const std::vector<std::string>& handles,
                                            CompareReply& reply) {
  TRY(const Yardstick measure, yardstick(world, reader, project));
  std::vector<Compared> all;
  for (const std::string& handle : handles) {
    TRY(Compared one, find_compared(reader, measure, project.id, handle));
    if (!all.empty()) CHECK_OK(check_setting(all.front(), one));
    TRY(JobLine line, line_of(world, reader, one.job, measure));
    line.value = one.tried.all.value;
    line.seeds = one.tried.all.seeds;
    all.push_back(std::move(one));
    const Difference difference =
        difference_of({all.back().tried.values, all.front().tried.values},
                      measure.scale(all.front().tried.setting).noise, measure.direction);
    reply.jobs.push_back({std::move(line), difference});
  }
  reply.metric = measure.metric;
  reply.lower_is_better = measure.direction == Direction::kMin;
  reply.stage = all.front().tried.setting.stage;
  reply.comparability_class = all.front().tried.setting.comparability_class;
  reply.noise = measure.scale(all.front().tried.setting).noise;
  return all;
}

Result<CompareReply> compare_jobs(World& world, const Project& project,
                                  const std::vector<std::string>& handles) {
  CompareReply reply;
  TRY(const auto all, world.store.read([&](Reader& reader) {
    return read_compared(world, reader, project, handles, reply);
  }));
  TRY(reply.params, params_of(all));
  TRY(const Repository repository, world.sources.repository(project));
  for (std::size_t i = 1; i < all.size(); ++i) {
    TRY(CodeLine code, code_of(repository, all.front(), all[i], kDiffBytesMax / (all.size() - 1)));
    reply.code.push_back(std::move(code));
  }
  return reply;
}

struct RoundJobs {
  std::vector<JobRow> jobs;  // what was given back from earlier, too
  std::string handle;
};

Result<RoundJobs> jobs_of_round(Reader& reader, ProjectId project, const std::string& handle) {
  const auto number = parse_round_handle(handle);
  std::optional<Round> round;
  if (number) {
    TRY(round, find_round_by_number(reader, project, static_cast<std::int32_t>(*number)));
  }
  if (!round) {
    return fail(ErrorKind::kNotFound, "round \"" + handle.substr(0, 60) + "\" does not exist",
                "Rounds are named r1, r2, ...: submit_sweep gives their names.");
  }
  RoundJobs found{.jobs = {}, .handle = round_handle(round->number)};
  TRY(const auto reused, reused_in(reader, round->id));
  for (const JobId id : reused) {
    TRY(JobRow job, find_job(reader, id));
    found.jobs.push_back(std::move(job));
  }
  TRY(auto own,
      list_jobs(reader, {.project = project, .round = round->id, .limit = kRoundJobsMax}));
  std::ranges::reverse(own);
  std::ranges::move(own, std::back_inserter(found.jobs));
  return found;
}

// The setting in which most points of the round have a result, and those.
std::vector<Configuration> points_of(const Yardstick& measure, const RoundJobs& round) {
  std::map<Setting, std::vector<Configuration>> settings;
  for (const JobRow& job : round.jobs) {
    const Configuration* const tried = configuration_of(measure.tried, job.id);
    if (tried == nullptr) continue;
    auto& there = settings[tried->setting];
    if (std::ranges::find(there, tried->content, &Configuration::content) == there.end()) {
      there.push_back(*tried);
    }
  }
  const auto most =
      std::ranges::max_element(settings, {}, [](auto& one) { return one.second.size(); });
  return most == settings.end() ? std::vector<Configuration>() : most->second;
}

Result<void> check_points(const std::vector<Configuration>& points, const RoundJobs& round) {
  if (points.size() < 2) {
    return fail(ErrorKind::kInvalid,
                fmt::format("{} of the {} jobs of {} have a result in one stage and class; two are "
                            "needed",
                            points.size(), round.jobs.size(), round.handle),
                fmt::format("wait_jobs jobs:[\"{}\"], or compare single jobs.", round.handle));
  }
  const auto params = [](const Configuration& one) { return one.runs.front().params; };
  std::set<std::string> different;
  for (const Configuration& point : points) different.insert(params(point));
  if (different.size() == points.size()) return {};
  return fail(ErrorKind::kInvalid,
              fmt::format("jobs of {} differ in their code, not in their parameters", round.handle),
              "Compare two to six of them by jobs.");
}

Result<CompareReply> compare_round(World& world, Reader& reader, const Project& project,
                                   const std::string& handle) {
  TRY(const RoundJobs round, jobs_of_round(reader, project.id, handle));
  TRY(const Yardstick measure, yardstick(world, reader, project));
  const std::vector<Configuration> points = points_of(measure, round);
  CHECK_OK(check_points(points, round));
  const Setting& setting = points.front().setting;
  CompareReply reply{.metric = measure.metric,
                     .lower_is_better = measure.direction == Direction::kMin,
                     .stage = setting.stage,
                     .comparability_class = setting.comparability_class,
                     .noise = measure.scale(setting).noise,
                     .round = round.handle,
                     .missing = std::ssize(round.jobs) - std::ssize(points)};
  std::vector<SweepPoint> sweep;
  for (const Configuration& point : points) {
    TRY(Params params, params_from_text(point.runs.front().params));
    sweep.push_back({std::move(params), point.all.value, point.all.seeds});
  }
  reply.effects = effects_of(sweep, reply.noise);
  return reply;
}

}  // namespace

Result<CompareReply> Service::compare(const Caller& caller, const CompareRequest& request) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  if (request.jobs.empty() == request.round.empty()) {
    return fail(
        ErrorKind::kInvalid,
        request.round.empty() ? "neither jobs nor round is given" : "both jobs and round are given",
        R"(Give one: jobs ["042","047"], or round "r7".)");
  }
  if (!request.jobs.empty()) return compare_jobs(world_, project, request.jobs);
  return world_.store.read(
      [&](Reader& reader) { return compare_round(world_, reader, project, request.round); });
}

}  // namespace pawl
