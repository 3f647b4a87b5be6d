#include "tools/job_table.h"

#include <fmt/format.h>

#include <cmath>

#include "server/core/text.h"

namespace pawl {

int metric_decimals(double largest) {
  const double size = std::fabs(largest);
  if (size >= 1000) return 1;
  if (size >= 100) return 2;
  if (size >= 10) return 3;
  return size >= 0.1 || size == 0 ? 4 : 6;
}

int metric_decimals(std::span<const JobLine> jobs) {
  double largest = 0;
  for (const JobLine& job : jobs) {
    if (job.value) largest = std::max(largest, std::fabs(*job.value));
  }
  return metric_decimals(largest);
}

bool is_in_noise(const std::optional<double>& noise_x) { return noise_x && *noise_x < 1; }

std::string noise_text(const NoiseFloor& noise) {
  if (!noise.deviation) return "unmeasured";
  std::string text = fmt::format("{:.2g} ({}", *noise.deviation,
                                 plural(static_cast<std::size_t>(noise.samples), "run"));
  if (noise.interval) {
    text += fmt::format(", 90 %: {:.2g} to {:.2g}", noise.interval->low, noise.interval->high);
  }
  return text + ")";
}

Cell metric_cell(const std::optional<double>& value, int decimals) {
  if (!value) return std::monostate{};
  return Fixed{*value, decimals};
}

Cell text_cell(std::string text) {
  if (text.empty()) return std::monostate{};
  return text;
}

Cell usd_cell(Money money) { return Fixed{static_cast<double>(money.micros()) / 1e6, 2}; }
Cell micro_cell(Money money) { return money.micros(); }
Cell minutes_cell(Milliseconds time) { return Fixed{static_cast<double>(time.count()) / 60e3, 1}; }

Table result_table(std::span<const JobLine> jobs) {
  const int decimals = metric_decimals(jobs);
  Table table{{"job", "state", "value", "delta", "noise_x", "min", "usd", "title", "detail"}, {}};
  for (const JobLine& job : jobs) {
    table.rows.push_back({short_handle(job), std::string(name_of(job.state)),
                          metric_cell(job.value, decimals), metric_cell(job.delta, decimals),
                          metric_cell(job.noise_x, 1), minutes_cell(job.time), usd_cell(job.cost),
                          job.title, job.detail});
  }
  return table;
}

std::string best_text(const std::string& metric, const JobLine& best, int decimals) {
  std::string text = fmt::format("Best {} {} {:.{}f}", short_handle(best), metric,
                                 best.value.value_or(0), decimals);
  if (!best.delta) return text;
  return text + fmt::format(" ({:+.{}f}{})", *best.delta, decimals,
                            best.noise_x ? fmt::format(", {:.1f}x noise", *best.noise_x) : "");
}

Table waiting_table(std::span<const JobLine> jobs) {
  Table table{{"job", "state", "stage", "min", "title", "detail"}, {}};
  for (const JobLine& job : jobs) {
    table.rows.push_back({short_handle(job), std::string(name_of(job.state)), job.stage,
                          minutes_cell(job.time), job.title, job.detail});
  }
  return table;
}

std::string short_handle(const JobLine& job) { return fmt::format("{:03}", job.number); }

std::string count_states(std::span<const JobLine> jobs) {
  std::string text;
  for (int i = 0; i <= static_cast<int>(JobState::kCancelled); ++i) {
    const auto state = static_cast<JobState>(i);
    const auto count = std::ranges::count(jobs, state, &JobLine::state);
    if (count == 0) continue;
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count, name_of(state));
  }
  return text.empty() ? "none" : text;
}

std::string when(Timestamp at, Timestamp now) {
  const std::string distance =
      at <= now ? format_duration(now - at) + " ago" : "in " + format_duration(at - now);
  return format_utc(at) + " (" + distance + ")";
}

std::string plural(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace pawl
