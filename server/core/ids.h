// Identifiers that cannot be mixed up: passing a JobId where a ProjectId is expected does not
// compile.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>

namespace pawl {

template <class Tag>
struct Id {
  std::int64_t value = 0;  // SQLite rowid; 0 is never issued
  constexpr auto operator<=>(const Id&) const = default;
};

using ProjectId = Id<struct ProjectTag>;
using JobId =
    Id<struct JobTag>;  // unique in one state directory; agents see the job's number in its project
using RoundId = Id<struct RoundTag>;  // the jobs of one sweep
using NodeId = Id<struct NodeTag>;    // a budget node: global, project, agent or experiment
using WindowId = Id<struct WindowTag>;
using EventId = Id<struct EventTag>;  // ever growing: the cursor of wait_jobs

struct AttemptId {
  JobId job;
  std::int32_t number = 0;  // 1, 2, ...
  constexpr auto operator<=>(const AttemptId&) const = default;
};

// One life of the server on a state directory, counted in the database: an older server's writes
// are refused.
using Epoch = Id<struct EpochTag>;

}  // namespace pawl

template <class Tag>
struct std::hash<pawl::Id<Tag>> {
  std::size_t operator()(pawl::Id<Tag> id) const noexcept {
    return std::hash<std::int64_t>{}(id.value);
  }
};
