#include "trainer/measure/metrics.h"

#include <gtest/gtest.h>

#include <array>

#include "trainer/tests/core/refusal.h"
#include "trainer/tests/core/temp_folder.h"

using namespace trainer;

namespace {

class MetricsTest : public testing::Test {
 protected:
  MetricsFile open(std::optional<std::int64_t> resumed_step = std::nullopt) {
    return MetricsFile::open(folder_.path(), resumed_step).value();
  }
  static Result<void> write(MetricsFile& metrics, std::int64_t step, double loss = 0.5) {
    return metrics.write(step, 1.5, std::array{Metric{"loss", loss}});
  }
  std::string lines() const { return contents(folder_ / "metrics.jsonl"); }

  TempFolder folder_;
};

constexpr const char* kStep1 = "{\"step\":1,\"t\":1.5,\"loss\":0.5}\n";
constexpr const char* kStep2 = "{\"step\":2,\"t\":1.5,\"loss\":0.5}\n";
constexpr const char* kStep10 = "{\"step\":10,\"t\":1.5,\"loss\":0.5}\n";

}  // namespace

TEST_F(MetricsTest, ALineIsInTheFileOnceItIsWritten) {
  MetricsFile metrics = open();
  ASSERT_TRUE(write(metrics, 1).has_value());
  EXPECT_EQ(lines(), kStep1);
  ASSERT_TRUE(write(metrics, 2).has_value());
  EXPECT_EQ(lines(), std::string(kStep1) + kStep2);
}

TEST_F(MetricsTest, AResumedRunHasEachStepOnce) {
  put(folder_ / "metrics.jsonl", std::string(kStep1) + kStep2 + kStep10);
  MetricsFile metrics = open(1);
  ASSERT_TRUE(write(metrics, 2).has_value());
  EXPECT_EQ(lines(), std::string(kStep1) + kStep2);
}

TEST_F(MetricsTest, ALineThatACrashCutShortIsDropped) {
  put(folder_ / "metrics.jsonl", std::string(kStep1) + "{\"step\":2,\"t\":1.");
  MetricsFile metrics = open(2);
  EXPECT_EQ(lines(), kStep1);
  put(folder_ / "metrics.jsonl", std::string(kStep1) + "{\"step\":1");
  EXPECT_EQ((open(2), lines()), kStep1);
}

TEST_F(MetricsTest, ARunResumedInAnEmptyFolderBegins) {
  MetricsFile metrics = open(5);
  ASSERT_TRUE(write(metrics, 10).has_value());
  EXPECT_EQ(lines(), kStep10);
}

TEST_F(MetricsTest, AnotherRunBeginsAnew) {
  put(folder_ / "metrics.jsonl", kStep1);
  open();
  EXPECT_EQ(lines(), "");
}

TEST_F(MetricsTest, WithoutAFolderNothingIsWritten) {
  MetricsFile metrics = MetricsFile::open("", std::nullopt).value();
  EXPECT_TRUE(write(metrics, 1).has_value());
}

TEST_F(MetricsTest, AFullDiskIsReportedOnce) {
  MetricsFile metrics = open();
  const FullDisk disk(40);
  ASSERT_TRUE(write(metrics, 1).has_value());
  const auto written = write(metrics, 2);
  EXPECT_EQ(message_of(written),
            "could not write " + (folder_ / "metrics.jsonl").string() + ": File too large");
  EXPECT_TRUE(write(metrics, 3).has_value());
}

TEST_F(MetricsTest, AFolderThatIsMissingIsRefused) {
  const auto metrics = MetricsFile::open(folder_ / "no", std::nullopt);
  EXPECT_EQ(message_of(metrics), "could not create " + (folder_ / "no/metrics.jsonl.new").string() +
                                     ": No such file or directory");
}
