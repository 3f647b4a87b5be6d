#include "tests/budget/book.h"

#include <algorithm>
#include <ranges>

namespace pawl::book {
namespace {

const Node& payer_of(const Job& job, NodeKind kind) {
  return *std::ranges::find(job.payers, kind, &Node::kind);
}

Book::Place place_of(const Job& job, const WindowKey& key) {
  return {{payer_of(job, key.node), key.kind}, key.span.starts};
}

}  // namespace

std::vector<WindowType> Book::types_of(const Job& job) const {
  std::vector<WindowType> types;
  for (const Node& payer : job.payers) {
    if (payer.kind == NodeKind::kProject && fault_ == Fault::kSkipsProject) continue;
    if (payer.kind == NodeKind::kExperiment || payer.kind == NodeKind::kRound) {
      types.push_back({payer.kind, payer.kind == NodeKind::kRound ? WindowKind::kRound
                                                                  : WindowKind::kExperiment});
      continue;
    }
    for (const WindowKind kind : {WindowKind::kDay, WindowKind::kNight, WindowKind::kWeek,
                                  WindowKind::kMonth, WindowKind::kTotal})
      types.push_back({payer.kind, kind});
  }
  return types;
}

Balance Book::window_of(const Job& job, const WindowKey& key) const {
  const Place place = place_of(job, key);
  if (const auto known = windows_.find(place); known != windows_.end()) return known->second;
  Balance made;
  made.node_kind = key.node;
  made.node_name = place.meter.node.name;
  made.window_kind = key.kind;
  made.span = key.span;
  if (const auto cap = caps_.find(place.meter); cap != caps_.end()) made.cap = cap->second;
  return made;
}

bool Book::reserve(std::size_t id, const Job& job) {
  Calendar calendar = calendar_;
  if (fault_ == Fault::kCountsDaysInUtc) calendar.zone = Zone::utc();
  const std::int64_t early = fault_ == Fault::kEndsOneSlotEarly && job.worst > 1 ? 1 : 0;
  auto keys =
      windows_to_reserve(calendar, types_of(job), at(job.from), (job.worst - early) * kSlot);
  if (fault_ == Fault::kSkipsLastWindow) {
    const auto same = [](const WindowKey& a, const WindowKey& b) {
      return a.node == b.node && a.kind == b.kind;
    };
    keys.erase(std::ranges::unique(keys, same).begin(), keys.end());
  }
  BudgetView view;
  for (const WindowKey& key : keys) view.push_back(window_of(job, key));
  BudgetView asked = view;
  for (Balance& balance : asked) {
    if (fault_ == Fault::kIgnoresGpuTime) balance.cap.gpu_time.reset();
    if (fault_ == Fault::kIgnoresReservations) balance.reserved = {};
  }
  if (refuse(asked, job.of(job.worst))) return false;
  Open& open = open_[id] = {job, {}};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    open.lines.push_back(place_of(job, keys[i]));
    view[i].reserved = view[i].reserved + job.of(job.worst);
    windows_[open.lines.back()] = view[i];
  }
  return true;
}

Amount Book::part_of(const Open& open, const Balance& window, const Run& run) const {
  Milliseconds time = time_within(window.span, at(run.started), run.slots * kSlot);
  if (fault_ == Fault::kPaysInEachWindow) time = run.slots * kSlot;
  if (fault_ == Fault::kPaysWhereItBegan) {
    const bool here = window.span.starts <= at(run.started) && at(run.started) < window.span.ends;
    time = here ? run.slots * kSlot : Milliseconds(0);
  }
  if (fault_ == Fault::kSettlesTheWorstCase) return open.job.of(open.job.worst);
  const std::int64_t more = fault_ == Fault::kSettlesAboveReserve && time.count() > 0 ? 1 : 0;
  return open.job.of(time / kSlot + more);
}

void Book::settle(std::size_t id, const Run& run) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;  // what kGivesBackInTime took
  const Open& open = found->second;
  for (const Place& place : open.lines) {
    Balance& window = windows_.at(place);
    const Amount part = part_of(open, window, run);
    window.reserved = window.reserved - open.job.of(open.job.worst);
    window.spent = window.spent + part;
    if (fault_ == Fault::kSettlesTwice) window.spent = window.spent + part;
  }
  open_.erase(found);
}

void Book::release(std::size_t id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return;
  const Amount worst = found->second.job.of(found->second.job.worst);
  for (const Place& place : found->second.lines) {
    Balance& window = windows_.at(place);
    window.reserved = window.reserved - worst;
    if (fault_ == Fault::kReleasesTwice) window.reserved = window.reserved - worst;
  }
  open_.erase(found);
}

void Book::pass(Slot now) {
  if (fault_ != Fault::kGivesBackInTime) return;
  for (std::size_t id = 0; id < 1'000; ++id) {
    const auto found = open_.find(id);
    if (found != open_.end() && found->second.job.from + found->second.job.worst <= now)
      release(id);
  }
}

}  // namespace pawl::book
