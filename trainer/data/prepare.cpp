#include "trainer/data/prepare.h"

#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "trainer/core/clock.h"
#include "trainer/data/bpe_trainer.h"
#include "trainer/data/dataset.h"
#include "trainer/data/encoder.h"
#include "trainer/data/shard.h"
#include "trainer/data/tiktoken_file.h"

namespace trainer {
namespace {

namespace fs = std::filesystem;

Result<void> check_disjoint(const PathList& train, const PathList& validation) {
  for (const fs::path& held_out : validation) {
    for (const fs::path& file : train) {
      std::error_code error;
      if (!fs::equivalent(file, held_out, error)) continue;
      return fail(held_out.string() + " is in both the training and the validation text",
                  "A score on text that the model has seen says nothing: hold other text out.");
    }
  }
  return {};
}

Result<Vocabulary> make_vocabulary(const PrepareOptions& options, const PathList& train) {
  if (!options.tokenizer.empty()) return load_vocabulary(options.tokenizer);
  PieceCounts pieces;
  const ReadOptions reading{.document_bytes = options.document_bytes};
  CHECK_OK(read_documents(train, reading, [&](std::string_view text) { pieces.add(text); }));
  return train_bpe(pieces, options.vocabulary_size);
}

// So that a preparation that is interrupted, or has fewer shards, does not leave a mixture.
Result<void> clear_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail("could not create " + folder.string() + ": " + error.message());
  PathList old = {folder / kTokenizerFile, folder / kValidationFile};
  for (int i = 0; fs::exists(folder / train_file(i), error); ++i)
    old.push_back(folder / train_file(i));
  for (const fs::path& file : old) {
    fs::remove(file, error);
    if (error) return fail("could not remove " + file.string() + ": " + error.message());
  }
  return {};
}

// Documents to shards of about `shard_tokens`. Keeps the first failure to write.
class SplitWriter {
 public:
  SplitWriter(const Vocabulary& vocabulary, std::int64_t shard_tokens,
              std::function<fs::path(int)> path)
      : vocabulary_(vocabulary),
        shard_tokens_(shard_tokens),
        path_(std::move(path)),
        encoder_(vocabulary) {}

  void add(std::string_view document) {
    tokens_.clear();
    encoder_.append(document, tokens_);
    builder_.add(tokens_, static_cast<std::int64_t>(document.size()));
    if (builder_.tokens() >= shard_tokens_) write();
  }

  Result<SplitReport> finish(const CorpusCounts& text) {
    if (builder_.documents() > 0) write();
    CHECK_OK(status_);
    report_.text = text;
    return report_;
  }

 private:
  void write() {
    if (status_) status_ = builder_.write(path_(report_.shards), vocabulary_);
    ++report_.shards;
    report_.tokens += builder_.tokens();
    builder_ = {};
  }

  const Vocabulary& vocabulary_;  // outlives us
  std::int64_t shard_tokens_;
  std::function<fs::path(int)> path_;
  Encoder encoder_;
  ShardBuilder builder_;
  std::vector<std::uint16_t> tokens_;
  SplitReport report_;
  Result<void> status_;
};

Result<SplitReport> write_split(const PathList& files, std::int64_t document_bytes,
                                SplitWriter writer) {
  TRY(const CorpusCounts text,
      read_documents(files, {.document_bytes = document_bytes},
                     [&](std::string_view document) { writer.add(document); }));
  return writer.finish(text);
}

}  // namespace

Result<PrepareReport> prepare(const PrepareOptions& options) {
  TRY(const PathList train, list_corpus(options.train));
  TRY(const PathList validation, list_corpus(options.validation));
  CHECK_OK(check_disjoint(train, validation));
  const double begin = monotonic_seconds();
  TRY(const Vocabulary vocabulary, make_vocabulary(options, train));
  const double trained = monotonic_seconds();

  CHECK_OK(clear_folder(options.folder));
  const auto train_path = [&](int index) { return options.folder / train_file(index); };
  const auto validation_path = [&](int) { return options.folder / kValidationFile; };
  constexpr std::int64_t kOneShard = std::numeric_limits<std::int64_t>::max();
  PrepareReport report{.vocabulary_size = vocabulary.size(),
                       .tokenizer_digest = vocabulary.digest()};
  TRY(report.train, write_split(train, options.document_bytes,
                                SplitWriter(vocabulary, options.shard_tokens, train_path)));
  const double train_written = monotonic_seconds();
  TRY(report.validation, write_split(validation, options.document_bytes,
                                     SplitWriter(vocabulary, kOneShard, validation_path)));
  CHECK_OK(save_vocabulary(options.folder / kTokenizerFile, vocabulary));
  report.tokenizer_seconds = trained - begin;
  report.train_seconds = train_written - trained;
  report.validation_seconds = monotonic_seconds() - train_written;
  return report;
}

}  // namespace trainer
