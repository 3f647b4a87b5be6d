#include "trainer/ops/cuda/device.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <new>

#include "trainer/core/text.h"

namespace trainer::cuda {
namespace {

void check(cudaError_t error, const char* what) {
  if (error == cudaSuccess) return;
  throw DeviceError(format("the GPU failed at %s: %s", what, cudaGetErrorString(error)));
}

int attribute(cudaDeviceAttr name, int index) {
  int value = 0;
  check(cudaDeviceGetAttribute(&value, name, index), "its attributes");
  return value;
}

DeviceFacts facts_of(int index) {
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, index), "its properties");
  std::size_t free = 0;
  std::size_t all = 0;
  check(cudaMemGetInfo(&free, &all), "its memory");
  constexpr double kHertz = 1e3;  // attributes count kHz
  const double clock = kHertz * attribute(cudaDevAttrClockRate, index);
  const double memory_clock = kHertz * attribute(cudaDevAttrMemoryClockRate, index);
  const double bus_bytes = attribute(cudaDevAttrGlobalMemoryBusWidth, index) / 8.0;
  return {.name = properties.name,
          .compute_major = properties.major,
          .compute_minor = properties.minor,
          .memory_bytes = static_cast<std::int64_t>(all),
          .free_bytes = static_cast<std::int64_t>(free),
          .peak_flops =
              peak_flops(properties.name, properties.major, clock * properties.multiProcessorCount),
          .bytes_per_second = 2 * memory_clock * bus_bytes};  // twice a clock
}

std::unexpected<Error> no_device(cudaError_t error) {
  if (error == cudaErrorInsufficientDriver) {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    if (driver > 0) {
      return fail(format("the driver knows CUDA %d.%d, this program needs %d.%d", driver / 1000,
                         driver % 1000 / 10, CUDART_VERSION / 1000, CUDART_VERSION % 1000 / 10),
                  "Install a newer driver, or build with that CUDA's nvcc.");
    }
  }
  return fail(format("no CUDA device: %s", cudaGetErrorString(error)),
              "Run nvidia-smi to see what the machine has, or train with --device cpu.");
}

}  // namespace

void launch_failed(const char* kernel, const char* why) {
  throw DeviceError(format("the GPU failed at the launch of %s: %s", kernel, why));
}

double peak_flops(const std::string& name, int compute_major, double multiprocessor_hertz) {
  struct Card {
    const char* name;
    double teraflops;
  };
  // Source: NVIDIA's data sheets, dense.
  constexpr std::array kCards = {Card{"H100 PCIe", 756}, Card{"H100 NVL", 835}, Card{"H100", 989.4},
                                 Card{"H200", 989.4},    Card{"A100", 312},     Card{"B200", 2250}};
  for (const Card& card : kCards) {
    if (name.contains(card.name)) return card.teraflops * 1e12;
  }
  const double per_clock = compute_major >= 10 ? 8192 : compute_major == 9 ? 4096 : 2048;
  return per_clock * multiprocessor_hertz;
}

Result<std::unique_ptr<Device>> Device::open(int index) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error != cudaSuccess) return no_device(error);
  if (index >= count) {
    return fail(format("no CUDA device %d: there are %d", index, count),
                "CUDA_VISIBLE_DEVICES says which ones a program sees.");
  }
  check(cudaSetDevice(index), "its choice");
  std::unique_ptr<Device> device(new Device);
  device->facts_ = facts_of(index);
  if (device->facts_.compute_major < 8) {
    return fail(format("%s has compute capability %d.%d; at least 8.0 is needed",
                       device->facts_.name.c_str(), device->facts_.compute_major,
                       device->facts_.compute_minor),
                "It multiplies no bfloat16. Train with --device cpu.");
  }
  device->stream_.is_hopper = device->facts_.compute_major == 9;
  check(cudaStreamCreateWithFlags(&device->stream_.handle, cudaStreamNonBlocking), "its stream");
  return device;
}

int Device::count() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

Device::~Device() {
  if (asked_ != nullptr) cudaEventDestroy(asked_);
  if (beside_ != nullptr) cudaStreamDestroy(beside_);
  if (stream_.handle != nullptr) cudaStreamDestroy(stream_.handle);
}

void* Device::allocate(std::int64_t bytes) {
  void* memory = nullptr;
  const auto size = static_cast<std::size_t>(bytes);
  if (cudaMalloc(&memory, size) != cudaSuccess) throw std::bad_alloc();
  zero(memory, bytes);
  return memory;
}

void Device::release(void* memory) { cudaFree(memory); }  // waits

void Device::zero(void* memory, std::int64_t bytes) {
  check(cudaMemsetAsync(memory, 0, static_cast<std::size_t>(bytes), stream_.handle), "zeros");
}

// From pageable memory this returns when `from` has been read.
void Device::copy_in(void* to, const void* from, std::int64_t bytes) {
  check(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyHostToDevice,
                        stream_.handle),
        "a copy to it");
}

void Device::copy_out(void* to, const void* from, std::int64_t bytes) {
  check(cudaMemcpyAsync(to, from, static_cast<std::size_t>(bytes), cudaMemcpyDeviceToHost,
                        stream_.handle),
        "a copy from it");
  wait();
}

CUstream_st* Device::begin_beside() {
  if (beside_ == nullptr) {
    check(cudaStreamCreateWithFlags(&beside_, cudaStreamNonBlocking), "its second stream");
    check(cudaEventCreateWithFlags(&asked_, cudaEventDisableTiming), "an event");
  }
  check(cudaEventRecord(asked_, stream_.handle), "an event");
  check(cudaStreamWaitEvent(beside_, asked_, 0), "an event");
  return beside_;
}

void Device::wait_beside() { check(cudaStreamSynchronize(beside_), "its work"); }

void EndGraph::operator()(CUgraphExec_st* graph) const { cudaGraphExecDestroy(graph); }

void Device::begin_recording() {
  check(cudaStreamBeginCapture(stream_.handle, cudaStreamCaptureModeThreadLocal), "a recording");
}

Graph Device::end_recording() {
  cudaGraph_t recorded = nullptr;
  check(cudaStreamEndCapture(stream_.handle, &recorded), "a recording");
  cudaGraphExec_t graph = nullptr;
  check(cudaGraphInstantiate(&graph, recorded, 0), "a graph");
  cudaGraphDestroy(recorded);
  return Graph(graph);
}

void Device::replay(const Graph& graph) {
  check(cudaGraphLaunch(graph.get(), stream_.handle), "a graph");
}

void Device::wait() { check(cudaStreamSynchronize(stream_.handle), "its work"); }

}  // namespace trainer::cuda
