#include "trainer/ops/cuda/tile_map.h"

#include <cuda_runtime.h>

#include <array>

#include "trainer/core/text.h"
#include "trainer/ops/cuda/device.h"

namespace trainer::cuda {
namespace {

// The driver's function: the program is not linked to the driver.
using Encode = decltype(&cuTensorMapEncodeTiled);
Encode encode() {
  void* function = nullptr;
  cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
  const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function,
                                                             12000, cudaEnableDefault, &found);
  if (error != cudaSuccess || found != cudaDriverEntryPointSuccess) {
    throw DeviceError("the driver has no cuTensorMapEncodeTiled");
  }
  return reinterpret_cast<Encode>(function);
}

}  // namespace

TileMap tile_map(const Bfloat16* from, std::int64_t rows, std::int64_t columns, std::int64_t stride,
                 int rows_at_a_time) {
  static const Encode encode_tiled = encode();
  TileMap map;
  const std::array sizes = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)};
  const auto row_bytes = static_cast<cuuint64_t>(stride) * sizeof(Bfloat16);
  const std::array<cuuint32_t, 2> box = {kPanel, static_cast<cuuint32_t>(rows_at_a_time)};
  const std::array<cuuint32_t, 2> steps = {1, 1};
  const CUresult result =
      encode_tiled(&map, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, 2, const_cast<Bfloat16*>(from),
                   sizes.data(), &row_bytes, box.data(), steps.data(),
                   CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B,
                   CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result != CUDA_SUCCESS) {
    throw DeviceError(format("cuTensorMapEncodeTiled failed: status %d", static_cast<int>(result)));
  }
  return map;
}

}  // namespace trainer::cuda
