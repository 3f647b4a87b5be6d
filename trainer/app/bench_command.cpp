#include <cstdio>

#include "trainer/app/command_line.h"
#include "trainer/app/cuda_machine.h"
#include "trainer/app/machine.h"
#include "trainer/app/profiled_ops.h"
#include "trainer/core/clock.h"
#include "trainer/core/text.h"
#include "trainer/model/initial.h"
#include "trainer/model/model.h"
#include "trainer/optim/optimizer.h"

namespace trainer {
namespace {

struct Options {
  MachineOptions machine;
  double seconds = 3;
  bool profile = false;
};

struct Case {
  const char* name;
  ModelShape shape;
  std::int64_t batch;
};

const Case kCases[] = {
    {"2x128, V 1024",
     {.depth = 2, .width = 128, .head_dim = 64, .context = 256, .vocabulary = 1024},
     8},
    {"2x128, V 4096",
     {.depth = 2, .width = 128, .head_dim = 64, .context = 256, .vocabulary = 4096},
     8},
    {"2x256, V 4096",
     {.depth = 2, .width = 256, .head_dim = 64, .context = 256, .vocabulary = 4096},
     8},
    {"4x256, V 4096",
     {.depth = 4, .width = 256, .head_dim = 64, .context = 256, .vocabulary = 4096},
     16},
};
// autoresearch's own model, which is what a GPU is measured with.
const Case kDefault = {"8x512, V 8192", {}, 128};

// A model at work on tokens without meaning.
template <class Ops>
class Workload {
 public:
  Workload(Ops& ops, const Case& one)
      : ops_(ops), model_(ops, one.shape, one.batch), optimizer_(ops, model_, {}) {
    const auto initial = initial_parameters(one.shape, {}, 42);
    ops.copy_in(model_.parameters(), initial.data(), model_.list().total);
    for (std::int64_t n = 0; n < model_.tokens(); ++n) {
      inputs_.push_back(static_cast<Token>(n * 7919 % one.shape.vocabulary));
      targets_.push_back(static_cast<Token>((n + 1) * 7919 % one.shape.vocabulary));
    }
  }
  std::int64_t tokens() const { return model_.tokens(); }

  // Seconds of the gradients and of the optimizer.
  std::pair<double, double> step() {
    const double began = monotonic_seconds();
    model_.zero_gradients();
    model_.forward_backward(inputs_, targets_, 1.0 / static_cast<double>(tokens()));
    const double middle = monotonic_seconds();
    optimizer_.step(steps_++, 0);
    ops_.wait();
    return {middle - began, monotonic_seconds() - middle};
  }

 private:
  Ops& ops_;  // outlives us
  Model<Ops> model_;
  Optimizer<Ops> optimizer_;
  std::vector<Token> inputs_, targets_;
  std::int64_t steps_ = 0;
};

struct Speed {
  double tokens_per_second, optimizer_share, flops, first_step_seconds;
};

template <class Machine>
Result<Speed> measure(Machine& machine, const Case& one, double seconds) {
  using Ops = typename Machine::Ops;
  const double began = monotonic_seconds();
  CHECK_OK(machine.reserve([&](Ops& ops) { Workload<Ops>(ops, one).step(); }));
  Workload<Ops> work(machine.ops(), one);
  work.step();  // memory is touched for the first time
  const double first = monotonic_seconds() - began;
  double gradients = 0;
  double optimizing = 0;
  std::int64_t steps = 0;
  for (; gradients + optimizing < seconds || steps == 0; ++steps) {
    const auto [gradient, optimizer] = work.step();
    gradients += gradient;
    optimizing += optimizer;
  }
  const double all = gradients + optimizing;
  const double rate = static_cast<double>(steps * work.tokens()) / all;
  return Speed{rate, optimizing / all, rate * flops_per_token(one.shape, FlopCount::kCausal),
               first};
}

// Where a step's time goes, against the least that it could take.
template <class Machine>
Result<int> profile(Machine& machine, const Case& one, double seconds) {
  using Ops = typename Machine::Ops;
  CHECK_OK(machine.reserve([&](Ops& ops) { Workload<Ops>(ops, one).step(); }));
  ProfiledOps<Ops> ops(machine.ops(), machine.peak_flops(), machine.bytes_per_second());
  Workload<ProfiledOps<Ops>> work(ops, one);
  work.step();
  ops.forget();
  double all = 0;
  double steps = 0;
  for (; all < seconds || steps == 0; ++steps) {
    const auto [gradient, optimizer] = work.step();
    all += gradient + optimizer;
  }
  std::printf("%s: %.2f ms a step of %s tokens\n\n", one.name, 1e3 * all / steps,
              grouped(work.tokens()).c_str());
  std::printf("| group | ms | share | at best | of its best |\n|---|---|---|---|---|\n");
  for (std::size_t i = 0; i < kOpGroups.size(); ++i) {
    const GroupTime& time = ops.times()[i];
    std::printf("| %s | %.2f | %.0f %% | %.2f | %.0f %% |\n", kOpGroups[i],
                1e3 * time.seconds / steps, 100 * time.seconds / all,
                1e3 * time.floor_seconds / steps, 100 * time.floor_seconds / time.seconds);
  }
  return 0;
}

template <class Machine>
Result<int> bench_on(Machine& machine, const Options& options, std::span<const Case> cases) {
  if (options.profile) return profile(machine, cases.back(), options.seconds);
  const double peak = machine.peak_flops();
  std::printf("%s; peak %.0f GFLOP/s\n\n", machine.text().c_str(), peak * 1e-9);
  std::printf(
      "| model | tokens/s | GFLOP/s | of the peak | in the optimizer | first step | GPU memory |\n"
      "|---|---|---|---|---|---|---|\n");
  for (const Case& one : cases) {
    TRY(const Speed speed, measure(machine, one, options.seconds));
    std::printf("| %s | %s | %.0f | %.1f %% | %.0f %% | %.2f s | %.0f MB |\n", one.name,
                grouped(static_cast<std::int64_t>(speed.tokens_per_second)).c_str(),
                speed.flops * 1e-9, 100 * speed.flops / peak, 100 * speed.optimizer_share,
                speed.first_step_seconds, machine.vram_mb());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace

Result<int> bench_command(Arguments arguments) {
  Options options;
  const Knobs all = joined({{"seconds", &options.seconds, {0.01, 600}, "for each model"},
                            {"profile", &options.profile, {}, "where a step's time goes"}},
                           knobs(options.machine));
  TRY(const bool wants_run, read_arguments(all, arguments, "bench [--seconds S] [--profile]"));
  if (!wants_run) return 0;
  const bool on_gpu = options.machine.device == "cuda";
  const std::span<const Case> cases = on_gpu ? std::span(&kDefault, 1) : std::span(kCases);
  // Products are timed once on a card, as in training.
  const auto choices = std::filesystem::temp_directory_path();
  return on_machine(options.machine, choices, World(),
                    [&](auto& machine) { return bench_on(machine, options, cases); });
}

}  // namespace trainer
