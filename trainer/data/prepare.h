// Text in, a Dataset's folder out.
#pragma once
#include <cstdint>
#include <filesystem>

#include "trainer/core/result.h"
#include "trainer/data/text_reader.h"

namespace trainer {

struct PrepareOptions {
  PathList train;       // files or folders, as text_reader.h reads them
  PathList validation;  // no file may be in both
  std::filesystem::path folder;
  int vocabulary_size = 4096;
  std::filesystem::path tokenizer{};  // a .tiktoken file to use; if empty, one is trained
  std::int64_t document_bytes = 2048;
  std::int64_t shard_tokens = 100'000'000;  // of a training shard, about
};

struct SplitReport {
  CorpusCounts text;
  std::int64_t tokens = 0;
  int shards = 0;
  double bytes_per_token() const {
    return static_cast<double>(text.bytes) / static_cast<double>(tokens);
  }
};

struct PrepareReport {
  SplitReport train, validation;
  int vocabulary_size = 0;
  std::uint64_t tokenizer_digest = 0;
  double tokenizer_seconds = 0;  // to train it, or to load it
  double train_seconds = 0;      // to encode and write
  double validation_seconds = 0;
};

// Trains the tokenizer on the training text alone, encodes both texts, and writes the folder over
// what was there of an earlier preparation. Errors are those of the parts, and a file that is in
// both texts.
Result<PrepareReport> prepare(const PrepareOptions& options);

}  // namespace trainer
