#include "trainer/measure/summary.h"

#include <concepts>
#include <variant>
#include <vector>

#include "trainer/core/json_line.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

struct Line {
  const char* name;
  std::variant<double, std::int64_t, std::uint64_t, std::string> value;
  int decimals = 0;
};

// The only description of both forms.
std::vector<Line> lines_of(const Summary& s) {
  return {
      {"val_bpb", s.val_bpb, 6},
      {"training_seconds", s.training_seconds, 1},
      {"total_seconds", s.total_seconds, 1},
      {"peak_vram_mb", s.peak_vram_mb, 1},
      {"mfu_percent", s.mfu_percent, 2},
      {"total_tokens_M", static_cast<double>(s.tokens) / 1e6, 1},
      {"num_steps", s.steps},
      {"num_params_M", static_cast<double>(s.parameters) / 1e6, 1},
      {"depth", s.depth},
      {"start_to_first_step_s", s.start_to_first_step_seconds, 3},
      {"peak_memory_mb", s.peak_memory_mb, 1},
      {"tokens_per_second", s.tokens_per_second, 0},
      {"device", s.device},
      {"measure_digest", s.measure_digest},
      {"data_digest", s.data_digest},
      {"seed", s.seed},
  };
}

std::string value_text(const Line& line) {
  return std::visit(
      [&]<class Value>(const Value& value) -> std::string {
        if constexpr (std::same_as<Value, double>) {
          return format("%.*f", line.decimals, value);
        } else if constexpr (std::same_as<Value, std::string>) {
          return value;
        } else {
          return std::to_string(value);
        }
      },
      line.value);
}

}  // namespace

std::string summary_text(const Summary& summary) {
  std::string text = "---\n";
  for (const Line& line : lines_of(summary)) {
    text += format("%-17s %s\n", (std::string(line.name) + ":").c_str(), value_text(line).c_str());
  }
  return text;
}

std::string summary_json(const Summary& summary) {
  JsonLine json;
  for (const Line& line : lines_of(summary)) {
    std::visit([&](const auto& value) { json.add(line.name, value); }, line.value);
  }
  return json.text();
}

}  // namespace trainer
