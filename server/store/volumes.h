// Registered volumes: folders of data with the digest of what they held when a human named them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

struct NewVolume {
  std::string name;    // "corpus"; "PROJECT/corpus" where a project's pawl.toml says where it lies
  std::string source;  // the folder, absolute
  std::string digest;
  std::string stamp;  // of the last look that found it unchanged
  std::int64_t files = 0, bytes = 0;
};

struct VolumeRow : NewVolume {
  Timestamp registered{};
};

// Replaces what had the name.
Result<void> put_volume(Transaction& transaction, const NewVolume& volume);
// CONFLICT when the volume was registered anew meanwhile.
Result<void> restamp_volume(Transaction& transaction, const VolumeRow& volume,
                            const std::string& stamp);
Result<std::optional<VolumeRow>> find_volume(Reader& reader, const std::string& name);
Result<std::vector<VolumeRow>> list_volumes(Reader& reader);  // by name

}  // namespace pawl
