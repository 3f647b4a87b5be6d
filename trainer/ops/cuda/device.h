// One GPU: its facts, its memory and its stream. Calls are asynchronous unless they say otherwise.
// A device that fails later than at open() throws DeviceError: nothing can go on from there.
#pragma once
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "trainer/core/result.h"
#include "trainer/ops/cuda/launchers.h"

struct CUevent_st;
struct CUgraphExec_st;

namespace trainer::cuda {

class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct DeviceFacts {
  std::string name;
  int compute_major = 0, compute_minor = 0;
  std::int64_t memory_bytes = 0, free_bytes = 0;
  double peak_flops = 0;        // dense, bfloat16 in and float sums, per second
  double bytes_per_second = 0;  // of its memory
};

// Published dense bfloat16 FLOP/s of a card; of an unknown one what its multiprocessors can do at
// their highest clock.
double peak_flops(const std::string& name, int compute_major, double multiprocessor_hertz);

// Work that was recorded once: kernels with their arguments, products, zeros. CUDA's graph.
struct EndGraph {
  void operator()(CUgraphExec_st* graph) const;
};
using Graph = std::unique_ptr<CUgraphExec_st, EndGraph>;

class Device {
 public:
  // Refuses: a program without CUDA, no driver or one that is too old, no GPU, one below 8.0.
  static Result<std::unique_ptr<Device>> open(int index);
  static int count();  // 0 where open() would refuse
  ~Device();
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  const DeviceFacts& facts() const { return facts_; }
  Stream stream() const { return stream_; }
  void take_ampere_kernels() { stream_.is_hopper = false; }  // on Hopper, to compare

  void* allocate(std::int64_t bytes);  // zeroed; until release(); throws bad_alloc
  void release(void* memory);
  void zero(void* memory, std::int64_t bytes);
  void copy_in(void* to, const void* from, std::int64_t bytes);   // `from` may be reused at once
  void copy_out(void* to, const void* from, std::int64_t bytes);  // waits
  void wait();

  // A second stream: what is asked of it begins after all that the first one was asked for by now,
  // and runs beside what that is asked for later.
  CUstream_st* begin_beside();
  void wait_beside();  // until the second stream's work is done

  // What the stream is asked for between the two is not done, but can be, any number of times, by
  // one call each. It copies nothing from or to the host and waits for nothing.
  void begin_recording();
  Graph end_recording();
  void replay(const Graph& graph);

 private:
  Device() = default;
  DeviceFacts facts_;
  Stream stream_;
  CUstream_st* beside_ = nullptr;  // made when it is first needed
  CUevent_st* asked_ = nullptr;
};

}  // namespace trainer::cuda
