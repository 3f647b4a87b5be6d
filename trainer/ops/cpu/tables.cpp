#include "trainer/ops/cpu/kernels.h"

namespace trainer::cpu {

// Each is kernels.cpp, compiled for its instruction set.
const Kernels<float>& baseline_kernels();
#if defined(__x86_64__)
const Kernels<float>& avx2_kernels();
const Kernels<float>& avx512_kernels();
const Kernels<float>& avx512_bf16_kernels();
#endif

const Kernels<float>& kernels(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::kBaseline:
      return baseline_kernels();
    case Isa::kAvx2:
      return avx2_kernels();
    case Isa::kAvx512:
      return avx512_kernels();
    case Isa::kAvx512Bf16:
      return avx512_bf16_kernels();
  }
  __builtin_unreachable();
#else
  static_cast<void>(isa);
  return baseline_kernels();
#endif
}

}  // namespace trainer::cpu
