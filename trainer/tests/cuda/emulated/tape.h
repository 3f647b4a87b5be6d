// What an emulated stream records instead of doing it.
#pragma once
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace emulation {

using Tape = std::vector<std::function<void()>>;
inline std::optional<Tape> recording;  // one device, one stream

// Now, or when the tape is played: a copy of every argument stays with it, as on a GPU.
inline void perform(std::function<void()> work) {
  if (!recording) return work();
  recording->push_back(std::move(work));
}

}  // namespace emulation
