#include "server/records/metrics.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/records/attempt_fixture.h"

using namespace pawl;

class Metrics : public AttemptTest {
 protected:
  FinalMetrics read(const MetricLimits& limits = {}) const {
    return read_final_metrics(folder_, limits).value();
  }
};

TEST_F(Metrics, LastValueOfEachKeyCounts) {
  metrics(
      "{\"step\":1,\"t\":0.5,\"loss\":2.5}\n"
      "{\"step\":2,\"t\":1.0,\"loss\":1.25,\"lr\":1e-3}\n");
  const FinalMetrics found = read();
  EXPECT_EQ(found.values, (std::map<std::string, double>{{"loss", 1.25}, {"lr", 0.001}}));
  EXPECT_EQ(found.lines, 2);
  EXPECT_EQ(found.points, 3);
  EXPECT_EQ(found.lines_refused, 0);
}

TEST_F(Metrics, ARunWithoutAnyFileHasNone) {
  const FinalMetrics found = read();
  EXPECT_TRUE(found.values.empty());
  EXPECT_EQ(found.lines, 0);
}

TEST_F(Metrics, AutoresearchsBlockIsReadFromStdout) {
  output(
      "step 00953 (100.0%) | loss: 2.31 | dt: 318ms\n---\n"
      "val_bpb:          0.997900\ntraining_seconds: 300.1\ntotal_seconds:    325.9\n"
      "peak_vram_mb:     45060.2\nmfu_percent:      39.80\ntotal_tokens_M:   499.6\n"
      "num_steps:        953\nnum_params_M:     50.3\ndepth:            8\n");
  const FinalMetrics found = read();
  EXPECT_EQ(found.values.size(), 9U);
  EXPECT_EQ(found.values.at("val_bpb"), 0.9979);
  EXPECT_EQ(found.values.at("depth"), 8);
}

TEST_F(Metrics, OfSeveralBlocksTheLastOneWins) {
  output(
      "---\nval_bpb: 1.1\nnum_steps: 10\nmfu_percent: 12\n"
      "resumed\n---\nval_bpb: 0.9979\nnum_steps: 953\nval_bpb: nan\nval_bpb: 0.9978\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{
                               {"mfu_percent", 12}, {"num_steps", 953}, {"val_bpb", 0.9978}}));
  EXPECT_TRUE(read().not_finite.empty());
}

