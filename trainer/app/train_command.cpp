#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "trainer/app/commands.h"
#include "trainer/app/cuda_machine.h"
#include "trainer/app/guarded.h"
#include "trainer/app/run_options.h"
#include "trainer/app/stop_signal.h"
#include "trainer/app/training.h"
#include "trainer/core/buffer.h"
#include "trainer/core/clock.h"
#include "trainer/core/digest.h"
#include "trainer/core/text.h"
#include "trainer/exchange/ranks.h"
#include "trainer/measure/identity.h"
#include "trainer/measure/metrics.h"
#include "trainer/measure/progress.h"
#include "trainer/measure/summary.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

// The loss as people want to see it: a mean that forgets, without the bias of its start.
class SmoothLoss {
 public:
  double add(double loss) {
    constexpr double kKeep = 0.9;
    sum_ = kKeep * sum_ + (1 - kKeep) * loss;
    weight_ = kKeep * weight_ + (1 - kKeep);
    return sum_ / weight_;
  }

 private:
  double sum_ = 0, weight_ = 0;
};

template <class Machine>
class Run {
 public:
  Run(const RunOptions& options, Training<Machine>& training, Machine& machine, double began)
      : options_(options),
        training_(training),
        machine_(machine),
        began_(began),
        line_(stderr, {.is_terminal = isatty(STDERR_FILENO) == 1}) {}

  Result<void> resume();  // from the checkpoint folder, where there is one
  Result<bool> train();   // false: a signal stopped it
  Result<int> stopped();  // keeps what there is
  Result<int> finish(const Dataset& data, const TrainConfig& config);

 private:
  fs::path checkpoint() const { return fs::path(options_.checkpoint_dir) / "latest.ckpt"; }
  Result<void> after_step(MetricsFile& metrics, const StepReport& report);
  void show(double loss, double seconds);

  const RunOptions& options_;    // outlives us
  Training<Machine>& training_;  // outlives us
  Machine& machine_;             // outlives us
  double began_;
  std::optional<StopSignal> signal_{std::in_place};
  ProgressLine line_;
  SmoothLoss loss_;
  double start_to_first_step_ = 0;
  double last_snapshot_ = 0;
  std::optional<std::int64_t> resumed_step_;
};

template <class Machine>
Result<void> Run<Machine>::resume() {
  std::error_code unreachable;  // writing will name it
  if (options_.checkpoint_dir.empty() || !fs::exists(checkpoint(), unreachable)) return {};
  TRY(const Checkpoint found, Checkpoint::open(checkpoint()));
  CHECK_OK(training_.restore(found));
  resumed_step_ = training_.steps();
  if (!machine_.world().is_first()) return {};
  std::fprintf(stderr, "resumed from step %s of %s\n", grouped(*resumed_step_).c_str(),
               checkpoint().c_str());
  return {};
}

template <class Machine>
Result<bool> Run<Machine>::train() {
  const std::string folder = machine_.world().is_first() ? options_.run_dir : "";
  TRY(MetricsFile metrics, MetricsFile::open(folder, resumed_step_));
  start_to_first_step_ = monotonic_seconds() - began_;
  last_snapshot_ = monotonic_seconds();
  while (!training_.meter().is_spent()) {
    StepReport report;
    TRY(const bool is_done, training_.step([] { return StopSignal::caught() != 0; }, report));
    if (!is_done) return false;
    CHECK_OK(after_step(metrics, report));
  }
  line_.erase();
  return true;
}

template <class Machine>
Result<void> Run<Machine>::after_step(MetricsFile& metrics, const StepReport& report) {
  const double smooth = loss_.add(report.loss);
  if (!machine_.world().is_first()) return {};
  show(smooth, report.seconds);
  std::vector values = {Metric{"loss", report.loss},
                        Metric{"smooth_loss", smooth},
                        Metric{"progress", training_.meter().progress()},
                        Metric{"tokens", static_cast<double>(training_.tokens())},
                        Metric{"epoch", static_cast<double>(training_.epoch())},
                        Metric{"step_seconds", report.seconds}};
  if (machine_.world().size() > 1) values.push_back({"exchange_seconds", report.exchange_seconds});
  const auto written = metrics.write(training_.steps(), training_.training_seconds(), values);
  if (!written) {
    line_.erase();
    std::fprintf(stderr, "%s\n%s\n", written.error().message.c_str(), written.error().hint.c_str());
  }
  const double now = monotonic_seconds();
  if (options_.checkpoint_dir.empty() || now - last_snapshot_ < options_.checkpoint_seconds) {
    return {};
  }
  last_snapshot_ = now;
  return training_.snapshot(checkpoint());
}

template <class Machine>
void Run<Machine>::show(double loss, double seconds) {
  const double done = training_.meter().progress();
  const double per_step =
      static_cast<double>(training_.tokens()) / static_cast<double>(training_.steps());
  line_.show(monotonic_seconds(),
             {.step = training_.steps(),
              .loss = loss,
              .part = done,
              .tokens_per_second = per_step / seconds,
              .remaining_seconds = done > 0 ? training_.training_seconds() * (1 / done - 1) : 0});
}

template <class Machine>
Result<int> Run<Machine>::stopped() {
  if (!machine_.world().is_first()) return 128 + StopSignal::caught();
  line_.erase();
  const int signal = StopSignal::caught();
  std::string kept = "nothing is kept: there is no checkpoint_dir";
  if (!options_.checkpoint_dir.empty()) {
    CHECK_OK(training_.snapshot(checkpoint()));
    kept = checkpoint().string() + " resumes it";
  }
  std::fprintf(stderr, "stopped by signal %d before step %s; %s\n", signal,
               grouped(training_.steps()).c_str(), kept.c_str());
  return 128 + signal;
}

