#include "server/records/metrics.h"

#include <algorithm>

#include "server/records/file_lines.h"
#include "server/records/flat_json.h"
#include "server/records/log_text.h"
#include "server/records/sanitize.h"

namespace pawl {
namespace {

constexpr char kEscape = '\x1b';  // colours, even where nobody looks

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

bool is_known(const FinalMetrics& metrics, const std::string& key) {
  return metrics.values.contains(key) || metrics.not_finite.contains(key);
}

void put(const FlatField& field, const MetricLimits& limits, FinalMetrics& metrics) {
  const std::string key(field.key);
  const bool full = metrics.values.size() + metrics.not_finite.size() >= limits.keys_max;
  if (!is_metric_key(key) || (full && !is_known(metrics, key))) {
    metrics.keys_refused += 1;
    return;
  }
  if (field.kind == FlatKind::kNumber) {
    metrics.values[key] = field.number;
    metrics.not_finite.erase(key);
  } else {
    metrics.not_finite.insert(key);
    metrics.values.erase(key);
  }
}

// A key begins with a letter, so that 12:30 is none.
void add_stdout_line(std::string_view line, const MetricLimits& limits, FinalMetrics& metrics) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view key = trimmed(line.substr(0, colon));
  auto field = parse_number(trimmed(line.substr(colon + 1)));
  if (!field || !is_metric_key(key) || (key.front() >= '0' && key.front() <= '9')) return;
  field->key = key;
  put(*field, limits, metrics);
}

void merge(FinalMetrics& into, FinalMetrics&& metrics) {
  for (const auto& [key, value] : metrics.values) into.not_finite.erase(key);
  for (const std::string& key : metrics.not_finite) into.values.erase(key);
  for (const auto& [key, value] : metrics.values) into.values[key] = value;
  into.not_finite.merge(metrics.not_finite);
  into.lines = metrics.lines;
  into.points = metrics.points;
  into.lines_refused = metrics.lines_refused;
  into.keys_refused += metrics.keys_refused;
  into.truncated = into.truncated || metrics.truncated;
}

}  // namespace

void add_metric_line(std::string_view json_line, const MetricLimits& limits,
                     FinalMetrics& metrics) {
  if (trimmed(json_line).empty()) return;
  const auto fields =
      json_line.size() > limits.line_bytes_max ? std::nullopt : parse_flat_json(json_line);
  if (!fields) {
    metrics.lines_refused += 1;
    return;
  }
  metrics.lines += 1;
  for (const FlatField& field : *fields) {
    if (field.kind == FlatKind::kOther || field.key == "step" || field.key == "t") continue;
    metrics.points += 1;
    put(field, limits, metrics);
  }
}

// "val_bpb:   0.997900" alone on its line. A progress bar ends its lines by a carriage return.
void add_stdout_metrics(std::string_view text, const MetricLimits& limits, FinalMetrics& metrics) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\n\r"), text.size());
    const std::string_view line = text.substr(0, std::min(end, limits.line_bytes_max));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find(':') == std::string_view::npos) continue;
    if (line.find(kEscape) == std::string_view::npos) {
      add_stdout_line(line, limits, metrics);
    } else {
      add_stdout_line(clean_line(line), limits, metrics);
    }
  }
}

Result<FinalMetrics> read_final_metrics(const AttemptFolder& folder, const MetricLimits& limits) {
  FinalMetrics metrics;
  TRY(const LogText output, LogText::open(folder, LogStream::kStdout));
  metrics.truncated = output.size() > limits.bytes_max;
  const std::int64_t begin = std::max<std::int64_t>(0, output.size() - limits.bytes_max);
  add_stdout_metrics(output.read(begin, limits.bytes_max), limits, metrics);
  TRY(const auto file, ReadFile::open(folder.root, "run", "metrics.jsonl"));
  if (!file) return metrics;
  FinalMetrics written;
  const LineLimits lines{limits.bytes_max, limits.line_bytes_max};
  written.truncated = is_cut(*file, lines);
  for_each_line(*file, lines,
                [&](std::string_view line) { add_metric_line(line, limits, written); });
  merge(metrics, std::move(written));
  return metrics;
}

}  // namespace pawl
