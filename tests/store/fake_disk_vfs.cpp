// The callbacks that SQLite asks of a file layer (sqlite.org/c3ref/vfs.html,
// c3ref/io_methods.html), on the fake disk.
#include "tests/store/fake_disk_vfs.h"

#include <atomic>
#include <cstring>
#include <new>
#include <random>
#include <span>
#include <string>

#include "tests/store/fake_disk.h"
#include "tests/store/fake_disk_file.h"

namespace pawl::test {
namespace {

// SQLite allocates it, so it is built and destroyed in place.
struct Handle {
  sqlite3_file base;
  FakeDisk* disk;
  std::shared_ptr<DiskFile> file;
  int lock = SQLITE_LOCK_NONE;
  bool uses_memory = false;
};

Handle& of(sqlite3_file* file) { return *reinterpret_cast<Handle*>(file); }

int unlock_to(Handle& handle, int level) {
  DiskFile& file = *handle.file;
  if (handle.lock >= SQLITE_LOCK_PENDING && level < SQLITE_LOCK_PENDING) --file.exclusive;
  if (handle.lock >= SQLITE_LOCK_RESERVED && level < SQLITE_LOCK_RESERVED) --file.reserved;
  if (handle.lock >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED) --file.readers;
  handle.lock = level;
  return SQLITE_OK;
}

int on_close(sqlite3_file* base) {
  Handle& handle = of(base);
  {
    const std::lock_guard lock(handle.disk->mutex());
    unlock_to(handle, SQLITE_LOCK_NONE);
  }
  handle.~Handle();
  return SQLITE_OK;
}

int on_read(sqlite3_file* base, void* to, int size, sqlite3_int64 offset) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  if (handle.disk->is_dark_locked()) return SQLITE_IOERR_READ;
  const std::string& bytes = handle.file->current;
  const auto from = static_cast<std::size_t>(offset);
  const auto wanted = static_cast<std::size_t>(size);
  const std::size_t there = from >= bytes.size() ? 0 : std::min(wanted, bytes.size() - from);
  std::memcpy(to, bytes.data() + std::min(from, bytes.size()), there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

int on_write(sqlite3_file* base, const void* from, int size, sqlite3_int64 offset) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  bool going_dark = false;
  const int code = handle.disk->enter(DiskCall::kWrite, going_dark);
  if (code == SQLITE_OK || going_dark) {
    handle.file->write({static_cast<const char*>(from), static_cast<std::size_t>(size)},
                       static_cast<std::size_t>(offset));
  }
  return code;
}

int on_truncate(sqlite3_file* base, sqlite3_int64 size) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  bool going_dark = false;
  const int code = handle.disk->enter(DiskCall::kWrite, going_dark);
  if (code == SQLITE_OK || going_dark) handle.file->truncate(static_cast<std::size_t>(size));
  return code;
}

int on_sync(sqlite3_file* base, int) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  bool going_dark = false;
  const int code = handle.disk->enter(DiskCall::kSync, going_dark);
  if (code == SQLITE_OK) handle.file->sync();
  return code;
}

int on_size(sqlite3_file* base, sqlite3_int64* size) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  *size = static_cast<sqlite3_int64>(handle.file->current.size());
  return SQLITE_OK;
}

int on_lock(sqlite3_file* base, int level) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  DiskFile& file = *handle.file;
  if (handle.lock >= level) return SQLITE_OK;
  const bool others_write = file.exclusive > (handle.lock >= SQLITE_LOCK_PENDING ? 1 : 0);
  const bool others_reserve = file.reserved > (handle.lock >= SQLITE_LOCK_RESERVED ? 1 : 0);
  const bool others_read = file.readers > (handle.lock >= SQLITE_LOCK_SHARED ? 1 : 0);
  if (others_write || (level >= SQLITE_LOCK_RESERVED && others_reserve)) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_EXCLUSIVE && others_read) return SQLITE_BUSY;
  if (handle.lock < SQLITE_LOCK_SHARED) ++file.readers;
  if (handle.lock < SQLITE_LOCK_RESERVED && level >= SQLITE_LOCK_RESERVED) ++file.reserved;
  if (handle.lock < SQLITE_LOCK_PENDING && level >= SQLITE_LOCK_PENDING) ++file.exclusive;
  handle.lock = level;
  return SQLITE_OK;
}

int on_unlock(sqlite3_file* base, int level) {
  const std::lock_guard lock(of(base).disk->mutex());
  return unlock_to(of(base), level);
}

int on_check_reserved(sqlite3_file* base, int* reserved) {
  const std::lock_guard lock(of(base).disk->mutex());
  *reserved = of(base).file->reserved > 0 ? 1 : 0;
  return SQLITE_OK;
}

