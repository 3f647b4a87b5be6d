#include "server/jobs/results_tsv.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "server/records/file.h"
#include "server/records/sanitize.h"
#include "server/store/job_metrics.h"
#include "server/store/jobs.h"

namespace pawl {
namespace {

constexpr std::int32_t kAllRows = 100'000;
constexpr std::size_t kShortCommit = 7;
constexpr double kMegabytesOfOne = 1024;
const char* const kPeakMemory = "peak_vram_mb";  // autoresearch's name, and the trainer's

bool is_result(const DecisionRow& row) {
  return row.job && (row.decision == Decision::kKeep || row.decision == Decision::kDiscard ||
                     row.decision == Decision::kCrash);
}

Result<ResultLine> line_of(Reader& reader, const Project& project, const DecisionRow& row) {
  TRY(const JobRow job, find_job(reader, *row.job));
  ResultLine line{.commit = job.commit,
                  .value = row.value,
                  .memory_mb = {},
                  .status = row.decision,
                  .description = job.title};
  if (!line.value) {
    TRY(line.value, metric_of(reader, job.id, project.goal_metric));
  }
  TRY(line.memory_mb, metric_of(reader, job.id, kPeakMemory));
  return line;
}

}  // namespace

std::string results_tsv(const std::string& metric, std::span<const ResultLine> lines) {
  std::string text = "commit\t" + metric + "\tmemory_gb\tstatus\tdescription\n";
  for (const ResultLine& line : lines) {
    text += fmt::format("{}\t{:.6f}\t{:.1f}\t{}\t{}\n", line.commit.substr(0, kShortCommit),
                        line.value.value_or(0), line.memory_mb.value_or(0) / kMegabytesOfOne,
                        name_of(line.status), clean_line(line.description));
  }
  return text;
}

Result<std::string> read_results_tsv(Reader& reader, const Project& project) {
  TRY(const auto rows, list_decisions(reader, project.id, kAllRows));  // newest first
  std::set<JobId> seen;
  std::vector<ResultLine> lines;
  for (const DecisionRow& row : rows) {
    if (!is_result(row) || !seen.insert(*row.job).second) continue;
    TRY(ResultLine line, line_of(reader, project, row));
    lines.push_back(std::move(line));
  }
  std::ranges::reverse(lines);
  return results_tsv(project.goal_metric, lines);
}

Result<void> write_results_tsv(World& world, const Project& project) {
  const std::scoped_lock lock(world.results_written);  // or an older text could come last
  TRY(const std::string text,
      world.store.read([&](Reader& reader) { return read_results_tsv(reader, project); }));
  const std::filesystem::path path = world.paths.results(project.name);
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  if (error) {
    return fail(ErrorKind::kEngine, fmt::format("could not create {}: {}",
                                                path.parent_path().string(), error.message()));
  }
  return write_file(path.parent_path(), path.filename().string(), text);
}

}  // namespace pawl
