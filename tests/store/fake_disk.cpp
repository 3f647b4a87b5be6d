#include "tests/store/fake_disk.h"

#include <atomic>
#include <cassert>
#include <cstring>

#include "tests/store/fake_disk_file.h"
#include "tests/store/fake_disk_vfs.h"

namespace pawl::test {
namespace {

std::string fresh_name() {
  static std::atomic<int> count = 0;
  return "fake-disk-" + std::to_string(++count);
}

void put(std::string& file, std::string_view bytes, std::size_t offset) {
  if (file.size() < offset + bytes.size()) file.resize(offset + bytes.size());
  std::memcpy(file.data() + offset, bytes.data(), bytes.size());
}

void redo(std::string& file, const DiskFile::Pending& pending) {
  if (!pending.truncate) return put(file, pending.bytes, pending.offset);
  if (file.size() > pending.offset) file.resize(pending.offset);
}

}  // namespace

void DiskFile::write(std::string_view bytes, std::size_t offset) {
  put(current, bytes, offset);
  pending.push_back({offset, std::string(bytes), false});
}

void DiskFile::truncate(std::size_t size) {
  pending.push_back({size, "", true});
  redo(current, pending.back());
}

void DiskFile::sync() {
  for (const Pending& one : pending) redo(durable, one);
  pending.clear();
}

void DiskFile::lose_power(std::mt19937_64& random) {
  constexpr std::size_t kSector = 512;
  for (const Pending& one : pending) {
    const auto fate = random() % 3;  // dropped, kept, torn
    if (fate == 0) continue;
    if (fate == 1 || one.truncate) {
      redo(durable, one);
      continue;
    }
    for (std::size_t at = 0; at < one.bytes.size(); at += kSector) {
      if (random() % 2 == 0)
        put(durable, std::string_view(one.bytes).substr(at, kSector), one.offset + at);
    }
  }
  pending.clear();
  current = durable;
}

FakeDisk::FakeDisk() : name_(fresh_name()) {
  vfs_ = vfs_of(*this, name_.c_str());
  sqlite3_vfs_register(&vfs_, 0);
}

FakeDisk::~FakeDisk() { sqlite3_vfs_unregister(&vfs_); }

FakeDisk::Image FakeDisk::image() const {
  const std::lock_guard lock(mutex_);
  Image image;
  for (const auto& [name, file] : files_) image[name] = file->durable;
  return image;
}

void FakeDisk::load(const Image& image) {
  const std::lock_guard lock(mutex_);
  files_.clear();
  for (const auto& [name, bytes] : image) {
    auto file = std::make_shared<DiskFile>();
    file->current = file->durable = bytes;
    files_[name] = std::move(file);
  }
  until_dark_ = -1;
  dark_ = false;
  fault_ = {};
}

void FakeDisk::cut_power_at(std::int64_t nth) {
  const std::lock_guard lock(mutex_);
  until_dark_ = nth;
}

bool FakeDisk::dark() const {
  const std::lock_guard lock(mutex_);
  return dark_;
}

void FakeDisk::restore_power(std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 random(seed);
  for (const auto& [name, file] : files_) {
    assert(file->readers == 0 && file->memory_users == 0 && "the database is still open");
    file->lose_power(random);
  }
  std::erase_if(files_, [](const auto& entry) { return entry.second->durable.empty(); });
  until_dark_ = -1;
  dark_ = false;
}

void FakeDisk::fail(const Fault& fault) {
  const std::lock_guard lock(mutex_);
  fault_ = fault;
}

void FakeDisk::heal() { fail({}); }

std::shared_ptr<DiskFile> FakeDisk::find(const std::string& name, bool create) {
  const auto found = files_.find(name);
  if (found != files_.end()) return found->second;
  if (!create) return nullptr;
  return files_[name] = std::make_shared<DiskFile>();
}

void FakeDisk::remove(const std::string& name) { files_.erase(name); }

int FakeDisk::enter(DiskCall call, bool& going_dark) {
  const int dark_code = call == DiskCall::kWrite ? SQLITE_IOERR_WRITE : SQLITE_IOERR_FSYNC;
  going_dark = false;
  if (dark_) return dark_code;
  if (until_dark_ > 0 && --until_dark_ == 0) {
    dark_ = going_dark = true;
    return dark_code;
  }
  if (fault_.code == SQLITE_OK || fault_.call != call || --fault_.nth > 0) return SQLITE_OK;
  const int code = fault_.code;
  if (!fault_.lasting) fault_ = {};
  return code;
}

}  // namespace pawl::test
