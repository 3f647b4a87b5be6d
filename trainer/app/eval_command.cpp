#include <cstdio>

#include "trainer/app/command_line.h"
#include "trainer/app/cuda_machine.h"
#include "trainer/app/training.h"
#include "trainer/core/digest.h"
#include "trainer/core/json_line.h"
#include "trainer/core/text.h"
#include "trainer/measure/identity.h"

namespace trainer {
namespace {

struct Options {
  std::string checkpoint, data;
  std::string bytes = "exact";
  MachineOptions machine;
};

Knobs knobs(Options& options) {
  Knobs own = {
      {"checkpoint", &options.checkpoint, {}, "file that train saved"},
      {"data", &options.data, {}, "folder that prepare wrote"},
      {"bytes",
       &options.bytes,
       {.choices = {"exact", "autoresearch"}},
       "how a token's are counted"},
  };
  return joined(std::move(own), knobs(options.machine));
}

template <class Machine>
Result<int> eval_on(Machine& machine, const Checkpoint& checkpoint, const Dataset& data,
                    const TrainConfig& config) {
  using Ops = typename Machine::Ops;
  const auto rehearse = [&](Ops& ops) {
    Model<Ops> model(ops, config.model, config.device_batch_size);
    const std::vector<Token> tokens(static_cast<std::size_t>(model.tokens()));
    model.losses(tokens, tokens);
  };
  CHECK_OK(machine.reserve(rehearse));
  Model<Ops> model(machine.ops(), config.model, config.device_batch_size);
  CHECK_OK(load_parameters(checkpoint, machine.ops(), model));
  TRY(const Evaluation result, evaluate_model(machine.ops(), model, data, config));
  std::printf(
      "---\nval_bpb:          %.6f\nnats_per_token:   %.6f\ntokens:           %s\n"
      "bytes:            %s\nseconds:          %.2f\nmeasure_digest:   %s\n"
      "data_digest:      %s\n",
      result.val_bpb, result.nats_per_token, std::to_string(result.tokens).c_str(),
      std::to_string(result.bytes).c_str(), result.seconds, measure_digest().c_str(),
      hex(data.validation().digest()).c_str());
  return 0;
}

}  // namespace

Result<int> eval_command(Arguments arguments) {
  Options options;
  TRY(const bool wants_run,
      read_arguments(knobs(options), arguments, "eval --checkpoint FILE --data FOLDER"));
  if (!wants_run) return 0;
  if (options.checkpoint.empty() || options.data.empty()) {
    return fail("eval needs --checkpoint and --data",
                "pawl-train train --save FILE writes a checkpoint.");
  }
  TRY(const Checkpoint checkpoint, Checkpoint::open(options.checkpoint));
  TRY(const Dataset data, Dataset::open(options.data));
  CHECK_OK(data.verify());
  TrainConfig config;
  TRY(const auto settings, parse_config(checkpoint.config(), options.checkpoint));
  CHECK_OK(set_knobs(knobs(config), settings));
  config.bytes = options.bytes;
  CHECK_OK(complete(config, data.vocabulary().size()));
  CHECK_OK(checkpoint.fits(identity_of(data.vocabulary(), config.model)));
  if (options.machine.device == "cuda") CHECK_OK(check_for_cuda(config.model));
  return on_machine(options.machine, options.data, World(),
                    [&](auto& machine) { return eval_on(machine, checkpoint, data, config); });
}

}  // namespace trainer
