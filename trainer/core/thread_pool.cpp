#include "trainer/core/thread_pool.h"

#include <sched.h>

#include <algorithm>
#include <cassert>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace trainer {
namespace {

constexpr int kSpins = 2000;  // some 20 to 40 us: longer than the gap between two calls

void pause() {
#if defined(__SSE2__)
  _mm_pause();
#endif
}

// Denormal numbers cost a hundredfold and carry nothing: they count as zero in every thread.
void flush_denormals() {
#if defined(__SSE2__)
  constexpr unsigned kFlushToZero = 0x8000;
  constexpr unsigned kDenormalsAreZero = 0x0040;
  _mm_setcsr(_mm_getcsr() | kFlushToZero | kDenormalsAreZero);
#endif
}

}  // namespace

int available_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return std::max(1, CPU_COUNT(&set));
}

ThreadPool::ThreadPool(int threads) {
  assert(threads >= 1);
  flush_denormals();
  for (int thread = 1; thread < threads; ++thread) {
    workers_.emplace_back([this, thread] { work(thread); });
  }
}

ThreadPool::~ThreadPool() {
  stopping_ = true;
  ++bell_;
  bell_.notify_all();
}

void ThreadPool::run_erased(std::int64_t tasks, void* context, Call call) {
  assert(tasks >= 0 && tasks <= UINT32_MAX);
  if (tasks == 0) return;
  if (tasks == 1 || workers_.empty()) {
    for (std::int64_t index = 0; index < tasks; ++index) call(context, index, 0);
    return;
  }
  tasks_ = static_cast<std::uint32_t>(tasks);
  context_ = context;
  call_ = call;
  finished_ = 0;
  const std::uint64_t next_run = (open_.load() >> 32) + 1;
  open_ = (next_run << 32) | tasks_;
  ++bell_;
  bell_.notify_all();
  take_tasks(0);
  for (int spin = 0; spin < kSpins && finished_ != tasks_; ++spin) pause();
  for (std::uint32_t seen = finished_; seen != tasks_; seen = finished_) finished_.wait(seen);
}

void ThreadPool::take_tasks(int thread) {
  std::uint64_t open = open_;
  while (static_cast<std::uint32_t>(open) != 0) {
    if (!open_.compare_exchange_weak(open, open - 1)) continue;
    const std::uint32_t total = tasks_;  // read before this task counts as finished
    call_(context_, total - static_cast<std::uint32_t>(open), thread);
    if (++finished_ == total) finished_.notify_one();
    open = open_;
  }
}

void ThreadPool::work(int thread) {
  flush_denormals();
  while (true) {
    const std::uint32_t rung = bell_;
    take_tasks(thread);
    if (stopping_) return;
    for (int spin = 0; spin < kSpins && bell_ == rung; ++spin) pause();
    bell_.wait(rung);
  }
}

}  // namespace trainer
