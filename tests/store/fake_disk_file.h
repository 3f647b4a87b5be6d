// One file of the fake disk: its bytes as programs see them, what of them is durable, its locks,
// and the shared memory that a write-ahead log is indexed with.
#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace pawl::test {

struct DiskFile {
  struct Pending {
    std::size_t offset = 0;
    std::string bytes;      // written at offset
    bool truncate = false;  // or: the file was cut to offset
  };
  struct MemoryLock {
    int shared = 0;
    bool exclusive = false;
  };

  std::string current, durable;
  std::vector<Pending> pending;
  int readers = 0;  // open handles with a shared lock or more
  int reserved = 0, exclusive = 0;
  int memory_users = 0;
  std::vector<std::unique_ptr<std::array<char, 32'768>>> memory;
  std::array<MemoryLock, 8> memory_locks;

  void write(std::string_view bytes, std::size_t offset);
  void truncate(std::size_t size);
  void sync();
  void lose_power(std::mt19937_64& random);
};

}  // namespace pawl::test
