// What a training run is, as knobs: everything that its result depends on. Where files lie and how
// many threads work is not here (run_options.h).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "trainer/core/config.h"
#include "trainer/core/result.h"
#include "trainer/measure/budget.h"
#include "trainer/model/initial.h"
#include "trainer/model/shape.h"
#include "trainer/optim/optimizer.h"

namespace trainer {

// The defaults are autoresearch's.
struct TrainConfig {
  std::int64_t aspect_ratio = 64;
  ModelShape model;  // its width follows from depth and aspect_ratio, its vocabulary from the data
  InitialOptions initial;
  OptimizerOptions optimizer;
  std::int64_t total_batch_size = 524288;  // tokens of a step
  std::int64_t device_batch_size = 128;    // rows of a micro-batch
  std::string budget_kind = "seconds";
  double budget = 300;
  std::int64_t seed = 42;
  bool drop_tails = true;               // of documents that the packer cropped
  std::int64_t eval_tokens = 20971520;  // at most, of the validation split
  std::string eval_packing = "best_fit";
  std::string bytes = "exact";

  // Of a step, for each of the ranks that share it.
  std::int64_t micro_batches(int ranks = 1) const {
    return total_batch_size / (device_batch_size * model.context * ranks);
  }
};

Knobs knobs(TrainConfig& config);

// The names of the presets, and one as a config. "autoresearch" is the default model; the others
// are for a CPU and Jane Austen.
std::vector<std::string> preset_names();
Result<TrainConfig> preset(std::string_view name);

// Fills in what follows from the knobs, and refuses what does not fit together.
Result<void> complete(TrainConfig& config, std::int64_t vocabulary, int ranks = 1);

}  // namespace trainer
