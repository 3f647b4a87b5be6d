// execve, and an answer to "why not" that names what is missing: the kernel says ENOENT for a
// missing command and for a missing interpreter alike.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "keeper/exec_report.h"

namespace pawl::keeper {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string_view search_path(const std::vector<std::string>& env) {
  for (const std::string& entry : env) {
    if (entry.starts_with("PATH=")) return std::string_view(entry).substr(5);
  }
  return kDefaultPath;
}

bool is_file(const std::string& path) {
  struct stat info{};
  return stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

// The file that a command names, or empty: with a slash it is a path, otherwise the first
// executable of that name.
std::string find_program(std::string_view name, std::string_view path) {
  if (name.find('/') != std::string_view::npos) return std::string(name);
  while (!name.empty() && !path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const std::string candidate = std::string(path.substr(0, end)) + "/" + std::string(name);
    if (end > 0 && is_file(candidate) && access(candidate.c_str(), X_OK) == 0) return candidate;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return "";
}

std::vector<std::string> words(std::string_view line) {
  std::vector<std::string> found;
  while (!line.empty()) {
    const std::size_t begin = line.find_first_not_of(" \t");
    if (begin == std::string_view::npos) break;
    line.remove_prefix(begin);
    const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
    found.emplace_back(line.substr(0, end));
    line.remove_prefix(end);
  }
  return found;
}

// The words after "#!" in a script's first line; empty for anything else.
std::vector<std::string> shebang(const std::string& file) {
  const Fd script(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  char head[256];  // the kernel reads no more
  const ssize_t size = script.open() ? read(script.get(), head, sizeof head) : 0;
  const std::string_view text(head, size > 0 ? static_cast<std::size_t>(size) : 0);
  if (!text.starts_with("#!")) return {};
  return words(text.substr(2, text.find_first_of("\r\n") - 2));
}

// "#!/usr/bin/env python3" starts well even without python3; so look for what env will look for.
std::string missing_behind_env(const std::vector<std::string>& line, std::string_view path) {
  if (line.size() < 2 || !line[0].ends_with("/env")) return "";
  for (std::size_t i = 1; i < line.size(); ++i) {
    if (line[i].starts_with("-") || line[i].find('=') != std::string::npos) continue;
    return find_program(line[i], path).empty() ? line[i] : "";
  }
  return "";
}

// What execve's ENOENT was about, for a file that is there.
std::string missing_interpreter(const std::string& file) {
  const std::vector<std::string> line = shebang(file);
  if (line.empty()) return "its dynamic loader does not exist here";
  return "its interpreter " + quoted(line[0]) + " does not exist";
}

std::string explain(const std::string& file, int error) {
  switch (error) {
    case ENOENT:
      return is_file(file) ? missing_interpreter(file) : "it does not exist";
    case EACCES:
      return is_file(file) ? "it is not executable" : "it is not a file that may be read";
    case ENOEXEC:
      return "it is neither a program for this machine nor a script with a #! line";
    case E2BIG:
      return "its arguments and environment are too long";
    default:
      return std::strerror(error);
  }
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (const std::string& text : texts) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

}  // namespace

void give_up(int report, std::string_view problem) {
  if (write(report, problem.data(), problem.size()) < 0) _exit(126);
  _exit(127);
}

void become(const std::vector<std::string>& argv, const std::vector<std::string>& env, int report) {
  const std::string_view path = search_path(env);
  const std::string file = find_program(argv[0], path);
  const std::string cannot = "cannot start " + quoted(argv[0]) + ": ";
  if (file.empty())
    give_up(report, cannot + "no program of that name is in PATH (" + std::string(path) + ")");
  const std::string missing = missing_behind_env(shebang(file), path);
  if (!missing.empty()) {
    give_up(report, cannot + "its interpreter " + quoted(missing) + " is not in PATH (" +
                        std::string(path) + ")");
  }
  execve(file.c_str(), pointers(argv).data(), pointers(env).data());
  give_up(report, cannot + explain(file, errno));
}

}  // namespace pawl::keeper
