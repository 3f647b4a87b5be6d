#include "server/policy/policy_keys.h"

namespace pawl {
namespace {

// One window of a node: spent + reserved + asked must stay within its ceiling.
struct Ceiling {
  std::string name;
  std::optional<Sourced<Money>> SpendLimits::* money;
  std::optional<Sourced<Milliseconds>> SpendLimits::* gpu_time;
  std::string usd_example, hours_example, doc;
};

const std::vector<Ceiling>& ceilings() {
  using L = SpendLimits;
  static const std::vector<Ceiling> all = {
      {"total", &L::total, &L::total_gpu_time, "500.00", "400", "for all time"},
      {"day", &L::day, &L::day_gpu_time, "40.00", "40", "from midnight to midnight in `timezone`"},
      {"night", &L::night, &L::night_gpu_time, "{ usd = 90.00, window = \"22:00-07:00\" }", "40",
       "beside `day`, one night; it belongs to its evening's date. `window` holds for every night "
       "of the policy and stands once"},
      {"week", &L::week, &L::week_gpu_time, "200.00", "200", "from Monday to Monday"},
      {"month", &L::month, &L::month_gpu_time, "1500.00", "600", "from the first to the first"},
      {"round", &L::round, &L::round_gpu_time, "60.00", "24", "one sweep"},
      {"experiment", &L::experiment, &L::experiment_gpu_time, "5.00", "2.5",
       "one experiment with all its attempts"},
  };
  return all;
}

const Fields<NightText>& night_fields() {
  static const Fields<NightText> fields = {
      field(&NightText::usd, usd(), {.name = "usd", .example = "90.00", .doc = "the ceiling"}),
      field(&NightText::window, daily_window(),
            {.name = "window",
             .example = "\"22:00-07:00\"",
             .doc = "when it is night; 22:00-07:00 where no file says it"}),
  };
  return fields;
}

// A night may say its window and leave the dollars open, beside `night_gpu_hours`.
Field<SpendLimits> night_field(KeyInfo info) {
  info.unit = "USD, or a table of `usd`, `window`";
  info.schema = schema_of<Money>();
  info.members = infos(night_fields());
  return {std::move(info),
          [](SpendLimits& to, const TomlNode& node, const std::string& source) -> Result<void> {
            TRY(const NightText night, read_night(node));
            if (night.usd) to.night = {*night.usd, source};
            return {};
          },
          [](SpendLimits& outer, const SpendLimits& inner) -> Result<void> {
            if (!inner.night) return fail(ErrorKind::kInvalid, "has no amount");
            return narrow(outer.night, inner.night, Tighter::kLower);
          },
          [](SpendLimits& outer, const SpendLimits& inner) {
            return take_tighter(outer.night, inner.night, Tighter::kLower);
          }};
}

}  // namespace

Result<NightText> read_night(const TomlNode& node) {
  NightText night;
  if (node.kind == TomlKind::kTable) {
    CHECK_OK(read_inline(node, night_fields(), night, ""));
  } else {
    TRY(night.usd, usd().read(node));
  }
  return night;
}

const Fields<SpendLimits>& spend_fields() {
  static const Fields<SpendLimits> fields = [] {
    Fields<SpendLimits> all;
    for (const Ceiling& c : ceilings()) {
      KeyInfo info{
          .name = c.name, .example = c.usd_example, .doc = c.doc, .tighter = Tighter::kLower};
      all.push_back(c.name == "night" ? night_field(info) : field(c.money, usd(), info));
    }
    for (const Ceiling& c : ceilings()) {
      all.push_back(field(c.gpu_time, gpu_hours(),
                          {.name = c.name + "_gpu_hours",
                           .example = c.hours_example,
                           .doc = "as `" + c.name + "`, in GPU time",
                           .tighter = Tighter::kLower}));
    }
    return all;
  }();
  return fields;
}

const Fields<TopText>& top_fields() {
  static const Fields<TopText> fields = {
      field(&TopText::format, count(1, 1),
            {.name = "policy", .fallback = "1", .example = "1", .doc = "format of the file"}),
      field(&TopText::timezone, zone_name(),
            {.name = "timezone",
             .fallback = "\"UTC\"",
             .example = "\"Europe/Rome\"",
             .doc = "windows begin and end in this zone"}),
      field(&TopText::mode, word<Mode>({{"enforce", Mode::kEnforce}, {"warn", Mode::kWarn}}),
            {.name = "mode",
             .fallback = "\"enforce\"",
             .example = "\"enforce\"",
             .doc = "\"warn\": no budget and no count refuses; every reply says what would have "
                    "been"}),
  };
  return fields;
}

const Fields<BudgetText>& budget_fields() {
  static const Fields<BudgetText> fields = joined(
      fields_of(&BudgetText::limits, spend_fields()),
      {field(&BudgetText::warn_at, rising_shares(),
             {.name = "warn_at",
              .fallback = "[0.8, 0.95]",
              .example = "[0.5, 0.8, 0.95]",
              .doc = "shares of each cap at which a warning is sent, once each"}),
       field(&BudgetText::on_cut, word<OnCut>({{"drain", OnCut::kDrain}, {"kill", OnCut::kKill}}),
             {.name = "on_cut",
              .fallback = "\"drain\"",
              .example = "\"drain\"",
              .doc = "what a lowered cap does to work that runs under it: let it finish inside its "
                     "reservation, or end it"})});
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
  static const Fields<Promotion> promotion = {
      field(&Promotion::from, name_text(),
            {.name = "promoted_from",
             .example = "\"screen\"",
             .doc = "the stage in which the same configuration succeeded",
             .required = true}),
      field(&Promotion::min_improvement, decimal_number(),
            {.name = "min_improvement",
             .fallback = "0",
             .example = "0.001",
             .doc = "over the project's best there, towards the goal"}),
  };
  static const Fields<Stage> fields = joined(
      Fields<Stage>{
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
          field(&Stage::spot,
                word<Spot>(
                    {{"never", Spot::kNever}, {"prefer", Spot::kPrefer}, {"only", Spot::kOnly}}),
                {.name = "spot",
                 .fallback = "\"never\"",
                 .example = "\"prefer\"",
                 .doc = "whether its jobs may run on interruptible machines"}),
          table_value(&Stage::needs, promotion,
                      {.name = "requires",
                       .example = "{ promoted_from = \"screen\", min_improvement = 0.001 }",
                       .doc = "what a job has to have shown before",
                       .tighter = Tighter::kHigher}),
      },
      fields_of(&Stage::limits, spend_fields()));
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
