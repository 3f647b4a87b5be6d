// The attempt's folder, and the right to run what is in it. Whoever holds the lock's open file
// (this process and what it forks without exec) keeps the attempt alive in the eyes of the server.
#pragma once
#include <chrono>
#include <expected>
#include <string>

#include "keeper/contract.h"
#include "keeper/fd.h"
#include "keeper/spec.h"

namespace pawl::keeper {

struct Refusal {
  Exit exit;
  std::string message;
};

struct Attempt {
  Fd keeper;  // ATTEMPT/keeper
  Fd record;  // ATTEMPT/record
  Fd lock;
  Spec spec;
};

// Takes the lock without waiting and reads the spec. Refuses an attempt that runs, ran, or was
// revoked: what has run once never runs again.
std::expected<Attempt, Refusal> claim(const char* path);

// Gives the lock back, also for the copies of it in other processes: the attempt may be tried again
// at once. Only before `state` is written.
void release(const Attempt& attempt);

// Writes `state`: from here the attempt counts as started, so this comes before anything of it
// runs. Crash-safe without fsync: a power cut that takes `state` takes the processes with it.
// sync_state() makes it last, while the job starts.
Result<void> write_state(const Attempt& attempt, std::chrono::milliseconds started_at);
Result<void> sync_state(const Attempt& attempt);

std::string boot_id();  // changes with each boot; empty where the kernel does not tell

}  // namespace pawl::keeper
