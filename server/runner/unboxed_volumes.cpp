#include "server/runner/unboxed_volumes.h"

#include <algorithm>

namespace pawl {
namespace {

namespace fs = std::filesystem;

Result<void> link_volume(const Volume& volume, const fs::path& work) {
  const fs::path place = place_of(volume, work);
  if (place == volume.source) return {};
  const bool inside = std::ranges::mismatch(work, place).in1 == work.end();
  if (!inside) {
    return fail(
        ErrorKind::kEngine,
        "could not show volume " + place.string() + ": bubblewrap does not work here",
        "Name a place inside the checkout, or the volume's own path, or install bubblewrap.");
  }
  std::error_code error;
  fs::create_directories(place.parent_path(), error);
  if (!error && fs::read_symlink(place, error) == volume.source) return {};
  error.clear();
  fs::create_symlink(volume.source, place, error);
  if (!error) return {};
  return fail(ErrorKind::kEngine,
              "could not show volume " + place.string() + ": " + error.message());
}

}  // namespace

Result<void> link_volumes(const std::vector<Volume>& volumes, const fs::path& work) {
  for (const Volume& volume : volumes) CHECK_OK(link_volume(volume, work));
  return {};
}

}  // namespace pawl
