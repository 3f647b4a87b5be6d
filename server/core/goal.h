// Which way a project's goal metric improves, and what may be the key of a metric.
#pragma once
#include <algorithm>
#include <cstdint>
#include <string_view>

namespace pawl {

enum class Direction : std::uint8_t { kMin, kMax };

constexpr bool is_better(Direction direction, double value, double than) {
  return direction == Direction::kMin ? value < than : value > than;
}

inline constexpr std::size_t kMetricKeyMax = 64;

// [A-Za-z0-9._-]{1,64}: keys come from jobs and end in tables, so nothing else is let in.
constexpr bool is_metric_key(std::string_view key) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !key.empty() && key.size() <= kMetricKeyMax && std::ranges::all_of(key, fits);
}

}  // namespace pawl
