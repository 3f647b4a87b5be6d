// What is likely, in the words that several replies use.
#pragma once
#include <optional>
#include <string>

#include "server/jobs/requests.h"

namespace pawl {

// "$0.33 and 8m21s a job (p90 $0.40, 9m10s; 12 runs)", or that only the worst case is known.
std::string expected_text(const std::optional<Expected>& expected);

// "starts in 2m00s, all done in about 34m00s".
std::string forecast_text(const Forecast& forecast);

}  // namespace pawl
