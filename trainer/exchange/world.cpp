#include "trainer/exchange/world.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include "trainer/core/text.h"

namespace trainer {

// Of each rank a note and some numbers; the sums stand in front.
struct World::Shared {
  static constexpr std::size_t kNumbers = std::size_t{1} << 20;  // that are summed at a time
  struct Reason {
    std::array<char, 1024> message, hint;
  };

  pthread_barrier_t barrier, numbers_barrier;
  std::array<std::array<std::byte, kNoteBytes>, kWorldMax> notes;
  std::array<Reason, kWorldMax> reasons;
  std::array<float, kNumbers> sums;

  static std::size_t bytes(int size) {
    return sizeof(Shared) + static_cast<std::size_t>(size) * kNumbers * sizeof(float);
  }
  float* numbers(int rank) {
    return reinterpret_cast<float*>(this + 1) + static_cast<std::size_t>(rank) * kNumbers;
  }
};

Result<World> World::create(int size) {
  if (size == 1) return World();
  void* const memory = ::mmap(nullptr, Shared::bytes(size), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    return fail(format("could not share %zu bytes between %d ranks: %s", Shared::bytes(size), size,
                       std::strerror(errno)));
  }
  World world;
  world.size_ = size;
  world.shared_ = {new (memory) Shared,
                   [size](Shared* shared) { ::munmap(shared, Shared::bytes(size)); }};
  pthread_barrierattr_t attributes;
  ::pthread_barrierattr_init(&attributes);
  ::pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  for (auto* barrier : {&world.shared_->barrier, &world.shared_->numbers_barrier}) {
    ::pthread_barrier_init(barrier, &attributes, static_cast<unsigned>(size));
  }
  ::pthread_barrierattr_destroy(&attributes);
  return world;
}

World World::as(int rank) const {
  World world = *this;
  world.rank_ = rank;
  return world;
}

void World::meet() const {
  if (size_ > 1) ::pthread_barrier_wait(&shared_->barrier);
}

void World::copy_of(int rank, void* value, std::size_t bytes) const {
  if (size_ == 1) return;
  std::byte* const note = shared_->notes[static_cast<std::size_t>(rank)].data();
  if (rank_ == rank) std::memcpy(note, value, bytes);
  meet();
  std::memcpy(value, note, bytes);
  meet();  // all have read it
}

double World::sum(double x) const {
  if (size_ == 1) return x;
  std::memcpy(shared_->notes[static_cast<std::size_t>(rank_)].data(), &x, sizeof x);
  meet();
  double all = 0;
  for (int rank = 0; rank < size_; ++rank) {
    std::memcpy(&x, shared_->notes[static_cast<std::size_t>(rank)].data(), sizeof x);
    all += x;
  }
  meet();
  return all;
}

// Each rank adds up its share of the numbers.
void World::sum(std::span<float> x) const {
  if (size_ == 1) return;
  for (std::size_t at = 0; at < x.size(); at += Shared::kNumbers) {
    const std::span<float> some = x.subspan(at, std::min(Shared::kNumbers, x.size() - at));
    std::ranges::copy(some, shared_->numbers(rank_));
    ::pthread_barrier_wait(&shared_->numbers_barrier);
    const auto ranks = static_cast<std::size_t>(size_);
    const std::size_t begin = some.size() * static_cast<std::size_t>(rank_) / ranks;
    const std::size_t end = some.size() * (static_cast<std::size_t>(rank_) + 1) / ranks;
    for (std::size_t i = begin; i < end; ++i) {
      float all = 0;
      for (int rank = 0; rank < size_; ++rank) all += shared_->numbers(rank)[i];
      shared_->sums[i] = all;
    }
    ::pthread_barrier_wait(&shared_->numbers_barrier);
    std::copy_n(shared_->sums.begin(), some.size(), some.begin());
    ::pthread_barrier_wait(&shared_->numbers_barrier);
  }
}

void World::leave(const Error& why) const {
  if (size_ == 1) return;
  Shared::Reason& reason = shared_->reasons[static_cast<std::size_t>(rank_)];
  const auto keep = [](std::array<char, 1024>& to, const std::string& text) {
    text.copy(to.data(), to.size() - 1);  // zeros follow
  };
  keep(reason.message, why.message);
  keep(reason.hint, why.hint);
}

Error World::why(int rank) const {
  const Shared::Reason& reason = shared_->reasons[static_cast<std::size_t>(rank)];
  return {reason.message.data(), reason.hint.data()};
}

}  // namespace trainer
