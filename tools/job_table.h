// Jobs as the rows of a reply, and the small texts that several tools say in the same way.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "server/core/clock.h"
#include "server/jobs/requests.h"
#include "tools/reply.h"

namespace pawl {

// Decimals for a metric: enough to tell two good results apart, the same in a whole table.
int metric_decimals(double largest);
int metric_decimals(std::span<const JobLine> jobs);

// "~": what repeats of one thing differ by, too.
bool is_in_noise(const std::optional<double>& noise_x);

// "0.0014 (3 runs, 90 %: 0.0008 to 0.0062)", or that it is unmeasured.
std::string noise_text(const NoiseFloor& noise);

Cell metric_cell(const std::optional<double>& value, int decimals);
Cell text_cell(std::string text);  // null when empty
Cell usd_cell(Money money);        // two decimals, for reading
Cell micro_cell(Money money);      // exact, for programs
Cell minutes_cell(Milliseconds time);

// job, state, value, delta, noise_x, min, usd, title, detail.
Table result_table(std::span<const JobLine> jobs);

// job, state, stage, min, title, detail: for jobs that have no result yet.
// "Best 047 val_bpb 0.9856 (-0.0130, 9.3x noise)"
std::string best_text(const std::string& metric, const JobLine& best, int decimals);

Table waiting_table(std::span<const JobLine> jobs);

std::string short_handle(const JobLine& job);  // "042"

// "3 succeeded, 1 failed", in the order of the states; "none" for no jobs.
std::string count_states(std::span<const JobLine> jobs);

// "2026-11-22T08:43:47Z (2h05m ago)", "... (in 5h10m)".
std::string when(Timestamp at, Timestamp now);

std::string plural(std::size_t count, std::string_view noun);  // "1 job", "2 jobs"

}  // namespace pawl
