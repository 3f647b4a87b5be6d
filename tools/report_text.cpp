#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "server/budget/window_text.h"
#include "server/core/text.h"
#include "server/records/sanitize.h"
#include "tools/job_table.h"
#include "tools/report.h"

namespace pawl {
namespace {

constexpr std::size_t kTreadsWidth = 33;  // of the stairs, inside of kTitleWidth
constexpr std::size_t kStepsShown = 14;
constexpr std::size_t kTitleWidth = 44;
constexpr std::size_t kWaitingShown = 12;
constexpr std::size_t kFailuresShown = 8;

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string repeated(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += piece;
  return text;
}

// To `width` columns, with an ellipsis where something had to go.
std::string fitted(const std::string& raw, std::size_t width) {
  const std::string text = clean_line(raw);
  if (width_of(text) <= width) return text + std::string(width - width_of(text), ' ');
  std::string kept;
  std::size_t columns = 0;
  for (const char c : text) {
    const bool starts = (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    if (starts && ++columns >= width) break;
    kept += c;
  }
  return kept + "…";
}

std::string heading(const std::string& name, const std::string& aside) {
  const std::size_t gap = kReportColumns - 2 - width_of(name) - width_of(aside);
  return "\n  " + name + (aside.empty() ? "" : std::string(gap, ' ') + aside) + "\n";
}

std::string percent(Money part, Money whole) {
  if (whole.micros() == 0) return "0 %";
  return fmt::format(
      "{:.0f} %", 100.0 * static_cast<double>(part.micros()) / static_cast<double>(whole.micros()));
}

int decimals_of(const NightReport& night) {
  return metric_decimals(
      std::max(std::abs(night.start.value_or(0)), std::abs(night.reached.value_or(0))));
}

std::string number_text(const std::optional<double>& value, int decimals) {
  return value ? fmt::format("{:.{}f}", *value, decimals) : "-";
}

std::string times_text(const std::optional<double>& noise_x) {
  return noise_x ? fmt::format("{:.1f}x", *noise_x) : "-";
}

std::string usd_text(Money money) { return "$" + format_usd(money); }

// "22 Nov 21:00": UTC, which the line says once.
std::string moment(Timestamp at) {
  constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  return fmt::format("{} {} {:02}:{:02}", static_cast<unsigned>(date.day()),
                     kMonths[static_cast<unsigned>(date.month()) - 1], time.hours().count(),
                     time.minutes().count());
}

std::string seeds_text(const NightStep& step, int decimals) {
  if (!step.fresh) return std::to_string(step.seeds);
  return fmt::format("{}, {:.{}f}", step.seeds, step.fresh->value, decimals);
}

std::string noise_text(const NightReport& night) {
  if (!night.noise_floor) return "noise floor unmeasured";
  return fmt::format("noise floor {:.2g} ({} runs)", *night.noise_floor, night.noise_samples);
}

std::string stair_line(const NightStep& step, const std::string& stair, int decimals) {
  const std::size_t used = width_of(stair);
  const std::size_t room = kTitleWidth > used + 11 ? kTitleWidth - used : 11;
  const std::string delta = step.delta ? fmt::format("{:+.{}f}", *step.delta, decimals) : "-";
  return fmt::format("  {:>10} {}  {:03} {} {:>9} {:>7}  {}", number_text(step.value, decimals),
                     stair, step.number, fitted(step.title, room), delta, times_text(step.noise_x),
                     seeds_text(step, decimals));
}

// Stairs that go down to the right for a metric that should fall, and up for one that should rise.
std::string staircase(const NightReport& night) {
  const int decimals = decimals_of(night);
  const std::size_t count = std::min(night.steps.size(), kStepsShown);
  const std::size_t earlier = night.steps.size() - count;
  const std::size_t tread = std::clamp<std::size_t>((kTreadsWidth - count) / (count + 1), 1, 3);
  const char* const corner = night.lower_is_better ? "┐" : "┘";
  const char* const riser = night.lower_is_better ? "└" : "┌";
  std::vector<std::string> lines = {fmt::format(
      "  {:>10} {}{}  {}", number_text(night.start, decimals), repeated("─", tread),
      count > 0 ? corner : "",
      earlier == 0 ? "where the night began" : fmt::format("and {} earlier steps", earlier))};
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_last = i + 1 == count;
    const std::string stair = std::string(tread + i * (tread + 1), ' ') + riser +
                              repeated("─", tread) + (is_last ? "" : corner);
    lines.push_back(stair_line(night.steps[earlier + i], stair, decimals));
  }
  if (!night.lower_is_better) std::ranges::reverse(lines);
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string best_lines(const NightReport& night) {
  const int decimals = decimals_of(night);
  std::string text;
  for (std::size_t i = 0; i < night.best.size(); ++i) {
    const JobLine& job = night.best[i];
    text += fmt::format(
        "  {:>2}  {:>10}  {}  {} {:>9} {:>7}  {}\n", i + 1, number_text(job.value, decimals),
        short_handle(job), fitted(job.title, kTitleWidth - 2),
        job.delta ? fmt::format("{:+.{}f}", *job.delta, decimals) : "-", times_text(job.noise_x),
        plural(static_cast<std::size_t>(job.seeds), "seed"));
  }
  return text;
}

std::string failure_lines(const NightReport& night) {
  std::string text;
  for (const NightFailure& failure : night.failures) {
    if (&failure == &night.failures[0] + kFailuresShown) break;
    std::string jobs;
    for (const std::int64_t job : failure.jobs) {
      if (jobs.size() > 18) {
        jobs += " …";
        break;
      }
      jobs += fmt::format("{}{:03}", jobs.empty() ? "" : " ", job);
    }
    text += fmt::format("  {:>3}x  {}  {:>8}  {}\n", failure.jobs.size(),
                        fitted(failure.signature, 58), usd_text(failure.cost), jobs);
  }
  return text;
}

std::string bill_lines(const NightReport& night) {
  const NightBill& bill = night.bill;
  std::string text;
  for (const CostGroup& stage : bill.stages) {
    text += fmt::format("  {} {:>5} {:>10} {:>10}  {:>5}\n", fitted(stage.name, 24), stage.jobs,
                        format_duration(stage.time), usd_text(stage.spent),
                        percent(stage.spent, bill.spent));
  }
  text += fmt::format("  ${} in all", format_usd(bill.spent));
  if (!night.steps.empty()) {
    const auto keeps = static_cast<std::int64_t>(night.steps.size());
    text += fmt::format(" · ${} a kept improvement",
                        format_usd(Money::micros(bill.spent.micros() / keeps)));
  }
  text += fmt::format(" · {} of it without a result\n", percent(bill.failed, bill.spent));
  for (const Balance& budget : bill.budgets) {
    if (!budget.cap.money) continue;
    const Money used = budget.spent.money + budget.reserved.money + budget.overrun.money;
    text += fmt::format("  left {:<9} ${} of ${}{}\n", when_of(budget.window_kind),
                        format_usd(*budget.cap.money - used), format_usd(*budget.cap.money),
                        budget.node_kind == NodeKind::kGlobal ? "" : " (" + budget.node_name + ")");
  }
  return text;
}

std::string machine_lines(const NightReport& night) {
  const NightBill& bill = night.bill;
  if (bill.wall.count() == 0) return "  no attempt ran\n";
  const auto wall = static_cast<double>(bill.wall.count());
  const double slots = static_cast<double>(std::max<std::int64_t>(1, bill.slots));
  const double share = static_cast<double>(bill.slot_busy.count()) / (wall * slots);
  constexpr std::size_t kBar = 40;
  const auto filled = static_cast<std::size_t>(
      std::lround(std::clamp(share, 0.0, 1.0) * static_cast<double>(kBar)));
  return fmt::format(
      "  {}{}  {:.0f} % of {} for {}\n"
      "  one after another it would have taken {}: {:.1f}x as long\n",
      repeated("█", filled), repeated("░", kBar - filled), 100 * share,
      plural(static_cast<std::size_t>(bill.slots), "slot"), format_duration(bill.wall),
      format_duration(bill.busy), static_cast<double>(bill.busy.count()) / wall);
}

std::string waiting_lines(const NightReport& night) {
  std::string text;
  std::size_t shown = 0;
  for (const JobState state : {JobState::kHeld, JobState::kRunning, JobState::kEvaluating,
                               JobState::kStarting, JobState::kQueued, JobState::kCancelling}) {
    for (const JobLine& job : night.waiting) {
      if (job.state != state || shown++ >= kWaitingShown) continue;
      text += fmt::format("  {}  {:<10}  {}  {}\n", short_handle(job), name_of(job.state),
                          fitted(job.title, kTitleWidth), fitted(job.detail, 30));
    }
  }
  if (shown > kWaitingShown) text += fmt::format("  and {} more\n", shown - kWaitingShown);
  for (const std::string& handle : night.undecided) {
    text += fmt::format("  {}  is better than the best, and nobody decided about it\n", handle);
  }
  return text;
}

// "  ! " and the words, on as many lines as they need.
std::string wrapped(const std::string& notice) {
  std::istringstream words(clean_line(notice));
  std::string text;
  std::string line = "  !";
  for (std::string word; words >> word;) {
    if (width_of(line) + 1 + width_of(word) > kReportColumns) {
      text += line + "\n";
      line = "   ";
    }
    line += " " + word;
  }
  return text + line + "\n";
}

std::string place_lines(const NightReport& night) {
  std::string text =
      fmt::format("  best     {}\n  results  {}\n  state    {}\n", night.best_commit.substr(0, 12),
                  night.results_file, night.state_folder);
  for (const std::string& notice : night.notices) text += wrapped(notice);
  return text;
}

std::string next_command(const NightReport& night) {
  const bool held = std::ranges::any_of(
      night.waiting, [](const JobLine& job) { return job.state == JobState::kHeld; });
  if (held) return "pawl jobs              the held ones wait for you";
  if (!night.undecided.empty()) return "pawl job " + night.undecided.front().substr(0, 3);
  if (!night.failures.empty() && night.steps.empty()) {
    return fmt::format("pawl logs {:03} --mode error", night.failures.front().jobs.front());
  }
  return "pawl report --svg night.svg";
}

std::string without_trailing_blanks(const std::string& text) {
  std::string clean;
  for (const char c : text) {
    if (c == '\n') clean.resize(clean.find_last_not_of(' ') + 1);
    clean += c;
  }
  return clean;
}

}  // namespace

std::string headline_of(const NightReport& night) {
  const int decimals = decimals_of(night);
  std::string text;
  if (night.steps.empty()) {
    text = night.reached
               ? fmt::format("{} stays at {}", night.metric, number_text(night.reached, decimals))
               : fmt::format("no {} yet", night.metric);
  } else {
    text = fmt::format("{} → {} {} in {}", number_text(night.start, decimals),
                       number_text(night.reached, decimals), night.metric,
                       plural(night.steps.size(), "step"));
  }
  text += fmt::format(" · {} · ${}", plural(night.dots.size(), "experiment"),
                      format_usd(night.bill.spent));
  const std::string still = count_states(night.waiting);
  return text + " · " + (still == "none" ? "nothing runs" : still);
}

std::string report_text(const NightReport& night) {
  const std::string rule = repeated("─", kReportColumns) + "\n";
  std::string text =
      fmt::format("pawl · {} · {} to {} UTC ({}) · trust: {}\n", night.project, moment(night.from),
                  moment(night.to), format_duration(night.to - night.from), night.trust_mode);
  text += rule + "  " + headline_of(night) + "\n" + rule;
  text += heading(
      "The staircase",
      (night.lower_is_better ? "lower is better · " : "higher is better · ") + noise_text(night));
  text += fmt::format("{:>73} {:>7}  {}\n", "delta", "noise", "seeds, confirmed");
  text += staircase(night);
  const auto section = [&](const char* name, const char* aside, const std::string& lines) {
    if (!lines.empty()) text += heading(name, aside) + lines;
  };
  section("The best", "delta to the base, in noise floors", best_lines(night));
  section("What failed", "", failure_lines(night));
  section("The bill", "jobs, time, cost", bill_lines(night));
  section("The machine", "", machine_lines(night));
  section("Waits", "", waiting_lines(night));
  section("Where it lies", "", place_lines(night));
  text += heading("Next", "") + "  " + next_command(night);
  return without_trailing_blanks(text);
}

}  // namespace pawl
