// Starting one phase of an attempt (the build or the command), inside the box where there is one.
#pragma once
#include <sys/types.h>

#include <string>
#include <vector>

#include "keeper/fd.h"
#include "keeper/spec.h"

namespace pawl::keeper {

struct Phase {
  pid_t pid = 0;  // our child: the command itself, or bubblewrap
  Fd out, err;    // reading ends of the job's streams; they do not block
  Fd report;      // see exec_report.h
  Fd status;      // boxed: the command's wait status, once it has ended
};

// `left`: what the deadline leaves, told to the job as PAWL_DEADLINE in whole seconds. `input`
// becomes its standard input; without one it has none.
Result<Phase> start_phase(const Spec& spec, const std::vector<std::string>& argv, Milliseconds left,
                          const Fd& input);

std::vector<std::string> with_deadline(std::vector<std::string> env, Milliseconds left);
std::string own_program();  // the path of the program that runs here

}  // namespace pawl::keeper
