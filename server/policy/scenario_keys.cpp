#include "server/policy/scenario_keys.h"

#include <fmt/format.h>

#include <charconv>

namespace pawl {
namespace {

// A plain number between two others, both allowed.
Codec<double> number(double least, double most) {
  return {fmt::format("{} to {}", least, most), [=](const TomlNode& node) -> Result<double> {
            if (node.kind != TomlKind::kInteger && node.kind != TomlKind::kFloat)
              return wrong_kind(node, "a number");
            const std::string text = without_underscores(node.text);
            double value = 0;
            const auto [end, error] =
                std::from_chars(text.data(), text.data() + text.size(), value);
            if (error == std::errc() && end == text.data() + text.size() && value >= least &&
                value <= most)
              return value;
            return fail(ErrorKind::kInvalid,
                        fmt::format("{} is not between {} and {}", node.text, least, most));
          }};
}

Codec<bool> yes_or_no() {
  return {"true or false", [](const TomlNode& node) -> Result<bool> {
            if (node.kind != TomlKind::kBool) return wrong_kind(node, "true or false");
            return node.text == "true";
          }};
}

const std::vector<std::pair<std::string, Measure>> kMeasures = {
    {"submitted", Measure::kSubmitted},
    {"valid", Measure::kValid},
    {"failed", Measure::kFailed},
    {"dollars", Measure::kDollars},
    {"dollars_each", Measure::kDollarsEach},
    {"gpu_hours", Measure::kGpuHours},
    {"useful_share", Measure::kUsefulShare},
    {"hours", Measure::kHours},
    {"per_hour", Measure::kPerHour}};

Fields<ScenarioPart> timing_fields() {
  return {
      field(&ScenarioPart::think, seconds(),
            {.name = "think_seconds",
             .fallback = "0",
             .example = "60",
             .doc = "from news to the next submits"}),
      field(&ScenarioPart::before, seconds(),
            {.name = "before_seconds",
             .fallback = "0",
             .example = "20",
             .doc = "imports and compilation, in front of each training"}),
      field(&ScenarioPart::train, seconds(),
            {.name = "train_seconds",
             .example = "300",
             .doc = "what an experiment is about",
             .required = true}),
      field(&ScenarioPart::after, seconds(),
            {.name = "after_seconds",
             .fallback = "0",
             .example = "6",
             .doc = "the evaluation, behind each training"}),
      field(&ScenarioPart::invalid, number(0, 1),
            {.name = "invalid",
             .fallback = "0",
             .example = "0.2",
             .doc = "the share of what the agent submits that ends without a number"}),
      field(&ScenarioPart::invalid_after, seconds(),
            {.name = "invalid_after_seconds",
             .fallback = "0",
             .example = "30",
             .doc = "how long such a one runs"}),
  };
}

}  // namespace

std::string_view name_of(Measure measure) {
  for (const auto& [name, value] : kMeasures)
    if (value == measure) return name;
  __builtin_unreachable();
}

const Fields<ScenarioTop>& scenario_top_fields() {
  static const Fields<ScenarioTop> fields = {
      field(&ScenarioTop::format, count(1, 1),
            {.name = "scenario", .fallback = "1", .example = "1", .doc = "format of the file"}),
      field(&ScenarioTop::title, free_text(),
            {.name = "title", .example = "\"one H100\"", .doc = "what it is", .required = true}),
      field(&ScenarioTop::source, free_text(),
            {.name = "source",
             .fallback = "\"\"",
             .example = "\"measured\"",
             .doc = "whose figures"}),
      field(&ScenarioTop::night, seconds(),
            {.name = "night_seconds",
             .fallback = "28800",
             .example = "28800",
             .doc = "the agent submits nothing that could end later"}),
      field(&ScenarioTop::budget, usd(),
            {.name = "budget",
             .fallback = "10000",
             .example = "40.00",
             .doc = "the whole of it, where no policy is given"}),
  };
  return fields;
}

const Fields<ScenarioPool>& scenario_pool_fields() {
  static const Fields<ScenarioPool> fields = {
      field(
          &ScenarioPool::gpu, free_text(),
          {.name = "gpu", .example = "\"H100\"", .doc = "the kind of its GPUs", .required = true}),
      field(&ScenarioPool::count, count(1, 10'000),
            {.name = "count", .fallback = "1", .example = "4", .doc = "how many there are"}),
      field(&ScenarioPool::price, usd_per_hour(),
            {.name = "price", .example = "2.39", .doc = "of one of them", .required = true}),
      field(&ScenarioPool::held, yes_or_no(),
            {.name = "held",
             .fallback = "false",
             .example = "true",
             .doc = "paid for the whole night, whether they work or not"}),
      field(&ScenarioPool::startup, seconds(),
            {.name = "startup_seconds",
             .fallback = "0",
             .example = "60",
             .doc = "paid before each attempt's first instruction"}),
      field(&ScenarioPool::step_ms, count(0, 10'000'000),
            {.name = "step_ms",
             .fallback = "0",
             .example = "283",
             .doc = "one training step; a faster pool gets further in the same time"}),
      field(&ScenarioPool::interruptions_per_hour, number(0, 1'000),
            {.name = "interruptions_per_hour",
             .fallback = "0",
             .example = "0.05",
             .doc = "how often a running attempt loses its machine"}),
  };
  return fields;
}

const Fields<ScenarioPart>& scenario_part_fields() {
  static const Fields<ScenarioPart> fields = [] {
    Fields<ScenarioPart> all = {
        field(&ScenarioPart::stage, name_text(),
              {.name = "stage",
               .fallback = "\"screen\"",
               .example = "\"screen\"",
               .doc = "its name"}),
        field(&ScenarioPart::pools, names(),
              {.name = "pools",
               .example = "[\"h100\"]",
               .doc = "where it may run",
               .required = true}),
        field(&ScenarioPart::gpus, count(1, 1'024),
              {.name = "gpus", .fallback = "1", .example = "8", .doc = "of each experiment"}),
        field(&ScenarioPart::candidates, count(1, 10'000),
              {.name = "candidates",
               .fallback = "1",
               .example = "4",
               .doc = "under way at once: a round, or what is filled up to"}),
        field(&ScenarioPart::waits,
              word<PartWaits>({{"all", PartWaits::kAll}, {"any", PartWaits::kAny}}),
              {.name = "waits",
               .fallback = "\"all\"",
               .example = "\"any\"",
               .doc = "\"all\": for the whole round; \"any\": for one to end"}),
        field(&ScenarioPart::experiments, count(0, 1'000'000),
              {.name = "experiments",
               .fallback = "0",
               .example = "16",
               .doc = "submitted at most; 0: as many as the night holds"}),
    };
    for (auto& timing : timing_fields()) all.push_back(timing);
    return all;
  }();
  return fields;
}

const Fields<ScenarioQuality>& scenario_quality_fields() {
  static const Fields<ScenarioQuality> fields = {
      field(&ScenarioQuality::start, number(0, 1'000),
            {.name = "start", .fallback = "1.0", .example = "1.003", .doc = "of the base"}),
      field(&ScenarioQuality::best, number(0, 1'000),
            {.name = "best", .fallback = "0.97", .example = "0.974", .doc = "what can be reached"}),
      field(&ScenarioQuality::noise, number(0, 1'000),
            {.name = "noise",
             .fallback = "0.001",
             .example = "0.001",
             .doc = "standard deviation from run to run"}),
      field(&ScenarioQuality::per_log_step, number(0, 1'000),
            {.name = "per_log_step",
             .fallback = "0",
             .example = "0.07",
             .doc = "gained by e times as many steps"}),
  };
  return fields;
}

const Fields<ScenarioChangeText>& scenario_change_fields() {
  static const Fields<ScenarioChangeText> fields = {
      field(&ScenarioChangeText::cause, free_text(),
            {.name = "cause",
             .example = "\"the environment is built once\"",
             .doc = "why it changes",
             .required = true}),
      field(&ScenarioChangeText::only, name_text(),
            {.name = "only", .example = "\"screen\"", .doc = "the one stage whose part changes"}),
  };
  return fields;
}

const Fields<ScenarioFigure>& scenario_figure_fields() {
  static const Fields<ScenarioFigure> fields = {
      field(&ScenarioFigure::name, free_text(),
            {.name = "name", .example = "\"bill\"", .doc = "what it is", .required = true}),
      field(&ScenarioFigure::of,
            word<FigureOf>({{"published", FigureOf::kPublished}, {"pawl", FigureOf::kPawl}}),
            {.name = "of",
             .fallback = "\"published\"",
             .example = "\"pawl\"",
             .doc = "of the night without the changes, or with all of them"}),
      field(&ScenarioFigure::measure, word(kMeasures),
            {.name = "measure",
             .example = "\"dollars\"",
             .doc = "how it is taken",
             .required = true}),
      field(&ScenarioFigure::equals, number(0, 1e9),
            {.name = "equals", .example = "5.32", .doc = "its value; this or `least`"}),
      field(&ScenarioFigure::least, number(0, 1e9),
            {.name = "least", .example = "0.9", .doc = "it is at least this"}),
      field(&ScenarioFigure::within, number(0, 1),
            {.name = "within",
             .fallback = "0.02",
             .example = "0.02",
             .doc = "share of the value that the simulation may be off"}),
      field(&ScenarioFigure::input, yes_or_no(),
            {.name = "input",
             .fallback = "false",
             .example = "true",
             .doc = "it went into the scenario: meeting it shows nothing"}),
  };
  return fields;
}

}  // namespace pawl
