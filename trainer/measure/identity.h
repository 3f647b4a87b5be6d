// Which code measured: two results with the same digest were judged alike.
#pragma once
#include <string>

namespace trainer {

// SHA-256, 64 hex digits, of the sources that an honest result rests on: trainer/measure,
// trainer/data, and the clock, files, digests and random numbers of trainer/core. digest.cmake
// computes it when the build is configured; an edit of any of them configures again.
std::string measure_digest();

}  // namespace trainer