TEST_F(Metrics, AProgressBarIsReadUpToItsCarriageReturns) {
  output("step 1/9 loss: 3\rloss: 2.5\rstep 9/9 loss: 2\rval_bpb: 0.5\r\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{{"loss", 2.5}, {"val_bpb", 0.5}}));
}

TEST_F(Metrics, ColoursHideNoMetric) {
  output("\x1b[1;32mval_bpb:\x1b[0m 0.75\n\x1b]0;title\x07loss: \x1b[31mnan\x1b[0m\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{{"val_bpb", 0.75}}));
  EXPECT_EQ(read().not_finite, std::set<std::string>{"loss"});
}

TEST_F(Metrics, BytesThatAreNoTextSpoilOnlyTheirOwnKey) {
  metrics("{\"a\xff\":1,\"b\":2,\"note\":\"\xc3\x28\"}\n\xfe\xff\n");
  output("c\xff: 3\nd: 4\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{{"b", 2}, {"d", 4}}));
}

TEST_F(Metrics, OfAKeyTwiceInALineTheLastCounts) {
  metrics("{\"a\":1,\"a\":2,\"b\":1e400,\"b\":3,\"c\":3,\"c\":1e400}\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{{"a", 2}, {"b", 3}}));
  EXPECT_EQ(read().not_finite, std::set<std::string>{"c"});
}

TEST_F(Metrics, OnlyWholeLinesOfKeyAndNumberCountInStdout) {
  output("12:30\nloss: 2.5 (best)\nsaved to: /tmp/x\n  score : -1.5e2 \r\nloss: 3 | lr: 4\n: 5\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{{"score", -150}}));
}

TEST_F(Metrics, MetricsFileWinsOverStdout) {
  output("val_bpb: 1.5\nonly: 1\n");
  metrics("{\"val_bpb\":1.25}\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{{"val_bpb", 1.25}, {"only", 1}}));
  metrics("{\"val_bpb\":NaN}\n");
  EXPECT_EQ(read().values, (std::map<std::string, double>{{"only", 1}}));
  EXPECT_EQ(read().not_finite, std::set<std::string>{"val_bpb"});
}

TEST_F(Metrics, NotFiniteValuesAreKeptAsFacts) {
  metrics("{\"a\":NaN,\"b\":Infinity,\"c\":-Infinity,\"d\":1e999,\"e\":null,\"f\":1e-999}\n");
  const FinalMetrics found = read();
  EXPECT_EQ(found.not_finite, (std::set<std::string>{"a", "b", "c", "d", "e"}));
  EXPECT_EQ(found.values, (std::map<std::string, double>{{"f", 0}}));
  output("g: nan\nh: -inf\n");
  EXPECT_TRUE(read().not_finite.contains("g"));
  EXPECT_TRUE(read().not_finite.contains("h"));
}

TEST_F(Metrics, ARunThatRecoversFromNaNHasItsLastValue) {
  metrics("{\"loss\":NaN}\n{\"loss\":2}\n");
  EXPECT_EQ(read().values.at("loss"), 2);
  EXPECT_TRUE(read().not_finite.empty());
}

TEST_F(Metrics, ARunThatDivergesAtItsEndHasNoLastValue) {
  metrics("{\"loss\":2}\n{\"loss\":NaN}\n");
  EXPECT_TRUE(read().values.empty());
  EXPECT_EQ(read().not_finite, std::set<std::string>{"loss"});
}

TEST_F(Metrics, MalformedLinesAreCountedAndSkipped) {
  metrics(
      "{\"a\":1}\nnot json\n{\"a\":2\n{\"a\":{\"b\":3}}\n{\"a\":[4]}\n{\"a\":5}{\"a\":6}\n{,}\n"
      "{\"a\":0x10}\n{\"a\":}\n[1]\n" +
      std::string(100'000, '[') + "\n{\"text\":\"with \\\" and }\",\"ok\":true,\"b\":7}\n");
  const FinalMetrics found = read();
  EXPECT_EQ(found.values, (std::map<std::string, double>{{"a", 1}, {"b", 7}}));
  EXPECT_EQ(found.lines, 2);
  EXPECT_EQ(found.lines_refused, 10);
}

TEST_F(Metrics, KeysOutsideTheAlphabetAreRefused) {
  metrics("{\"ok-1._\":1,\"a b\":1,\"\":1,\"<script>\":1,\"caf\xc3\xa9\":1,\"a\\u0062\":1,\"" +
          std::string(65, 'k') + "\":1}\n");
  const FinalMetrics found = read();
  EXPECT_EQ(found.values, (std::map<std::string, double>{{"ok-1._", 1}}));
  EXPECT_EQ(found.keys_refused, 6);
}

TEST_F(Metrics, AHundredThousandKeysAreCapped) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "{\"k" + std::to_string(i) + "\":1}\n";
  metrics(text);
  const FinalMetrics found = read();
  EXPECT_EQ(found.values.size(), 500U);
  EXPECT_EQ(found.keys_refused, 99'500);
  EXPECT_EQ(found.lines, 100'000);
}

TEST_F(Metrics, AKnownKeyIsUpdatedEvenWhenTheTableIsFull) {
  metrics("{\"a\":1}\n{\"b\":1}\n{\"a\":2}\n");
  EXPECT_EQ(read({.keys_max = 1}).values, (std::map<std::string, double>{{"a", 2}}));
}

TEST_F(Metrics, OfAHugeFileTheEndIsRead) {
  metrics("{\"first\":1}\n" + std::string(5000, 'x') + "\n{\"last\":2}\n");
  const FinalMetrics found = read({.bytes_max = 1000});
  EXPECT_TRUE(found.truncated);
  EXPECT_EQ(found.lines_refused, 0);  // what the cut left of a line is no line
  EXPECT_EQ(found.values, (std::map<std::string, double>{{"last", 2}}));
}

TEST_F(Metrics, AnEndlessLineIsRefusedWithoutBeingKept) {
  metrics("{\"a\":1}\n{\"b\":\"" + std::string(5'000'000, 'x') + "\"}\n{\"c\":3}");
  const FinalMetrics found = read();
  EXPECT_EQ(found.values, (std::map<std::string, double>{{"a", 1}, {"c", 3}}));
  EXPECT_EQ(found.lines_refused, 1);
}

TEST_F(Metrics, ALinkAPipeASocketAndAFolderInPlaceOfTheFileAreRefused) {
  const std::filesystem::path path = folder_.run() / "metrics.jsonl";
  const auto expect_refused = [&](const char* what) {
    const auto result = read_final_metrics(folder_);
    ASSERT_FALSE(result) << what;
    EXPECT_EQ(result.error().kind, ErrorKind::kInvalid) << what;
    std::filesystem::remove(path);
  };
  write(top_ / "secret", "{\"password\":1}\n");
  std::filesystem::create_symlink(top_ / "secret", path);
  expect_refused("link");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);  // would block for ever
  expect_refused("pipe");
  std::filesystem::create_directory(path);
  expect_refused("folder");
  std::filesystem::create_symlink("/dev/zero", path);
  expect_refused("link to a device");
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  expect_refused("socket");
  close(listener);
}

TEST_F(Metrics, ARunFolderThatBecameALinkIsNotFollowed) {
  std::filesystem::create_directory(top_ / "elsewhere");
  write(top_ / "elsewhere" / "metrics.jsonl", "{\"a\":1}\n");
  std::filesystem::remove_all(folder_.run());
  std::filesystem::create_directory_symlink(top_ / "elsewhere", folder_.run());
  EXPECT_FALSE(read_final_metrics(folder_));
}
