// The calls of tests/ops with arrays in a device's memory (see arrays.h there).
#pragma once
#include "trainer/ops/cuda/cuda_ops.h"
#include "trainer/tests/ops/calls.h"
#include "trainer/tests/ops/head_calls.h"

namespace trainer {

template <class T>
std::shared_ptr<T> make_array(CudaOps& ops, const T*, const Numbers& numbers) {
  const std::vector<float> floats(numbers.begin(), numbers.end());
  const auto n = static_cast<std::int64_t>(floats.size());
  auto* const data = static_cast<T*>(ops.allocate((n + 1) * static_cast<std::int64_t>(sizeof(T))));
  ops.copy_in(data, floats.data(), n);
  return {data, [](T*) {}};  // the op set's own
}

inline Numbers read_array(CudaOps& ops, const float* array, std::size_t n) {
  std::vector<float> floats(n);
  ops.copy_out(floats.data(), array, static_cast<std::int64_t>(n));
  return {floats.begin(), floats.end()};
}
inline Numbers read_array(CudaOps& ops, const Bfloat16* array, std::size_t n) {
  std::vector<Bfloat16> values(n + 1);  // copied as pairs
  ops.copy_out(reinterpret_cast<float*>(values.data()), reinterpret_cast<const float*>(array),
               static_cast<std::int64_t>((n + 1) / 2));
  Numbers numbers;
  for (std::size_t i = 0; i < n; ++i) numbers.push_back(to_float(values[i]));
  return numbers;
}

inline const Token* make_tokens(CudaOps& ops, const Tokens& tokens) {
  const auto n = static_cast<std::int64_t>(tokens.size());
  auto* const data = static_cast<Token*>(ops.allocate(n * std::int64_t{sizeof(Token)}));
  ops.copy_in(data, tokens.data(), n);
  return data;
}

// The op set on device 0, with room for a test's arrays.
struct OnDevice {
  explicit OnDevice(bool as_ampere = false) : device(open(as_ampere)) {}

  static std::unique_ptr<cuda::Device> open(bool as_ampere) {
    auto device = *cuda::Device::open(0);
    if (as_ampere) device->take_ampere_kernels();
    return device;
  }

  static constexpr std::int64_t kBytes = 16 << 20;
  std::unique_ptr<cuda::Device> device;
  std::unique_ptr<cuda::Multiplier> multiplier = *cuda::Multiplier::open(*device, {});
  CudaOps ops{*device, *multiplier, kBytes};
};

// Whether there is a device, or it is emulated; a test without one is skipped, and says so.
#define NEEDS_DEVICE()                                               \
  if (const auto there = cuda::Device::open(0); !there) {            \
    GTEST_SKIP() << there.error().message << ": nothing was tested"; \
  }

}  // namespace trainer
