#include "trainer/measure/summary.h"

#include <gtest/gtest.h>

#include <limits>

#include "trainer/measure/identity.h"

using namespace trainer;

namespace {

// The first nine are the example of autoresearch's README.
Summary example() {
  return {.val_bpb = 0.9979,
          .training_seconds = 300.1,
          .total_seconds = 325.9,
          .peak_vram_mb = 45060.2,
          .mfu_percent = 39.8,
          .tokens = 499'600'000,
          .steps = 953,
          .parameters = 50'332'176,
          .depth = 8,
          .start_to_first_step_seconds = 0.12345,
          .peak_memory_mb = 812.34,
          .tokens_per_second = 40123.4,
          .device = "NVIDIA H200",
          .measure_digest = "aa11",
          .data_digest = "bb22",
          .seed = 42};
}

}  // namespace

TEST(Summary, ReadsAsAutoresearchPrintsIt) {
  EXPECT_EQ(summary_text(example()),
            "---\n"
            "val_bpb:          0.997900\n"
            "training_seconds: 300.1\n"
            "total_seconds:    325.9\n"
            "peak_vram_mb:     45060.2\n"
            "mfu_percent:      39.80\n"
            "total_tokens_M:   499.6\n"
            "num_steps:        953\n"
            "num_params_M:     50.3\n"
            "depth:            8\n"
            "start_to_first_step_s: 0.123\n"
            "peak_memory_mb:   812.3\n"
            "tokens_per_second: 40123\n"
            "device:           NVIDIA H200\n"
            "measure_digest:   aa11\n"
            "data_digest:      bb22\n"
            "seed:             42\n");
}

TEST(Summary, IsAlsoOneJsonLine) {
  EXPECT_EQ(summary_json(example()),
            "{\"val_bpb\":0.9979,\"training_seconds\":300.1,\"total_seconds\":325.9,"
            "\"peak_vram_mb\":45060.2,\"mfu_percent\":39.8,\"total_tokens_M\":499.6,"
            "\"num_steps\":953,\"num_params_M\":50.332176,\"depth\":8,"
            "\"start_to_first_step_s\":0.12345,\"peak_memory_mb\":812.34,"
            "\"tokens_per_second\":40123.4,\"device\":\"NVIDIA H200\","
            "\"measure_digest\":\"aa11\",\"data_digest\":\"bb22\",\"seed\":42}\n");
}

TEST(MeasureDigest, IsASha256) {
  EXPECT_EQ(measure_digest().size(), 64U);
  EXPECT_EQ(measure_digest().find_first_not_of("0123456789abcdef"), std::string::npos);
}
