#include "server/jobs/watch.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <filesystem>

#include "server/core/text.h"
#include "server/jobs/handles.h"
#include "server/jobs/outlook.h"
#include "server/jobs/tell.h"
#include "server/policy/quiet.h"
#include "server/records/attempt_folder.h"
#include "server/store/queue.h"

namespace pawl {

struct LiveAttempt {
  AttemptRow attempt;
  JobRow job;
  Project project;
  std::optional<Expected> expected;
};

namespace {

constexpr std::chrono::minutes kLookEvery{2};
constexpr std::chrono::hours kMorning{2};  // a server that starts later says nothing of the night
constexpr std::chrono::hours kBeforeNight{2};  // who was heard of by then is expected in the night
constexpr std::string_view kCommandLine = "cli";  // what a person's calls are labelled with

using Sizes = std::array<std::uintmax_t, 3>;

Sizes sizes_of(const AttemptFolder& folder) {
  const auto size = [](const std::filesystem::path& file) {
    std::error_code absent;
    const auto bytes = std::filesystem::file_size(file, absent);
    return absent ? std::uintmax_t{0} : bytes;
  };
  return {size(folder.run() / "metrics.jsonl"), size(folder.record() / "stdout.log"),
          size(folder.record() / "stderr.log")};
}

std::optional<LocalSpan> night_near(const Policy& policy, Timestamp from, Timestamp to) {
  return first_overlap({.zone = policy.timezone.value, .window = policy.night.value}, from, to);
}

Result<std::vector<LiveAttempt>> read_live(World& world, Reader& reader) {
  std::vector<LiveAttempt> live;
  std::map<WorkKind, std::optional<Expected>> kinds;
  TRY(auto attempts, live_attempts(reader));
  for (AttemptRow& attempt : attempts) {
    TRY(JobRow job, find_job(reader, attempt.job));
    TRY(Project project, find_project(reader, job.project));
    const WorkKind kind{job.project, job.stage, job.gpus};
    const auto [found, is_new] = kinds.try_emplace(kind);
    if (is_new) {
      TRY(found->second, expected_of(world, reader, kind));
    }
    live.push_back({std::move(attempt), std::move(job), std::move(project), found->second});
  }
  return live;
}

void warn_of(const char* what, const Result<void>& done) {
  if (!done) spdlog::warn("could not look at {}: {}", what, done.error().message);
}

}  // namespace

std::optional<std::string> stuck(const RunSigns& signs) {
  if (signs.expected && signs.ran > *signs.expected * kSlowRun) {
    return fmt::format("it ran {}, and half of its kind take {}", format_duration(signs.ran),
                       format_duration(*signs.expected));
  }
  if (signs.silent < kSilentRun) return std::nullopt;
  return fmt::format("it wrote no metric and no log for {}", format_duration(signs.silent));
}

void Watch::look() {
  const Milliseconds now = world_.clock.since_boot();
  if (looked_ && now - *looked_ < kLookEvery) return;
  looked_ = now;
  warn_of("runs", look_at_runs());
  warn_of("agents", look_at_agents());
}

Result<void> Watch::look_at_runs() {
  TRY(const auto live,
      world_.store.read([this](Reader& reader) { return read_live(world_, reader); }));
  std::erase_if(signs_, [&](const auto& sign) {
    return std::ranges::none_of(
        live, [&](const LiveAttempt& one) { return one.attempt.id == sign.first; });
  });
  for (const LiveAttempt& one : live) {
    if (one.attempt.state == AttemptState::kLaunched) CHECK_OK(look_at_run(one));
  }
  return {};
}

Result<void> Watch::look_at_run(const LiveAttempt& seen) {
  const AttemptRow& attempt = seen.attempt;
  if (seen.job.sandbox) return {};  // it is silent while nobody uses it
  const Timestamp now = world_.time.now();
  const AttemptFolder folder{
      world_.paths.attempt(seen.project.name, seen.job.number, attempt.id.number)};
  const auto sizes = world_.rehearses ? Sizes{} : sizes_of(folder);
  const auto [sign, is_new] = signs_.try_emplace(attempt.id, Sign{sizes, now});
  if (!is_new && sign->second.sizes != sizes) sign->second = {sizes, now};
  RunSigns signs{.ran = now - attempt.launched.value_or(now),
                 .silent = now - sign->second.since,
                 .expected = {}};
  if (seen.expected) signs.expected = seen.expected->time_p50;
  const auto why = stuck(signs);
  if (!why) return {};
  const auto rules = world_.rules.rules();
  const std::string handle = job_handle(seen.job.number, seen.job.title);
  return world_.store.write([&](Transaction& transaction) {
    return tell(transaction, rules->policy,
                {.kind = "run.stuck",
                 .subject = fmt::format("{}: {} may hang", seen.project.name, handle),
                 .text = *why,
                 .once = fmt::format("stuck/{}/{}", attempt.id.job.value, attempt.id.number)});
  });
}

Result<void> Watch::look_at_agents() {
  const auto rules = world_.rules.rules();
  const Timestamp now = world_.time.now();
  const auto night = night_near(rules->policy, now, now + Milliseconds(1));
  if (!night) return {};
  for (const auto& [who, last] : world_.heard.all()) {
    if (who.second == kCommandLine || last < night->starts - kBeforeNight) continue;
    if (now - last < kSilentAgent) continue;
    TRY(const Load load_now, world_.store.read([&](Reader& reader) {
      return load(reader,
                  {.project = {}, .stage = {}, .agent = who.second, .principal = who.first});
    }));
    if (load_now.queued + load_now.live > 0) continue;
    CHECK_OK(world_.store.write([&](Transaction& transaction) {
      return tell(
          transaction, rules->policy,
          {.kind = "agent.silent",
           .subject = "agent " + who.second + " is silent",
           .text = fmt::format("it was heard of at {} and has nothing running", format_utc(last)),
           .once = fmt::format("silent/{}/{}", who.second, last.time_since_epoch().count())});
    }));
  }
  return {};
}

std::optional<Timestamp> Watch::night_over() {
  const Timestamp now = world_.time.now();
  const auto night = night_near(world_.rules.rules()->policy, now - kMorning, now);
  if (!night || night->ends > now || night->ends == night_told_) return std::nullopt;
  night_told_ = night->ends;
  return night->starts;
}

}  // namespace pawl
