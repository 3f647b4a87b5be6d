// The instruction sets that the CPU kernels are built for, and which of them this machine has.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "trainer/core/result.h"

namespace trainer {

// Ascending: each machine that has one has those before it.
enum class Isa : std::uint8_t {
  kBaseline,    // what every machine of the architecture has
  kAvx2,        // with FMA
  kAvx512,      // F, BW, DQ, VL
  kAvx512Bf16,  // matrix products of bfloat16 pairs, summed in float
};

std::string_view name(Isa isa);                   // "avx512-bf16"
std::vector<Isa> available_isas();                // of this machine, ascending
Result<Isa> choose_isa(std::string_view wanted);  // by name, or the best for "auto"

}  // namespace trainer
