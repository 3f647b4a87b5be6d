#include "trainer/app/loss_error.h"

#include <cmath>
#include <string>

#include "trainer/core/text.h"

namespace trainer {
namespace {

std::string where(const BadLoss& bad) {
  if (!bad.not_finite) return format("it is above %g, and every tensor is finite", kLossMax);
  const NotFinite& tensor = bad.not_finite->tensor;
  const bool is_of_rank = bad.ranks > 1 && !tensor.is_parameter;
  const std::string of = is_of_rank ? format(" on rank %d", bad.not_finite->rank) : "";
  return format("the first tensor that is not finite is %s: %s of %s numbers%s", tensor.name.data(),
                grouped(tensor.count).c_str(), grouped(tensor.size).c_str(), of.c_str());
}

std::string hint(const BadLoss& bad) {
  if (bad.not_finite && bad.not_finite->tensor.is_parameter) {
    return "Lower the learning rates, or lengthen warmup: the step before this one moved it there.";
  }
  return "Lower the learning rates, or the initial scales: the parameters are finite, but too "
         "large.";
}

}  // namespace

Error loss_error(const BadLoss& bad) {
  const std::string before = bad.last_loss ? format(" (%g the step before)", *bad.last_loss) : "";
  return {format("loss %g at step %lld%s; %s", std::abs(bad.loss),  // no "-nan"
                 static_cast<long long>(bad.step), before.c_str(), where(bad).c_str()),
          hint(bad)};
}

}  // namespace trainer
