#include <fmt/format.h>

#include "server/jobs/find.h"
#include "server/jobs/lines.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"

namespace pawl {
namespace {

bool matches(const JobRow& job, const std::string& filter) {
  if (filter.empty() || job.title.find(filter) != std::string::npos) return true;
  return std::ranges::find(job.tags, filter) != job.tags.end();
}

bool asked_for(const LeaderboardRequest& request, const Setting& setting) {
  return (request.stage.empty() || request.stage == setting.stage) &&
         (request.comparability_class.empty() ||
          request.comparability_class == setting.comparability_class);
}

// The home, where it is among what was asked for; else the setting with most configurations.
Result<Setting> setting_of(const Yardstick& measure, const LeaderboardRequest& request) {
  if (measure.tried.empty() || asked_for(request, measure.home)) return measure.home;
  std::map<Setting, std::int64_t> counts;
  for (const auto& tried : measure.tried) {
    if (asked_for(request, tried->setting)) ++counts[tried->setting];
  }
  const auto most = std::ranges::max_element(counts, {}, [](auto& entry) { return entry.second; });
  if (most != counts.end()) return most->first;
  return fail(
      ErrorKind::kNotFound,
      fmt::format("nothing has a result in {}{}{}{}",
                  request.stage.empty() ? "" : "stage " + request.stage,
                  request.stage.empty() || request.comparability_class.empty() ? "" : ", ",
                  request.comparability_class.empty() ? "" : "class ", request.comparability_class),
      "leaderboard without stage and class says where there are results.");
}

}  // namespace

Result<LeaderboardReply> Service::leaderboard(const Caller& caller,
                                              const LeaderboardRequest& request) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  return world_.store.read([&](Reader& reader) -> Result<LeaderboardReply> {
    TRY(const Yardstick measure, yardstick(world_, reader, project));
    TRY(const Setting setting, setting_of(measure, request));
    LeaderboardReply reply{.metric = measure.metric,
                           .stage = setting.stage,
                           .comparability_class = setting.comparability_class,
                           .lower_is_better = measure.direction == Direction::kMin,
                           .noise = measure.scale(setting).noise,
                           .rows = {},
                           .total = 0,
                           .apart = {}};
    std::map<Setting, ApartLine> apart;
    for (const auto& one : measure.tried) {
      const Configuration& tried = *one;
      TRY(const JobRow job, find_job(reader, tried.runs.front().job));
      if (!matches(job, request.filter)) continue;
      if (tried.setting != setting) {
        ApartLine& line = apart[tried.setting];
        if (line.configurations++ > 0) continue;
        line.stage = tried.setting.stage;
        line.comparability_class = tried.setting.comparability_class;
        TRY(line.best, line_of(world_, reader, tried, measure));
        continue;
      }
      if (++reply.total > request.limit) continue;
      TRY(JobLine line, line_of(world_, reader, tried, measure));
      reply.rows.push_back(std::move(line));
    }
    for (auto& [where, line] : apart) reply.apart.push_back(std::move(line));
    return reply;
  });
}

}  // namespace pawl
