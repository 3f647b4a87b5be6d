#include "trainer/app/run_options.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "trainer/app/command_line.h"
#include "trainer/core/file.h"
#include "trainer/exchange/world.h"

namespace trainer {
namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// What pawl tells a command, as settings that arguments override.
std::vector<Setting> from_environment() {
  std::vector<Setting> settings;
  const auto take = [&](const char* name, std::string knob, const std::string& tail = {}) {
    const std::string value = variable(name);
    if (value.empty()) return;
    settings.push_back(
        {std::move(knob), Notation::kArgument, {value + tail}, std::string(name) + ": "});
  };
  take("PAWL_SEED", "seed");
  take("PAWL_RUN_DIR", "run_dir");
  take("PAWL_CHECKPOINT_DIR", "checkpoint_dir");
  take("PAWL_ARTIFACTS", "save", "/model.ckpt");
  return settings;
}

std::string last_of(std::span<const Setting> settings, std::string_view name,
                    std::string otherwise) {
  for (const Setting& setting : settings) {
    if (setting.name == name) otherwise = setting.words.front();
  }
  return otherwise;
}

}  // namespace

Knobs knobs(MachineOptions& options) {
  return {
      {"device", &options.device, {.choices = {"cpu", "cuda"}}, "where it runs"},
      {"threads", &options.threads, {0, 1024}, "0: every CPU this process may use"},
      {"isa", &options.isa, {}, "auto, baseline, avx2, avx512 or avx512-bf16"},
      {"graphs", &options.graphs, {}, "on a GPU: launch a micro-batch as one recorded CUDA graph"},
  };
}

Knobs knobs(RunOptions& options) {
  Knobs own = {
      {"data", &options.data, {}, "folder that prepare wrote"},
      {"preset", &options.preset, {.choices = preset_names()}, "what the other knobs start from"},
      {"config", &options.config, {}, "file of knobs, over the preset"},
      {"run_dir", &options.run_dir, {}, "for metrics.jsonl and summary.json; PAWL_RUN_DIR"},
      {"checkpoint_dir", &options.checkpoint_dir, {}, "resumes from here; PAWL_CHECKPOINT_DIR"},
      {"ranks",
       &options.ranks,
       {0, kWorldMax},
       "processes that share a batch; 0: one for each GPU"},
      {"bucket_mb",
       &options.bucket_mb,
       {0, 1e6},
       "gradients that ranks exchange at a time while others are computed; 0: all, afterwards"},
      {"checkpoint_seconds", &options.checkpoint_seconds, {0.1, 1e9}, "between snapshots"},
      {"save", &options.save, {}, "file for the trained model; PAWL_ARTIFACTS/model.ckpt"},
      {"print_config", &options.print_config, {}, "print all knobs of the run and stop"},
  };
  return joined(std::move(own), knobs(options.machine));
}

Result<TrainRequest> read_train_request(std::span<const std::string> arguments) {
  TrainRequest request;
  const Knobs all = joined(knobs(request.options), knobs(request.config));
  TRY(const CommandLine line, parse_arguments(all, arguments));
  request.wants_help = line.wants_help;
  if (line.wants_help) return request;
  CHECK_OK(refuse_words(line, "train"));
  TRY(request.config, preset(last_of(line.settings, "preset", request.options.preset)));
  const std::string file = last_of(line.settings, "config", "");
  if (!file.empty()) {
    TRY(const MappedFile mapped, MappedFile::open(file));
    TRY(const auto settings, parse_config(mapped.text(), file));
    CHECK_OK(set_knobs(knobs(request.config), settings));
  }
  CHECK_OK(set_knobs(all, from_environment()));
  CHECK_OK(set_knobs(all, line.settings));
  return request;
}

std::string train_help() {
  RunOptions options;
  TrainConfig config;
  return "pawl-train train --data FOLDER [--preset NAME] [--KNOB=VALUE ...]\n\n" +
         help_text(knobs(options)) + "\nWhat the result depends on:\n" + help_text(knobs(config));
}

}  // namespace trainer
