// pawl-train as a child process, and what became of it.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace trainer {

using Words = std::vector<std::string>;

struct Outcome {
  int status = 0;  // the exit status; -N if signal N killed it
  std::string out, err;
};

class Program {
 public:
  // Its output goes to files in `folder`, which outlives us. `environment` holds NAME=value; what
  // else is called PAWL_... is taken out of the child's environment.
  Program(const std::filesystem::path& folder, const Words& arguments,
          const Words& environment = {});
  ~Program();  // kills what nobody waited for
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void send(int signal) const;
  Outcome wait();

 private:
  std::filesystem::path out_, err_;
  pid_t pid_ = 0;  // 0: reaped
};

// Waits until a file in a folder has some lines, woken by each write to it.
class LineWatch {
 public:
  explicit LineWatch(const std::filesystem::path& file);
  ~LineWatch();
  LineWatch(const LineWatch&) = delete;
  LineWatch& operator=(const LineWatch&) = delete;

  bool wait_for(int lines) const;  // false: nothing was written for 20 seconds

 private:
  std::filesystem::path file_;
  int events_;
};

int count_lines(const std::string& text);

}  // namespace trainer
