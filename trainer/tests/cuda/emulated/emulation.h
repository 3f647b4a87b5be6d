// CUDA's kernels on the CPU: what trainer/ops/cuda/*.cu use of CUDA, by CUDA's names, for a
// compiler of plain C++. Blocks run one after the other; each thread of a block is a fiber that
// runs until it must wait for others, so barriers, shuffles and tensor-core fragments do what PTX
// says they do, and out-of-place accesses to shared memory are what they are on the device. CMake
// includes it before each of them.
//
// A barrier that some threads never reach, which would hang a GPU, ends the process with a message.
#pragma once
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <utility>

#include "trainer/ops/cuda/launchers.h"
#include "trainer/tests/cuda/emulated/tape.h"

#define TRAINER_EMULATED
#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __grid_constant__
#define __launch_bounds__(...)

namespace emulation {

struct Index {
  unsigned x = 0;
};
extern Index thread_index, block_index, block_size;

// Runs the body once for each thread of each block.
void run(std::int64_t blocks, int threads, std::int64_t shared_bytes,
         const std::function<void()>& body);

void block_barrier();
char* shared_memory();

// Lets others run until it holds.
void wait_until(const std::function<bool()>& holds);

// Each lane of the warp gives a pointer and, once all have, calls read(pointers of the 32 lanes).
using Lanes = const void* const*;
void with_warp(const void* mine, const std::function<void(Lanes)>& read);

}  // namespace emulation

// NOLINTBEGIN: the names are CUDA's
#define threadIdx emulation::thread_index
#define blockIdx emulation::block_index
#define blockDim emulation::block_size

inline void __syncthreads() { emulation::block_barrier(); }
inline void __syncwarp() {
  emulation::with_warp(nullptr, [](emulation::Lanes) {});
}
inline float __shfl_xor_sync(unsigned, float mine, int step) {
  float theirs = 0;
  emulation::with_warp(&mine, [&](emulation::Lanes lanes) {
    theirs = *static_cast<const float*>(lanes[(threadIdx.x % 32) ^ static_cast<unsigned>(step)]);
  });
  return theirs;
}
inline int atomicAdd(int* at, int amount) { return std::exchange(*at, *at + amount); }
// NOLINTEND

namespace trainer::cuda {

inline char* dynamic_shared() { return emulation::shared_memory(); }

template <class... Parameters, class... Arguments>
void launch(Stream stream, const char*, const Launch& shape, void (*kernel)(Parameters...),
            const Arguments&... arguments) {
  if (stream.is_planning || shape.blocks == 0) return;
  emulation::perform([=] {
    emulation::run(shape.blocks, shape.threads, shape.shared_bytes, [&] { kernel(arguments...); });
  });
}

inline float bfloat16_at(std::uint32_t both, int index) {
  return to_float({static_cast<std::uint16_t>(index == 0 ? both : both >> 16)});
}

// ldmatrix.x4: lanes 8 m .. 8 m + 7 give the rows of matrix m.
inline void load_matrices(std::uint32_t (&to)[4], const Bfloat16* row) {
  const unsigned lane = threadIdx.x % 32;
  emulation::with_warp(row, [&](emulation::Lanes lanes) {
    for (unsigned m = 0; m < 4; ++m) {
      const auto* const from = static_cast<const Bfloat16*>(lanes[8 * m + lane / 4]);
      to[m] = from[lane % 4 * 2].bits | static_cast<std::uint32_t>(from[lane % 4 * 2 + 1].bits)
                                            << 16;
    }
  });
}
inline void load_transposed(std::uint32_t (&to)[4], const Bfloat16* row) {
  const unsigned lane = threadIdx.x % 32;
  emulation::with_warp(row, [&](emulation::Lanes lanes) {
    for (unsigned m = 0; m < 4; ++m) {
      const auto at = [&](unsigned r) {
        return static_cast<const Bfloat16*>(lanes[8 * m + r])[lane / 4].bits;
      };
      to[m] = at(lane % 4 * 2) | static_cast<std::uint32_t>(at(lane % 4 * 2 + 1)) << 16;
    }
  });
}

// mma.m16n8k16: d += a b. Of a (16 x 16) a lane holds rows g and g + 8, columns 2t and 2t + 8 with
// their neighbours; of b (16 x 8) rows 2t and 2t + 8 with their neighbours, column g.
inline void multiply_add(float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0,
                         std::uint32_t b1) {
  struct Given {
    std::uint32_t a[4], b[2];
  };
  const Given mine = {{a[0], a[1], a[2], a[3]}, {b0, b1}};
  const unsigned lane = threadIdx.x % 32;
  emulation::with_warp(&mine, [&](emulation::Lanes lanes) {
    const auto given = [&](unsigned g, unsigned t) -> const Given& {
      return *static_cast<const Given*>(lanes[4 * g + t]);
    };
    for (unsigned i = 0; i < 4; ++i) {
      const unsigned row = lane / 4;
      const unsigned column = lane % 4 * 2 + i % 2;
      for (unsigned k = 0; k < 16; ++k) {
        const unsigned t = k % 8 / 2;
        const float left = bfloat16_at(given(row, t).a[k / 8 * 2 + i / 2], static_cast<int>(k % 2));
        const float right = bfloat16_at(given(column, t).b[k / 8], static_cast<int>(k % 2));
        d[i] += left * right;
      }
    }
  });
}

// Panels of an array: the copy engine's work is done when it is asked for.
struct TileMap {
  const Bfloat16* from;
  std::int64_t rows, stride;
  int rows_at_a_time;
};
inline TileMap tile_map(const Bfloat16* from, std::int64_t rows, std::int64_t, std::int64_t stride,
                        int rows_at_a_time) {
  return {from, rows, stride, rows_at_a_time};
}
struct Barrier {
  int arrivals, arrived, bytes, phase;

