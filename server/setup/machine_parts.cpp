// From the names of a machine's GPUs to pools.
#include <algorithm>
#include <array>
#include <cctype>

#include "server/setup/machine_policy.h"

namespace pawl {
namespace {

// What NVIDIA's names begin with and people leave out.
constexpr std::array<std::string_view, 4> kBrands = {"NVIDIA ", "Tesla ", "GeForce ", "Quadro "};

std::string without_brands(std::string name) {
  for (const std::string_view brand : kBrands) {
    if (name.starts_with(brand)) name.erase(0, brand.size());
  }
  return name;
}

// "H100 80GB HBM3" -> "H100", "A100-SXM4-80GB" -> "A100", "RTX 4090" -> "RTX 4090".
std::string model_of(const std::string& name) {
  const std::string model = without_brands(name);
  const bool two_words = model.starts_with("RTX ");
  const std::size_t from = two_words ? 4 : 0;
  return model.substr(0, model.find_first_of(" -", from));
}

bool fits_only(const std::string& kind, const std::string& name, const Machine& machine) {
  return std::ranges::all_of(
      machine.gpus, [&](const Gpu& gpu) { return is_kind(gpu, kind) == (gpu.name == name); });
}

// The shortest of its names that no other GPU of the machine has.
std::string kind_of(const std::string& name, const Machine& machine) {
  for (const std::string& kind : {model_of(name), without_brands(name)}) {
    if (!kind.empty() && fits_only(kind, name, machine)) return kind;
  }
  return name;
}

std::string pool_name_of(const std::string& kind) {
  std::string pool;
  for (const char c : kind) {
    const auto byte = static_cast<unsigned char>(c);
    pool += std::isalnum(byte) != 0 ? static_cast<char>(std::tolower(byte)) : '-';
  }
  return pool;
}

}  // namespace

std::vector<MachinePart> parts_of(const Machine& machine) {
  if (machine.gpus.empty())
    return {{.pool = "cpu", .kind = "", .name = "CPU slots", .count = machine.cpu_slots}};
  std::vector<MachinePart> parts;
  for (const Gpu& gpu : machine.gpus) {
    const auto known = std::ranges::find(parts, gpu.name, &MachinePart::name);
    if (known != parts.end()) {
      ++known->count;
      continue;
    }
    const std::string kind = kind_of(gpu.name, machine);
    parts.push_back({.pool = pool_name_of(kind), .kind = kind, .name = gpu.name, .count = 1});
  }
  std::ranges::stable_sort(parts, std::ranges::greater(), &MachinePart::count);
  return parts;
}

}  // namespace pawl
