#include "server/runner/inventory.h"

#include <dlfcn.h>
#include <sched.h>

#include <array>
#include <cctype>
#include <memory>

namespace pawl {
namespace {

// The few declarations of NVML that we call, from NVIDIA's documentation of the library (nvml.h is
// not needed to build).
using NvmlDevice = struct NvmlDeviceOpaque*;
struct NvmlMemory {
  unsigned long long total, free, used;
};
constexpr int kNvmlSuccess = 0;
constexpr unsigned kTextBytes =
    96;  // NVML_DEVICE_NAME_V2_BUFFER_SIZE, NVML_DEVICE_UUID_V2_BUFFER_SIZE

struct Nvml {
  int (*init)();
  int (*shutdown)();
  int (*driver_version)(char*, unsigned);
  int (*device_count)(unsigned*);
  int (*device)(unsigned, NvmlDevice*);
  int (*name)(NvmlDevice, char*, unsigned);
  int (*uuid)(NvmlDevice, char*, unsigned);
  int (*minor_number)(NvmlDevice, unsigned*);
  int (*memory)(NvmlDevice, NvmlMemory*);
};

using Library = std::unique_ptr<void, int (*)(void*)>;

template <class Function>
bool bind(const Library& library, Function*& function, const char* name) {
  function = reinterpret_cast<Function*>(dlsym(library.get(), name));
  return function != nullptr;
}

bool bind_all(const Library& library, Nvml& nvml) {
  return bind(library, nvml.init, "nvmlInit_v2") && bind(library, nvml.shutdown, "nvmlShutdown") &&
         bind(library, nvml.driver_version, "nvmlSystemGetDriverVersion") &&
         bind(library, nvml.device_count, "nvmlDeviceGetCount_v2") &&
         bind(library, nvml.device, "nvmlDeviceGetHandleByIndex_v2") &&
         bind(library, nvml.name, "nvmlDeviceGetName") &&
         bind(library, nvml.uuid, "nvmlDeviceGetUUID") &&
         bind(library, nvml.minor_number, "nvmlDeviceGetMinorNumber") &&
         bind(library, nvml.memory, "nvmlDeviceGetMemoryInfo");
}

// A GPU that does not answer (fallen off the bus, not ours to open) is not one that jobs could use.
bool read_gpu(const Nvml& nvml, unsigned index, Gpu& gpu) {
  NvmlDevice device = nullptr;
  std::array<char, kTextBytes> name{};
  std::array<char, kTextBytes> uuid{};
  unsigned minor = 0;
  NvmlMemory memory{};
  if (nvml.device(index, &device) != kNvmlSuccess ||
      nvml.name(device, name.data(), kTextBytes) != kNvmlSuccess ||
      nvml.uuid(device, uuid.data(), kTextBytes) != kNvmlSuccess ||
      nvml.minor_number(device, &minor) != kNvmlSuccess ||
      nvml.memory(device, &memory) != kNvmlSuccess) {
    return false;
  }
  gpu = {.index = static_cast<std::int32_t>(index),
         .minor_number = static_cast<std::int32_t>(minor),
         .uuid = uuid.data(),
         .name = name.data(),
         .memory_bytes = static_cast<std::int64_t>(memory.total)};
  return true;
}

void read_gpus(const Nvml& nvml, Machine& machine) {
  std::array<char, kTextBytes> driver{};
  if (nvml.driver_version(driver.data(), kTextBytes) == kNvmlSuccess)
    machine.driver = driver.data();
  unsigned count = 0;
  if (nvml.device_count(&count) != kNvmlSuccess) return;
  for (unsigned index = 0; index < count; ++index) {
    Gpu gpu;
    if (read_gpu(nvml, index, gpu)) machine.gpus.push_back(std::move(gpu));
  }
}

std::int32_t usable_cores() {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  if (sched_getaffinity(0, sizeof cores, &cores) != 0) return 1;
  return CPU_COUNT(&cores);
}

}  // namespace

bool is_kind(const Gpu& gpu, std::string_view kind) {
  const auto joins = [&](std::size_t at) {
    return at < gpu.name.size() && std::isalnum(static_cast<unsigned char>(gpu.name[at])) != 0;
  };
  for (std::size_t at = gpu.name.find(kind); at != std::string::npos;
       at = gpu.name.find(kind, at + 1)) {
    if ((at == 0 || !joins(at - 1)) && !joins(at + kind.size())) return true;
  }
  return false;
}

Machine read_machine() {
  Machine machine{.gpus = {}, .driver = {}, .cpu_slots = usable_cores()};
  const Library library(dlopen("libnvidia-ml.so.1", RTLD_NOW | RTLD_LOCAL),
                        [](void* handle) { return handle != nullptr ? dlclose(handle) : 0; });
  Nvml nvml{};
  if (library == nullptr || !bind_all(library, nvml) || nvml.init() != kNvmlSuccess) return machine;
  read_gpus(nvml, machine);
  nvml.shutdown();
  return machine;
}

}  // namespace pawl