template <class Machine>
Result<int> Run<Machine>::finish(const Dataset& data, const TrainConfig& config) {
  if (!machine_.world().is_first()) return 0;
  if (!options_.checkpoint_dir.empty()) CHECK_OK(training_.snapshot(checkpoint()));
  if (!options_.save.empty()) CHECK_OK(training_.save_model(options_.save));
  signal_.reset();  // all is kept: a signal may end the evaluation at once
  TRY(const Evaluation evaluation, training_.evaluate());
  const double flops =
      flops_per_token(config.model, FlopCount::kFormula) * static_cast<double>(training_.tokens());
  const Summary summary = {
      .val_bpb = evaluation.val_bpb,
      .training_seconds = training_.training_seconds(),
      .total_seconds = monotonic_seconds() - began_,
      .peak_vram_mb = machine_.vram_mb(),
      .mfu_percent = 100 * flops / training_.training_seconds() /
                     (machine_.world().size() * machine_.peak_flops()),
      .tokens = training_.tokens(),
      .steps = training_.steps(),
      .parameters = training_.model().list().parameters,
      .depth = config.model.depth,
      .start_to_first_step_seconds = start_to_first_step_,
      .peak_memory_mb = static_cast<double>(peak_memory_bytes()) / (1024 * 1024),
      .tokens_per_second = static_cast<double>(training_.tokens()) / training_.training_seconds(),
      .device = machine_.text(),
      .measure_digest = measure_digest(),
      .data_digest = hex(data.validation().digest()),
      .seed = static_cast<std::uint64_t>(config.seed)};
  std::fputs(summary_text(summary).c_str(), stdout);
  if (options_.run_dir.empty()) return 0;
  CHECK_OK(write_file(fs::path(options_.run_dir) / "summary.json", summary_json(summary)));
  return 0;
}

Result<void> make_folders(const RunOptions& options) {
  std::error_code unreachable;  // creating it will name it
  if (fs::is_directory(options.save, unreachable)) {
    return fail("save " + options.save + " is a folder", "Name a file, such as model.ckpt in it.");
  }
  for (const std::string& folder :
       {options.run_dir, options.checkpoint_dir, fs::path(options.save).parent_path().string()}) {
    std::error_code error;
    if (!folder.empty()) fs::create_directories(folder, error);
    if (error) return fail("could not create " + folder + ": " + error.message());
  }
  return {};
}

template <class Machine>
Result<int> train_on(Machine& machine, const Dataset& data, const TrainRequest& request,
                     double began) {
  TRY(const auto training,
      Training<Machine>::create(machine, data, request.config, request.options.bucket_bytes()));
  if (machine.world().is_first()) machine.world().meet();  // products are chosen, see train_rank()
  Run<Machine> run(request.options, *training, machine, began);
  CHECK_OK(run.resume());
  const Result<bool> finished = run.train();
  if (!finished && machine.world().is_first()) std::printf("FAIL\n");
  TRY(const bool is_finished, finished);
  return is_finished ? run.finish(data, request.config) : run.stopped();
}

// The first rank chooses the matrix products of a new card, and the others take its choices: all
// move the parameters in the same way.
Result<int> train_rank(const World& world, const Dataset& data, const TrainRequest& request,
                       double began) {
  if (!world.is_first()) world.meet();
  return on_machine(request.options.machine, request.options.data, world,
                    [&](auto& machine) { return train_on(machine, data, request, began); });
}

Result<World> world_of(const RunOptions& options) {
  const bool on_gpu = options.machine.device == "cuda";
  if (!on_gpu || options.ranks == 1)
    return World::create(static_cast<int>(std::max<std::int64_t>(1, options.ranks)));
  TRY(const int there, gpus());
  if (options.ranks > there) {
    return fail(format("%d ranks need as many GPUs; this process may use %d",
                       static_cast<int>(options.ranks), there),
                "Lower ranks, or let CUDA_VISIBLE_DEVICES name more.");
  }
  return World::create(options.ranks > 0 ? static_cast<int>(options.ranks) : std::max(1, there));
}

}  // namespace

Result<int> train_command(Arguments arguments) {
  const double began = monotonic_seconds();
  TRY(TrainRequest request, read_train_request(arguments));
  if (request.wants_help) {
    std::fputs(train_help().c_str(), stdout);
    return 0;
  }
  if (request.options.print_config) {
    std::fputs(print_config(knobs(request.config)).c_str(), stdout);
    return 0;
  }
  if (request.options.data.empty()) {
    return fail("train needs --data FOLDER", "pawl-train prepare writes one.");
  }
  TRY(const Dataset data, Dataset::open(request.options.data));
  CHECK_OK(data.verify());
  TRY(const World world, world_of(request.options));
  CHECK_OK(complete(request.config, data.vocabulary().size(), world.size()));
  CHECK_OK(check_evaluation(data, request.config));
  CHECK_OK(make_folders(request.options));
  if (request.options.machine.device == "cuda") CHECK_OK(check_for_cuda(request.config.model));
  return run_ranks(world, [&](const World& mine) {
    return guarded([&] { return train_rank(mine, data, request, began); });
  });
}

}  // namespace trainer
