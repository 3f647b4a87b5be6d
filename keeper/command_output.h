// What one command of a sandbox said: its beginning and its end, however much lies between.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "keeper/fd.h"

namespace pawl::keeper {

class CommandOutput {
 public:
  explicit CommandOutput(std::int64_t bytes_max) : half_(static_cast<std::size_t>(bytes_max) / 2) {}

  void attach(Fd pipe) { pipe_ = std::move(pipe); }
  int pipe() const { return pipe_.get(); }
  void pump();               // what lies in the pipe now, up to a bound
  std::string text() const;  // as the answer holds it

 private:
  void keep(std::string_view chunk);

  std::size_t half_;
  Fd pipe_;
  std::string head_, tail_;
  std::int64_t bytes_ = 0;
};

}  // namespace pawl::keeper
