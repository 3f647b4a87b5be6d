#include "server/core/rate.h"

#include <cassert>

namespace pawl {

Money RunBill::part(Timestamp from, Milliseconds time) const {
  assert(!rates.empty());
  std::vector<RatedTime> stretches;
  const Timestamp end = from + time;
  for (std::size_t i = 0; i < rates.size(); ++i) {
    const Timestamp begins = i == 0 ? from : std::max(from, rates[i].since);
    const Timestamp ends = i + 1 < rates.size() ? std::min(end, rates[i + 1].since) : end;
    if (ends > begins) stretches.push_back({rates[i].rate, ends - begins});
  }
  const Rate& last = rates.back().rate;
  const bool ends_here = end >= started + billed;
  if (ends_here) stretches.push_back({last, paid_time(last, billed) - billed});
  return time_charge(stretches, units) + (ends_here ? last.once : Money());
}

}  // namespace pawl
