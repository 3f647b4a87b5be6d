// Takes a queued job to its next attempt: limits, slot and money are decided and taken in one
// transaction (Q11), and the intent row is durable before anything is launched (L7).
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/core/result.h"
#include "server/jobs/world.h"
#include "server/store/attempts.h"
#include "server/store/jobs.h"
#include "server/store/queue.h"

namespace pawl {

struct Claimed {
  JobRow job;
  AttemptRow attempt;
  Amount reserved;
  Billing billing{};
  std::vector<Gpu> gpus;  // that it may use; empty on a pool without
};

struct ClaimAnswer {
  std::optional<Claimed> claimed;
  Waiting waiting;  // where it was not claimed; reason kNone: it is no longer queued
};

// A look at a snapshot, so that a job which must wait costs no write. The claim decides again.
Result<std::optional<Waiting>> must_wait(World& world, Reader& reader, const QueuedJob& job);

// The same for every job at once: launches are stopped, or there is neither a free slot nor a free
// place.
Result<std::optional<Waiting>> all_must_wait(World& world, Reader& reader);

Result<ClaimAnswer> claim(World& world, Transaction& transaction, JobId job);

}  // namespace pawl
