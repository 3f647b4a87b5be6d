// The morning report in three forms. Pure.
#pragma once
#include <string>

#include "server/jobs/report.h"
#include "tools/reply.h"

namespace pawl {

inline constexpr std::size_t kReportColumns = 100;

std::string headline_of(const NightReport& night);  // one line
std::string report_text(const NightReport& night);  // for a terminal of kReportColumns columns
Reply report_reply(const NightReport& night);       // the same facts as tables

// The staircase as an SVG: every experiment a dot, the kept ones labelled, the best so far a line.
// Stands alone, follows the reader's light or dark, and holds no script and no link.
std::string staircase_svg(const NightReport& night);

}  // namespace pawl
