#include "server/simulate_command.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "server/core/clock.h"
#include "server/jobs/rules_folder.h"
#include "server/simulation/night_json.h"
#include "server/simulation/night_text.h"

namespace pawl {
namespace {

using simulation::Rung;

Result<SourceText> read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(ErrorKind::kNotFound, path + " does not exist or cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return SourceText{path, text.str()};
}

Result<std::vector<SourceText>> policy_of(const std::string& path) {
  if (path.empty()) return std::vector<SourceText>{};
  if (std::filesystem::is_directory(path)) return read_policy_files(path);
  TRY(SourceText file, read(path));
  return std::vector{std::move(file)};
}

// As it is, and then with one cause after the other.
Result<std::vector<Rung>> climb(const Scenario& scenario, const SimulateCommand& command,
                                const std::vector<SourceText>& policy) {
  std::vector<std::pair<std::string, ScenarioSetup>> steps = {
      {scenario.changes.empty() ? "the night" : "as published", scenario.setup}};
  for (const ScenarioChange& change : scenario.changes)
    steps.push_back({change.cause, change.setup});
  std::vector<Rung> rungs;
  for (const auto& [cause, setup] : steps) {
    TRY(simulation::Night night, simulation::simulate({.setup = setup,
                                                       .night = scenario.night,
                                                       .budget = scenario.budget,
                                                       .quality = scenario.quality,
                                                       .policy = policy,
                                                       .seed = command.seed}));
    rungs.push_back({cause, std::move(night)});
  }
  return rungs;
}

Result<int> run(const SimulateCommand& command) {
  const SystemClock clock;
  const Milliseconds begins = clock.since_boot();
  TRY(const SourceText file, read(command.scenario));
  const auto scenario = parse_scenario(file);
  if (!scenario) {
    fmt::print(stderr, "{}", format(scenario.error()));
    return 1;
  }
  TRY(const auto policy, policy_of(command.policy));
  TRY(const auto rungs, climb(*scenario, command, policy));
  const auto compared = simulation::compare(scenario->figures, rungs);
  const bool holds = std::ranges::all_of(compared, &simulation::Compared::holds);
  if (command.json) {
    fmt::print("{}\n", simulation::json_of(rungs, compared));
    return holds ? 0 : 1;
  }
  fmt::print("{}\n\n{}", scenario->title, text_of(rungs.back().night));
  if (rungs.size() > 1) fmt::print("\n{}", table_of(rungs));
  if (!compared.empty()) fmt::print("\n{}", table_of(compared));
  Milliseconds lived{0};
  for (const Rung& rung : rungs) lived += rung.night.lasted;
  const Milliseconds took = std::max(Milliseconds(1), clock.since_boot() - begins);
  fmt::print("\nsimulated {:.1f} h in {:.2f} s ({:.0f}x)\n",
             static_cast<double>(lived.count()) / 3'600'000,
             static_cast<double>(took.count()) / 1'000, static_cast<double>(lived / took));
  return holds ? 0 : 1;
}

}  // namespace

int simulate_command(const SimulateCommand& command) {
  spdlog::set_level(spdlog::level::off);  // interrupted attempts are part of the night
  const auto done = run(command);
  if (done) return *done;
  fmt::print(stderr, "pawl: {}\n{}{}", done.error().message, done.error().hint,
             done.error().hint.empty() ? "" : "\n");
  return done.error().kind == ErrorKind::kNotFound ? 4 : 1;
}

}  // namespace pawl
