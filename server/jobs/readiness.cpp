#include "server/jobs/readiness.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "server/core/text.h"
#include "server/jobs/launch.h"
#include "server/jobs/readiness_files.h"
#include "server/policy/params.h"

namespace pawl {
namespace {

std::string earlier(const Precedent& seen) { return fmt::format("job {:03}", seen.job.number); }

ReadinessCheck parameters(const ReadinessFacts& facts) {
  for (const Draft& draft : facts.drafts) {
    if (!draft.params) {
      const Error& error = draft.params.error();
      return {"parameters", Verdict::kFail, error.message + ". " + error.hint};
    }
  }
  const Params& first = *facts.drafts.front().params;
  if (first.empty()) {
    return {"parameters", Verdict::kPass, "pawl.toml of the revision declares none, none is given"};
  }
  return {"parameters", Verdict::kPass,
          fmt::format("{} of {} checked against type, range and choices of pawl.toml{}",
                      describe(first), facts.drafts.size() == 1 ? "the job" : "the first job",
                      facts.drafts.size() == 1
                          ? ""
                          : fmt::format("; so were the other {}", facts.drafts.size() - 1))};
}

ReadinessCheck no_terminal(const ReadinessFacts& facts) {
  if (facts.precedent) {
    return {"no_terminal", Verdict::kPass,
            earlier(*facts.precedent) + " ended with exit code 0 and /dev/null as its stdin"};
  }
  return {"no_terminal", Verdict::kUnknown,
          "no job of this project has succeeded yet; stdin will be /dev/null, and one run tells"};
}

ReadinessCheck metric(const ReadinessFacts& facts) {
  const std::string& name = facts.yardstick.metric;
  if (facts.precedent && facts.precedent->value) {
    return {"metric", Verdict::kPass,
            fmt::format("{} reported {} = {:.6g}", earlier(*facts.precedent), name,
                        *facts.precedent->value)};
  }
  return {"metric", Verdict::kUnknown,
          fmt::format("no run has reported {} yet; it is looked for in metrics.jsonl of "
                      "$PAWL_RUN_DIR, then as a line \"{}: 1.23\" of the output",
                      name, name)};
}

// The drafts' verdicts come from the code that a submit runs; the count is of files compared.
ReadinessCheck frozen(const ReadinessFacts& facts) {
  for (const Draft& draft : facts.drafts) {
    if (!draft.frozen) return {"frozen", Verdict::kFail, draft.frozen.error().message};
  }
  const auto& paths = facts.approved.frozen;
  const auto files = facts.repository.list_files(Revision{facts.project.base_commit});
  if (!files) return {"frozen", Verdict::kUnknown, files.error().message};
  const auto count = std::ranges::count_if(*files, [&](const SourceFile& file) {
    return std::ranges::any_of(paths, [&](const std::string& path) {
      return file.path == path || file.path.starts_with(path + "/");
    });
  });
  if (count == 0) {
    return {"frozen", Verdict::kUnknown,
            "pawl.toml of the base freezes no file, so nothing protects the evaluator; a human can "
            "name it under frozen"};
  }
  return {"frozen", Verdict::kPass,
          fmt::format("{} files have the same digests as in base {}", count,
                      facts.project.base_commit.substr(0, 8))};
}

std::string classes_of(const ReadinessFacts& facts) {
  std::set<std::string> classes;
  const auto rules = facts.world.rules.rules();
  for (const std::string& name : facts.terms.place.pools) {
    if (const Pool* pool = find_pool(rules->pools, name)) classes.insert(pool->comparability_class);
  }
  return fmt::format("class{} {}", classes.size() == 1 ? "" : "es", fmt::join(classes, ", "));
}

ReadinessCheck comparable(const ReadinessFacts& facts) {
  const std::string wired = fmt::format("PAWL_SEED is {}, PAWL_CHECKPOINT_DIR outlives a retry, {}",
                                        facts.seed, classes_of(facts));
  const NoiseFloor noise = facts.yardstick.noise_in(facts.terms.rules.stage);
  if (!noise.deviation) {
    return {"comparable", Verdict::kUnknown,
            wired + "; the noise floor is unmeasured: one revision with repeat:3 tells"};
  }
  return {"comparable", Verdict::kPass,
          fmt::format("{}; equal runs differ by {:.2g} ({} runs)", wired, *noise.deviation,
                      noise.samples)};
}

ReadinessCheck environment(const ReadinessFacts& facts) {
  const std::string names =
      fmt::format("{}", fmt::join(environment_names(facts.world, facts.repository), " "));
  if (facts.world.boxed) {
    return {"environment", Verdict::kPass,
            "bubblewrap was tried and works: no network, home out of sight; only these variables "
            "are set: " +
                names};
  }
  return {"environment", Verdict::kUnknown,
          "the box does not work on this machine: jobs run without walls and may lean on what a "
          "boxed one lacks; only these variables are set: " +
              names};
}

}  // namespace

Readiness readiness_of(const ReadinessFacts& facts) {
  Readiness readiness;
  CheckoutChecks tried = try_checkouts(facts);
  readiness.checkout = tried.size;
  readiness.checks = {std::move(tried.clean_checkout),
                      std::move(tried.command),
                      parameters(facts),
                      no_terminal(facts),
                      metric(facts),
                      frozen(facts),
                      volumes(facts),
                      outputs(facts, tried.size),
                      comparable(facts),
                      environment(facts)};
  return readiness;
}

}  // namespace pawl
