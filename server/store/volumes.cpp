#include "server/store/volumes.h"

#include "server/store/query.h"

namespace pawl {
namespace {

#define VOLUME_SELECT "SELECT name, source, digest, stamp, files, bytes, registered_at FROM volume "

VolumeRow volume_from(sql::Row& row) {
  VolumeRow volume;
  volume.name = row.take<std::string>();
  volume.source = row.take<std::string>();
  volume.digest = row.take<std::string>();
  volume.stamp = row.take<std::string>();
  volume.files = row.take<std::int64_t>();
  volume.bytes = row.take<std::int64_t>();
  volume.registered = row.take<Timestamp>();
  return volume;
}

}  // namespace

Result<void> put_volume(Transaction& transaction, const NewVolume& volume) {
  CHECK_OK(sql::change(transaction,
                       "INSERT INTO volume(name, source, digest, stamp, files, bytes, "
                       "registered_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                       " ON CONFLICT DO UPDATE SET source = ?2, digest = ?3, stamp = ?4,"
                       " files = ?5, bytes = ?6, registered_at = ?7",
                       volume.name, volume.source, volume.digest, volume.stamp, volume.files,
                       volume.bytes, transaction.now()));
  return {};
}

Result<void> restamp_volume(Transaction& transaction, const VolumeRow& volume,
                            const std::string& stamp) {
  TRY(const std::int64_t changed,
      sql::change(transaction, "UPDATE volume SET stamp = ? WHERE name = ? AND digest = ?", stamp,
                  volume.name, volume.digest));
  if (changed == 1) return {};
  return fail(ErrorKind::kConflict, "volume " + volume.name + " was registered anew meanwhile");
}

Result<std::optional<VolumeRow>> find_volume(Reader& reader, const std::string& name) {
  return sql::one(reader, VOLUME_SELECT "WHERE name = ?", volume_from, name);
}

Result<std::vector<VolumeRow>> list_volumes(Reader& reader) {
  return sql::all(reader, VOLUME_SELECT "ORDER BY name", volume_from);
}

}  // namespace pawl
