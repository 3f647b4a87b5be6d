#include "server/store/file_system.h"

#include <fmt/format.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace pawl {
namespace {

struct NetworkType {
  std::uint32_t type;  // statfs(2) and the kernel's magic.h
  std::string_view name;
};
constexpr std::array kNetworkTypes = {
    NetworkType{0x6969, "NFS"},       NetworkType{0x517B, "SMB"},
    NetworkType{0xFE534D42, "SMB2"},  NetworkType{0xFF534D42, "CIFS"},
    NetworkType{0x65735546, "FUSE"},  NetworkType{0x01021997, "9P"},
    NetworkType{0x00C36400, "Ceph"},  NetworkType{0x0BD00BD0, "Lustre"},
    NetworkType{0x5346414F, "AFS"},   NetworkType{0x19830326, "BeeGFS"},
    NetworkType{0x47504653, "GPFS"},  NetworkType{0x7461636F, "OCFS2"},
    NetworkType{0x01161970, "GFS2"},  NetworkType{0x73757245, "Coda"},
    NetworkType{0xAAD7AAEA, "PanFS"},
};

}  // namespace

std::optional<std::string_view> network_file_system(std::uint32_t statfs_type) {
  const auto found = std::ranges::find(kNetworkTypes, statfs_type, &NetworkType::type);
  if (found == kNetworkTypes.end()) return std::nullopt;
  return found->name;
}

Result<void> require_local_disk(const std::filesystem::path& folder) {
  struct statfs about{};
  if (statfs(folder.c_str(), &about) != 0) {
    return fail(
        ErrorKind::kEngine,
        fmt::format("could not look at folder {}: {}", folder.string(), std::strerror(errno)),
        "Create the folder, or name another state directory.");
  }
  const auto network = network_file_system(static_cast<std::uint32_t>(about.f_type));
  if (!network) return {};
  return fail(ErrorKind::kInvalid,
              fmt::format("folder {} is on a network file system ({})", folder.string(), *network),
              "Put the state directory on a local disk: a database on a network can lose "
              "acknowledged writes.");
}

}  // namespace pawl
