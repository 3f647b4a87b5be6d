#include "trainer/model/shape.h"

#include <algorithm>
#include <cassert>

#include "trainer/core/text.h"
#include "trainer/ops/rows.h"

namespace trainer {

std::int64_t ModelShape::window(std::int64_t layer) const {
  const bool is_long =
      layer == depth - 1 ||
      window_pattern[static_cast<std::size_t>(layer) % window_pattern.size()] == 'L';
  return is_long ? context : context / 2;
}

std::string ModelShape::text() const {
  return format(
      "depth %lld, width %lld, head_dim %lld, context %lld, vocabulary %lld, windows %s, "
      "mlp_ratio %lld, value_embeddings %d, rope_base %.17g, softcap %.17g",
      static_cast<long long>(depth), static_cast<long long>(width),
      static_cast<long long>(head_dim), static_cast<long long>(context),
      static_cast<long long>(vocabulary), window_pattern.c_str(), static_cast<long long>(mlp_ratio),
      static_cast<int>(value_embeddings), rope_base, softcap);
}

std::int64_t width_of(std::int64_t depth, std::int64_t aspect_ratio, std::int64_t head_dim) {
  return (depth * aspect_ratio + head_dim - 1) / head_dim * head_dim;
}

Result<void> check(const ModelShape& shape) {
  if (shape.depth < 1)
    return fail(format("depth %lld is below 1", static_cast<long long>(shape.depth)));
  if (shape.head_dim < 2 || shape.head_dim % 2 != 0) {
    return fail(format("head_dim %lld is not a positive even number",
                       static_cast<long long>(shape.head_dim)),
                "Rotary embedding turns pairs of channels.");
  }
  if (shape.width < kGateChannels || shape.width % shape.head_dim != 0) {
    return fail(format("width %lld is not a multiple of head_dim %lld of at least %d",
                       static_cast<long long>(shape.width), static_cast<long long>(shape.head_dim),
                       kGateChannels),
                "Raise depth or aspect_ratio.");
  }
  if (shape.context < 2)
    return fail(format("context %lld is below 2", static_cast<long long>(shape.context)));
  const auto is_wrong = [](char c) { return c != 'S' && c != 'L'; };
  if (shape.window_pattern.empty() || std::ranges::any_of(shape.window_pattern, is_wrong)) {
    return fail("window_pattern \"" + shape.window_pattern + "\" is not made of S and L");
  }
  return {};
}

const ParameterSpec& ParameterList::operator[](const std::string& name) const {
  const auto found = std::ranges::find(specs, name, &ParameterSpec::name);
  assert(found != specs.end());
  return *found;
}

std::int64_t ParameterList::count(ParameterKind kind) const {
  std::int64_t sum = 0;
  for (const ParameterSpec& spec : specs) sum += spec.kind == kind ? spec.size() : 0;
  return sum;
}

ParameterList parameters_of(const ModelShape& shape) {
  ParameterList list;
  const auto put = [&](std::string name, ParameterKind kind, std::int64_t rows,
                       std::int64_t columns, std::int64_t parts = 1) {
    constexpr std::int64_t kAligned = 8;  // 16 bytes of bfloat16
    const std::int64_t offset = (list.total + kAligned - 1) / kAligned * kAligned;
    list.specs.push_back({std::move(name), kind, rows, columns, offset, parts});
    list.total = offset + rows * columns;
    list.parameters += rows * columns;
  };
  const std::int64_t width = shape.width;
  put("wte", ParameterKind::kEmbedding, shape.vocabulary, width);
  put("head", ParameterKind::kHead, shape.vocabulary, width);
  put("resid_lambda", ParameterKind::kLambda, 1, shape.depth);
  put("x0_lambda", ParameterKind::kMu, 1, shape.depth);
  for (std::int64_t layer = 0; layer < shape.depth; ++layer) {
    const std::string name = "h" + std::to_string(layer) + ".";
    put(name + "qkv", ParameterKind::kMatrix, 3 * width, width, 3);
    put(name + "o", ParameterKind::kOutput, width, width);
    put(name + "fc", ParameterKind::kMatrix, shape.hidden(), width);
    put(name + "proj", ParameterKind::kOutput, width, shape.hidden());
    if (!shape.has_value_embedding(layer)) continue;
    put(name + "ve", ParameterKind::kValueEmbedding, shape.vocabulary, width);
    put(name + "gate", ParameterKind::kGate, shape.heads(), kGateChannels);
  }
  return list;
}

double flops_per_token(const ModelShape& shape, FlopCount count) {
  const ParameterList list = parameters_of(shape);
  const std::int64_t multiplied = list.parameters - list.count(ParameterKind::kEmbedding) -
                                  list.count(ParameterKind::kValueEmbedding) -
                                  list.count(ParameterKind::kLambda) -
                                  list.count(ParameterKind::kMu);
  double keys = 0;  // that a token sees, over the layers
  for (std::int64_t layer = 0; layer < shape.depth; ++layer) {
    const std::int64_t window = std::min(shape.window(layer), shape.context);
    if (count == FlopCount::kFormula) {
      keys += static_cast<double>(window);
    } else {
      double seen = 0;  // token t sees min(t, window) + 1
      for (std::int64_t t = 0; t < shape.context; ++t) {
        seen += static_cast<double>(std::min(t, window) + 1);
      }
      keys += seen / static_cast<double>(shape.context);
    }
  }
  return 6.0 * static_cast<double>(multiplied) + 12.0 * static_cast<double>(shape.width) * keys;
}

}  // namespace trainer
