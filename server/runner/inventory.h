// What this machine has to run jobs on. GPUs come from NVIDIA's management library, loaded at run
// time, so that one build serves machines with and without a GPU.
#pragma once
#include <cstdint>
#include <string>
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

}  // namespace pawl
