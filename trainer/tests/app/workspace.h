// A folder with a small corpus, and the commands of pawl-train as verbs.
#pragma once
#include <gtest/gtest.h>

#include <filesystem>
#include <initializer_list>
#include <string>

#include "trainer/tests/app/corpus.h"
#include "trainer/tests/app/program.h"
#include "trainer/tests/core/temp_folder.h"

namespace trainer {

inline Words operator+(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

// One layer of 64 channels, steps of 8 rows of 64 tokens: some 100,000 tokens a second.
inline const Words kTiny = {
    "--depth=1",          "--aspect_ratio=64",     "--head_dim=32",          "--context=64",
    "--mlp_ratio=2",      "--device_batch_size=8", "--total_batch_size=512", "--drop_tails=false",
    "--threads=1",        "--budget_kind=tokens",  "--eval_packing=stream",  "--matrix_lr=0.02",
    "--embedding_lr=0.3", "--eval_tokens=8192",    "--unembedding_lr=0.004",
};

class Workspace : public testing::Test {
 protected:
  Workspace() {
    put(folder_ / "train.txt", synthetic_text(1, 300));
    put(folder_ / "val.txt", synthetic_text(2, 60));
  }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  std::string read(const std::string& name) const { return contents(folder_ / name); }

  Outcome run(const Words& arguments, const Words& environment = {}) const {
    return Program(folder_.path(), arguments, environment).wait();
  }

  // Into the folder "data", or another; what is said twice is said last.
  Outcome prepare(const Words& more = {}) const {
    return run(Words{"prepare", "--train", path("train.txt"), "--val", path("val.txt"), "--out",
                     path("data"), "--vocabulary=300", "--document_bytes=256"} +
               more);
  }
  void prepared() const {
    const Outcome outcome = prepare();
    ASSERT_EQ(outcome.status, 0) << outcome.err;
  }

  Words train_arguments(const Words& more) const {
    return Words{"train", "--data", path("data")} + kTiny + more;
  }
  Outcome train(const Words& more, const Words& environment = {}) const {
    return run(train_arguments(more), environment);
  }
  // None of the files that it writes may have more bytes.
  Outcome train_on_full_disk(rlim_t bytes, const Words& more) const {
    const FullDisk disk(bytes);
    return train(more);
  }

  // "0.123456" behind "val_bpb:".
  static std::string value_of(const std::string& name, const std::string& block) {
    const std::size_t at = block.find("\n" + name + ":");
    if (at == std::string::npos) return "no " + name + " in: " + block;
    const std::size_t begin = block.find_first_not_of(' ', at + name.size() + 2);
    return block.substr(begin, block.find('\n', begin) - begin);
  }

 private:
  TempFolder folder_;
};

// Exit status 1, and a message with each of these in it, in this order.
inline void expect_refusal(const Outcome& outcome, std::initializer_list<std::string> parts) {
  EXPECT_EQ(outcome.status, 1) << outcome.err;
  std::size_t at = ("\n" + outcome.err).find("\npawl-train: ");  // lines of progress may precede it
  ASSERT_NE(at, std::string::npos) << outcome.err;
  for (const std::string& part : parts) {
    const std::size_t found = outcome.err.find(part, at);
    EXPECT_NE(found, std::string::npos) << "no \"" << part << "\" in: " << outcome.err;
    if (found != std::string::npos) at = found + part.size();
  }
}

}  // namespace trainer
