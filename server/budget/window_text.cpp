#include "server/budget/window_text.h"

namespace pawl {

std::string_view name_of(WindowKind kind) {
  switch (kind) {
    case WindowKind::kTotal:
      return "total";
    case WindowKind::kDay:
      return "day";
    case WindowKind::kNight:
      return "night";
    case WindowKind::kWeek:
      return "week";
    case WindowKind::kMonth:
      return "month";
    case WindowKind::kRound:
      return "round";
    case WindowKind::kExperiment:
      return "experiment";
  }
  __builtin_unreachable();
}

std::string_view name_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::kGlobal:
      return "all";
    case NodeKind::kProject:
      return "project";
    case NodeKind::kAgent:
      return "agent";
    case NodeKind::kStage:
      return "stage";
    case NodeKind::kRound:
      return "round";
    case NodeKind::kExperiment:
      return "experiment";
  }
  __builtin_unreachable();
}

std::string_view whose_room(const Balance& balance, Timestamp now) {
  const bool later = now < balance.span.starts;
  switch (balance.window_kind) {
    case WindowKind::kTotal:
      return "the total";
    case WindowKind::kDay:
      return later ? "the next day's" : "today's";
    case WindowKind::kNight:
      return later ? "the next night's" : "tonight's";
    case WindowKind::kWeek:
      return later ? "the next week's" : "this week's";
    case WindowKind::kMonth:
      return later ? "the next month's" : "this month's";
    case WindowKind::kRound:
      return "the round's";
    case WindowKind::kExperiment:
      return "the experiment's";
  }
  __builtin_unreachable();
}

std::string_view when_of(WindowKind kind) {
  switch (kind) {
    case WindowKind::kTotal:
      return "in total";
    case WindowKind::kDay:
      return "today";
    case WindowKind::kNight:
      return "tonight";
    case WindowKind::kWeek:
      return "this week";
    case WindowKind::kMonth:
      return "this month";
    case WindowKind::kRound:
      return "in this round";
    case WindowKind::kExperiment:
      return "for this experiment";
  }
  __builtin_unreachable();
}

}  // namespace pawl
