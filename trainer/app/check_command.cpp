#include <cstdio>

#include "trainer/app/command_line.h"
#include "trainer/app/gradient_check.h"
#include "trainer/core/text.h"

namespace trainer {

// A small model with everything that the large one has; an agent that edits the backward pass runs
// this first.
Result<int> check_command(Arguments arguments) {
  std::int64_t samples = 10;
  const Knobs all = {{"samples", &samples, {1, 1000}, "elements of each parameter"}};
  TRY(const bool wants_run, read_arguments(all, arguments, "check [--samples N]"));
  if (!wants_run) return 0;
  constexpr double kLimit = 1e-6;
  bool is_good = true;
  const ModelShape shape = {
      .depth = 4, .width = 64, .head_dim = 32, .context = 24, .vocabulary = 40};
  for (const GradientError& error : check_gradients(shape, static_cast<int>(samples))) {
    const bool is_near = error.worst < kLimit;
    is_good = is_good && is_near;
    std::printf("%-14s %.2e %s\n", error.parameter.c_str(), error.worst, is_near ? "ok" : "WRONG");
  }
  if (!is_good) {
    return fail(format("a gradient differs from the loss's slope by more than %g of it", kLimit),
                "The backward pass of that parameter, or of what lies above it, is wrong.");
  }
  return 0;
}

}  // namespace trainer
