// Finds, in the end of a failed run's output, the lines that say why: a Python traceback, a C++
// abort, a compiler's error, CUDA out of memory, a sanitizer's report.
#pragma once
#include <string>
#include <string_view>

#include "server/core/result.h"
#include "server/records/attempt_folder.h"

namespace pawl {

struct Failure {
  std::string signature;    // one line with numbers, addresses and folders removed: equal for equal
                            // causes; empty when the output was empty
  std::string excerpt;      // at most 12 clean lines
  std::string cause;        // the line itself, clean
  bool recognised = false;  // a known kind of failure; else these are just the last lines
};

// Pure. `text` is raw output; the last cause in it wins.
Failure find_failure(std::string_view text);

// From the last 256 KiB of stderr and stdout; stderr is asked first, and the stream that shows a
// known kind of failure wins.
Result<Failure> read_failure(const AttemptFolder& folder);

}  // namespace pawl
