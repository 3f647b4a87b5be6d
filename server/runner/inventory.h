// What this machine has to run jobs on. GPUs come from NVIDIA's management library, loaded at run
// time, so that one build serves machines with and without a GPU.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace pawl {

struct Gpu {
  std::int32_t index = 0;         // NVML's order (PCI bus)
  std::int32_t minor_number = 0;  // of the device node /dev/nvidiaN
  // "GPU-...": what CUDA_VISIBLE_DEVICES should name. Inside a box an index counts only its GPUs.
  std::string uuid;
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::int64_t memory_bytes = 0;
};

struct Machine {
  std::vector<Gpu> gpus;       // empty without driver or GPU
  std::string driver;          // "570.86.15"; empty without one
  std::int32_t cpu_slots = 1;  // cores that this process may use
};

Machine read_machine();

// Whether `kind` stands in the GPU's name as whole words: "H200" is no "NVIDIA GH200 480GB", and
// "L4" no "NVIDIA L40S".
bool is_kind(const Gpu& gpu, std::string_view kind);

}  // namespace pawl
