// Pools and the GPUs of a machine: which are meant, and which a job gets.
#include <algorithm>

#include "tests/jobs/night.h"

using namespace pawl;

namespace {

Gpu gpu(std::int32_t index, const std::string& name) {
  return {.index = index,
          .minor_number = index,
          .uuid = "GPU-" + std::to_string(index),
          .name = name,
          .memory_bytes = 0};
}

const char* const kTwoKinds = R"(
policy = 1
[budget]
day = 5.00
[jobs]
max_retries = 0
[stage.screen]
pools = ["big"]
[pool.big]
gpu = "H200"
price = 1.00
class = "B"
)";

class Mixed : public Night {};

}  // namespace

TEST(Kinds, AreWholeWordsOfTheName) {
  EXPECT_TRUE(is_kind(gpu(0, "NVIDIA H100 80GB HBM3"), "H100"));
  EXPECT_TRUE(is_kind(gpu(0, "NVIDIA A100-SXM4-80GB"), "A100"));
  EXPECT_TRUE(is_kind(gpu(0, "NVIDIA GeForce RTX 4090"), "RTX 4090"));
  EXPECT_TRUE(is_kind(gpu(0, "NVIDIA H200"), "NVIDIA H200"));
  EXPECT_FALSE(is_kind(gpu(0, "NVIDIA GH200 480GB"), "H200"));
  EXPECT_FALSE(is_kind(gpu(0, "NVIDIA L40S"), "L4"));
}

TEST(Kinds, APoolHasThoseOfItsKind) {
  const Machine machine{.gpus = {gpu(0, "NVIDIA L4"), gpu(1, "NVIDIA L40S"), gpu(2, "NVIDIA L4")},
                        .driver = ""};
  Pool pool{.gpu = "L4"};
  EXPECT_EQ(units_of(pool, machine), 2);
  EXPECT_EQ(gpus_of(pool, machine).back().uuid, "GPU-2");
  pool.count = 1;
  EXPECT_EQ(units_of(pool, machine), 1);
}

TEST_F(Mixed, AJobGetsAGpuOfItsPoolsKind) {
  machine_.gpus = {gpu(0, "NVIDIA H100 80GB HBM3"), gpu(1, "NVIDIA H200")};
  std::filesystem::remove(top_ / "config/policies/pools.toml");
  set_policy(kTwoKinds);
  restart();
  const LaunchSpec spec = runner().spec(running(submit("one")));
  EXPECT_EQ(spec.gpus, std::vector<std::int32_t>{1});
  EXPECT_NE(std::ranges::find(spec.env, "CUDA_VISIBLE_DEVICES=GPU-1"), spec.env.end());
}
