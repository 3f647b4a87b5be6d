// A disk in memory, underneath SQLite, that loses power and fails on request.
//
// What was written to a file since its last sync is only a promise: a power cut keeps, drops or
// tears each such write at random, in sectors of 512 bytes. Files are made and removed at once.
//
// Thread safety: SQLite may use it from many threads. Everything else only while no database is
// open on it.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace pawl::test {

struct DiskFile;  // fake_disk_file.h

enum class DiskCall : std::uint8_t { kWrite, kSync };  // truncation counts as a write

class FakeDisk {
 public:
  using Image = std::map<std::string, std::string>;  // file name -> durable bytes

  FakeDisk();
  ~FakeDisk();
  FakeDisk(const FakeDisk&) = delete;
  FakeDisk& operator=(const FakeDisk&) = delete;
  const char* vfs() const { return name_.c_str(); }

  Image image() const;
  void load(const Image& image);  // and forgets faults

  // The power goes at the nth write or sync from now; from then on every call fails.
  void cut_power_at(std::int64_t nth);
  bool dark() const;
  void restore_power(std::uint64_t seed);

  // The nth such call from now fails with `code`: once, or from then on until heal().
  struct Fault {
    DiskCall call = DiskCall::kWrite;
    std::int64_t nth = 1;
    int code = SQLITE_OK;
    bool lasting = false;
  };
  void fail(const Fault& fault);
  void heal();

  // For the file layer.
  std::mutex& mutex() { return mutex_; }
  std::shared_ptr<DiskFile> find(const std::string& name, bool create);
  void remove(const std::string& name);
  // What this call answers with; SQLITE_OK: it does its work. `going_dark`: it is the one during
  // which the power goes.
  int enter(DiskCall call, bool& going_dark);
  bool is_dark_locked() const { return dark_; }

 private:
  const std::string name_;
  sqlite3_vfs vfs_{};
  mutable std::mutex mutex_;  // guards all below and every DiskFile
  std::map<std::string, std::shared_ptr<DiskFile>> files_;
  std::int64_t until_dark_ = -1;  // -1: never
  bool dark_ = false;
  Fault fault_;
};

}  // namespace pawl::test
