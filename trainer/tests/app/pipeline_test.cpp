// The way of a README: prepare, train, eval.
#include <array>
#include <cmath>

#include "trainer/tests/app/workspace.h"

using namespace trainer;

namespace {

class Pipeline : public Workspace {
 protected:
  Pipeline() { prepared(); }

  // The number behind `"name":` in a line of JSON.
  static double number_in(const std::string& line, const std::string& name) {
    const std::size_t at = line.find("\"" + name + "\":");
    return at == std::string::npos ? NAN : std::stod(line.substr(at + name.size() + 3));
  }
  // Of the first line, "step 00001 (2.6%) | loss: 5.702562 | tok/sec: 251,087 | ...".
  static double shown_speed(std::string text) {
    text.erase(0, text.find("tok/sec: ") + 9);
    text.resize(text.find(' '));
    std::erase(text, ',');
    return std::stod(text);
  }
};

}  // namespace

TEST_F(Pipeline, PrepareSaysWhatItRead) {
  const Outcome outcome = prepare();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_NE(outcome.out.find("tokens 300, tokenizer "), std::string::npos) << outcome.out;
  EXPECT_NE(outcome.out.find("train  54,989 bytes in 292 documents, "), std::string::npos);
  EXPECT_NE(outcome.out.find("val    10,405 bytes in 55 documents, "), std::string::npos);
  EXPECT_NE(outcome.out.find(path("data") + " is ready\n"), std::string::npos);
}

TEST_F(Pipeline, TheBlockBeginsWithAutoresearchsNineKeysInTheirOrder) {
  const Outcome outcome = train({"--budget=1024"});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  constexpr std::array kKeys = {"val_bpb",      "training_seconds", "total_seconds",
                                "peak_vram_mb", "mfu_percent",      "total_tokens_M",
                                "num_steps",    "num_params_M",     "depth"};
  std::size_t at = outcome.out.find("---\n") + 4;
  for (const std::string key : kKeys) {
    EXPECT_EQ(outcome.out.substr(at, outcome.out.find(':', at) - at), key);
    at = outcome.out.find('\n', at) + 1;
  }
  EXPECT_EQ(value_of("num_steps", outcome.out), "2");
  EXPECT_EQ(value_of("depth", outcome.out), "1");
}

TEST_F(Pipeline, TheEvaluatorGivesTheTrainersScoreToTheLastDigit) {
  const Outcome trained = train({"--budget=5000", "--save", path("kept/model.ckpt")});
  ASSERT_EQ(trained.status, 0) << trained.err;
  const Outcome judged =
      run({"eval", "--checkpoint", path("kept/model.ckpt"), "--data", path("data")});
  ASSERT_EQ(judged.status, 0) << judged.err;
  EXPECT_TRUE(judged.out.starts_with("---\nval_bpb: ")) << judged.out;
  for (const char* name : {"val_bpb", "measure_digest", "data_digest"}) {
    EXPECT_EQ(value_of(name, trained.out), value_of(name, judged.out)) << name;
  }
}

TEST_F(Pipeline, EveryWholeByteOfTheSplitIsJudged) {
  ASSERT_EQ(train({"--budget=512", "--save", path("model.ckpt")}).status, 0);
  const Outcome judged = run({"eval", "--checkpoint", path("model.ckpt"), "--data", path("data")});
  EXPECT_EQ(value_of("bytes", judged.out), "10405");
}

TEST_F(Pipeline, MetricsHaveALineForEachStep) {
  ASSERT_EQ(train({"--budget=5120", "--run_dir", path("run")}).status, 0);
  std::istringstream lines(read("run/metrics.jsonl"));
  int step = 0;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(number_in(line, "step"), ++step);
    EXPECT_EQ(number_in(line, "tokens"), 512 * step);
    EXPECT_DOUBLE_EQ(number_in(line, "progress"), 0.1 * step);
    EXPECT_GT(number_in(line, "loss"), 0) << line;
  }
  EXPECT_EQ(step, 10);
}

TEST_F(Pipeline, TheSummaryIsAlsoAFileWithUnroundedValues) {
  const Outcome outcome = train({"--budget=1024", "--run_dir", path("new/run")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const std::string json = read("new/run/summary.json");
  EXPECT_EQ(count_lines(json), 1);
  EXPECT_NEAR(number_in(json, "val_bpb"), std::stod(value_of("val_bpb", outcome.out)), 1e-6);
  EXPECT_EQ(number_in(json, "num_steps"), 2);
  EXPECT_EQ(number_in(json, "total_tokens_M"), 0.001024);
  EXPECT_EQ(number_in(json, "seed"), 42);
}

TEST_F(Pipeline, PawlsVariablesSayWhereThingsGo) {
  const Outcome outcome = train({"--budget=1024"}, {"PAWL_RUN_DIR=" + path("run"),
                                                    "PAWL_CHECKPOINT_DIR=" + path("checkpoints"),
                                                    "PAWL_ARTIFACTS=" + path("artifacts")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  for (const char* file : {"run/metrics.jsonl", "run/summary.json", "checkpoints/latest.ckpt",
                           "artifacts/model.ckpt"}) {
    EXPECT_TRUE(std::filesystem::exists(path(file))) << file;
  }
}

TEST_F(Pipeline, ThePrintedConfigReadsBackAsTheSameConfig) {
  const Words more = {"--seed=7", "--softcap=12.5", "--window_pattern=SL", "--print_config"};
  const Outcome printed = train(more);
  ASSERT_EQ(printed.status, 0) << printed.err;
  EXPECT_NE(printed.out.find("seed = 7\n"), std::string::npos) << printed.out;
  put(path("run.toml"), printed.out);
  const Outcome again = run({"train", "--config", path("run.toml"), "--print_config"});
  EXPECT_EQ(again.out, printed.out) << again.err;
}

TEST_F(Pipeline, TheSpeedShownIsOfAllMicroBatchesOfAStep) {
  const Outcome outcome =
      train({"--budget=4096", "--total_batch_size=4096", "--run_dir", path("run")});
  ASSERT_EQ(outcome.status, 0) << outcome.err;
  const double seconds = number_in(read("run/metrics.jsonl"), "step_seconds");
  EXPECT_NEAR(shown_speed(outcome.err) * seconds, 4096, 10) << outcome.err;
}
