#include "trainer/ops/cpu/isa.h"

#include <algorithm>
#include <array>

namespace trainer {
namespace {

constexpr std::array<std::string_view, 4> kNames = {"baseline", "avx2", "avx512", "avx512-bf16"};

bool has(Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case Isa::kBaseline:
      return true;
    case Isa::kAvx2:
      return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
    case Isa::kAvx512:
      return __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
             __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("avx512vl") != 0;
    case Isa::kAvx512Bf16:
      return has(Isa::kAvx512) && __builtin_cpu_supports("avx512bf16") != 0;
  }
  __builtin_unreachable();
#else
  return isa == Isa::kBaseline;
#endif
}

}  // namespace

std::string_view name(Isa isa) { return kNames.at(static_cast<std::size_t>(isa)); }

std::vector<Isa> available_isas() {
  std::vector<Isa> found;
  for (const Isa isa : {Isa::kBaseline, Isa::kAvx2, Isa::kAvx512, Isa::kAvx512Bf16}) {
    if (has(isa)) found.push_back(isa);
  }
  return found;
}

Result<Isa> choose_isa(std::string_view wanted) {
  const std::vector<Isa> available = available_isas();
  if (wanted == "auto") return available.back();
  std::string names;
  for (const Isa isa : available) {
    if (name(isa) == wanted) return isa;
    names += " " + std::string(name(isa));
  }
  const bool is_known = std::ranges::find(kNames, wanted) != kNames.end();
  return fail(is_known ? "this machine has no " + std::string(wanted) + " instructions"
                       : "no instruction set \"" + std::string(wanted) + "\"",
              "Here are auto" + names + ".");
}

}  // namespace trainer
