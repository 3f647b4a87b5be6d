// Runs products through cuBLASLt. Descriptors and the algorithm are made once for each shape: the
// fastest of cuBLASLt's candidates by the clock, kept in a file, because another choice may round
// differently. Without a file it is cuBLASLt's own first choice. Split sums are reduced in a fixed
// order (no candidate adds in place).
#pragma once
#include <filesystem>
#include <memory>

#include "trainer/ops/cuda/device.h"
#include "trainer/ops/cuda/product.h"

namespace trainer::cuda {

class Multiplier {
 public:
  // `choices`: the file of choices, or empty. Refuses a machine without the library.
  static Result<std::unique_ptr<Multiplier>> open(Device& device,
                                                  const std::filesystem::path& choices);
  ~Multiplier();
  Multiplier(const Multiplier&) = delete;
  Multiplier& operator=(const Multiplier&) = delete;

  void run(const Product& product);

 private:
  class State;
  explicit Multiplier(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace trainer::cuda
