#include "trainer/data/dataset.h"

#include <cstdint>

#include "trainer/core/digest.h"
#include "trainer/core/text.h"
#include "trainer/data/tiktoken_file.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

Result<void> require(const fs::path& path) {
  std::error_code unreachable;
  if (fs::exists(path, unreachable)) return {};
  return fail(path.string() + " is missing",
              "Run: pawl-train prepare --out " + path.parent_path().string() + " ...");
}

Result<Shard> open_shard(const fs::path& path, std::uint64_t tokenizer) {
  CHECK_OK(require(path));
  TRY(Shard shard, Shard::open(path));
  if (shard.vocabulary_digest() != tokenizer) {
    return fail(
        format("%s is a shard of another tokenizer: %s, and this folder's is %s", path.c_str(),
               hex(shard.vocabulary_digest()).c_str(), hex(tokenizer).c_str()),
        "Run pawl-train prepare again.");
  }
  return shard;
}

}  // namespace

std::string train_file(int index) { return format("train-%03d.shard", index); }

Result<Dataset> Dataset::open(const fs::path& folder) {
  CHECK_OK(require(folder / kTokenizerFile));
  TRY(Vocabulary vocabulary, load_vocabulary(folder / kTokenizerFile));
  const std::uint64_t tokenizer = vocabulary.digest();
  std::vector<Shard> train;
  std::int64_t tokens = 0;
  for (int index = 0; index == 0 || fs::exists(folder / train_file(index)); ++index) {
    TRY(Shard shard, open_shard(folder / train_file(index), tokenizer));
    tokens += shard.tokens();
    train.push_back(std::move(shard));
  }
  if (tokens == 0) return fail(folder.string() + " has no tokens to train on");
  TRY(Shard validation, open_shard(folder / kValidationFile, tokenizer));
  return Dataset(std::move(vocabulary), std::move(train), std::move(validation));
}

Result<void> Dataset::verify() const {
  for (const Shard& shard : train_) CHECK_OK(shard.verify());
  return validation_.verify();
}

}  // namespace trainer