int on_memory_map(sqlite3_file* base, int region, int size, int extend, void volatile** to) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  auto& memory = handle.file->memory;
  *to = nullptr;
  if (size != static_cast<int>(sizeof(*memory[0]))) return SQLITE_IOERR_SHMMAP;
  if (!handle.uses_memory) ++handle.file->memory_users;
  handle.uses_memory = true;
  while (extend != 0 && memory.size() <= static_cast<std::size_t>(region)) {
    memory.push_back(std::make_unique<std::array<char, 32'768>>());
  }
  if (memory.size() > static_cast<std::size_t>(region))
    *to = memory[static_cast<std::size_t>(region)]->data();
  return SQLITE_OK;
}

int on_memory_lock(sqlite3_file* base, int first, int count, int flags) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  const bool shared = (flags & SQLITE_SHM_SHARED) != 0;
  const std::span slots =
      std::span(handle.file->memory_locks)
          .subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    for (auto& slot : slots) shared ? void(--slot.shared) : void(slot.exclusive = false);
    return SQLITE_OK;
  }
  for (const auto& slot : slots) {
    if (slot.exclusive || (!shared && slot.shared > 0)) return SQLITE_BUSY;
  }
  for (auto& slot : slots) shared ? void(++slot.shared) : void(slot.exclusive = true);
  return SQLITE_OK;
}

void on_memory_barrier(sqlite3_file* base) {
  const std::lock_guard lock(of(base).disk->mutex());  // a lock is a barrier
}

int on_memory_unmap(sqlite3_file* base, int) {
  Handle& handle = of(base);
  const std::lock_guard lock(handle.disk->mutex());
  if (!handle.uses_memory) return SQLITE_OK;
  handle.uses_memory = false;
  if (--handle.file->memory_users == 0) handle.file->memory.clear();
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = on_close,
    .xRead = on_read,
    .xWrite = on_write,
    .xTruncate = on_truncate,
    .xSync = on_sync,
    .xFileSize = on_size,
    .xLock = on_lock,
    .xUnlock = on_unlock,
    .xCheckReservedLock = on_check_reserved,
    .xFileControl = [](sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; },
    .xSectorSize = [](sqlite3_file*) { return 4'096; },
    .xDeviceCharacteristics =
        [](sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; },  // as the unix layer says
    .xShmMap = on_memory_map,
    .xShmLock = on_memory_lock,
    .xShmBarrier = on_memory_barrier,
    .xShmUnmap = on_memory_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

FakeDisk& disk_of(sqlite3_vfs* vfs) { return *static_cast<FakeDisk*>(vfs->pAppData); }

int on_open(sqlite3_vfs* vfs, const char* name, sqlite3_file* base, int flags, int* out_flags) {
  FakeDisk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex());
  base->pMethods = nullptr;
  if (disk.is_dark_locked()) return SQLITE_CANTOPEN;
  // A file without a name is temporary: nobody else sees it.
  auto file = name == nullptr ? std::make_shared<DiskFile>()
                              : disk.find(name, (flags & SQLITE_OPEN_CREATE) != 0);
  if (!file) return SQLITE_CANTOPEN;
  new (base) Handle{.base = {&kMethods}, .disk = &disk, .file = std::move(file)};
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int on_delete(sqlite3_vfs* vfs, const char* name, int) {
  FakeDisk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex());
  bool going_dark = false;
  if (disk.enter(DiskCall::kWrite, going_dark) != SQLITE_OK) return SQLITE_IOERR_DELETE;
  disk.remove(name);
  return SQLITE_OK;
}

int on_access(sqlite3_vfs* vfs, const char* name, int, int* there) {
  FakeDisk& disk = disk_of(vfs);
  const std::lock_guard lock(disk.mutex());
  *there = disk.find(name, false) != nullptr ? 1 : 0;
  return SQLITE_OK;
}

int on_full_path(sqlite3_vfs*, const char* name, int size, char* to) {
  sqlite3_snprintf(size, to, "%s", name);
  return SQLITE_OK;
}

int on_randomness(sqlite3_vfs*, int size, char* to) {
  static std::mt19937_64 random(1);  // SQLite asks once a process, under its own lock
  for (int i = 0; i < size; ++i) to[i] = static_cast<char>(random());
  return size;
}

int on_time(sqlite3_vfs*, double* days) {
  *days = 2'460'000.5;
  return SQLITE_OK;
}

}  // namespace

sqlite3_vfs vfs_of(FakeDisk& disk, const char* name) {
  sqlite3_vfs vfs{};
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(Handle);
  vfs.mxPathname = 256;
  vfs.zName = name;
  vfs.pAppData = &disk;
  vfs.xOpen = on_open;
  vfs.xDelete = on_delete;
  vfs.xAccess = on_access;
  vfs.xFullPathname = on_full_path;
  vfs.xRandomness = on_randomness;
  vfs.xSleep = [](sqlite3_vfs*, int microseconds) { return microseconds; };
  vfs.xCurrentTime = on_time;
  vfs.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
  return vfs;
}

}  // namespace pawl::test
