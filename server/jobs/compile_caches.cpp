#include "server/jobs/compile_caches.h"

#include <spdlog/spdlog.h>

#include <cstdint>
#include <filesystem>

#include "server/core/digest.h"
#include "server/jobs/environment.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kCacheBytesMax = std::int64_t{2} << 30;
constexpr std::int64_t kCacheFilesMax = 100'000;

struct Caches {
  std::string key;
  std::vector<CompileCache> list;
};

Result<Caches> caches_of(World& world, const CacheUse& use) {
  if (!use.job.needs) return Caches{};
  TRY(const JobRow build,
      world.store.read([&](Reader& reader) { return find_job(reader, *use.job.needs); }));
  TRY(const Repository repository, world.sources.repository(use.project));
  TRY(const auto description, world.sources.describe(repository, Revision{build.commit}));
  return Caches{environment_key(build), description->file.environment.caches};
}

// Files and folders alone: a link that a job left could lead anywhere. False: it is too large.
bool copy_tree(const fs::path& from, const fs::path& to) {
  std::int64_t bytes = 0, files = 0;
  fs::create_directories(to);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from)) {
    const fs::path place = to / entry.path().lexically_relative(from);
    if (entry.is_symlink()) continue;
    if (entry.is_directory()) fs::create_directories(place);
    if (!entry.is_regular_file()) continue;
    bytes += static_cast<std::int64_t>(entry.file_size());
    if (bytes > kCacheBytesMax || ++files > kCacheFilesMax) return false;
    fs::copy_file(entry.path(), place);
  }
  return true;
}

// `to` appears whole or not at all, and is empty where nothing could be copied.
void lend(const fs::path& seed, const fs::path& to) {
  std::error_code error;
  try {
    if (fs::is_directory(fs::symlink_status(seed, error)) && copy_tree(seed, to)) return;
  } catch (
      const fs::filesystem_error& reason) {  // another attempt replaced it, or the disk is full
    spdlog::warn("a compile cache is not used: {}", reason.what());
  }
  fs::remove_all(to, error);
  fs::create_directories(to, error);
}

void keep(const fs::path& from, const fs::path& seed) {
  const fs::path fresh = seed.string() + "." + random_hex(8) + ".new";
  const fs::path old = seed.string() + "." + random_hex(8) + ".old";
  std::error_code error;
  try {
    const bool real = fs::is_directory(fs::symlink_status(from.parent_path(), error)) &&
                      fs::is_directory(fs::symlink_status(from, error));
    if (real && copy_tree(from, fresh)) {
      if (fs::exists(seed)) fs::rename(seed, old);
      fs::rename(fresh, seed);
    }
  } catch (const fs::filesystem_error& reason) {
    spdlog::warn("a compile cache is not kept: {}", reason.what());
  }
  fs::remove_all(fresh, error);
  fs::remove_all(old, error);
}

fs::path place_in(const AttemptFolder& folder, const CompileCache& cache) {
  return folder.run() / "caches" / cache.folder;
}

}  // namespace

Result<std::vector<std::string>> lend_caches(World& world, const CacheUse& use) {
  TRY(const Caches caches, caches_of(world, use));
  std::vector<std::string> variables;
  for (const CompileCache& cache : caches.list) {
    const fs::path place = place_in(use.folder, cache);
    lend(world.paths.caches(use.project.name, caches.key) / cache.folder, place);
    variables.push_back(cache.variable + "=" + place.string());
  }
  return variables;
}

void return_caches(World& world, const CacheUse& use, bool succeeded) {
  const auto caches = caches_of(world, use);
  if (!caches || caches->list.empty()) return;
  const bool trusted = succeeded && use.job.commit == use.project.base_commit;
  for (const CompileCache& cache : caches->list) {
    if (trusted)
      keep(place_in(use.folder, cache),
           world.paths.caches(use.project.name, caches->key) / cache.folder);
  }
  std::error_code error;
  fs::remove_all(use.folder.run() / "caches", error);
}

}  // namespace pawl
