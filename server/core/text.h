// Small text that several floors need: the nearest word for "did you mean", and durations as people
// write them.
#pragma once
#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace pawl {

// The candidate nearest to `word` by edit distance, or empty when none is near enough to be a slip
// of the fingers.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

// " Did you mean \"x\"?", or empty: appended to hints.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

// "8m21s", "45s", "320ms", "5h10m".
std::string format_duration(std::chrono::milliseconds time);

// "2026-11-22T08:43:47Z", for replies and files.
std::string format_utc(std::chrono::sys_time<std::chrono::milliseconds> time);

}  // namespace pawl
