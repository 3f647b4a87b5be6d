#include "trainer/measure/metrics.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <system_error>

#include "trainer/core/json_line.h"

namespace trainer {
namespace {

// Of a line that we wrote; nothing for one that a crash cut short.
std::optional<std::int64_t> step_of(std::string_view line) {
  constexpr std::string_view kBegin = "{\"step\":";
  if (!line.starts_with(kBegin) || !line.ends_with("}\n")) return std::nullopt;
  line.remove_prefix(kBegin.size());
  std::int64_t step = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), step);
  if (error != std::errc() || *end != ',') return std::nullopt;
  return step;
}

std::string lines_up_to(std::string_view text, std::int64_t last_step) {
  std::string kept;
  while (!text.empty()) {
    const std::size_t newline = std::min(text.find('\n'), text.size() - 1);
    const std::string_view line = text.substr(0, newline + 1);
    text.remove_prefix(line.size());
    const std::optional<std::int64_t> step = step_of(line);
    if (step && *step <= last_step) kept += line;
  }
  return kept;
}

Result<std::string> kept_lines(const std::filesystem::path& path,
                               std::optional<std::int64_t> resumed_step) {
  std::error_code unknown;  // writing will name it
  if (!resumed_step || !std::filesystem::exists(path, unknown)) return "";
  TRY(const MappedFile file, MappedFile::open(path));
  return lines_up_to(file.text(), *resumed_step);
}

}  // namespace

Result<MetricsFile> MetricsFile::open(const std::filesystem::path& folder,
                                      std::optional<std::int64_t> resumed_step) {
  MetricsFile metrics;
  if (folder.empty()) return metrics;
  metrics.path_ = folder / "metrics.jsonl";
  TRY(const std::string kept, kept_lines(metrics.path_, resumed_step));
  CHECK_OK(write_file(metrics.path_, kept));
  metrics.file_ = FileDescriptor(::open(metrics.path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  if (metrics.file_.get() < 0) {
    return fail("could not open " + metrics.path_.string() + ": " + std::strerror(errno));
  }
  return metrics;
}

Result<void> MetricsFile::write(std::int64_t step, double seconds,
                                std::span<const Metric> metrics) {
  if (file_.get() < 0) return {};
  JsonLine line;
  line.add("step", step).add("t", seconds);
  for (const Metric& metric : metrics) line.add(metric.name, metric.value);
  FileWriter writer(file_.get());
  writer.write(line.text());
  if (writer.error() == 0) return {};
  file_ = FileDescriptor();
  return fail("could not write " + path_.string() + ": " + std::strerror(writer.error()),
              "The run goes on without metrics.");
}

}  // namespace trainer
