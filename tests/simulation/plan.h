// What a seed makes happen: a policy, and a history of submits, cancels, sandboxes, crashes, price
// moves and clock jumps. Nothing in it depends on what the server does, so that the same plan can
// be lived with and without crashes.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/runner/inventory.h"

namespace pawl::simulation {

enum class StepKind : std::uint8_t {
  kSubmit,
  kSweep,
  kCancel,
  kOpenSandbox,
  kUseSandbox,
  kCloseSandbox,
  kCrash,              // the server is gone, and the next one starts at once
  kCrashBeforeLaunch,  // ... at its next launch, before the engine is called
  kCrashAfterLaunch,   // ... after it
  kCrashDeaf,          // ... without having heard what its runner said last
  kCrashBeforeGrant,   // ... after it paid for slices, before their keepers heard of them
  kPause,              // no server for a while
  kPrices,             // the human writes another price
  kCaps,               // ... or another budget
  kClockJump,          // the wall clock alone
};

struct Step {
  Milliseconds after{0};  // the step before it
  StepKind kind{};
  std::int64_t number = 0;  // of the kind: how many jobs, which job, how far
};

// [sandbox] of the policy.
struct SandboxPolicy {
  std::int64_t max_open = 0;
  Milliseconds longest{0}, idle{0};
  Money usd;
};

struct Plan {
  std::uint64_t seed = 0;
  Timestamp begins{};
  Machine machine;
  std::map<std::string, std::string> policy;  // file name -> text
  Money total, day;
  SandboxPolicy sandbox;
  std::vector<Step> steps;
};

Plan plan_of(std::uint64_t seed);

// The policy files of a plan with other ceilings or another price of its dear pool.
std::map<std::string, std::string> policy_with(const Plan& plan, Money total, Money day);
std::map<std::string, std::string> without_limits(  // of sandboxes
    std::map<std::string, std::string> files);
std::map<std::string, std::string> with_price(std::map<std::string, std::string> files,
                                              std::int64_t cents);

}  // namespace pawl::simulation
