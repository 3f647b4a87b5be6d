// The files that the server writes for people and programs that come later: what was asked, which
// code, which machine, what it cost, what came out, and how to run it again. Each is written aside
// and renamed, so a reader never sees half a file. Not fsynced: the database is the truth, these
// are copies.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/core/money.h"
#include "server/core/params.h"
#include "server/core/result.h"
#include "server/records/attempt_folder.h"
#include "server/records/metrics.h"

namespace pawl {

struct RunConfig {
  std::string project, job;  // job: "042-halve-batch"
  std::int32_t attempt = 1;
  std::string title, stage;
  Params params;
  std::vector<std::string> build, command;  // as expanded; build may be empty
  std::int64_t seed = 0;
  std::int32_t gpus = 0;
  Milliseconds limit{0}, grace{0};
};

struct SourceFacts {
  std::string revision, parent, tree;  // commit ids and tree id in pawl's repository
  std::string base;                    // the human-approved commit that the goal comes from
  std::int64_t files = 0, insertions = 0, deletions = 0;  // against the parent
  std::vector<std::string> skipped;                       // nested repositories left out
  std::map<std::string, std::string> inputs{};  // "environment", "volume corpus": their digests
};

struct HostFacts {
  std::string comparability_class;                // "A": metrics rank only inside one
  std::string pool, runner;                       // for humans; never in a reply
  std::string os, kernel, arch, cpu, gpu_driver;  // empty when absent
  std::int64_t cpu_count = 0, memory_bytes = 0;
  bool boxed = false;                           // the command ran in a sandbox
  std::map<std::string, std::string> versions;  // "pawl", "libgit2", ...
};

struct Phase {
  std::string name;  // "startup", "build", "command"
  Milliseconds time{0};
};

struct CostFacts {
  HourlyPrice price;              // of one unit
  std::int32_t units = 1;         // GPUs, or 1 on a pool without them
  bool metered = false;           // somebody sends a bill; else an accounting price
  Amount reserved;                // worst case, before the run
  std::optional<Amount> settled;  // absent until the attempt has ended
  std::vector<Phase> phases;
};

struct ResultFacts {
  std::string state, reason;  // the job's, by name
  std::string metric;         // the goal's key
  std::optional<double> value;
  FinalMetrics metrics;
  std::vector<std::string> artifacts;
  std::string error_signature;  // empty on success
};

// config.json goes into run/ (the job reads it as PAWL_PARAMS) and, as a copy that the job cannot
// change, into record/. The others go into record/ only.
Result<void> write_config(const AttemptFolder& folder, const RunConfig& config);
Result<void> write_source(const AttemptFolder& folder, const SourceFacts& source);
Result<void> write_host(const AttemptFolder& folder, const HostFacts& host);  // env.json
Result<void> write_cost(const AttemptFolder& folder, const CostFacts& cost);  // written twice
Result<void> write_result(const AttemptFolder& folder, const ResultFacts& result);

// REPRODUCE.md: the same experiment through pawl, and by hand with git from pawl's repository.
struct Reproduction {
  RunConfig config;
  SourceFacts source;
  std::string repository;  // path of pawl's bare repository
  std::string worktree;    // the user's
};
Result<void> write_reproduction(const AttemptFolder& folder, const Reproduction& facts);

// This machine, read from /proc and /etc: os, kernel, cpu, memory, gpu_driver. Never fails; what
// cannot be read stays empty.
HostFacts read_host_facts();

}  // namespace pawl
