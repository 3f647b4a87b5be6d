#include "trainer/model/initial.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "trainer/core/digest.h"
#include "trainer/core/philox.h"

namespace trainer {
namespace {

void fill_normal(std::span<float> values, double deviation, Philox& random) {
  for (std::size_t i = 0; i < values.size(); i += 2) {
    const auto [first, second] = random.normals();
    values[i] = static_cast<float>(deviation * first);
    if (i + 1 < values.size()) values[i + 1] = static_cast<float>(deviation * second);
  }
}

void fill_uniform(std::span<float> values, double bound, Philox& random) {
  for (float& value : values) value = static_cast<float>(bound * (2 * random.uniform() - 1));
}

void fill(const ParameterSpec& spec, std::span<float> values, const InitialOptions& options,
          Philox& random) {
  // sqrt(3 / width): the columns of q, k, v, fc and of a value embedding are the width.
  const double bound = std::sqrt(3.0 / static_cast<double>(spec.columns));
  switch (spec.kind) {
    case ParameterKind::kEmbedding:
      return fill_normal(values, options.embedding, random);
    case ParameterKind::kHead:
      return fill_normal(values, options.head, random);
    case ParameterKind::kLambda:
      std::ranges::fill(values, static_cast<float>(options.lambda));
      return;
    case ParameterKind::kMu:
      std::ranges::fill(values, static_cast<float>(options.mu));
      return;
    case ParameterKind::kValueEmbedding:
    case ParameterKind::kMatrix:
      return fill_uniform(values, bound, random);
    case ParameterKind::kOutput:
    case ParameterKind::kGate:
      return;  // zero
  }
  __builtin_unreachable();
}

}  // namespace

std::vector<float> initial_parameters(const ModelShape& shape, const InitialOptions& options,
                                      std::uint64_t seed) {
  const ParameterList list = parameters_of(shape);
  std::vector<float> values(static_cast<std::size_t>(list.total));
  for (const ParameterSpec& spec : list.specs) {
    Philox random(seed, digest(spec.name));
    fill(spec,
         std::span(values).subspan(static_cast<std::size_t>(spec.offset),
                                   static_cast<std::size_t>(spec.size())),
         options, random);
  }
  return values;
}

}  // namespace trainer
