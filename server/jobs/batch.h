// What submit, submit_sweep and dry_run have in common: one list of variants on one origin, and the
// jobs that they would become.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "server/jobs/plan.h"

namespace pawl {

struct Batch {
  std::string from, stage, key, hash;
  std::optional<std::string> round_title;
  std::optional<std::int64_t> gpus, minutes_max, limit;
  std::vector<std::string> tags;
  std::vector<Variant> variants;
  std::int64_t repeat = 1;
  bool rerun = false;
};

Result<Batch> batch_of(const SubmitRequest& request);

// A grid is laid out here: INVALID when variants are given too, or neither.
Result<Batch> batch_of(const SweepRequest& request);

// INVALID when one change and several are asked at once.
Result<Batch> batch_of(const DryRunRequest& request);

Result<Terms> terms_of(World& world, const Caller& caller, const Project& project,
                       const Batch& batch);

struct DraftedBatch {
  Origin origin;
  std::vector<Draft> drafts;  // one for each variant
};
// The work tree is looked at once. An error names the variant.
Result<DraftedBatch> draft_batch(World& world, const Project& project, const Batch& batch);

Result<std::vector<NewJob>> jobs_of(const PlanRequest& request, const Batch& batch,
                                    const DraftedBatch& drafted);

}  // namespace pawl
