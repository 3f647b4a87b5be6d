// What a finished run says of itself: lines `name: value` behind `---`, of which the first nine are
// those of autoresearch's train.py to the letter, so that its tools read ours.
#pragma once
#include <cstdint>
#include <string>

namespace trainer {

struct Summary {
  double val_bpb = 0;
  double training_seconds = 0;  // counted
  double total_seconds = 0;     // since the program began
  double peak_vram_mb = 0;
  double mfu_percent = 0;  // of the device's own dense bf16 peak
  std::int64_t tokens = 0;
  std::int64_t steps = 0;
  std::int64_t parameters = 0;
  std::int64_t depth = 0;

  double start_to_first_step_seconds = 0;
  double peak_memory_mb = 0;
  double tokens_per_second = 0;
  std::string device{};
  std::string measure_digest{};  // identity.h
  std::string data_digest{};
  std::uint64_t seed = 0;
};

std::string summary_text(const Summary& summary);  // for the terminal
std::string summary_json(const Summary& summary);  // one line with unrounded values
}  // namespace trainer
