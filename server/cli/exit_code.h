// What scripts branch on.
#pragma once
#include "server/protocol/client.h"

namespace pawl {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,  // also: the server found an argument invalid
  kExitDenied = 3,
  kExitNotFound = 4,
  kExitUnreachable = 5,
  kExitHeld = 6,  // a human must say yes first
  kExitTimedOut = 124,
  kExitInterrupted = 130,
};

constexpr ExitCode exit_code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid:
      return kExitUsage;
    case ErrorKind::kDenied:
      return kExitDenied;
    case ErrorKind::kNotFound:
      return kExitNotFound;
    case ErrorKind::kConflict:
    case ErrorKind::kIncomparable:
    case ErrorKind::kExpired:
    case ErrorKind::kEngine:
    case ErrorKind::kInternal:
      return kExitFailed;
  }
  __builtin_unreachable();
}

inline ExitCode exit_code_of(const Answer& answer) {
  if (answer.code == "INVALID") return kExitUsage;
  if (answer.code == "DENIED") return kExitDenied;
  if (answer.code == "NOT_FOUND") return kExitNotFound;
  if (!answer.code.empty()) return kExitFailed;
  if (answer.status == "held") return kExitHeld;
  return answer.status == "still_running" ? kExitTimedOut : kExitOk;
}

}  // namespace pawl
