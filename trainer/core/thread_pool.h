// A fixed set of threads that share out the tasks of one call at a time.
//
// Tasks are claimed one by one, so a thread that another process slows down takes fewer; a thread
// that sleeps through a whole call delays nobody. Waiting is a short spin, then a futex: active
// spinning loses tenfold as soon as the machine is shared. Results never depend on the number of
// threads as long as a task's work depends on its index alone.
#pragma once
#include <atomic>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

namespace trainer {

// CPUs that this process may use: its affinity mask, at least 1.
int available_cpus();

class ThreadPool {
 public:
  explicit ThreadPool(int threads);  // the caller of run() is one of them
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Calls task(index, thread) for each index in [0, tasks), and returns when all are done. `thread`
  // is in [0, threads()). One run at a time; not from inside a task.
  template <class Task>
  void run(std::int64_t tasks, Task&& task) {
    using Plain = std::remove_reference_t<Task>;
    run_erased(tasks, &task, [](void* context, std::int64_t index, int thread) {
      (*static_cast<Plain*>(context))(index, thread);
    });
  }

 private:
  using Call = void (*)(void* context, std::int64_t index, int thread);
  void run_erased(std::int64_t tasks, void* context, Call call);
  void work(int thread);        // a worker's life
  void take_tasks(int thread);  // until none is left to claim

  // Run number in the high half, tasks not yet claimed in the low half: a claim by a thread that
  // still thinks of an earlier run fails.
  std::atomic<std::uint64_t> open_ = 0;
  std::atomic<std::uint32_t> finished_ = 0;  // tasks of this run
  std::atomic<std::uint32_t> bell_ = 0;      // what sleeping workers wait on
  std::atomic<bool> stopping_ = false;
  std::uint32_t tasks_ = 0;  // the three are stable while a claimed task is unfinished
  void* context_ = nullptr;
  Call call_ = nullptr;
  std::vector<std::jthread> workers_;
};

}  // namespace trainer
