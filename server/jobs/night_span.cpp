#include <algorithm>

#include "server/jobs/report.h"

namespace pawl {

Span night_span(const std::vector<Span>& attempts, Timestamp now) {
  constexpr std::chrono::hours kQuiet(4);
  constexpr std::chrono::hours kLongest(24);
  std::vector<Span> spans = attempts;
  std::ranges::sort(spans, {}, &Span::starts);
  std::vector<Timestamp> ends;  // the latest end of this one and all before
  for (const Span& span : spans) {
    const Timestamp end = std::min(span.ends, now);
    ends.push_back(ends.empty() ? end : std::max(ends.back(), end));
  }
  Span night{now, now};
  for (std::size_t i = spans.size(); i-- > 0;) {
    if (spans[i].starts < ends.back() - kLongest) break;
    night.starts = spans[i].starts;
    if (i > 0 && night.starts - ends[i - 1] >= kQuiet) break;
  }
  return night;
}

}  // namespace pawl
