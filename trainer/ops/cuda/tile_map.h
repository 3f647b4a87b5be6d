// What the copy engine is told of an array. C++20: device code includes it.
#pragma once
#if !defined(TRAINER_EMULATED)
#include <cuda.h>
#endif

#include <cstdint>

#include "trainer/ops/cuda/bfloat16.h"

namespace trainer::cuda {

inline constexpr int kPanel = 64;  // columns that come at a time

#if !defined(TRAINER_EMULATED)
using TileMap = CUtensorMap;
#endif
// An array (rows, columns) with rows `stride` numbers apart, and how many rows of it come at a
// time. What lies beyond its rows is zero. Throws DeviceError.
TileMap tile_map(const Bfloat16* from, std::int64_t rows, std::int64_t columns, std::int64_t stride,
                 int rows_at_a_time);

}  // namespace trainer::cuda
