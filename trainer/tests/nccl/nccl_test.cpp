// What NCCL is asked for, by a library in its place (fake_nccl.cpp).
#include "trainer/ops/cuda/nccl.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <vector>

using namespace trainer;

TEST(Nccl, ABucketIsOneGroupOfSumsInPlace) {
  void* const fake = dlopen(TRAINER_FAKE_NCCL, RTLD_NOW | RTLD_LOCAL);  // found again by its name
  ASSERT_NE(fake, nullptr) << dlerror();
  const auto asked = reinterpret_cast<const char* (*)()>(dlsym(fake, "fake_asked"));
  const auto device = *cuda::Device::open(0);
  const auto nccl = *cuda::Nccl::open(*device, *cuda::Nccl::make_id(), 1, 3);
  std::vector<float> gradients = {1, 2, 3, 4, 5, 6};
  const std::span<float> all(gradients);
  nccl->sum(std::vector{all.subspan(4, 2), all.subspan(0, 3)});
  device->wait_beside();
  EXPECT_EQ(gradients, (std::vector<float>{3, 6, 9, 4, 15, 18}));
  EXPECT_STREQ(asked(), "( 2  3 )");
}
