// A run of training inside the test's own process, and what checkpoints hold to the last bit.
#pragma once
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>

#include "trainer/app/machine.h"
#include "trainer/app/run_options.h"
#include "trainer/app/training.h"
#include "trainer/checkpoint/state_text.h"
#include "trainer/tests/app/program.h"
#include "trainer/tests/core/temp_folder.h"
#include "trainer/tests/data/scratch.h"

namespace trainer {

class LibraryRun {
 public:
  // As `pawl-train` would with these arguments, of which the first is "train".
  explicit LibraryRun(const Words& arguments)
      : request_(must(read_train_request(std::span(arguments).subspan(1)))),
        data_(must(Dataset::open(request_.options.data))) {
    must(complete(request_.config, data_.vocabulary().size()));
    const MachineChoice choice = must(choose(request_.options.machine));
    machine_ = std::make_unique<CpuMachine>(choice.threads, choice.isa);
    training_ = must(Training<CpuMachine>::create(*machine_, data_, request_.config,
                                                  request_.options.bucket_bytes()));
  }

  Training<CpuMachine>& training() { return *training_; }

  LibraryRun& steps(std::int64_t count) {
    StepReport report;
    for (std::int64_t i = 0; i < count; ++i) must(training_->step([] { return false; }, report));
    return *this;
  }

  // The next step, told to stop before its micro-batch number `micro_batches`.
  bool interrupted_step(int micro_batches) {
    StepReport report;
    int asked = 0;
    return must(training_->step([&] { return asked++ == micro_batches; }, report));
  }

 private:
  TrainRequest request_;
  Dataset data_;
  std::unique_ptr<CpuMachine> machine_;
  std::unique_ptr<Training<CpuMachine>> training_;
};

// All blobs, as checkpoint.h describes the file.
inline std::string blob_bytes(const std::filesystem::path& checkpoint) {
  const std::string file = contents(checkpoint);
  std::uint64_t header = 0;
  if (file.size() < 32) return "no checkpoint " + checkpoint.string();
  std::memcpy(&header, file.data() + 16, sizeof header);
  return file.substr((32 + header + 63) / 64 * 64);
}

template <class T>
T state_of(const std::filesystem::path& checkpoint, const std::string& name) {
  return must(must(StateText::parse(must(Checkpoint::open(checkpoint)).state())).get<T>(name));
}

// Parameters, both moments of the optimizer, the place in the data and the budget that is used.
inline void expect_same_run(const std::filesystem::path& a, const std::filesystem::path& b) {
  EXPECT_EQ(state_of<std::int64_t>(a, "steps"), state_of<std::int64_t>(b, "steps"));
  EXPECT_EQ(state_of<double>(a, "used"), state_of<double>(b, "used"));
  EXPECT_EQ(state_of<std::string>(a, "packer"), state_of<std::string>(b, "packer"));
  EXPECT_TRUE(blob_bytes(a) == blob_bytes(b)) << a << " and " << b << " differ";
}

}  // namespace trainer
