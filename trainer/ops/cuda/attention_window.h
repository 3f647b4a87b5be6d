// What the kernels of attention share: which keys a query sees, which tiles hold them, and where a
// head lies. Query i sees keys i - window .. i.
#pragma once
#include "trainer/ops/cuda/kernel.h"

namespace trainer::cuda {

struct Window {
  int time, window;

  // Tiles begin..end hold all that rows first..last of the other side meet.
  struct Tiles {
    int begin, end;
  };
  TRAINER_ROW static int least(int a, int b) { return a < b ? a : b; }

  TRAINER_ROW bool sees(int query, int key) const {
    return key <= query && key >= query - window && query < time;
  }
  // Whether each query of `queries` from first_query on sees each key of `keys` from first_key on.
  TRAINER_ROW bool all_see(int first_query, int queries, int first_key, int keys) const {
    return first_key + keys - 1 <= first_query && first_key >= first_query + queries - 1 - window &&
           first_query + queries <= time;
  }
  // Whether none of them sees any.
  TRAINER_ROW bool none_sees(int first_query, int queries, int first_key, int keys) const {
    return first_key > first_query + queries - 1 || first_key + keys - 1 < first_query - window;
  }
  TRAINER_ROW Tiles key_tiles(int first_query, int queries, int tile) const {
    const int first = first_query > window ? first_query - window : 0;
    return {first / tile, (least(first_query + queries, time) + tile - 1) / tile};
  }
  TRAINER_ROW Tiles query_tiles(int first_key, int keys, int tile) const {
    const int last = least(first_key + keys - 1, time - 1);
    return {first_key / tile,
            (last < time - window ? last + window + tile : time + tile - 1) / tile};
  }
};

// The first query and the first key of a lane in a tile of scores.
struct Sight {
  Window window;
  int query, key;

  // Of the pair so many rows and columns further; nothing is asked where all see all.
  template <bool kIsWhole>
  TRAINER_ROW bool sees(int queries, int keys) const {
    return kIsWhole || window.sees(query + queries, key + keys);
  }
};

// A block's head: where its arrays begin.
struct HeadPlace {
  std::int64_t index, split, packed, line;
};
__device__ __forceinline__ HeadPlace head_place(const Attention<Bfloat16, float>& op,
                                                std::int64_t head) {
  const HeadShape& shape = op.shape;
  return {head, head * shape.time * shape.head_dim,
          head / shape.heads * shape.time * shape.width() + head % shape.heads * shape.head_dim,
          head * shape.time};
}

inline constexpr float kLog2E = 1.44269504F;
__device__ __forceinline__ float power_of_two(float x) {
#if defined(__CUDA_ARCH__)
  float power;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(power) : "f"(x));
  return power;
#else
  return std::exp2(x);
#endif
}

}  // namespace trainer::cuda
