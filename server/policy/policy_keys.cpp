#include "server/policy/policy_keys.h"

namespace pawl {
namespace {

// Every ceiling of a node: spent + reserved + asked must stay within it.
Fields<SpendLimits> spend_fields() {
  constexpr Tighter kLower = Tighter::kLower;
  return {
      field(&SpendLimits::total, usd(),
            {.name = "total", .example = "500.00", .doc = "for all time", .tighter = kLower}),
      field(&SpendLimits::day, usd(),
            {.name = "day",
             .example = "40.00",
             .doc = "from midnight to midnight in `timezone`",
             .tighter = kLower}),
      field(&SpendLimits::experiment, usd(),
            {.name = "experiment",
             .example = "5.00",
             .doc = "one experiment with all its attempts",
             .tighter = kLower}),
      field(&SpendLimits::total_gpu_time, gpu_hours(),
            {.name = "total_gpu_hours",
             .example = "400",
             .doc = "as `total`, in GPU time",
             .tighter = kLower}),
      field(&SpendLimits::day_gpu_time, gpu_hours(),
            {.name = "day_gpu_hours",
             .example = "40",
             .doc = "as `day`, in GPU time",
             .tighter = kLower}),
      field(&SpendLimits::experiment_gpu_time, gpu_hours(),
            {.name = "experiment_gpu_hours",
             .example = "2.5",
             .doc = "as `experiment`, in GPU time",
             .tighter = kLower}),
  };
}

}  // namespace

const Fields<TopText>& top_fields() {
  static const Fields<TopText> fields = {
      field(&TopText::format, count(1, 1),
            {.name = "policy", .fallback = "1", .example = "1", .doc = "format of the file"}),
      field(&TopText::timezone, zone_name(),
            {.name = "timezone",
             .fallback = "\"UTC\"",
             .example = "\"Europe/Rome\"",
             .doc = "days begin and end in this zone"}),
  };
  return fields;
}

const Fields<SpendLimits>& budget_fields() {
  static const Fields<SpendLimits> fields = spend_fields();
  return fields;
}

const Fields<JobLimits>& job_fields() {
  static const Fields<JobLimits> fields = {
      field(&JobLimits::max_concurrent, count(1, 10'000),
            {.name = "max_concurrent",
             .fallback = "8",
             .example = "16",
             .doc = "jobs alive at once",
             .tighter = Tighter::kLower}),
      field(&JobLimits::max_queued, count(1, 1'000'000),
            {.name = "max_queued",
             .fallback = "200",
             .example = "200",
             .doc = "jobs waiting at once",
             .tighter = Tighter::kLower}),
      field(&JobLimits::max_runtime, minutes(),
            {.name = "max_minutes",
             .fallback = "30",
             .example = "30",
             .doc = "wall clock of one attempt, build and startup included",
             .tighter = Tighter::kLower}),
      field(&JobLimits::max_retries, count(0, 100),
            {.name = "max_retries",
             .fallback = "1",
             .example = "2",
             .doc = "attempts after the first that the user's own code may cause",
             .tighter = Tighter::kLower}),
      field(&JobLimits::gpus_per_job, count(1, 1'024),
            {.name = "gpus_per_job",
             .fallback = "1",
             .example = "1",
             .doc = "GPUs, or slots on a pool without; an agent may ask for fewer, never for more",
             .tighter = Tighter::kLower}),
  };
  return fields;
}

const Fields<Stage>& stage_fields() {
  static const Fields<Stage> fields = {
      field(&Stage::pools, names(),
            {.name = "pools",
             .example = "[\"h100\", \"cpu\"]",
             .doc = "where it may run; the cheapest with room, then this order",
             .tighter = Tighter::kSubset,
             .required = true}),
      field(&Stage::max_runtime, minutes(),
            {.name = "max_minutes",
             .example = "10",
             .doc = "replaces that of `[jobs]`",
             .tighter = Tighter::kLower}),
      field(&Stage::gpus_per_job, count(1, 1'024),
            {.name = "gpus_per_job",
             .example = "8",
             .doc = "replaces that of `[jobs]`",
             .tighter = Tighter::kLower}),
      field(&Stage::max_concurrent, count(1, 10'000),
            {.name = "max_concurrent",
             .example = "4",
             .doc = "jobs of this stage alive at once, beside that of `[jobs]`",
             .tighter = Tighter::kLower}),
  };
  return fields;
}

const Fields<ProjectRule>& project_fields() {
  static const Fields<ProjectRule> fields = joined({field(&ProjectRule::match, glob_text(),
                                                          {.name = "match",
                                                           .example = "\"tiny*\"",
                                                           .doc = "the project's name",
                                                           .required = true})},
                                                   fields_of(&ProjectRule::limits, spend_fields()));
  return fields;
}

const Fields<AgentRule>& agent_fields() {
  static const Fields<AgentRule> fields =
      joined(joined({field(&AgentRule::match, glob_text(),
                           {.name = "match",
                            .example = "\"intern-*\"",
                            .doc = "the principal: a token's name, or the user's",
                            .required = true})},
                    fields_of(&AgentRule::limits, spend_fields())),
             {field(&AgentRule::stages, names(),
                    {.name = "stages",
                     .example = "[\"smoke\", \"screen\"]",
                     .doc = "the only stages it may use",
                     .tighter = Tighter::kSubset})});
  return fields;
}

}  // namespace pawl
