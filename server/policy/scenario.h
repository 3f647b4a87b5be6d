// A night that somebody might have, as a file says it: the machines, what the agent does, how long
// things take, and what a human allows. `pawl simulate` lives through it.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "server/core/money.h"
#include "server/policy/diagnostic.h"

namespace pawl {

// [pool.NAME]
struct ScenarioPool {
  std::string name;
  std::string gpu;         // the kind
  std::int32_t count = 1;  // units that exist
  HourlyPrice price;
  bool held = false;  // paid for the whole night, whether it works or not
  Milliseconds startup{0};
  std::int32_t step_ms = 0;           // of one training step; 0: not told
  double interruptions_per_hour = 0;  // of a running attempt, as spot machines have them
  bool operator==(const ScenarioPool&) const = default;
};

enum class PartWaits : std::uint8_t {
  kAll,  // for all of a round, then thinks of the next one
  kAny,  // for one to end, then thinks and fills up again
};

// [[part]]: a stretch of the night in which the agent works in one way. Parts follow each other.
struct ScenarioPart {
  std::string stage;
  std::vector<std::string> pools;  // where it may run
  std::int32_t gpus = 1;
  Milliseconds think{0};        // from news to the next submits
  std::int32_t candidates = 1;  // under way at once: a round, or what "any" fills up to
  PartWaits waits = PartWaits::kAll;
  std::int32_t experiments = 0;   // submitted at most; 0: until the night ends
  double invalid = 0;             // the share that ends without a number
  Milliseconds invalid_after{0};  // ... and how long that takes from its first instruction
  Milliseconds before{0}, train{0}, after{0};  // of a good one: imports and compilation, then the
                                               // training, then the evaluation
  bool operator==(const ScenarioPart&) const = default;
};

// What can change between two runs of a night.
struct ScenarioSetup {
  std::vector<ScenarioPart> parts;
  std::vector<ScenarioPool> pools;
  bool operator==(const ScenarioSetup&) const = default;
};

// [[change]]: one cause, on top of all the changes before it.
struct ScenarioChange {
  std::string cause;
  ScenarioSetup setup;  // with it
  bool operator==(const ScenarioChange&) const = default;
};

// [quality]: where results lie. Lower is better.
struct ScenarioQuality {
  double start = 1, best = 1, noise = 0;
  double per_log_step = 0;  // what e times as many steps gain
  bool operator==(const ScenarioQuality&) const = default;
};

enum class Measure : std::uint8_t {
  kSubmitted,
  kValid,
  kFailed,
  kDollars,
  kDollarsEach,  // submitted
  kGpuHours,
  kUsefulShare,
  kHours,
  kPerHour,  // submitted
};

enum class FigureOf : std::uint8_t { kPublished, kPawl };

// [[figure]]: what was published, or what is claimed.
struct ScenarioFigure {
  std::string name;
  FigureOf of{};
  Measure measure{};
  std::optional<double> equals, least;
  double within = 0;   // share of it that the simulation may be off
  bool input = false;  // it went into the scenario, so that meeting it shows nothing
  bool operator==(const ScenarioFigure&) const = default;
};

struct Scenario {
  std::string title, source;
  Milliseconds night{0};
  Money budget;
  ScenarioSetup setup;  // as published, or as it is
  ScenarioQuality quality;
  std::vector<ScenarioChange> changes;
  std::vector<ScenarioFigure> figures;
};

std::expected<Scenario, Diagnostics> parse_scenario(const SourceText& file);

std::string_view name_of(Measure measure);  // "useful_share"

// The key reference as Markdown, made from the table that the parser uses.
std::string scenario_reference();

}  // namespace pawl
