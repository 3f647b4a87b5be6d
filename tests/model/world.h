// The world of the launch protocol, small enough to try every order of events: one job of at most
// two attempts, a provider that creates instances late and lists them later, and a server that
// crashes at most twice.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace pawl::model {

using Tick = std::uint8_t;

constexpr Tick kDeadline = 3;  // an attempt may run this long
constexpr Tick kVisibilityDelay =
    2;  // creation after the request, and listing after creation, take at most this long
constexpr Tick kHorizon = kVisibilityDelay + 1;
constexpr Tick kEnd = 11;                       // the model stops looking
constexpr std::uint8_t kWorstCase = kDeadline;  // reserved for an attempt: a tick costs 1
constexpr std::uint8_t kCap = 2 * kWorstCase;
constexpr std::uint8_t kAttemptsMax = 2;
constexpr std::uint8_t kCrashesMax = 2;

enum class Life : std::uint8_t {
  kNone,
  kRequested,  // the call is under way; nothing exists and nothing bills yet
  kUnlisted,   // exists and bills, but a list of instances does not show it yet
  kListed,
  kDead,
};

struct Instance {
  Life life = Life::kNone;
  Tick age = 0;  // since the request
  Tick billed = 0;
  std::uint8_t attempt = 0;

  bool exists() const {
    return life == Life::kUnlisted || life == Life::kListed || life == Life::kDead;
  }
  bool bills() const { return life == Life::kUnlisted || life == Life::kListed; }
  bool may_live() const { return bills() || life == Life::kRequested; }
  bool operator==(const Instance&) const = default;
};

enum class Stage : std::uint8_t { kQueued, kIntent, kRunning, kDone };

struct World {
  // Durable: what a restarted server reads back.
  Stage stage = Stage::kQueued;
  std::uint8_t attempt = 0;  // begun so far
  Tick intent_at = 0;
  std::uint8_t reserved = kWorstCase;  // submit reserved the first attempt
  std::uint8_t settled = 0;
  // The server's memory: gone with a crash.
  bool up = true;
  bool called = false;      // this life has sent the launch request
  bool own_intent = false;  // this life wrote the intent, so nobody else can have called
  // Around it.
  Tick now = 0;
  Tick started_at = 0;  // of the server
  std::uint8_t crashes = 0;
  bool adopted = false, declared_dead = false;  // seen on the way here, for coverage
  std::array<Instance, 3> instances;

  bool operator==(const World&) const = default;
};
static_assert(std::has_unique_object_representations_v<World>);  // so that its bytes may be hashed

enum class Violation : std::uint8_t { kOverReservation, kOverCap, kOrphan, kZombie, kDoubleLaunch };
std::string_view name_of(Violation violation);

std::optional<Violation> violation(const World& world);

}  // namespace pawl::model
