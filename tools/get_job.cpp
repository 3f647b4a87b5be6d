// All about one job.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "server/core/text.h"
#include "tools/all_tools.h"
#include "tools/job_table.h"

namespace pawl {
namespace {

constexpr std::size_t kExcerptBytesMax = 1'600;
constexpr std::size_t kTextBytesMax = 400;

const std::vector<std::string>& section_names() {
  static const std::vector<std::string> names = {"error",  "metrics",   "attempts",
                                                 "params", "artifacts", "provenance"};
  return names;
}

struct JobArgs {
  std::string job;
  std::vector<std::string> sections;
};

const Fields<JobArgs>& fields() {
  static const Fields<JobArgs> table = {
      field("job", &JobArgs::job, "").required().example(R"("042")"),
      field("sections", &JobArgs::sections, "absent: all, shortened").choices(section_names())};
  return table;
}

Table attempts_of(const JobDetail& job) {
  Table table{{"attempt", "outcome", "exit", "signal", "startup_s", "build_s", "min", "usd"}, {}};
  const auto seconds = [](Milliseconds time) -> Cell {
    return Fixed{static_cast<double>(time.count()) / 1e3, 1};
  };
  const auto code = [](const std::optional<std::int64_t>& value) {
    return value ? Cell{*value} : Cell{};
  };
  for (const AttemptLine& attempt : job.attempts) {
    table.rows.push_back({std::int64_t{attempt.number}, attempt.outcome, code(attempt.exit_code),
                          code(attempt.signal), seconds(attempt.startup), seconds(attempt.build),
                          minutes_cell(attempt.billed), usd_cell(attempt.cost)});
  }
  return table;
}

Table metrics_of(const JobDetail& job) {
  Table table{{"metric", "value"}, {}};
  for (const auto& [name, value] : job.metrics) {
    table.rows.push_back({name, Fixed{value, metric_decimals(value)}});
  }
  return table;
}

Lines provenance_of(const JobDetail& job, Timestamp now) {
  return {"revision " + job.revision + (job.parent.empty() ? "" : ", parent " + job.parent),
          "changes: " + (job.diff_stat.empty() ? "none" : job.diff_stat),
          "command: " + clip(job.command, kTextBytesMax),
          "seed " + std::to_string(job.seed),
          "comparability class " + job.comparability_class,
          "created " + when(job.created, now)};
}

// Facts by section, in the order of section_names().
std::vector<std::pair<std::string, Item>> sections_of(const JobDetail& job, Timestamp now) {
  std::vector<std::pair<std::string, Item>> sections;
  const std::string more = R"(get_job sections:["metrics"])";
  if (!job.error_signature.empty()) {
    sections.push_back({"error", {"error_signature", clip(job.error_signature, kTextBytesMax)}});
  }
  if (!job.excerpt.empty()) {
    const std::string shown = clip(job.excerpt, kExcerptBytesMax);
    sections.push_back({"error", {"excerpt", fence(shown, "job " + short_handle(job.line))}});
  }
  sections.push_back({"metrics", {"metrics", metrics_of(job), more}});
  sections.push_back({"attempts", {"attempts", attempts_of(job)}});
  if (!job.attempts.empty() && !job.attempts.back().why.empty())
    sections.push_back({"attempts", {"place", job.attempts.back().why}});
  sections.push_back({"params", {"params", clip(job.params, kTextBytesMax)}});
  sections.push_back({"artifacts", {"artifacts", job.artifacts}});
  sections.push_back({"provenance", {"provenance", provenance_of(job, now)}});
  return sections;
}

std::string summary_of(const JobLine& job) {
  std::string text = fmt::format("{} ({}) is {}", job.handle, job.stage, name_of(job.state));
  if (job.reason != Reason::kNone) text += fmt::format(", {}", name_of(job.reason));
  if (!job.detail.empty()) text += ": " + job.detail;
  return text + ".";
}

std::vector<Item> facts_of(const JobLine& job) {
  const int decimals = metric_decimals(job.value.value_or(0));
  return {{"job", job.handle},
          {"title", job.title},
          {"state", std::string(name_of(job.state))},
          {"reason", std::string(name_of(job.reason))},
          {"value", metric_cell(job.value, decimals)},
          {"delta", metric_cell(job.delta, decimals)},
          {"noise_x", metric_cell(job.noise_x, 1)},
          {"min", minutes_cell(job.time)},
          {"usd", usd_cell(job.cost)},
          {"usd_micro", micro_cell(job.cost)}};
}

Lines next_after(const JobLine& job) {
  const std::string handle = short_handle(job);
  if (!is_final(job.state)) return {fmt::format(R"(wait_jobs jobs:["{}"])", handle)};
  if (job.state == JobState::kSucceeded) {
    return {fmt::format(R"(record_decision job:"{}" decision:"keep" why:"...")", handle)};
  }
  return {fmt::format(R"(get_logs job:"{}" mode:"error")", handle)};
}

Result<Reply> reply_on(const Call& call, const JobArgs& args, const JobDetail& job) {
  Reply reply{.summary = summary_of(job.line), .data = facts_of(job.line)};
  for (auto& [section, item] : sections_of(job, call.clock.now())) {
    if (args.sections.empty() || std::ranges::count(args.sections, section) > 0) {
      reply.data.push_back(std::move(item));
    }
  }
  reply.next = next_after(job.line);
  reply.budget = call.service.budget_line(call.caller);
  if (!args.sections.empty()) reply.tokens_max = kDetailedTokens;
  return reply;
}

Result<Reply> run(const Call& call, const JobArgs& args) {
  TRY(const JobDetail job, call.service.job(call.caller, args.job));
  return reply_on(call, args, job);
}

// For the human, who knows the pools.
Result<Reply> run_for_operator(const Call& call, const JobArgs& args) {
  TRY(const JobDetail job, call.service.job(call.caller, args.job));
  TRY(Reply reply, reply_on(call, args, job));
  for (const AttemptLine& attempt : job.attempts) {
    if (attempt.places.empty()) continue;
    reply.data.push_back({fmt::format("places of attempt {}", attempt.number), attempt.places});
  }
  return reply;
}

}  // namespace

Tool job_tool() {
  return make_tool({.name = "job",
                    .title = "A job and its places",
                    .description = "As get_job, with the pools that each attempt could have had.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   fields(), run_for_operator);
}

Tool get_job_tool() {
  return make_tool({.name = "get_job",
                    .title = "Look at a job",
                    .description = "State and why, result, attempts, cost, error with an excerpt, "
                                   "artifacts, provenance of one job. Not for waiting: wait_jobs; "
                                   "whole output: get_logs.",
                    .read_only = true,
                    .idempotent = true,
                    .quick = true},
                   fields(), run);
}

}  // namespace pawl
