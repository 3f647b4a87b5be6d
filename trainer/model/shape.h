// The model's sizes, what follows from them, and the list of its parameters.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "trainer/core/result.h"

namespace trainer {

struct ModelShape {
  std::int64_t depth = 8;               // layers
  std::int64_t width = 512;             // C, channels
  std::int64_t head_dim = 128;          // D
  std::int64_t context = 2048;          // T, tokens of a row
  std::int64_t vocabulary = 8192;       // V
  std::string window_pattern = "SSSL";  // by layer, repeated: S sees half the context, L all
  std::int64_t mlp_ratio = 4;
  bool value_embeddings = true;
  double rope_base = 1e4;
  double softcap = 15;

  std::int64_t heads() const { return width / head_dim; }
  std::int64_t hidden() const { return mlp_ratio * width; }
  std::int64_t window(std::int64_t layer) const;  // the last layer always sees all
  bool has_value_embedding(std::int64_t layer) const {
    return value_embeddings && layer % 2 == (depth - 1) % 2;
  }

  // Identifies the shape in a checkpoint: "depth 8, width 512, ...".
  std::string text() const;
};

// depth * aspect_ratio channels, rounded up to whole heads.
std::int64_t width_of(std::int64_t depth, std::int64_t aspect_ratio, std::int64_t head_dim);

// Refuses what the ops cannot do, each with its limit.
Result<void> check(const ModelShape& shape);

enum class ParameterKind : std::uint8_t {
  kEmbedding,       // wte (V, C)
  kHead,            // (V, C), not tied to wte
  kLambda,          // one number a layer: of the residual stream
  kMu,              // one number a layer: of the embedding mixed in
  kMatrix,          // of a block, from its normed input; Muon moves it
  kOutput,          // of a block, into the residual stream; starts at zero; Muon moves it
  kValueEmbedding,  // (V, C)
  kGate,            // (H, 32); Muon moves it
};

struct ParameterSpec {
  std::string name;  // "h3.qkv"
  ParameterKind kind;
  std::int64_t rows, columns;
  std::int64_t offset;     // in the parameters' one array, in numbers
  std::int64_t parts = 1;  // matrices of equal size, one below the other: q, k and v

  std::int64_t size() const { return rows * columns; }
};

struct ParameterList {
  std::vector<ParameterSpec> specs;
  std::int64_t total = 0;       // numbers of the array, with what aligns the tensors
  std::int64_t parameters = 0;  // without

  const ParameterSpec& operator[](const std::string& name) const;
  std::int64_t count(ParameterKind kind) const;
};

ParameterList parameters_of(const ModelShape& shape);

// Floating-point operations of training on one token: six for each multiplied weight, and the
// attention's scores and sums. `kFormula` counts whole windows, as autoresearch does; `kCausal`
// only what a causal mask leaves.
enum class FlopCount : std::uint8_t { kFormula, kCausal };
double flops_per_token(const ModelShape& shape, FlopCount count);

}  // namespace trainer
