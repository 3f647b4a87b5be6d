// A trained model in as few bytes as it takes: int8 weights, compressed. What Parameter Golf
// measures, and what its score is computed from.
//
// The file. Numbers are little-endian.
//
//   offset 0   magic, the 8 bytes "PAWLGOLF"
//          8   format version, 1, in 64 bits
//         16   XXH64 of what follows, before compression
//         24   Zstandard: text of the config, behind its length in 64 bits
//                         digests of tokenizer and model (64 bits each)
//                         for each parameter tensor, in the model's order:
//                           a float32 scale for each row, then int8 numbers, row by row;
//                           numbers of a tensor with one row (the scalars) as float32
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "trainer/checkpoint/checkpoint.h"
#include "trainer/model/shape.h"

namespace trainer {

struct GolfArtifact {
  Identity identity;
  std::string config;             // the run's, as a file of knobs
  std::vector<float> parameters;  // as they come out of the artifact, at their offsets
};

// Rounds the parameters (of the list's total) and compresses them.
Result<std::string> pack_artifact(const ParameterList& list, const GolfArtifact& from);

// The header and the config: enough to know the list. The digest is checked.
class PackedArtifact {
 public:
  static Result<PackedArtifact> open(const std::filesystem::path& path);

  const Identity& identity() const { return identity_; }
  const std::string& config() const { return config_; }
  // An error when the sizes are not those of the list.
  Result<std::vector<float>> parameters(const ParameterList& list) const;

 private:
  Identity identity_;
  std::string config_;
  std::string tensors_;
};

}  // namespace trainer
