#include "server/jobs/find.h"
#include "server/jobs/lines.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"
#include "server/store/job_metrics.h"

namespace pawl {
namespace {

bool matches(const JobRow& job, const std::string& filter) {
  if (filter.empty() || job.title.find(filter) != std::string::npos) return true;
  return std::ranges::find(job.tags, filter) != job.tags.end();
}

}  // namespace

Result<LeaderboardReply> Service::leaderboard(const Caller& caller,
                                              const LeaderboardRequest& request) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  return world_.store.read([&](Reader& reader) -> Result<LeaderboardReply> {
    TRY(const Yardstick measure, yardstick(world_, reader, project));
    LeaderboardReply reply{.metric = measure.metric,
                           .lower_is_better = measure.direction == Direction::kMin,
                           .noise_floor = measure.noise.deviation,
                           .noise_samples = measure.noise.samples};
    TRY(const auto classes, classes_of(reader, project.id, measure.metric));
    if (classes.empty()) return reply;
    reply.comparability_class = classes.front();
    for (const Configuration& tried : measure.tried) {
      const LeaderboardRow& first = tried.runs.front();
      if (first.comparability_class != reply.comparability_class) continue;
      if (!request.stage.empty() && first.stage != request.stage) continue;
      TRY(const JobRow job, find_job(reader, first.job));
      if (!matches(job, request.filter)) continue;
      if (++reply.total > request.limit) continue;
      TRY(JobLine line, line_of(world_, reader, tried, measure));
      reply.rows.push_back(std::move(line));
    }
    return reply;
  });
}

}  // namespace pawl
