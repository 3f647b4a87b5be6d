// From what an agent asked to jobs that could be admitted: resolves the revision, applies the
// change, checks the parameters against pawl.toml and the frozen files against the base. Slow (it
// reads and writes git objects), so all of it happens before the admitting transaction.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "server/jobs/requests.h"
#include "server/jobs/terms.h"
#include "server/jobs/world.h"
#include "server/store/jobs.h"
#include "server/store/projects.h"

namespace pawl {

// What a change starts from. A job hands on its parameters too: a kept result is code and
// parameters.
struct Origin {
  Revision revision;
  Params params;
};

struct PlanRequest {
  const Caller& caller;
  const Project& project;
  std::string stage;
  const Terms& terms;
  std::vector<std::string> tags;
};

// `from`: a handle, best, base, worktree, or a revision of the user's repository.
Result<Origin> origin_of(World& world, const Project& project, const Repository& repository,
                         const std::string& from);

// One variant, read and judged: a submit takes it whole or not at all, dry_run says which part is
// wrong.
struct Draft {
  Revision revision;
  std::shared_ptr<const ProjectSources::Description> description;
  Result<void> frozen;    // DENIED names the file
  Result<void> volumes;   // says which is not registered
  Result<Params> params;  // every parameter with its value; INVALID names it, the value, the range
};
Result<Draft> draft_of(World& world, const Project& project, const Origin& origin,
                       const Variant& variant);

// One job per repetition; repetition i has its own seed, so that equal content never swallows it.
// Refuses what the draft says is wrong.
Result<std::vector<NewJob>> jobs_of(const PlanRequest& request, const Origin& origin,
                                    const Draft& draft, const std::string& title,
                                    std::int64_t repeat);

inline constexpr std::int64_t kFirstSeed = 42;
inline constexpr std::int64_t kRepeatMax = 20;
inline constexpr std::size_t kTitleBytesMax = 200;

}  // namespace pawl
