#include "trainer/measure/progress.h"

#include <gtest/gtest.h>

#include <array>
#include <memory>

using namespace trainer;

namespace {

class ProgressTest : public testing::Test {
 protected:
  static Progress step(std::int64_t number) { return {number, 4.5, 0.25, 40123.4, 57.2}; }
  std::string shown() {
    std::array<char, 1000> text{};
    std::rewind(stream_.get());
    return {text.data(), std::fread(text.data(), 1, text.size(), stream_.get())};
  }

  std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream_{std::tmpfile(), std::fclose};
};

}  // namespace

TEST_F(ProgressTest, IsOneLine) {
  EXPECT_EQ(progress_text(step(12)),
            "step 00012 (25.0%) | loss: 4.500000 | tok/sec: 40,123 | remaining: 57s");
}

TEST_F(ProgressTest, OnATerminalIsRewrittenAndErased) {
  {
    ProgressLine line(stream_.get(), {.is_terminal = true});
    line.show(1, step(1));
    line.show(1, step(2));
  }
  EXPECT_EQ(shown(),
            "\rstep 00001 (25.0%) | loss: 4.500000 | tok/sec: 40,123 | remaining: 57s\x1b[K"
            "\rstep 00002 (25.0%) | loss: 4.500000 | tok/sec: 40,123 | remaining: 57s\x1b[K"
            "\r\x1b[K");
}

TEST_F(ProgressTest, ElsewhereIsALineEverySoOften) {
  {
    ProgressLine line(stream_.get(), {.seconds_between_lines = 10});
    for (const int second : {3, 4, 12, 13, 14}) line.show(second, step(second));
  }
  EXPECT_EQ(shown(),
            "step 00003 (25.0%) | loss: 4.500000 | tok/sec: 40,123 | remaining: 57s\n"
            "step 00013 (25.0%) | loss: 4.500000 | tok/sec: 40,123 | remaining: 57s\n");
}