  void look() {
    if (arrived < arrivals || bytes > 0) return;
    arrived = 0;
    ++phase;
  }
};
inline void set_up(Barrier& barrier, int arrivals) { barrier = {arrivals, 0, 0, 0}; }
inline void show_barriers() {}
inline void arrive_expecting(Barrier& barrier, int bytes) {
  ++barrier.arrived;
  barrier.bytes += bytes;
  barrier.look();
}
inline void arrive(Barrier& barrier) { arrive_expecting(barrier, 0); }
inline void wait(const Barrier& barrier, int parity) {
  emulation::wait_until([&] { return barrier.phase % 2 != parity; });
}
inline void load_panel(Bfloat16* to, const TileMap& map, int row, int column, Barrier& barrier) {
  for (int r = 0; r < map.rows_at_a_time; ++r) {
    for (int c = 0; c < 64; ++c) {
      const Bfloat16 x =
          row + r < map.rows ? map.from[(row + r) * map.stride + column + c] : Bfloat16{};
      to[r * 64 + (c / 8 ^ r % 8) * 8 + c % 8] = x;
    }
  }
  barrier.bytes -= map.rows_at_a_time * 128;
  barrier.look();
}
inline int uniform(int x) { return x; }

// wgmma. Each thread sums its own numbers of an accumulator.
inline void give_registers() {}
inline void take_registers() {}
inline void begin_products() {}
inline void end_products() {}
template <int kGroups, int N>
void wait_for(float (&)[N][4]) {}

template <int kRows>
float in_panel(const Bfloat16* tile, int row, int column) {
  const int group = column / 8;
  const int at = (group / 8 * kRows + row) * 64 + (group % 8 ^ row % 8) * 8;
  return to_float(tile[at + column % 8]);
}
inline int accumulator_row(int i) {
  return static_cast<int>(threadIdx.x % 128) / 32 * 16 + static_cast<int>(threadIdx.x % 32) / 4 +
         i / 2 * 8;
}

template <int D, int kRows, int kColumns>
void begin_scores(float (&s)[kColumns / 8][4], const Bfloat16* a, int row, const Bfloat16* b) {
  for (int n = 0; n < kColumns / 8; ++n) {
    for (int i = 0; i < 4; ++i) {
      const int column = 8 * n + static_cast<int>(threadIdx.x) % 4 * 2 + i % 2;
      s[n][i] = 0;
      for (int k = 0; k < D; ++k) {
        s[n][i] +=
            in_panel<kRows>(a, row + accumulator_row(i), k) * in_panel<kColumns>(b, column, k);
      }
    }
  }
}

template <int D, int kRows>
void begin_weighted(float (&o)[D / 8][4], const std::uint32_t (&p)[kRows / 16][4],
                    const Bfloat16* b) {
  const unsigned quad = threadIdx.x % 32 / 4 * 4;
  emulation::with_warp(&p[0][0], [&](emulation::Lanes lanes) {
    for (int n = 0; n < D / 8; ++n) {
      for (int i = 0; i < 4; ++i) {
        const int column = 8 * n + static_cast<int>(threadIdx.x) % 4 * 2 + i % 2;
        for (int k = 0; k < kRows; ++k) {
          const auto* const theirs =
              static_cast<const std::uint32_t*>(lanes[quad + static_cast<unsigned>(k % 8 / 2)]);
          const float left = bfloat16_at(theirs[k / 16 * 4 + k % 16 / 8 * 2 + i / 2], k % 2);
          o[n][i] += left * in_panel<kRows>(b, k, column);
        }
      }
    }
  });
}

inline void copy_async(Bfloat16* to, const Bfloat16* from, bool is_there) {
  for (int i = 0; i < 8; ++i) to[i] = is_there ? from[i] : Bfloat16{};
}
inline void wait_for_copies() {}

}  // namespace trainer::cuda
