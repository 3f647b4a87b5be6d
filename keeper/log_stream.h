// One output stream of the job: from its pipe into a file that never grows past a bound. The newest
// output wins: at half the bound NAME becomes NAME.1 (replacing the one before) and a new NAME
// begins. The job is never blocked or told: when the disk is full, bytes are dropped and the record
// says so.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "keeper/fd.h"

namespace pawl::keeper {

class LogStream {
 public:
  LogStream(int folder, std::string name, std::int64_t bytes_max);

  void attach(Fd pipe);  // a new phase begins; the log goes on
  int pipe() const { return pipe_.get(); }
  void pump();    // one chunk, if there is one
  void finish();  // what lies in the pipe now, and no more: a stranger may hold the other end

  std::int64_t bytes() const { return bytes_; }
  bool truncated() const { return truncated_; }
  std::string last_line()
      const;  // the last line of this phase that is not blank, cut to a few hundred bytes

 private:
  std::size_t read_chunk(std::size_t size_max);
  void store(std::string_view chunk);
  void append(std::string_view chunk);
  void rotate();
  void open_file();

  int folder_;  // outlives us
  std::string name_;
  std::int64_t file_bytes_max_;
  Fd pipe_, file_;
  std::int64_t file_bytes_ = 0;  // in NAME now
  std::int64_t bytes_ = 0;       // ever read
  bool rotated_ = false;
  bool truncated_ = false;
  std::string tail_;
};

}  // namespace pawl::keeper
