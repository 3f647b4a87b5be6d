// What a stop-loss asks: which experiments failed alike, and how many ended since the last keep.
// Builds of environments and sandboxes are no experiments and do not count.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "server/core/clock.h"
#include "server/core/ids.h"
#include "server/core/result.h"
#include "server/store/transaction.h"

namespace pawl {

// Equal for failures of equal cause; kept with the job that ended.
Result<void> note_signature(Transaction& transaction, JobId job, const std::string& signature);

struct Setback {
  Timestamp at{};
  std::string signature;
};

struct SetbackFilter {
  ProjectId project;
  std::string_view not_stage;  // left out
  Timestamp after{};
};

// Failures with a signature that ended after `after`, newest first, at most 1,000.
Result<std::vector<Setback>> setbacks(Reader& reader, const SetbackFilter& filter);

// Experiments that ended, well or badly, after `after` and after the project's last keep. Cancelled
// ones found nothing out.
Result<std::int32_t> ended_since_keep(Reader& reader, const SetbackFilter& filter);

}  // namespace pawl
