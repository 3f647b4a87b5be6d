// metrics.jsonl in a run's folder: one JSON object a line, {"step":8,"t":1.5,"loss":3.2}. A line is
// in the file when write() returns. A resumed run's file has each step once.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "trainer/core/file.h"
#include "trainer/core/result.h"

namespace trainer {

struct Metric {
  std::string_view name;
  double value = 0;
};

class MetricsFile {
 public:
  // `folder` is PAWL_RUN_DIR; an empty one writes nothing. A run resumed at step s keeps the lines
  // up to and with s; another run begins with an empty file.
  static Result<MetricsFile> open(const std::filesystem::path& folder,
                                  std::optional<std::int64_t> resumed_step);

  // `seconds` is the counted time. Only the first failure is an error: after it nothing is written,
  // so that a full disk costs the metrics and not the run.
  Result<void> write(std::int64_t step, double seconds, std::span<const Metric> metrics);

 private:
  MetricsFile() = default;

  std::filesystem::path path_;
  FileDescriptor file_;  // none: nothing is written
};

}  // namespace trainer
