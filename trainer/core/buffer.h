// A block of page-aligned, zeroed memory that grows: what the trainer works in.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

namespace trainer {

class Buffer {
 public:
  Buffer() = default;
  explicit Buffer(std::int64_t bytes) { reserve(bytes); }
  Buffer(Buffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Buffer() { release(); }

  // At least `bytes`, zeroed if it had to grow. Keeps nothing of what was there.
  void* reserve(std::int64_t bytes);
  std::int64_t bytes() const { return bytes_; }
  template <class T>
  T* reserve(std::int64_t count) {
    return static_cast<T*>(reserve(count * static_cast<std::int64_t>(sizeof(T))));
  }

 private:
  void release();
  void* data_ = nullptr;
  std::int64_t bytes_ = 0;
};

std::int64_t peak_memory_bytes();       // of this process, resident
std::int64_t available_memory_bytes();  // that the machine could give without swapping

}  // namespace trainer
