// Texts and folders that prepare and train must refuse, each by its name.
#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class BadData : public Workspace {
 protected:
  Outcome train_one_step() const { return train({"--budget=512"}); }

  // 500 tokens in the middle of a shard's payload, which no header covers.
  void overwrite(const std::string& shard, const std::string& token) const {
    std::string bytes = read(shard);
    for (std::size_t i = 0; i < 500; ++i) bytes.replace(bytes.size() - 4000 + 2 * i, 2, token);
    put(path(shard), bytes);
  }
};

}  // namespace

TEST_F(BadData, AnEmptyTextIsRefused) {
  put(path("train.txt"), "");
  expect_refusal(prepare(), {path("train.txt") + " is empty"});
}

TEST_F(BadData, ABinaryTextIsRefusedWhereItsFirstNulByteIs) {
  put(path("train.txt"), std::string("seven b\0tes", 11));
  expect_refusal(prepare(), {path("train.txt") + ": a NUL byte at offset 7: this is no text"});
}

TEST_F(BadData, AVocabularyThatTheTextCannotFillIsRefusedWithTheLargest) {
  expect_refusal(prepare({"--vocabulary=5000"}),
                 {"a vocabulary of 5,000 tokens needs 4,740 merges, and this text supports ",
                  "ask for a vocabulary of at most ", " tokens."});
}

TEST_F(BadData, AVocabularyOutsideItsLimitsIsRefused) {
  expect_refusal(prepare({"--vocabulary=259"}), {"vocabulary", "259", "260"});
  expect_refusal(prepare({"--vocabulary=65537"}), {"vocabulary", "65"});
}

TEST_F(BadData, AVocabularyOfMoreThan32BitsIsNotTakenForItsLowHalf) {
  expect_refusal(prepare({"--vocabulary=4294967596"}), {"vocabulary", "65"});  // 2^32 + 300
}

TEST_F(BadData, TextThatIsInBothSplitsIsRefused) {
  expect_refusal(prepare({"--val", path("train.txt")}),
                 {path("train.txt") + " is in both the training and the validation text",
                  "hold other text out"});
}

TEST_F(BadData, WhatPrepareNeedsIsNamed) {
  expect_refusal(run({"prepare", "--train", path("train.txt")}),
                 {"prepare needs --train, --val and --out", "Example: pawl-train prepare"});
  expect_refusal(prepare({"--train", path("nowhere.txt")}),
                 {path("nowhere.txt") + " does not exist"});
}

TEST_F(BadData, TrainWithoutDataIsRefused) {
  expect_refusal(run({"train"}), {"train needs --data FOLDER", "pawl-train prepare writes one."});
}

TEST_F(BadData, AFolderWithoutShardsIsToldHowToPrepareIt) {
  std::filesystem::create_directories(path("data"));
  expect_refusal(train_one_step(), {path("data/tokenizer.tiktoken") + " is missing",
                                    "Run: pawl-train prepare --out " + path("data")});
  prepared();
  std::filesystem::remove(path("data/val.shard"));
  expect_refusal(train_one_step(), {path("data/val.shard") + " is missing", "pawl-train prepare"});
}

TEST_F(BadData, ANameThatIsTooLongForAFileIsRefused) {
  expect_refusal(train({"--data", std::string(300, 'x')}), {"xxx/tokenizer.tiktoken"});
}

TEST_F(BadData, AShardOfAnotherTokenizerIsRefused) {
  prepared();
  ASSERT_EQ(prepare({"--out", path("other"), "--vocabulary=280"}).status, 0);
  put(path("data/train-000.shard"), read("other/train-000.shard"));
  expect_refusal(train_one_step(),
                 {path("data/train-000.shard") + " is a shard of another tokenizer: ",
                  "Run pawl-train prepare again."});
}

TEST_F(BadData, AShardWithATokenOutsideTheVocabularyIsRefused) {
  prepared();
  overwrite("data/train-000.shard", "\xff\xff");
  expect_refusal(train_one_step(), {path("data/train-000.shard") + " is damaged"});
}

TEST_F(BadData, AValidationSplitThatWasChangedGivesNoScore) {
  prepared();
  ASSERT_EQ(train({"--budget=512", "--save", path("model.ckpt")}).status, 0);
  overwrite("data/val.shard", std::string("\x01\x00", 2));
  expect_refusal(train_one_step(), {path("data/val.shard") + " is damaged"});
  expect_refusal(run({"eval", "--checkpoint", path("model.ckpt"), "--data", path("data")}),
                 {path("data/val.shard") + " is damaged"});
}

TEST_F(BadData, WhatEvalNeedsIsNamed) {
  expect_refusal(run({"eval", "--data", path("data")}), {"eval needs --checkpoint and --data"});
  prepared();
  expect_refusal(run({"eval", "--checkpoint", path("train.txt"), "--data", path("data")}),
                 {path("train.txt") + " is not a checkpoint of pawl-train"});
}
