#include "keeper/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include "keeper/fd.h"

namespace pawl::keeper {
namespace {

struct ProcessLine {
  pid_t pid, parent, group, session;
};

std::optional<ProcessLine> read_process(const char* name) {
  pid_t pid = 0;
  const char* end = name + std::strlen(name);
  if (std::from_chars(name, end, pid).ptr != end || pid <= 0) return std::nullopt;
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const Fd file(open(path, O_RDONLY | O_CLOEXEC));
  if (!file.open()) return std::nullopt;
  char text[512];  // the four fields lie in the first 100 bytes
  const ssize_t size = read(file.get(), text, sizeof text - 1);
  if (size <= 0) return std::nullopt;
  text[size] = '\0';
  const char* after_name = std::strrchr(text, ')');
  ProcessLine line{pid, 0, 0, 0};
  char state = 0;
  if (after_name == nullptr) return std::nullopt;
  const int found =
      std::sscanf(after_name + 1, " %c %d %d %d", &state, &line.parent, &line.group, &line.session);
  if (found != 4) return std::nullopt;
  return line;
}

std::vector<ProcessLine> all_processes() {
  std::vector<ProcessLine> lines;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc"), closedir);
  if (!folder) return lines;
  while (const dirent* entry = readdir(folder.get())) {
    if (const auto line = read_process(entry->d_name)) lines.push_back(*line);
  }
  return lines;
}

// Everything below `root`, nearest first.
std::vector<ProcessLine> below(pid_t root) {
  const std::vector<ProcessLine> all = all_processes();
  std::vector<ProcessLine> found;
  std::vector<pid_t> parents = {root};
  for (std::size_t next = 0; next < parents.size(); ++next) {
    for (const ProcessLine& line : all) {
      if (line.parent != parents[next]) continue;
      found.push_back(line);
      parents.push_back(line.pid);
    }
  }
  return found;
}

}  // namespace

int signal_descendants(int signal, bool skip_children) {
  const pid_t self = getpid();
  const pid_t own_session = getsid(0);
  int reached = 0;
  std::set<pid_t> groups;
  for (const ProcessLine& line : below(self)) {
    if (skip_children && line.parent == self) continue;
    // A whole group at once: the kernel signals it atomically, so that one that forks all the time
    // cannot slip through. Children live in sessions of their own, so a group of another session
    // holds nothing but ours.
    const bool by_group = signal == SIGKILL && line.session != own_session && line.group > 1;
    if (by_group && groups.insert(line.group).second) kill(-line.group, signal);
    if (kill(line.pid, signal) == 0) ++reached;
  }
  return reached;
}

}  // namespace pawl::keeper
