// What the agent of a scenario does: submits, waits for all or any, thinks, and goes on from the
// best so far. It sees what an agent sees: replies of the service.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "server/policy/scenario.h"
#include "server/simulation/agenda.h"
#include "server/simulation/dice.h"
#include "server/simulation/simulated_server.h"
#include "server/simulation/virtual_clock.h"

namespace pawl::simulation {

// A point that is tried, and where results lie: the surface is a bowl over the unit square.
struct Candidate {
  double x = 0, y = 0;
};
double value_at(const ScenarioQuality& quality, const Candidate& candidate);

class SimulatedAgent {
 public:
  struct Place {
    SimulatedServer& server;
    const VirtualClock& clock;
    Agenda& agenda;
  };
  SimulatedAgent(const Place& place, const ScenarioSetup& setup, Milliseconds ends,
                 std::uint64_t seed);

  void begin();  // puts its first submits on the agenda
  void look();   // after anything ended: is it what the agent waits for?
  bool done() const { return part_ == setup_.parts.size() && under_way_.empty(); }

  std::int64_t submitted() const { return submitted_; }
  const std::map<std::string, std::int64_t>& refusals() const { return refusals_; }
  std::optional<double> best() const { return best_value_; }

 private:
  void act();
  void think();
  void go_on();
  void next_part();
  bool submit();
  bool may_submit() const;
  std::size_t hear();
  Candidate propose();
  Caller caller() const;

  Place place_;
  const ScenarioSetup& setup_;  // outlives us
  const Milliseconds ends_;
  Dice dice_;
  std::size_t part_ = 0;
  std::int64_t in_part_ = 0, submitted_ = 0;
  bool thinking_ = false;
  bool missed_ = false;                          // something ended while it thought
  std::map<std::int64_t, Candidate> under_way_;  // by job number
  Candidate best_{};
  std::optional<double> best_value_;
  std::map<std::string, std::int64_t> refusals_;
};

}  // namespace pawl::simulation
