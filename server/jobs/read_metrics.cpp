// get_metrics: the curves of a few jobs, read from their last attempts.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/jobs/find.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/records/attempt_folder.h"

namespace pawl {
namespace {

constexpr std::size_t kJobsMax = 8;        // a round may have many more
constexpr std::size_t kDefaultCurves = 6;  // of all jobs together, when no key was named

CurveTraits traits_of(const Project& project, const std::string& key) {
  CurveTraits traits{.direction = {}, .held_out = is_held_out(key)};
  if (key == project.goal_metric) {
    traits.direction = project.direction;
  } else if (is_loss_like(key)) {
    traits.direction = Direction::kMin;
  }
  return traits;
}

// The goal first, but after the others while it has a single value: that is a result and no curve.
std::vector<std::string> keys_in_order(const Series& series, const std::string& goal) {
  std::vector<std::string> keys;
  for (const auto& [is_curve, is_goal] :
       {std::pair(true, true), {true, false}, {false, true}, {false, false}}) {
    for (const auto& [key, curve] : series.curves) {
      if ((curve.facts().points > 1) == is_curve && (key == goal) == is_goal) keys.push_back(key);
    }
  }
  return keys;
}

std::string why_none(const Series& series, SeriesAxis axis) {
  if (!series.exists) return "wrote no metrics.jsonl";
  if (axis != SeriesAxis::kStep && !series.has_axis) {
    return fmt::format("writes no {} in metrics.jsonl",
                       axis == SeriesAxis::kTokens ? "tokens" : "t (seconds)");
  }
  return fmt::format("has none of these keys in {} lines", series.lines);
}

struct Asked {
  const Project& project;
  const MetricsRequest& request;
  std::size_t curves_max;  // of each job
};

void add(const Asked& asked, const std::string& job, Series series, MetricsReply& reply) {
  std::size_t taken = 0;
  for (const std::string& key : keys_in_order(series, asked.project.goal_metric)) {
    if (taken++ == asked.curves_max) break;
    const CurveTraits traits = traits_of(asked.project, key);
    Curve curve = std::move(series.curves.at(key));
    series.curves.erase(key);
    Judgement judgement = judge(curve, traits);
    reply.curves.push_back({.job = job,
                            .key = key,
                            .higher_is_better = traits.direction == Direction::kMax,
                            .curve = std::move(curve),
                            .judgement = judgement});
  }
  if (taken == 0) reply.absent.push_back(job + " " + why_none(series, asked.request.axis));
  for (const auto& [key, curve] : series.curves) series.keys.insert(key);
  for (const std::string& key : series.keys) {
    if (std::ranges::find(reply.other_keys, key) == reply.other_keys.end())
      reply.other_keys.push_back(key);
  }
  if (series.truncated) reply.absent.push_back(job + " wrote too much: only the end was read");
}

}  // namespace

Result<MetricsReply> Service::metrics(const Caller& caller, const MetricsRequest& request) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  TRY(auto jobs, world_.store.read([&](Reader& reader) {
    return find_targets(reader, project.id, request.jobs);
  }));
  MetricsReply reply;
  if (jobs.size() > kJobsMax) {
    reply.absent.push_back(
        fmt::format("{} more jobs: name up to {}", jobs.size() - kJobsMax, kJobsMax));
    jobs.resize(kJobsMax);
  }
  const bool by_default = request.keys.empty();
  const std::size_t each =
      std::max<std::size_t>(1, kDefaultCurves / std::max<std::size_t>(1, jobs.size()));
  const Asked asked{project, request, by_default ? each : request.keys.size()};
  for (const JobRow& job : jobs) {
    const std::string name = fmt::format("{:03}", job.number);
    if (job.attempts == 0) {
      reply.absent.push_back(name + " has not started");
      continue;
    }
    if (!is_final(job.state)) reply.live.push_back(name);
    const AttemptFolder folder{world_.paths.attempt(project.name, job.number, job.attempts)};
    TRY(Series series, read_series(folder, {.keys = {request.keys.begin(), request.keys.end()},
                                            .goal = project.goal_metric,
                                            .axis = request.axis}));
    add(asked, name, std::move(series), reply);
  }
  return reply;
}

}  // namespace pawl
