#include "trainer/tests/cuda/emulated/emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace emulation {

Index thread_index, block_index, block_size;

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr std::size_t kSharedMax = 227 * 1024;  // of Hopper

// Waits of a group of threads for one another.
struct Barrier {
  int arrived = 0;
  std::uint64_t passed = 0;
};

struct Fiber {
  ucontext_t start{};
  jmp_buf here{};
  bool has_begun = false, is_done = false;
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(kStackBytes);
};

struct Warp {
  Barrier barrier;
  const void* given[32] = {};
};

std::vector<std::unique_ptr<Fiber>> fibers;
std::vector<Warp> warps;
Barrier block;
int alive = 0;
bool moved = false;  // since the scheduler's last round
jmp_buf scheduler;
const std::function<void()>* kernel = nullptr;
alignas(1024) char shared[kSharedMax];

Fiber& current() { return *fibers[thread_index.x]; }

void yield() {
  const unsigned mine = thread_index.x;
  if (_setjmp(current().here) == 0) _longjmp(scheduler, 1);
  thread_index.x = mine;
}

void wait(Barrier& barrier, int threads) {
  moved = true;
  if (++barrier.arrived == threads) {
    barrier.arrived = 0;
    ++barrier.passed;
    return;
  }
  for (const std::uint64_t before = barrier.passed; barrier.passed == before;) yield();
  moved = true;
}

void begin_thread() {
  (*kernel)();
  current().is_done = true;
  moved = true;
  --alive;
  _longjmp(scheduler, 1);
}

void resume(Fiber& fiber) {
  if (_setjmp(scheduler) != 0) return;
  if (fiber.has_begun) _longjmp(fiber.here, 1);
  fiber.has_begun = true;
  setcontext(&fiber.start);
}

void run_block(int threads, std::int64_t shared_bytes) {
  block = {};
  warps.assign(static_cast<std::size_t>(threads + 31) / 32, {});
  std::memset(
      shared, 0xFF,
      static_cast<std::size_t>(shared_bytes));  // NaN: nothing may be read before it is written
  while (fibers.size() < static_cast<std::size_t>(threads)) {
    fibers.push_back(std::make_unique<Fiber>());
  }
  for (int i = 0; i < threads; ++i) {
    Fiber& fiber = *fibers[static_cast<std::size_t>(i)];
    fiber.has_begun = fiber.is_done = false;
    getcontext(&fiber.start);
    fiber.start.uc_stack.ss_sp = fiber.stack.get();
    fiber.start.uc_stack.ss_size = kStackBytes;
    makecontext(&fiber.start, begin_thread, 0);
  }
  for (alive = threads; alive > 0;) {
    moved = false;
    for (int i = 0; i < threads; ++i) {
      thread_index.x = static_cast<unsigned>(i);
      if (!current().is_done) resume(current());
    }
    if (!moved) {
      std::fprintf(stderr, "a barrier that %d of %d threads never reach\n", threads - alive,
                   threads);
      std::abort();
    }
  }
}

}  // namespace

char* shared_memory() { return shared; }

void block_barrier() { wait(block, static_cast<int>(block_size.x)); }

void wait_until(const std::function<bool()>& holds) {
  while (!holds()) yield();
  moved = true;
}

void with_warp(const void* mine, const std::function<void(Lanes)>& read) {
  Warp& warp = warps[thread_index.x / 32];
  warp.given[thread_index.x % 32] = mine;
  wait(warp.barrier, 32);
  read(warp.given);
  wait(warp.barrier, 32);  // what was given lives until all have read it
}

void run(std::int64_t blocks, int threads, std::int64_t shared_bytes,
         const std::function<void()>& body) {
  if (shared_bytes > static_cast<std::int64_t>(kSharedMax)) std::abort();
  kernel = &body;
  block_size.x = static_cast<unsigned>(threads);
  for (std::int64_t i = 0; i < blocks; ++i) {
    block_index.x = static_cast<unsigned>(i);
    run_block(threads, shared_bytes);
  }
}

}  // namespace emulation
