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

template <class T>
Fields<T> joined(Fields<T> first, const Fields<T>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
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

const Fields<PoolText>& pool_fields() {
  const auto runner = word<RunnerKind>({{"local", RunnerKind::kLocal}});
  const auto billing = word<Billing>({{"metered", Billing::kMetered}, {"owned", Billing::kOwned}});
  static const Fields<PoolText> fields = joined(
      fields_of(
          &PoolText::pool,
          Fields<Pool>{
              field(&Pool::runner, runner,
                    {.name = "runner",
                     .fallback = "\"local\"",
                     .example = "\"local\"",
                     .doc = "what starts and watches its attempts"}),
              field(
                  &Pool::gpu, free_text(),
                  {.name = "gpu", .example = "\"H100\"", .doc = "the kind of GPU; this or `kind`"}),
              field(&Pool::count, units_or_auto(),
                    {.name = "count",
                     .fallback = "\"auto\"",
                     .example = "4",
                     .doc = "GPUs or slots; \"auto\": as many as the machine has",
                     .tighter = Tighter::kLower}),
              field(&Pool::price, usd_per_hour(),
                    {.name = "price",
                     .example = "2.39",
                     .doc = "there is no default: an unknown price refuses the file",
                     .required = true}),
              field(&Pool::billing, billing,
                    {.name = "billing",
                     .fallback = "\"metered\"",
                     .example = "\"owned\"",
                     .doc = "\"metered\": somebody sends a bill; \"owned\": the price is for "
                            "accounting"}),
              field(&Pool::comparability_class, free_text(),
                    {.name = "class",
                     .example = "\"A\"",
                     .doc = "metrics are ranked only inside one class",
                     .required = true}),
              field(&Pool::startup, seconds(),
                    {.name = "startup_seconds",
                     .fallback = "0",
                     .example = "90",
                     .doc = "the longest that a machine is paid before the attempt begins"}),
          }),
      {field(&PoolText::kind, word<PoolKind>({{"cpu", PoolKind::kCpu}}),
             {.name = "kind", .example = "\"cpu\"", .doc = "slots without GPUs; this or `gpu`"})});
  return fields;
}

}  // namespace pawl
