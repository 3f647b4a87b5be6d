// The curves of a run's metrics.jsonl.
#include "server/records/series.h"

#include <sys/resource.h>
#include <unistd.h>

#include "tests/records/attempt_fixture.h"

using namespace pawl;

class SeriesOfARun : public AttemptTest {
 protected:
  Series read(const SeriesRequest& request = {.keys = {}, .goal = "val_bpb"}) const {
    return read_series(folder_, request).value();
  }
  static std::vector<double> xs(const Curve& curve) {
    std::vector<double> found;
    for (const CurveSample& sample : curve.samples()) found.push_back(sample.x);
    return found;
  }
};

TEST_F(SeriesOfARun, WithoutKeysHasTheGoalAndWhatIsLikeALoss) {
  metrics("{\"step\":1,\"t\":0.5,\"train_loss\":3,\"lr\":1,\"val_bpb\":2,\"note\":\"x\"}\n");
  const Series series = read();
  EXPECT_EQ(series.curves.size(), 2U);
  EXPECT_TRUE(series.curves.contains("val_bpb"));
  EXPECT_TRUE(series.curves.contains("train_loss"));
  EXPECT_EQ(series.keys, std::set<std::string>{"lr"});
}

TEST_F(SeriesOfARun, HasTheKeysAskedFor) {
  metrics("{\"step\":1,\"loss\":3,\"lr\":0.5}\n");
  const Series series = read({.keys = {"lr"}, .goal = "val_bpb"});
  EXPECT_EQ(series.curves.size(), 1U);
  EXPECT_EQ(series.curves.at("lr").facts().last->value, 0.5);
  EXPECT_EQ(series.keys, std::set<std::string>{"loss"});
}

TEST_F(SeriesOfARun, TheAxisIsAStepASecondOrAToken) {
  metrics(
      "{\"step\":10,\"t\":0.5,\"tokens\":4096,\"loss\":3}\n"
      "{\"step\":20,\"t\":1.5,\"tokens\":8192,\"loss\":2}\n");
  const auto axis = [&](SeriesAxis which) {
    return xs(read({.keys = {}, .goal = "", .axis = which}).curves.at("loss"));
  };
  EXPECT_EQ(axis(SeriesAxis::kStep), (std::vector<double>{10, 20}));
  EXPECT_EQ(axis(SeriesAxis::kSeconds), (std::vector<double>{0.5, 1.5}));
  EXPECT_EQ(axis(SeriesAxis::kTokens), (std::vector<double>{4096, 8192}));
}

TEST_F(SeriesOfARun, ALineWithoutAStepStandsWhereTheLastOneStood) {
  metrics("{\"step\":10,\"loss\":3}\n{\"val_bpb\":1}\n{\"step\":20,\"loss\":2}\n");
  EXPECT_EQ(xs(read().curves.at("val_bpb")), std::vector<double>{10});
}

TEST_F(SeriesOfARun, WithoutAnyStepLinesAreCounted) {
  metrics("{\"loss\":3}\nno json\n{\"loss\":2}\n");
  const Series series = read();
  EXPECT_EQ(xs(series.curves.at("loss")), (std::vector<double>{1, 2}));
  EXPECT_FALSE(series.has_axis);
  EXPECT_EQ(series.lines_refused, 1);
}

TEST_F(SeriesOfARun, AnAxisThatIsNotThereGivesNoCurve) {
  metrics("{\"step\":1,\"loss\":3}\n");
  const Series series = read({.keys = {}, .goal = "", .axis = SeriesAxis::kTokens});
  EXPECT_TRUE(series.curves.empty());
  EXPECT_FALSE(series.has_axis);
}

TEST_F(SeriesOfARun, ALineThatIsBeingWrittenIsLeftForLater) {
  metrics("{\"step\":1,\"loss\":3}\n{\"step\":2,\"lo");
  EXPECT_EQ(read().curves.at("loss").facts().points, 1);
}

TEST_F(SeriesOfARun, WithoutAFileThereAreNone) {
  EXPECT_FALSE(read().exists);
  EXPECT_TRUE(read().curves.empty());
}

TEST_F(SeriesOfARun, ALinkInPlaceOfTheFileIsRefused) {
  std::filesystem::create_symlink("/etc/passwd", folder_.run() / "metrics.jsonl");
  EXPECT_FALSE(read_series(folder_, {}));
}

TEST_F(SeriesOfARun, ThousandsOfLossesAreCappedAndTheGoalIsNotAmongTheLost) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "{\"loss" + std::to_string(i) + "\":1}\n";
  metrics(text + "{\"val_bpb\":1}\n");
  const Series series = read();
  EXPECT_LE(series.curves.size(), Series::kCurvesMax + 1);
  EXPECT_LE(series.keys.size(), Series::kKeysMax);
  EXPECT_TRUE(series.curves.contains("val_bpb"));
}

// 100 MB of which nearly all is a hole: one line without an end, which nobody keeps.
TEST_F(SeriesOfARun, AHundredMegabytesAreReadInLittleMemory) {
  const auto path = folder_.run() / "metrics.jsonl";
  metrics("{\"step\":1,\"loss\":3}\n");
  std::filesystem::resize_file(path, 100 << 20);
  std::ofstream(path, std::ios::app) << "\n{\"step\":2,\"loss\":2}\n";
  rusage before{};
  getrusage(RUSAGE_SELF, &before);
  const Series series = read();
  rusage after{};
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(series.curves.at("loss").facts().points, 2);
  EXPECT_EQ(series.lines_refused, 1);
#ifndef __SANITIZE_ADDRESS__                                // which keeps freed memory for a while
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 16 << 10);  // KiB
#endif
  EXPECT_FALSE(series.truncated);
}

TEST_F(SeriesOfARun, OfAFileOverTheLimitTheEndIsReadAndItSaysSo) {
  metrics("{\"step\":1,\"loss\":3}\n" + std::string(5000, ' ') + "\n{\"step\":2,\"loss\":2}\n");
  const Series series = read({.keys = {}, .goal = "", .limits = {.bytes_max = 1000}});
  EXPECT_TRUE(series.truncated);
  EXPECT_EQ(series.curves.at("loss").facts().points, 1);
}
