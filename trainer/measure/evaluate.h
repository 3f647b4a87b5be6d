// The evaluation that judges a run. It is given the rows of the validation split and a model as a
// function, and knows neither files nor tensors.
#pragma once
#include <cstdint>
#include <functional>
#include <span>

#include "trainer/core/result.h"

namespace trainer {

inline constexpr std::int32_t kIgnoredTarget = -1;

struct EvaluationRows {
  std::int64_t rows = 0;
  std::int64_t row_tokens = 0;  // T
  // Fills the T inputs and T targets of row i; targets that do not count are kIgnoredTarget.
  std::function<void(std::int64_t i, std::span<std::int32_t> inputs,
                     std::span<std::int32_t> targets)>
      row;
  std::span<const std::int32_t> token_bytes;  // (V): bytes that each token stands for
};

// Inputs and targets (B, T) to the cross-entropy of each target in nats (B, T), which stays valid
// until the next call. What it gives for ignored targets does not matter.
using Losses = std::function<std::span<const float>(std::span<const std::int32_t> inputs,
                                                    std::span<const std::int32_t> targets)>;

struct Evaluation {
  double val_bpb = 0;
  double nats_per_token = 0;
  std::int64_t tokens = 0;  // with bytes; the others are left out everywhere
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  double seconds = 0;
};

// Takes the rows in order, B = `batch_rows` at a time. B is the same in each call: the last batch
// is filled up with its last row, all targets ignored. Refuses a loss that is not finite.
Result<Evaluation> evaluate(const EvaluationRows& rows, std::int64_t batch_rows,
                            const Losses& losses);

}  // namespace trainer
