// Parameter Golf: the best score that fits into a number of bytes, code and weights together.
#include <cstdio>
#include <cstring>

#include "trainer/app/command_line.h"
#include "trainer/app/golf_artifact.h"
#include "trainer/app/machine.h"
#include "trainer/app/training.h"
#include "trainer/core/file.h"
#include "trainer/core/text.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string checkpoint, artifact, data;
  std::vector<std::string> code;
  std::int64_t bytes_max = 16'000'000;
  MachineOptions machine;
};

Knobs knobs(Options& options) {
  Knobs own = {
      {"checkpoint", &options.checkpoint, {}, "pack: file that train saved"},
      {"artifact", &options.artifact, {}, "file of the packed model"},
      {"data", &options.data, {}, "eval: folder that prepare wrote"},
      {"code", &options.code, {}, "check: files and folders whose bytes count as well"},
      {"bytes_max", &options.bytes_max, {1, 1e15}, "check: of code and artifact together"},
  };
  return joined(std::move(own), knobs(options.machine));
}

Result<TrainConfig> config_of(const std::string& text, const std::string& file,
                              std::int64_t vocabulary) {
  TrainConfig config;
  TRY(const auto settings, parse_config(text, file));
  CHECK_OK(set_knobs(knobs(config), settings));
  CHECK_OK(complete(config, vocabulary));
  return config;
}

Result<std::int64_t> bytes_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const auto bytes = fs::file_size(path, error);
    if (error) return fail("could not read " + path.string() + ": " + error.message());
    return static_cast<std::int64_t>(bytes);
  }
  std::int64_t sum = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) sum += static_cast<std::int64_t>(entry.file_size());
  }
  return sum;
}

Result<int> pack(const Options& options) {
  if (options.checkpoint.empty() || options.artifact.empty() || options.data.empty()) {
    return fail("golf pack needs --checkpoint, --data and --artifact",
                "pawl-train train --save FILE writes a checkpoint.");
  }
  TRY(const Checkpoint checkpoint, Checkpoint::open(options.checkpoint));
  TRY(const Dataset data, Dataset::open(options.data));
  TRY(const TrainConfig config,
      config_of(checkpoint.config(), options.checkpoint, data.vocabulary().size()));
  CHECK_OK(checkpoint.fits(identity_of(data.vocabulary(), config.model)));
  const ParameterList list = parameters_of(config.model);
  GolfArtifact artifact = {checkpoint.identity(), checkpoint.config(),
                           std::vector<float>(static_cast<std::size_t>(list.total))};
  for (const ParameterSpec& spec : list.specs) {
    const auto size = static_cast<std::size_t>(spec.size()) * sizeof(float);
    TRY(const auto bytes, checkpoint.blob(spec.name, size));
    std::memcpy(artifact.parameters.data() + spec.offset, bytes.data(), bytes.size());
  }
  TRY(const std::string packed, pack_artifact(list, artifact));
  CHECK_OK(write_file(options.artifact, packed));
  std::printf("---\nparameters: %lld\nartifact_bytes: %zu\n",
              static_cast<long long>(list.parameters), packed.size());
  return 0;
}

Result<int> check(const Options& options) {
  if (options.artifact.empty()) return fail("golf check needs --artifact");
  CHECK_OK(PackedArtifact::open(options.artifact));
  TRY(const std::int64_t artifact, bytes_of(options.artifact));
  std::int64_t code = 0;
  for (const std::string& path : options.code) {
    TRY(const std::int64_t bytes, bytes_of(path));
    code += bytes;
  }
  const std::int64_t all = artifact + code;
  std::printf("---\nartifact_bytes: %lld\ncode_bytes: %lld\ngolf_bytes: %lld\n",
              static_cast<long long>(artifact), static_cast<long long>(code),
              static_cast<long long>(all));
  if (all <= options.bytes_max) return 0;
  std::fflush(stdout);
  return fail("artifact and code have " + grouped(all) + " bytes, " +
                  grouped(all - options.bytes_max) + " over the cap of " +
                  grouped(options.bytes_max),
              "Lower depth, aspect_ratio or the vocabulary, and train again.");
}

Result<int> eval(const Options& options) {
  if (options.artifact.empty() || options.data.empty()) {
    return fail("golf eval needs --artifact and --data");
  }
  TRY(const PackedArtifact artifact, PackedArtifact::open(options.artifact));
  TRY(const Dataset data, Dataset::open(options.data));
  CHECK_OK(data.verify());
  TRY(const TrainConfig config,
      config_of(artifact.config(), options.artifact, data.vocabulary().size()));
  if (artifact.identity() != identity_of(data.vocabulary(), config.model)) {
    return fail(options.artifact + " was trained with another tokenizer than " + options.data,
                "Judge it on the data that it was trained with.");
  }
  TRY(const MachineChoice choice, choose(options.machine));
  CpuMachine machine(choice.threads, choice.isa);
  Model<CpuOps<float>> model(machine.ops(), config.model, config.device_batch_size);
  TRY(const std::vector<float> parameters, artifact.parameters(model.list()));
  machine.ops().copy_in(model.parameters(), parameters.data(), model.list().total);
  TRY(const Evaluation result, evaluate_model(machine.ops(), model, data, config));
  TRY(const std::int64_t bytes, bytes_of(options.artifact));
  std::printf("---\nval_bpb: %.6f\nartifact_bytes: %lld\nseconds: %.2f\n", result.val_bpb,
              static_cast<long long>(bytes), result.seconds);
  return 0;
}

}  // namespace

Result<int> golf_command(Arguments arguments) {
  const std::string usage =
      "golf pack|check|eval\n\n"
      "  pack   a checkpoint as int8 weights, compressed\n"
      "  check  whether artifact and code fit into bytes_max\n"
      "  eval   the score, from the artifact alone";
  const std::string what = arguments.empty() ? "" : arguments.front();
  const bool is_named = !what.empty() && !what.starts_with("-");
  Options options;
  TRY(const bool wants_run,
      read_arguments(knobs(options), is_named ? arguments.subspan(1) : arguments, usage));
  if (!wants_run) return 0;
  if (what == "pack") return pack(options);
  if (what == "check") return check(options);
  if (what == "eval") return eval(options);
  const std::vector<std::string> words = {"pack", "check", "eval"};
  return fail(is_named ? "golf cannot \"" + what + "\"" : "golf needs to know what to do",
              "It can pack, check and eval." + did_you_mean(what, words));
}

}  // namespace trainer
