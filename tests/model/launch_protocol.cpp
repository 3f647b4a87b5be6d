#include "tests/model/launch_protocol.h"

#include <algorithm>

namespace pawl::model {
namespace {

// What the server knows or could learn about the instances of the current attempt.
struct Attempt {
  bool exists = false, listed_or_dead = false, dead = false, may_live = false;
  std::uint8_t billed = 0;
};

Attempt attempt_of(const World& world) {
  Attempt attempt;
  for (const Instance& instance : world.instances) {
    if (instance.life == Life::kNone || instance.attempt != world.attempt) continue;
    attempt.exists |= instance.exists();
    attempt.listed_or_dead |= instance.life == Life::kListed || instance.life == Life::kDead;
    attempt.dead |= instance.life == Life::kDead;
    attempt.may_live |= instance.may_live();
    attempt.billed = static_cast<std::uint8_t>(attempt.billed + instance.billed);
  }
  return attempt;
}

// Time passes for all together, unless the provider owes something that may not be later.
void tick(const Protocol& protocol, World world, const Visit& visit) {
  if (world.now >= kEnd) return;
  ++world.now;
  for (Instance& instance : world.instances) {
    const bool owed = instance.life == Life::kRequested || instance.life == Life::kUnlisted;
    if (owed && instance.age >= kVisibilityDelay) return;
    if (instance.may_live()) ++instance.age;
    if (!instance.bills()) continue;
    ++instance.billed;
    if (protocol.watchdog && instance.billed >= kDeadline) instance.life = Life::kDead;
  }
  visit(world, "tick");
}

void provider(const World& world, const Visit& visit) {
  const auto become = [&](std::size_t i, Life life, const char* step) {
    World next = world;
    next.instances[i].life = life;
    visit(next, step);
  };
  for (std::size_t i = 0; i < world.instances.size(); ++i) {
    const Life life = world.instances[i].life;
    if (life == Life::kRequested)
      become(i, Life::kUnlisted, "the provider creates the instance, not listed yet");
    if (life == Life::kUnlisted) become(i, Life::kListed, "the instance becomes listed");
    if (life == Life::kListed) become(i, Life::kDead, "the workload exits");
  }
}

void crash_or_restart(World world, const Visit& visit) {
  if (!world.up) {
    world.up = true;
    world.started_at = world.now;
    return visit(world, "the server restarts");
  }
  if (world.crashes == kCrashesMax) return;
  world.up = world.called = world.own_intent = false;
  ++world.crashes;
  visit(world, "CRASH");
}

void launch(World world, const Visit& visit) {
  const auto free = std::ranges::find(world.instances, Life::kNone, &Instance::life);
  if (free == world.instances.end()) return;
  *free = {.life = Life::kRequested, .attempt = world.attempt};
  world.called = true;
  visit(world, "the launch request is sent");
}

// Submit has reserved the first attempt; a later one reserves on top of what is settled.
void begin_attempt(const Protocol& protocol, World world, const Visit& visit) {
  if (world.attempt == kAttemptsMax) return;
  if (!protocol.intent_first) {
    if (world.called) return;
    ++world.attempt;
    return launch(world, visit);
  }
  if (world.attempt > 0) {
    if (world.settled + world.reserved + kWorstCase > kCap) return;
    world.reserved = static_cast<std::uint8_t>(world.reserved + kWorstCase);
  }
  ++world.attempt;
  world.stage = Stage::kIntent;
  world.intent_at = world.now;
  world.called = false;
  world.own_intent = true;
  visit(world, "the intent and its token are durable");
}

void record_start(World world, const Visit& visit) {
  if (!attempt_of(world).exists) return;
  world.stage = Stage::kRunning;
  visit(world, "the start is recorded");
}

bool may_declare_never_launched(const Protocol& protocol, const World& world) {
  if (!protocol.waits_horizon) return true;
  const Tick since = protocol.horizon_from_start ? world.started_at : world.intent_at;
  return world.now - since >= kHorizon;
}

// A restarted server finds an intent that it did not write: was it launched?
void recover(const Protocol& protocol, World world, const Visit& visit) {
  if (attempt_of(world).listed_or_dead) {
    world.stage = Stage::kRunning;
    world.adopted = true;
    return visit(world, "recovery adopts by token");
  }
  if (!may_declare_never_launched(protocol, world)) return;
  world.reserved = 0;
  world.declared_dead = true;
  world.stage = world.attempt < kAttemptsMax ? Stage::kQueued : Stage::kDone;
  visit(world, "recovery: not listed, so never launched; released");
}

void settle(const Protocol& protocol, World world, const Visit& visit) {
  const Attempt attempt = attempt_of(world);
  const bool proven_dead = attempt.dead && !attempt.may_live;
  const bool gives_up_early = !protocol.settles_only_dead && attempt.may_live;
  const bool may_retry = protocol.intent_first && world.attempt < kAttemptsMax;
  world.settled = static_cast<std::uint8_t>(world.settled + attempt.billed);
  world.reserved = 0;
  if (may_retry && (proven_dead || gives_up_early)) {
    world.stage = Stage::kQueued;
    visit(world, proven_dead ? "settled, to be tried again"
                             : "heartbeat lost: settled and retried, death not proven");
  }
  if (!proven_dead) return;
  world.stage = Stage::kDone;
  visit(world, "settled, done");
}

void kill_at_deadline(const World& world, const Visit& visit) {
  for (std::size_t i = 0; i < world.instances.size(); ++i) {
    const Instance& instance = world.instances[i];
    if (instance.attempt != world.attempt || !instance.bills() || instance.billed < kDeadline)
      continue;
    World next = world;
    next.instances[i].life = Life::kDead;
    visit(next, "the server kills at the deadline");
  }
}

void server(const Protocol& protocol, const World& world, const Visit& visit) {
  switch (world.stage) {
    case Stage::kQueued:
      begin_attempt(protocol, world, visit);
      if (!protocol.intent_first && world.called) record_start(world, visit);
      return;
    case Stage::kIntent:
      if (world.called) return record_start(world, visit);
      return world.own_intent ? launch(world, visit) : recover(protocol, world, visit);
    case Stage::kRunning:
      settle(protocol, world, visit);
      return kill_at_deadline(world, visit);
    case Stage::kDone:
      return;
  }
}

}  // namespace

void steps(const Protocol& protocol, const World& world, const Visit& visit) {
  tick(protocol, world, visit);
  provider(world, visit);
  crash_or_restart(world, visit);
  if (world.up) server(protocol, world, visit);
}

std::string_view name_of(Violation violation) {
  switch (violation) {
    case Violation::kOverReservation:
      return "the bill is over what was reserved and settled";
    case Violation::kOverCap:
      return "reserved and settled are over the cap";
    case Violation::kOrphan:
      return "an instance lives although its job is done";
    case Violation::kZombie:
      return "an older attempt lives beside a newer one";
    case Violation::kDoubleLaunch:
      return "two instances live at once";
  }
  __builtin_unreachable();
}

std::optional<Violation> violation(const World& world) {
  int billed = 0;
  int alive = 0;
  bool zombie = false;
  for (const Instance& instance : world.instances) {
    billed += instance.billed;
    if (!instance.may_live()) continue;
    ++alive;
    zombie |= instance.attempt != world.attempt && world.stage != Stage::kQueued;
  }
  if (billed > world.settled + world.reserved) return Violation::kOverReservation;
  if (world.reserved + world.settled > kCap) return Violation::kOverCap;
  if (alive > 0 && world.stage == Stage::kDone) return Violation::kOrphan;
  if (zombie) return Violation::kZombie;
  if (alive > 1) return Violation::kDoubleLaunch;
  return std::nullopt;
}

}  // namespace pawl::model
