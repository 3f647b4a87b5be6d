// A process by descriptor: immune to its number being given to another one. By system call, because
// glibc 2.36 declares the wrappers without extern "C".
#pragma once
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include "keeper/fd.h"

namespace pawl {

// Readable once the process has ended. Not open where there is none of that number.
inline keeper::Fd open_process(pid_t pid) {
  return keeper::Fd(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
}

inline void signal_process(const keeper::Fd& process, int signal) {
  syscall(SYS_pidfd_send_signal, process.get(), signal, nullptr, 0);
}

}  // namespace pawl
