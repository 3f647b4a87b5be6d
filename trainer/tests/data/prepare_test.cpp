#include "trainer/data/prepare.h"

#include "trainer/core/digest.h"
#include "trainer/data/dataset.h"
#include "trainer/data/tiktoken_file.h"
#include "trainer/tests/data/shards.h"

namespace trainer {
namespace {

constexpr const char* kTrain = "the cat, the hat\n\nthe other cat\n\nthat hat, the other\n";
constexpr const char* kValidation = "zebra zebra zebra\n\nthe cat\n";

class Prepare : public Scratch {
 protected:
  Prepare() {
    options_ = {.train = {write("train.txt", kTrain)},
                .validation = {write("val.txt", kValidation)},
                .folder = path("out"),
                .vocabulary_size = 266,
                .document_bytes = 20};
  }
  Dataset dataset() const { return must(Dataset::open(path("out"))); }

  PrepareOptions options_;
};

std::string text_of(const Vocabulary& vocabulary, const Shard& shard) {
  std::string text;
  for (std::int64_t i = 0; i < shard.documents(); ++i) text += vocabulary.decode(shard.document(i));
  return text;
}

TEST_F(Prepare, TheFolderHoldsBothTexts) {
  must(prepare(options_));
  const Dataset data = dataset();
  EXPECT_EQ(data.vocabulary().size(), 266);
  ASSERT_EQ(data.train().size(), 1u);
  EXPECT_EQ(text_of(data.vocabulary(), data.train()[0]), kTrain);
  EXPECT_EQ(text_of(data.vocabulary(), data.validation()), kValidation);
  EXPECT_EQ(message_of(data.verify()), "");
}

TEST_F(Prepare, ReportsWhatItRead) {
  write("val.txt", "caf\xe9\n");
  const PrepareReport report = must(prepare(options_));
  EXPECT_EQ(report.train.text.documents, 3);
  EXPECT_EQ(report.train.text.bytes, 53);
  EXPECT_EQ(report.train.text.invalid_utf8_bytes, 0);
  EXPECT_EQ(report.validation.text.invalid_utf8_bytes, 1);
  EXPECT_EQ(report.validation.tokens, 5);
  EXPECT_EQ(report.validation.bytes_per_token(), 1.0);
  EXPECT_EQ(report.tokenizer_digest, dataset().vocabulary().digest());
}

TEST_F(Prepare, ValidationTextDoesNotTouchTheTokenizer) {
  const std::uint64_t digest = must(prepare(options_)).tokenizer_digest;
  write("val.txt", "something else entirely, else else else else\n");
  EXPECT_EQ(must(prepare(options_)).tokenizer_digest, digest);
}

TEST_F(Prepare, ATokenizerCanBeGiven) {
  must(save_vocabulary(path("given.tiktoken"), vocabulary_with({"zebra"})));
  options_.tokenizer = path("given.tiktoken");
  EXPECT_EQ(must(prepare(options_)).vocabulary_size, 261);
  EXPECT_EQ(dataset().vocabulary().bytes(256), "zebra");
}

TEST_F(Prepare, AFileInBothTextsIsRefused) {
  std::filesystem::create_hard_link(path("train.txt"), path("same.txt"));
  options_.validation.push_back(path("same.txt"));
  EXPECT_EQ(message_of(prepare(options_)),
            path("same.txt").string() + " is in both the training and the validation text");
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

TEST_F(Prepare, ManyTokensMakeSeveralShards) {
  options_.shard_tokens = 1;
  EXPECT_EQ(must(prepare(options_)).train.shards, 3);
  const Dataset data = dataset();
  EXPECT_EQ(text_of(data.vocabulary(), data.train()[2]), "that hat, the other\n");
}

TEST_F(Prepare, NothingOfAnEarlierPreparationRemains) {
  options_.shard_tokens = 1;
  must(prepare(options_));
  options_.shard_tokens = 1000;
  must(prepare(options_));
  EXPECT_EQ(dataset().train().size(), 1u);
}

TEST_F(Prepare, ADatasetNamesTheFileThatIsMissing) {
  must(prepare(options_));
  for (const char* name : {"val.shard", "train-000.shard", "tokenizer.tiktoken"}) {
    std::filesystem::remove(path("out") / name);
    const auto opened = Dataset::open(path("out"));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message, (path("out") / name).string() + " is missing");
    EXPECT_EQ(opened.error().hint,
              "Run: pawl-train prepare --out " + path("out").string() + " ...");
  }
}

TEST_F(Prepare, ADatasetRefusesAShardOfAnotherTokenizer) {
  const std::uint64_t own = must(prepare(options_)).tokenizer_digest;
  write_shard(path("out/val.shard"), {{1, 2}});
  EXPECT_EQ(message_of(Dataset::open(path("out"))),
            path("out/val.shard").string() + " is a shard of another tokenizer: " +
                hex(vocabulary_with({"th", "he"}).digest()) + ", and this folder's is " + hex(own));
}

}  // namespace
}  // namespace trainer
