// What agents ask of sandboxes, and what they get back.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/core/job.h"
#include "server/core/money.h"
#include "server/runner/sandbox_command.h"
#include "server/source/revision.h"

namespace pawl {

struct SandboxRequest {
  std::string from = "best";
  std::string stage = "screen";
  std::optional<std::int64_t> gpus;
  // From open to close, at most. Absent: half an hour, or what the policy allows where that is
  // less.
  std::optional<std::int64_t> minutes{};
};

struct SandboxLine {
  std::string handle, job;  // "sb3", and its job's: "042-sandbox"
  std::string agent, stage;
  JobState state{};
  std::string detail;       // why it is where it is
  Milliseconds ran{0};      // since its machine was taken
  Milliseconds granted{0};  // paid up to here; more is granted while it is used
  Milliseconds longest{0};  // from open to close
  Milliseconds idle{0};     // without use, then it ends
  HourlyPrice price;        // of all that it holds
  Money spent;              // so far
  std::string ending;       // why it gets no more time; empty: it may
};

struct SandboxReply : SandboxLine {
  std::string approval;               // "a4": it waits for a human
  std::vector<std::string> warnings;  // what a policy that only warns would have refused
};

struct SandboxCommand {
  std::string sandbox;
  std::vector<std::string> command;
  std::map<std::string, std::string> files;  // written before, by path
  std::vector<std::string> read;             // paths read after
  std::int64_t timeout_s = 60;
  bool diff = false;
};

struct ShownFile {
  std::string path, text;  // untrusted
  std::int64_t bytes = 0;  // of the whole file
  std::string problem;     // why it is not shown; empty: it is
};

struct SandboxCommandReply {
  SandboxLine sandbox;
  CommandEnd end;
  std::vector<ShownFile> files;
  std::optional<Diff> diff;  // to the revision that it began with
};

struct SandboxClosed {
  SandboxLine sandbox;
  std::optional<Diff> diff;  // absent: it never ran, or it is not dead yet
  std::string kept;          // the commit that its files are now; empty: they were not kept
};

}  // namespace pawl
