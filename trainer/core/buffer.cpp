#include "trainer/core/buffer.h"

#include <sys/mman.h>
#include <sys/resource.h>

#include <fstream>
#include <limits>
#include <new>
#include <string>

namespace trainer {

void* Buffer::reserve(std::int64_t bytes) {
  if (bytes <= bytes_) return data_;
  release();
  const auto size = static_cast<std::size_t>(bytes);
  void* const at =
      ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) throw std::bad_alloc();
  constexpr std::int64_t kHugePage = 2 << 20;
  if (bytes >= kHugePage) ::madvise(at, size, MADV_HUGEPAGE);
  data_ = at;
  bytes_ = bytes;
  return data_;
}

void Buffer::release() {
  if (data_ != nullptr) ::munmap(data_, static_cast<std::size_t>(bytes_));
  data_ = nullptr;
  bytes_ = 0;
}

std::int64_t peak_memory_bytes() {
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

std::int64_t available_memory_bytes() {
  std::ifstream info("/proc/meminfo");
  std::int64_t kilobytes = 0;
  for (std::string name; info >> name;) {
    if (name == "MemAvailable:" && info >> kilobytes) return kilobytes * 1024;
  }
  return std::numeric_limits<std::int64_t>::max();  // nobody knows
}

}  // namespace trainer
