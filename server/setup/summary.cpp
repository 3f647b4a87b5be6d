// What holds after `pawl init`, as a human reads it.
#include <fmt/format.h>

#include "server/jobs/rules_folder.h"
#include "server/setup/init.h"
#include "server/setup/machine_policy.h"

namespace pawl {
namespace {

std::string line(std::string_view what, const std::string& text) {
  return fmt::format("{:<9} {}\n", what, text);
}

std::string slots(const MachinePart& part) {
  return part.kind.empty() ? fmt::format("{} CPU slots", part.count)
                           : fmt::format("{} x {}", part.count, part.name);
}

std::string slot_lines(const Machine& machine) {
  std::string text;
  for (const MachinePart& part : parts_of(machine))
    text += line(text.empty() ? "slots" : "", slots(part));
  return text;
}

std::string cap(const char* name, const std::optional<Sourced<Money>>& limit) {
  return limit ? fmt::format(" ${} {},", format_usd(limit->value), name) : "";
}

std::string cap_line(const SpendLimits& budget) {
  std::string text = cap("a day", budget.day) + cap("in all", budget.total) +
                     cap("an experiment", budget.experiment);
  if (!text.empty()) text.pop_back();
  return line("caps", text.empty() ? "in GPU-hours only" : text.substr(1));
}

std::string stage_lines(const Rules& rules, const Machine& machine) {
  const auto offers = offers_of(rules, machine);
  if (!offers) {
    return line("stages", "the policy cannot run here: " + offers.error().message) +
           line("", "`pawl init --force-policies` writes one for this machine");
  }
  std::string text;
  for (const StageOffer& offer : *offers) {
    text += line(text.empty() ? "stages" : "",
                 fmt::format("{}: up to {} minutes, at most ${} an attempt", offer.stage,
                             std::chrono::duration_cast<std::chrono::minutes>(offer.limit).count(),
                             format_usd(cents_up(offer.worst))));
  }
  return text;
}

}  // namespace

Result<std::string> registration_summary(const Prepared& prepared, const InitPlace& place) {
  const ProjectFile& file = prepared.file;
  const char* const better =
      file.goal.direction == Direction::kMin ? "lower is better" : "higher is better";
  std::string text =
      line("project", file.name + " in " + prepared.worktree.root.string()) +
      line("goal", file.goal.metric + ", " + better) +
      line("command", fmt::format("{}", fmt::join(file.command, " "))) +
      line("frozen", file.frozen.empty() ? "nothing: an experiment may change what judges it"
                                         : fmt::format("{}", fmt::join(file.frozen, ", "))) +
      slot_lines(place.machine);
  TRY(const auto files, read_policy_files(place.policies));
  const auto rules = parse_rules(files);
  if (rules) {
    text += stage_lines(*rules, place.machine) + cap_line(rules->policy.budget);
  } else {
    text += line("policy", to_error(rules.error()).message + "; see `pawl policy check`");
  }
  return text +
         line("trust", "same-user: caps bind what goes through pawl, not a shell of this user") +
         "next: pawl setup claude     # or: pawl setup codex\n";
}

}  // namespace pawl
