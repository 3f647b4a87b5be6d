// A device whose memory is the process's own, and products as plain loops over column-major
// matrices, as cuBLASLt counts them.
#include "trainer/ops/cuda/device.h"

#include <cassert>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "trainer/ops/cuda/multiplier.h"
#include "trainer/tests/cuda/emulated/tape.h"

namespace trainer::cuda {

Result<std::unique_ptr<Device>> Device::open(int) {
  std::unique_ptr<Device> device(new Device);
  device->facts_ = {.name = "emulated", .compute_major = 9, .memory_bytes = std::int64_t{1} << 40};
  device->stream_.is_hopper = true;
  return device;
}

int Device::count() { return 1; }

Device::~Device() = default;

void* Device::allocate(std::int64_t bytes) {
  void* const memory = std::aligned_alloc(256, static_cast<std::size_t>(bytes + 255) / 256 * 256);
  if (memory == nullptr) throw std::bad_alloc();
  zero(memory, bytes);
  return memory;
}

void Device::release(void* memory) { std::free(memory); }

void Device::zero(void* memory, std::int64_t bytes) {
  emulation::perform([=] { std::memset(memory, 0, static_cast<std::size_t>(bytes)); });
}

void Device::copy_in(void* to, const void* from, std::int64_t bytes) {
  assert(!emulation::recording);
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

void Device::copy_out(void* to, const void* from, std::int64_t bytes) {
  assert(!emulation::recording);
  std::memcpy(to, from, static_cast<std::size_t>(bytes));
}

void Device::wait() {}

CUstream_st* Device::begin_beside() { return beside_; }
void Device::wait_beside() {}

}  // namespace trainer::cuda

struct CUgraphExec_st {
  emulation::Tape tape;
};

namespace trainer::cuda {

void EndGraph::operator()(CUgraphExec_st* graph) const {
  const std::unique_ptr<CUgraphExec_st> owner(graph);
}

void Device::begin_recording() { emulation::recording.emplace(); }

Graph Device::end_recording() {
  auto graph = std::make_unique<CUgraphExec_st>();
  graph->tape = std::move(*emulation::recording);
  emulation::recording.reset();
  return Graph(graph.release());
}

void Device::replay(const Graph& graph) {
  for (const auto& work : graph->tape) work();
}

class Multiplier::State {};

Multiplier::Multiplier(std::unique_ptr<State> state) : state_(std::move(state)) {}
Multiplier::~Multiplier() = default;

Result<std::unique_ptr<Multiplier>> Multiplier::open(Device&, const std::filesystem::path&) {
  return std::unique_ptr<Multiplier>(new Multiplier(nullptr));
}

namespace {

float number(const void* data, bool in_float, std::int64_t at) {
  return in_float ? static_cast<const float*>(data)[at]
                  : to_float(static_cast<const Bfloat16*>(data)[at]);
}

void run_one(const Product& product, const ColumnMajor& p, std::int64_t index) {
  const std::int64_t begin = index * p.m * p.n;
  const void* const c = product.c == nullptr ? product.d : product.c;
  for (std::int64_t j = 0; j < p.n; ++j) {
    for (std::int64_t i = 0; i < p.m; ++i) {
      float sum = 0;
      for (std::int64_t k = 0; k < p.k; ++k) {
        const std::int64_t left = p.left_transposed ? k + i * p.left_stride : i + k * p.left_stride;
        const std::int64_t right =
            p.right_transposed ? j + k * p.right_stride : k + j * p.right_stride;
        sum += to_float(p.left[index * p.left_batch + left]) *
               to_float(p.right[index * p.right_batch + right]);
      }
      const std::int64_t at = begin + i + j * p.d_stride;
      sum *= product.alpha;
      if (product.beta != 0) sum += product.beta * number(c, product.in_float, at);
      if (product.in_float) {
        static_cast<float*>(product.d)[at] = sum;
      } else {
        static_cast<Bfloat16*>(product.d)[at] = to_bfloat16(sum);
      }
    }
  }
}

}  // namespace

void Multiplier::run(const Product& product) {
  emulation::perform([=] {
    for (std::int64_t i = 0; i < product.batch; ++i) run_one(product, column_major(product), i);
  });
}

}  // namespace trainer::cuda
