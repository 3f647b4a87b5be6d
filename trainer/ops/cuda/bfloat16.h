// bfloat16, what CUDA's activations and multiplied weights are made of. C++20: device code includes
// it.
#pragma once
#include <cstdint>

#include "trainer/ops/rows.h"

namespace trainer {

struct Bfloat16 {
  std::uint16_t bits = 0;
};

TRAINER_ROW float to_float(Bfloat16 x) {
  return __builtin_bit_cast(float, static_cast<std::uint32_t>(x.bits) << 16);
}

// To the nearest, ties to even; a NaN stays one.
TRAINER_ROW Bfloat16 to_bfloat16(float x) {
#if defined(__CUDA_ARCH__)
  Bfloat16 to;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(to.bits) : "f"(x));
  return to;
#else
  const auto bits = __builtin_bit_cast(std::uint32_t, x);
  if ((bits & 0x7FFFFFFFU) > 0x7F800000U) return {static_cast<std::uint16_t>((bits >> 16) | 0x40)};
  return {static_cast<std::uint16_t>((bits + 0x7FFFU + ((bits >> 16) & 1U)) >> 16)};
#endif
}

// Two numbers as the tensor cores read them: the first in the low half.
TRAINER_ROW std::uint32_t pack(float first, float second) {
#if defined(__CUDA_ARCH__)
  std::uint32_t both;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(both) : "f"(second), "f"(first));
  return both;
#else
  return to_bfloat16(first).bits | static_cast<std::uint32_t>(to_bfloat16(second).bits) << 16;
#endif
}

}  // namespace trainer
