#include "server/jobs/volumes.h"

#include <fmt/format.h>

#include "server/jobs/authority.h"
#include "server/jobs/service.h"
#include "server/policy/key_values.h"
#include "server/runner/folder_digest.h"
#include "server/store/volumes.h"

namespace pawl {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigestShown = 12;

// A project that says where its data lies has names of its own; the others share the server's.
std::string registered_name(const Project& project, const ProjectVolume& volume) {
  return volume.source.empty() ? volume.name : project.name + "/" + volume.name;
}

fs::path source_of(const World& world, const ProjectVolume& volume) {
  if (volume.source.starts_with("~/")) return world.home / volume.source.substr(2);
  return volume.source;
}

Result<VolumeRow> registered(World& world, const Project& project, const ProjectVolume& volume) {
  const std::string name = registered_name(project, volume);
  TRY(const auto row, world.store.read([&](Reader& reader) { return find_volume(reader, name); }));
  if (row) return *row;
  return fail(ErrorKind::kNotFound, fmt::format("volume \"{}\" is not registered", name),
              volume.source.empty()
                  ? fmt::format("A human runs `pawl volume add {} FOLDER` once.", name)
                  : "A human runs `pawl init` in the repository again.");
}

Result<VolumeRow> measure(World& world, const std::string& name, const fs::path& folder) {
  std::error_code error;
  const fs::path source = fs::canonical(folder, error);
  if (error) {
    return fail(ErrorKind::kNotFound,
                fmt::format("volume \"{}\": {}: {}", name, folder.string(), error.message()),
                "Name a folder that exists.");
  }
  TRY(FolderFacts facts, digest_folder(source));
  VolumeRow row;
  row.name = name;
  row.source = source.string();
  row.digest = std::move(facts.digest);
  row.stamp = std::move(facts.stamp);
  row.files = facts.files;
  row.bytes = facts.bytes;
  row.registered = world.clock.now();
  CHECK_OK(world.store.write([&](Transaction& tx) { return put_volume(tx, row); }));
  return row;
}

Error changed(const VolumeRow& row, const std::string& what) {
  return {ErrorKind::kInvalid, fmt::format("volume \"{}\" at {} {}", row.name, row.source, what),
          fmt::format("`pawl volume verify {0}` looks at every byte; `pawl volume add {0} {1}` "
                      "registers it as it is now.",
                      row.name, row.source)};
}

// A look at names, sizes and times: what it costs is known before each launch.
Result<void> check_unchanged(const VolumeRow& row) {
  const auto stamp = stamp_folder(row.source);
  if (!stamp && stamp.error().kind == ErrorKind::kNotFound)
    return std::unexpected(changed(row, "is not there"));
  if (!stamp) return std::unexpected(stamp.error());
  if (*stamp == row.stamp) return {};
  return std::unexpected(changed(row, "changed since it was registered"));
}

VolumeLine line_of(const VolumeRow& row) {
  return {.name = row.name,
          .source = row.source,
          .digest = row.digest,
          .files = row.files,
          .bytes = row.bytes,
          .registered = row.registered};
}

}  // namespace

Result<void> register_missing(World& world, const ProjectData& data) {
  for (const ProjectVolume& volume : data.volumes) {
    if (volume.source.empty() || registered(world, data.project, volume)) continue;
    CHECK_OK(measure(world, registered_name(data.project, volume), source_of(world, volume)));
  }
  return {};
}

Result<void> check_registered(World& world, const ProjectData& data) {
  for (const ProjectVolume& volume : data.volumes)
    CHECK_OK(registered(world, data.project, volume));
  return {};
}

Result<std::vector<ShownVolume>> volumes_to_show(World& world, const ProjectData& data) {
  std::vector<ShownVolume> shown;
  for (const ProjectVolume& volume : data.volumes) {
    TRY(const VolumeRow row, registered(world, data.project, volume));
    CHECK_OK(check_unchanged(row));
    shown.push_back({volume.name, row.digest, {row.source, volume.path}, row.files, row.bytes});
  }
  return shown;
}

Result<VolumeLine> Service::add_volume(const Caller& caller, const std::string& name,
                                       const std::string& folder) {
  CHECK_OK(require_human(world_, caller));
  const std::size_t slash = name.find('/');
  const bool plain =
      is_name(name.substr(0, slash)) &&
      (slash == std::string::npos || is_name(std::string_view(name).substr(slash + 1)));
  if (!plain) {
    return fail(ErrorKind::kInvalid, "\"" + name.substr(0, 64) + "\" is not a volume's name",
                "Write a name, or PROJECT/NAME for one that a pawl.toml says the folder of.");
  }
  TRY(const VolumeRow row, measure(world_, name, folder));
  world_.bell.ring();
  return line_of(row);
}

Result<std::vector<VolumeLine>> Service::volumes() {
  TRY(const auto rows, world_.store.read([](Reader& reader) { return list_volumes(reader); }));
  std::vector<VolumeLine> lines;
  for (const VolumeRow& row : rows) lines.push_back(line_of(row));
  return lines;
}

Result<VolumeLine> Service::verify_volume(const std::string& name) {
  TRY(const auto row, world_.store.read([&](Reader& reader) { return find_volume(reader, name); }));
  if (!row) {
    return fail(ErrorKind::kNotFound, "no volume is registered as \"" + name + "\"",
                "`pawl volume list` shows all of them.");
  }
  const auto facts = digest_folder(row->source);
  if (!facts && facts.error().kind == ErrorKind::kNotFound)
    return std::unexpected(changed(*row, "is not there"));
  if (!facts) return std::unexpected(facts.error());
  if (facts->digest != row->digest) {
    return std::unexpected(changed(*row, fmt::format("holds {} and was registered as {}",
                                                     facts->digest.substr(0, kDigestShown),
                                                     row->digest.substr(0, kDigestShown))));
  }
  if (facts->stamp != row->stamp) {  // the same bytes, copied or touched
    CHECK_OK(world_.store.write(
        [&](Transaction& tx) { return restamp_volume(tx, *row, facts->stamp); }));
  }
  return line_of(*row);
}

}  // namespace pawl
