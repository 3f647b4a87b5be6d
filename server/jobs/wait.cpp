#include <algorithm>
#include <chrono>

#include "server/jobs/find.h"
#include "server/jobs/lines.h"
#include "server/jobs/outlook.h"
#include "server/jobs/service.h"
#include "server/jobs/world.h"

namespace pawl {
namespace {

constexpr std::int32_t kJobsMax = 10'000;
constexpr Milliseconds kProgressEvery{10'000};

// The jobs that a wait is about, in the order they ended; those still under way come last.
Result<std::vector<JobRow>> watched(Reader& reader, const Caller& caller, const Project& project,
                                    const std::vector<std::string>& targets) {
  if (!targets.empty()) return find_targets(reader, project.id, targets);
  TRY(auto jobs,
      list_jobs(reader,
                {.project = project.id, .states = {}, .agent = caller.agent, .limit = kJobsMax}));
  std::erase_if(jobs, [](const JobRow& job) { return job.sandbox.has_value(); });
  return jobs;
}

bool ended_since(const JobRow& job, std::int64_t cursor) {
  return job.finished_event && job.finished_event->value > cursor;
}

struct Seen {
  std::vector<JobRow> jobs;
  WaitReply reply;
};

// What has not ended has no result to measure: then the project's results are not read.
Result<Yardstick> measure_for(World& world, Reader& reader, const Project& project,
                              const std::vector<JobRow>& jobs) {
  if (std::ranges::any_of(jobs, is_final, &JobRow::state)) return yardstick(world, reader, project);
  return Yardstick{.metric = project.goal_metric, .direction = project.direction};
}

Result<Seen> look(World& world, const Caller& caller, const Project& project,
                  const WaitRequest& request) {
  return world.store.read([&](Reader& reader) -> Result<Seen> {
    const std::int64_t cursor = request.cursor.value_or(0);
    TRY(std::vector<JobRow> jobs, watched(reader, caller, project, request.jobs));
    std::erase_if(
        jobs, [&](const JobRow& job) { return is_final(job.state) && !ended_since(job, cursor); });
    std::ranges::sort(jobs, {},
                      [](const JobRow& job) { return std::pair(job.finished_event, job.number); });
    TRY(const Yardstick measure, measure_for(world, reader, project, jobs));
    WaitReply reply{.metric = measure.metric,
                    .lower_is_better = measure.direction == Direction::kMin,
                    .cursor = cursor};
    for (const JobRow& job : jobs) {
      TRY(JobLine line, line_of(world, reader, job, measure));
      if (is_final(job.state)) reply.cursor = std::max(reply.cursor, job.finished_event->value);
      (is_final(job.state) ? reply.finished : reply.waiting).push_back(std::move(line));
    }
    return Seen{std::move(jobs), std::move(reply)};
  });
}

// Once, at the end: it reads the whole queue.
Result<WaitReply> with_forecast(World& world, Seen seen) {
  if (seen.reply.waiting.empty()) return std::move(seen.reply);
  TRY(const Outlook outlook,
      world.store.read([&](Reader& reader) { return Outlook::read(world, reader); }));
  seen.reply.forecast = outlook.of(seen.jobs);
  return std::move(seen.reply);
}

bool improved(const WaitReply& reply, Direction direction) {
  return std::ranges::any_of(reply.finished, [&](const JobLine& line) {
    return line.delta && is_better(direction, *line.delta, 0) && line.noise_x.value_or(2) > 1;
  });
}

bool done(const WaitRequest& request, const WaitReply& reply, Direction direction) {
  const auto moves = [](const JobLine& line) { return line.state != JobState::kHeld; };
  if (std::ranges::none_of(reply.waiting, moves)) return true;  // nothing comes without a human
  switch (request.until) {
    case Until::kAll:
      return false;
    case Until::kAny:
      return !reply.finished.empty();
    case Until::kImproved:
      return improved(reply, direction);
    case Until::kCount:
      return reply.finished.size() >= static_cast<std::size_t>(request.count);
  }
  __builtin_unreachable();
}

}  // namespace

Result<WaitReply> Service::wait(const Caller& caller, const WaitRequest& request,
                                std::stop_token stop,
                                const std::function<void(WaitProgress)>& progress) {
  TRY(const Project project, world_.sources.project_of(caller.directory));
  const Milliseconds deadline = world_.clock.since_boot() + request.timeout;
  Milliseconds told{0};
  std::size_t finished_told = 0;
  while (true) {
    const std::uint64_t seen = world_.bell.rings();
    TRY(Seen seen_now, look(world_, caller, project, request));
    WaitReply& reply = seen_now.reply;
    if (done(request, reply, project.direction)) return with_forecast(world_, std::move(seen_now));
    const Milliseconds now = world_.clock.since_boot();
    if (now >= deadline || stop.stop_requested()) {
      reply.timed_out = true;
      return with_forecast(world_, std::move(seen_now));
    }
    if (now - told >= kProgressEvery || reply.finished.size() != finished_told) {
      progress({reply.finished.size(), reply.finished.size() + reply.waiting.size()});
      told = now;
      finished_told = reply.finished.size();
    }
    world_.bell.wait(seen, stop, std::min(deadline - now, kProgressEvery));
  }
}

}  // namespace pawl
