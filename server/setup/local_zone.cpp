#include "server/setup/local_zone.h"

#include <filesystem>

#include "server/policy/key_values.h"

namespace pawl {

std::string local_zone() {
  constexpr std::string_view kZones = "/zoneinfo/";
  std::error_code error;
  const std::string link = std::filesystem::read_symlink("/etc/localtime", error).string();
  const std::size_t at = link.find(kZones);
  if (error || at == std::string::npos) return "UTC";
  const std::string zone = link.substr(at + kZones.size());
  return zone_name().read({.kind = TomlKind::kText, .place = {}, .text = zone}) ? zone : "UTC";
}

}  // namespace pawl
