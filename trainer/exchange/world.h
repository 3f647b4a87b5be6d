// Processes of one machine that train one model together, and what they tell one another through
// memory that they share. Every call is made by all of them, in the same order, and returns once
// all have made it; sums have the ranks' order, so they are the same in each. Sums of many numbers
// have an order of their own: a second thread of each rank may ask for them. A rank that ends
// leaves the others waiting: run_ranks() (ranks.h) ends them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>

#include "trainer/core/result.h"

namespace trainer {

inline constexpr int kWorldMax = 64;

class World {
 public:
  World() = default;  // one process: every call returns at once
  // The memory of `size` processes, to be made before they are.
  static Result<World> create(int size);
  World as(int rank) const;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_first() const { return rank_ == 0; }

  void meet() const;
  double sum(double x) const;
  bool any(bool x) const { return sum(x ? 1 : 0) > 0; }
  void sum(std::span<float> x) const;  // each number over the ranks, in its place

  // What one rank has.
  template <class T>
  T of(int rank, T value) const {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= kNoteBytes);
    copy_of(rank, &value, sizeof value);
    return value;
  }
  template <class T>
  T of_first(T value) const {
    return of(0, value);
  }

  // Why this rank ended; the process that started the ranks reads it.
  void leave(const Error& why) const;
  Error why(int rank) const;

 private:
  static constexpr std::size_t kNoteBytes = 256;
  struct Shared;
  void copy_of(int rank, void* value, std::size_t bytes) const;

  std::shared_ptr<Shared> shared_;
  int rank_ = 0, size_ = 1;
};

}  // namespace trainer
