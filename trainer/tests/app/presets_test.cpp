// The presets, and what follows from a config.
#include <gtest/gtest.h>

#include "trainer/app/train_config.h"
#include "trainer/tests/data/scratch.h"

using namespace trainer;

namespace {

std::string text_of(TrainConfig config) { return print_config(knobs(config)); }

TrainConfig completed(std::string_view name, std::int64_t vocabulary) {
  TrainConfig config = must(preset(name));
  must(complete(config, vocabulary));
  return config;
}

}  // namespace

TEST(Presets, AllAreWholeConfigsForAVocabularyOf4096) {
  EXPECT_EQ(preset_names(), (std::vector<std::string>{"autoresearch", "10s", "60s", "300s"}));
  for (const std::string& name : preset_names()) {
    TrainConfig config = must(preset(name));
    EXPECT_EQ(message_of(complete(config, 4096)), "") << name;
    EXPECT_GE(config.micro_batches(), 1) << name;
  }
}

TEST(Presets, AutoresearchIsTheDefault) {
  EXPECT_EQ(text_of(must(preset("autoresearch"))), text_of(TrainConfig{}));
}

TEST(Presets, AutoresearchHasThePublishedSizes) {
  const TrainConfig config = completed("autoresearch", 8192);
  EXPECT_EQ(config.model.width, 512);
  EXPECT_EQ(config.micro_batches(), 2);
  EXPECT_EQ(parameters_of(config.model).parameters, 50'332'176);
  EXPECT_EQ(flops_per_token(config.model, FlopCount::kFormula), 239'078'400.0);
  EXPECT_EQ(flops_per_token(config.model, FlopCount::kCausal), 217'092'096.0);
}

TEST(Presets, AreNamedForTheSecondsTheyTake) {
  EXPECT_EQ(completed("10s", 4096).budget, 10);
  EXPECT_EQ(completed("60s", 4096).budget, 60);
  EXPECT_EQ(completed("300s", 4096).budget, 300);
  EXPECT_EQ(completed("10s", 4096).budget_kind, "seconds");
}

TEST(Presets, OnlyAutoresearchDropsTails) {
  EXPECT_TRUE(completed("autoresearch", 8192).drop_tails);
  for (const char* name : {"10s", "60s", "300s"}) {
    EXPECT_FALSE(completed(name, 4096).drop_tails);
    EXPECT_EQ(completed(name, 4096).eval_packing, "stream");
  }
}

TEST(Presets, TheWidthFollowsFromDepthAndIsWholeHeads) {
  TrainConfig config = must(preset("10s"));
  config.model.depth = 3;
  config.aspect_ratio = 50;
  must(complete(config, 4096));
  EXPECT_EQ(config.model.width, 192);  // 150 rounded up to heads of 64
  EXPECT_EQ(config.model.vocabulary, 4096);
}

TEST(Presets, AnUnknownOneIsRefused) {
  EXPECT_EQ(message_of(preset("600s")), "there is no preset \"600s\"");
}
