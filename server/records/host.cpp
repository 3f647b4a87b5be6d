// read_host_facts: what /proc and /etc say about this machine.
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

#include "server/records/run_files.h"
#include "server/records/sanitize.h"

namespace pawl {
namespace {

// The rest of the first line that begins with `key`, without blanks, quotes and separators around.
std::string value_of(const char* path, std::string_view key) {
  constexpr std::string_view kAround = " \t:=\"";
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t begin = line.find_first_not_of(kAround, key.size());
    if (begin == std::string::npos) return {};
    return clean_line(line.substr(begin, line.find_last_not_of(kAround) + 1 - begin));
  }
  return {};
}

// "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu ..." is 550.54.14: the first word
// that is a dotted number.
std::string gpu_driver() {
  const std::string line = value_of("/proc/driver/nvidia/version", "NVRM version");
  std::size_t begin = 0;
  while (begin < line.size()) {
    const std::size_t end = std::min(line.find(' ', begin), line.size());
    const std::string word = line.substr(begin, end - begin);
    if (word.find('.') != std::string::npos &&
        word.find_first_not_of("0123456789.") == std::string::npos) {
      return word;
    }
    begin = end + 1;
  }
  return {};
}

}  // namespace

HostFacts read_host_facts() {
  HostFacts facts;
  utsname kernel{};
  if (::uname(&kernel) == 0) {
    facts.kernel = kernel.release;
    facts.arch = kernel.machine;
  }
  facts.os = value_of("/etc/os-release", "PRETTY_NAME");
  facts.cpu = value_of("/proc/cpuinfo", "model name");
  facts.gpu_driver = gpu_driver();
  facts.cpu_count = ::sysconf(_SC_NPROCESSORS_ONLN);
  facts.memory_bytes =
      static_cast<std::int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  return facts;
}

}  // namespace pawl
