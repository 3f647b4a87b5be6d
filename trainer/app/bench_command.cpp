#include <cstdio>

#include "trainer/app/command_line.h"
#include "trainer/app/machine.h"
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

struct Speed {
  double tokens_per_second, optimizer_share, gflops;
};

Speed measure(Machine& machine, const Case& one, double seconds) {
  CpuOps<float>& ops = machine.ops();
  Model<CpuOps<float>> model(ops, one.shape, one.batch);
  Optimizer<CpuOps<float>> optimizer(ops, model, {});
  const auto initial = initial_parameters(one.shape, {}, 42);
  ops.copy_in(model.parameters(), initial.data(), model.list().total);
  std::vector<Token> inputs, targets;
  for (std::int64_t n = 0; n < model.tokens(); ++n) {
    inputs.push_back(static_cast<Token>(n * 7919 % one.shape.vocabulary));
    targets.push_back(static_cast<Token>((n + 1) * 7919 % one.shape.vocabulary));
  }
  double all = 0;
  double optimizing = 0;
  std::int64_t steps = 0;
  for (std::int64_t step = 0; all < seconds; ++step) {
    const double began = monotonic_seconds();
    model.zero_gradients();
    model.forward_backward(inputs, targets, 1.0 / static_cast<double>(model.tokens()));
    const double middle = monotonic_seconds();
    optimizer.step(step, 0);
    if (step == 0) continue;  // memory is touched for the first time
    const double end = monotonic_seconds();
    all += end - began;
    optimizing += end - middle;
    ++steps;
  }
  const double rate = static_cast<double>(steps * model.tokens()) / all;
  return {rate, optimizing / all, rate * flops_per_token(one.shape, FlopCount::kCausal) * 1e-9};
}

}  // namespace

Result<int> bench_command(Arguments arguments) {
  Options options;
  const Knobs all = joined({{"seconds", &options.seconds, {0.01, 600}, "for each model"}},
                           knobs(options.machine));
  TRY(const bool wants_run, read_arguments(all, arguments, "bench [--seconds S]"));
  if (!wants_run) return 0;
  TRY(const MachineChoice choice, choose(options.machine));
  Machine machine(choice.threads, choice.isa);
  std::printf("%s; matrix product in cache %.0f GFLOP/s\n\n", machine.text().c_str(),
              machine.measured_peak() * 1e-9);
  std::printf("| model | tokens/s | GFLOP/s | in the optimizer |\n|---|---|---|---|\n");
  for (const Case& one : kCases) {
    const Speed speed = measure(machine, one, options.seconds);
    std::printf("| %s | %s | %.0f | %.0f %% |\n", one.name,
                grouped(static_cast<std::int64_t>(speed.tokens_per_second)).c_str(), speed.gflops,
                100 * speed.optimizer_share);
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace trainer
