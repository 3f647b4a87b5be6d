// What a person sees of a run while it goes on.
#pragma once
#include <cstdint>
#include <cstdio>
#include <string>

namespace trainer {

struct Progress {
  std::int64_t step = 0;
  double loss = 0;
  double part = 0;  // of the budget, from 0 to 1
  double tokens_per_second = 0;
  double remaining_seconds = 0;
};

// "step 00012 (3.4%) | loss: 4.123456 | tok/sec: 40,123 | remaining: 57s"
std::string progress_text(const Progress& progress);

// Shows it on a stream: on a terminal one line that each step rewrites and the end erases,
// elsewhere a line every so often.
class ProgressLine {
 public:
  struct Options {
    bool is_terminal = false;
    double seconds_between_lines = 10;  // where it is none
  };

  ProgressLine(std::FILE* to, Options options) : to_(to), options_(options) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { erase(); }

  void show(double now_seconds, const Progress& progress);
  void erase();  // before anything else is printed

 private:
  std::FILE* to_;  // outlives us
  Options options_;
  double next_line_seconds_ = 0;
  bool is_shown_ = false;
};

}  // namespace trainer
