#include "server/jobs/trusted_clock.h"

#include "server/store/clock_mark.h"
#include "server/store/store.h"

namespace pawl {

Result<void> TrustedClock::load(Store& store) {
  TRY(const auto mark, store.read([](Reader& reader) { return clock_mark(reader); }));
  const std::scoped_lock lock(mutex_);
  if (mark) mark_ = TimeMark{mark->wall, mark->since_boot, mark->boot_id, mark->stepped};
  return {};
}

Timestamp TrustedClock::now() {
  const std::scoped_lock lock(mutex_);
  const TrustedTime time = trusted_time(mark_, {clock_.now(), clock_.since_boot(), boot_id_});
  mark_ = time.mark;
  trust_ = time.trust;
  return time.now;
}

Result<void> TrustedClock::save(Transaction& transaction) {
  now();
  const std::scoped_lock lock(mutex_);
  return put_clock_mark(transaction,
                        {mark_->wall, mark_->since_boot, mark_->boot_id, mark_->stepped});
}

TimeTrust TrustedClock::trust() const {
  const std::scoped_lock lock(mutex_);
  return trust_;
}

}  // namespace pawl
