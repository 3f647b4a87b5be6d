// Where a run's files lie and what works on it; nothing here changes the result.
#pragma once
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "trainer/app/train_config.h"

namespace trainer {

struct MachineOptions {
  std::string device = "cpu";
  std::int64_t threads = 0;  // 0: every CPU this process may use
  std::string isa = "auto";
  bool graphs = false;
};
Knobs knobs(MachineOptions& options);

struct RunOptions {
  MachineOptions machine;
  std::string preset = "autoresearch", config;
  std::string data;
  std::string run_dir, checkpoint_dir, save;  // empty: not written
  double checkpoint_seconds = 60;
  std::int64_t ranks = 0;  // 0: one for each GPU, or one
  double bucket_mb = 25;   // as PyTorch's DistributedDataParallel has it

  std::int64_t bucket_bytes() const { return static_cast<std::int64_t>(bucket_mb * 1e6); }
  bool print_config = false;
};
Knobs knobs(RunOptions& options);

// Options and config of `pawl-train train`: the preset, then the config file, then the environment
// (PAWL_SEED, PAWL_RUN_DIR, PAWL_CHECKPOINT_DIR, PAWL_ARTIFACTS), then the arguments.
struct TrainRequest {
  RunOptions options;
  TrainConfig config;
  bool wants_help = false;
};
Result<TrainRequest> read_train_request(std::span<const std::string> arguments);

std::string train_help();

}  // namespace trainer
