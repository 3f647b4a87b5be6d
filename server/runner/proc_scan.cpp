#include "server/runner/proc_scan.h"

#include <dirent.h>
#include <fcntl.h>

#include <charconv>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <string>

#include "keeper/fd.h"
#include "server/runner/pidfd.h"

namespace pawl {
namespace {

using keeper::Fd;

void for_each_number(const std::string& folder, const std::function<void(pid_t)>& visit) {
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(opendir(folder.c_str()), closedir);
  if (!entries) return;
  while (const dirent* entry = readdir(entries.get())) {
    pid_t number = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    if (std::from_chars(entry->d_name, end, number).ptr == end && number > 0) visit(number);
  }
}

std::string read_whole(const std::string& path) {
  const Fd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string bytes;
  char buffer[4096];
  ssize_t got = 0;
  while (file.open() && (got = read(file.get(), buffer, sizeof buffer)) > 0) {
    bytes.append(buffer, static_cast<std::size_t>(got));
  }
  return bytes;
}

// A process whose first thread has ended shows no environment, but lives on in its other threads.
std::string environment_of(const std::string& process) {
  std::string environment = read_whole(process + "/environ");
  if (!environment.empty()) return environment;
  for_each_number(process + "/task", [&](pid_t thread) {
    if (environment.empty())
      environment = read_whole(process + "/task/" + std::to_string(thread) + "/environ");
  });
  return environment;
}

bool holds(std::string_view environment, std::string_view entry) {
  while (!environment.empty()) {
    const std::size_t end = std::min(environment.find('\0'), environment.size());
    if (environment.substr(0, end) == entry) return true;
    environment.remove_prefix(std::min(end + 1, environment.size()));
  }
  return false;
}

}  // namespace

int kill_marked(std::string_view token) {
  const std::string entry = std::string(kTokenVariable) + "=" + std::string(token);
  int found = 0;
  for_each_number("/proc", [&](pid_t pid) {
    if (pid == getpid()) return;
    // Opened before the environment is read: if the number is given to a stranger meanwhile, the
    // signal goes nowhere.
    const Fd process = open_process(pid);
    if (!process.open() || !holds(environment_of("/proc/" + std::to_string(pid)), entry)) return;
    signal_process(process, SIGKILL);
    ++found;
  });
  return found;
}

}  // namespace pawl
