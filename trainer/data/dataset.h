// A folder that `pawl-train prepare` wrote: tokenizer.tiktoken, train-000.shard and on, val.shard.
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "trainer/core/result.h"
#include "trainer/data/shard.h"
#include "trainer/data/vocabulary.h"

namespace trainer {

inline constexpr const char* kTokenizerFile = "tokenizer.tiktoken";
inline constexpr const char* kValidationFile = "val.shard";
std::string train_file(int index);  // "train-000.shard"

class Dataset {
 public:
  // Errors: a file that is missing or no shard, a shard of another tokenizer, a training split
  // without tokens. Does not read the tokens: verify() does.
  static Result<Dataset> open(const std::filesystem::path& folder);
  Result<void> verify() const;

  const Vocabulary& vocabulary() const { return vocabulary_; }
  std::span<const Shard> train() const { return train_; }
  const Shard& validation() const { return validation_; }

 private:
  Dataset(Vocabulary vocabulary, std::vector<Shard> train, Shard validation)
      : vocabulary_(std::move(vocabulary)),
        train_(std::move(train)),
        validation_(std::move(validation)) {}

  Vocabulary vocabulary_;
  std::vector<Shard> train_;
  Shard validation_;
};

}  // namespace trainer
