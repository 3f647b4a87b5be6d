#include "server/sandbox/box.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

namespace pawl {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

// What a volume may neither be nor lie in: it would replace a piece of the job's system.
constexpr std::array<std::string_view, 11> kSystem = {
    "/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/dev", "/proc", "/sys", "/run", "/boot"};

// As they are outside, where they exist: the loader's cache, alternatives (libraries of linear
// algebra among them), the time zone.
constexpr std::array<std::string_view, 3> kEtc = {"/etc/ld.so.cache", "/etc/alternatives",
                                                  "/etc/localtime"};
constexpr std::array<std::string_view, 7> kEtcForNetwork = {
    "/etc/hosts",           "/etc/resolv.conf",   "/etc/nsswitch.conf",  "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/pki/tls/certs", "/etc/ca-certificates"};

// Cores and memory nodes, for numeric libraries.
constexpr std::string_view kTopology = "/sys/devices/system";

constexpr std::array<std::string_view, 5> kGpuDevices = {"/dev/nvidiactl", "/dev/nvidia-uvm",
                                                         "/dev/nvidia-uvm-tools",
                                                         "/dev/nvidia-modeset", "/dev/nvidia-caps"};

// The kernel's switches. bubblewrap protects some of them; but where the server runs as root, the
// job's uid is root's outside, and could still write files such as /proc/sys/kernel/core_pattern.
constexpr std::array<std::string_view, 5> kSwitches = {"/proc/sys", "/proc/fs", "/proc/scsi",
                                                       "/proc/acpi", "/proc/driver"};

constexpr std::int64_t kSmallTmpfsBytes = 1 << 20;  // /run and /var/tmp: lock files and the like

void add(Arguments& list, std::initializer_list<std::string> more) {
  list.insert(list.end(), more);
}

void show(Arguments& list, std::string_view path) {
  add(list, {"--ro-bind-try", std::string(path), std::string(path)});
}

void add_namespaces(Arguments& list, const BoxSpec& spec) {
  add(list, {"--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
             "--unshare-cgroup-try"});
  if (!spec.network) add(list, {"--unshare-net"});
  if (spec.nested_namespaces_off) add(list, {"--disable-userns"});
  // --as-pid-1: the keeper's own program is the first process, see keeper/box_init.h.
  add(list, {"--uid", "1000", "--gid", "1000", "--hostname", "box", "--cap-drop", "ALL",
             "--die-with-parent", "--new-session", "--as-pid-1"});
}

void add_system(Arguments& list, const BoxSpec& spec) {
  add(list, {"--ro-bind", "/usr", "/usr"});
  for (const std::string link : {"bin", "sbin", "lib", "lib64"})
    add(list, {"--symlink", "usr/" + link, "/" + link});
  show(list, "/opt");
  for (const std::string_view path : kEtc) show(list, path);
  for (const std::string file : {"passwd", "group"}) {
    add(list, {"--ro-bind", (spec.etc / file).string(), "/etc/" + file});
  }
  if (spec.network) {
    for (const std::string_view path : kEtcForNetwork) show(list, path);
  } else {
    // Without it "localhost" has no address.
    add(list, {"--ro-bind", (spec.etc / "hosts").string(), "/etc/hosts"});
  }
}

// --size belongs to the --tmpfs that follows it; without one a job could fill half of the memory.
void add_tmpfs(Arguments& list, std::string path, std::int64_t bytes) {
  add(list, {"--size", std::to_string(bytes), "--tmpfs", std::move(path)});
}

void add_private_mounts(Arguments& list, const BoxSpec& spec) {
  add(list, {"--proc", "/proc", "--dev", "/dev"});
  for (const std::string_view path : kSwitches) show(list, path);
  add_tmpfs(list, "/dev/shm", spec.tmp_bytes_max);
  add_tmpfs(list, "/tmp", spec.tmp_bytes_max);
  add_tmpfs(list, "/run", kSmallTmpfsBytes);
  add_tmpfs(list, "/var/tmp", kSmallTmpfsBytes);
}

// The driver's libraries lie in /usr already. /sys is how CUDA and NCCL find the bus and its
// neighbours.
void add_devices(Arguments& list, const BoxSpec& spec) {
  if (spec.gpus.empty()) {
    show(list, kTopology);
    return;
  }
  show(list, "/sys");
  for (const std::string_view node : kGpuDevices)
    add(list, {"--dev-bind-try", std::string(node), std::string(node)});
  for (const std::int32_t gpu : spec.gpus) {
    const std::string node = "/dev/nvidia" + std::to_string(gpu);
    add(list, {"--dev-bind-try", node, node});
  }
}

void add_workspace(Arguments& list, const BoxSpec& spec) {
  add(list, {"--bind", spec.work.string(), spec.work.string()});
  for (const fs::path& path : spec.writable) add(list, {"--bind", path.string(), path.string()});
  // After the checkout, because a volume may lie inside of it.
  for (const Volume& volume : spec.volumes) {
    add(list, {"--ro-bind", volume.source.string(), place_of(volume, spec.work).string()});
  }
}

bool lies_in(const fs::path& path, const fs::path& folder) {
  return std::ranges::mismatch(folder, path).in1 == folder.end();
}

Result<void> check_path(std::string_view what, const fs::path& path) {
  if (path.is_absolute() && path == path.lexically_normal() && path != path.root_path()) return {};
  return fail(ErrorKind::kInvalid,
              std::string(what) + " \"" + path.string() + "\" is not an absolute, plain path",
              "Give a path that begins with / and has no . or .. in it.");
}

Result<void> check_volume(const Volume& volume, const BoxSpec& spec) {
  const fs::path place = place_of(volume, spec.work);
  CHECK_OK(check_path("source of a volume", volume.source));
  CHECK_OK(check_path("place of a volume", place));
  if (volume.target.is_relative() && !lies_in(place, spec.work)) {
    return fail(ErrorKind::kInvalid,
                "volume \"" + volume.target.string() + "\" leaves the checkout",
                "Give an absolute path, or one inside the checkout.");
  }
  const bool on_system =
      std::ranges::any_of(kSystem, [&](std::string_view path) { return lies_in(place, path); });
  const bool on_work =
      lies_in(spec.work, place) || std::ranges::any_of(spec.writable, [&](const fs::path& path) {
        return lies_in(path, place);
      });
  if (!on_system && !on_work) return {};
  return fail(ErrorKind::kInvalid,
              "volume \"" + place.string() + "\" would cover a part of the " +
                  (on_system ? "system" : "workspace"),
              "Mount it at a path of its own, for example /data.");
}

Result<void> check(const BoxSpec& spec) {
  CHECK_OK(check_path("bubblewrap", spec.bwrap));
  CHECK_OK(check_path("keeper", spec.keeper));
  CHECK_OK(check_path("folder", spec.etc));
  CHECK_OK(check_path("checkout", spec.work));
  for (const fs::path& path : spec.writable) CHECK_OK(check_path("folder", path));
  for (const Volume& volume : spec.volumes) CHECK_OK(check_volume(volume, spec));
  return {};
}

}  // namespace

fs::path place_of(const Volume& volume, const fs::path& work) {
  // An absolute target replaces `work`; "/data/" is "/data".
  const fs::path place = (work / volume.target).lexically_normal();
  return place.has_filename() ? place : place.parent_path();
}

Result<std::vector<std::string>> box_arguments(const BoxSpec& spec) {
  CHECK_OK(check(spec));
  Arguments list = {spec.bwrap.string()};
  add_namespaces(list, spec);
  add_system(list, spec);
  add_private_mounts(list, spec);
  add_devices(list, spec);
  for (const fs::path& path : spec.readable) show(list, path.string());
  add_workspace(list, spec);
  add(list, {"--ro-bind", spec.keeper.string(), spec.keeper.string()});
  add(list, {"--remount-ro", "/", "--chdir", spec.work.string(), "--"});
  return list;
}

}  // namespace pawl
