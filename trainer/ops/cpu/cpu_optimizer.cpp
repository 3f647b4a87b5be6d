// The optimizers' ops on the CPU. Muon gives each matrix to one thread: the matrices are many and
// small.
#include <algorithm>
#include <cmath>

#include "trainer/ops/cpu/cpu_ops.h"

namespace trainer {
namespace {

// What one matrix of Muon works in.
template <class Real>
struct MuonRoom {
  Real *x, *y, *gram, *square, *means;
  char* products;
};

template <class Real>
std::int64_t lay_out(std::int64_t rows, std::int64_t columns, std::int64_t products, char* at,
                     MuonRoom<Real>& room) {
  const std::int64_t small = std::min(rows, columns);
  std::int64_t used = 0;
  const auto take = [&](std::int64_t count) {
    Real* const here = reinterpret_cast<Real*>(at + used);
    used += (count * static_cast<std::int64_t>(sizeof(Real)) + 63) / 64 * 64;
    return here;
  };
  room.x = take(rows * columns);
  room.y = take(rows * columns);
  room.gram = take(small * small);
  room.square = take(small * small);
  room.means = take(std::max(rows, columns));
  room.products = at + used;
  return used + products;
}

}  // namespace

template <class Real>
void CpuOps<Real>::adam(const AdamStep& step, Matrix<Real> parameter, const Real* gradient,
                        Real* mean, Real* square) {
  constexpr std::int64_t kShare = 16384;
  pool_.run((parameter.size() + kShare - 1) / kShare, [&](std::int64_t task, int) {
    const cpu::Range range = {task * kShare, std::min(parameter.size(), (task + 1) * kShare)};
    kernels_.adam({step, gradient, parameter.data, mean, square}, range);
  });
}

template <class Real>
void CpuOps<Real>::muon_matrix(const MuonMatrix<Real>& matrix, const MuonStep& step, int thread) {
  const std::int64_t rows = matrix.parameter.rows;
  const std::int64_t columns = matrix.parameter.columns;
  const std::int64_t small = std::min(rows, columns);
  const std::int64_t big = std::max(rows, columns);
  const bool is_tall = rows > columns;
  const std::int64_t products = std::max(multiplier_.serial_bytes(big, small, big),
                                         multiplier_.serial_bytes(big, big, small));
  MuonRoom<Real> room;
  const std::int64_t bytes = lay_out(rows, columns, products, static_cast<char*>(nullptr), room);
  lay_out(rows, columns, products, static_cast<char*>(multiplier_.scratch(thread, bytes)), room);

  const Real squares =
      kernels_.muon_momentum(matrix.gradient.data, matrix.momentum.data, room.x,
                             static_cast<Real>(step.momentum), {0, rows * columns});
  kernels_.scale(room.x, 1 / (std::sqrt(squares) * Real(1.02) + Real(1e-6)), rows * columns);
  for (const Polynomial& p : kPolarExpress) {
    const cpu::Operand<Real> along =
        is_tall ? cpu::Operand<Real>{room.x, 1, columns} : cpu::Operand<Real>{room.x, columns, 1};
    const auto product = [&](cpu::Operand<Real> a, cpu::Operand<Real> b, Matrix<Real> c,
                             std::int64_t depth) {
      multiplier_.run_serially({.a = a,
                                .b = b,
                                .rows = c.rows,
                                .columns = c.columns,
                                .depth = depth,
                                .c = c.data,
                                .c_stride = c.columns},
                               room.products);
    };
    product(along, along, {room.gram, small, small}, big);
    const cpu::Operand<Real> gram = {room.gram, small, 1};  // symmetric
    product(gram, gram, {room.square, small, small}, small);
    kernels_.muon_polynomial(room.gram, room.square, static_cast<Real>(p.b), static_cast<Real>(p.c),
                             small * small);
    const cpu::Operand<Real> square = {room.square, small, 1};
    if (is_tall) {
      product({room.x, columns, 1}, square, {room.y, rows, columns}, small);
    } else {
      product(square, {room.x, 1, columns}, {room.y, rows, columns}, small);
    }
    kernels_.muon_polynomial(room.x, room.y, static_cast<Real>(p.a), Real(1), rows * columns);
    std::swap(room.x, room.y);
  }
  const double shape =
      std::sqrt(std::max(1.0, static_cast<double>(rows) / static_cast<double>(columns)));
  kernels_.muon_update({.parameter = matrix.parameter.data,
                        .update = room.x,
                        .second = matrix.second,
                        .rows = rows,
                        .columns = columns,
                        .rate = static_cast<Real>(step.rate * shape),
                        .decay = static_cast<Real>(step.decay),
                        .beta2 = static_cast<Real>(step.beta2)},
                       room.means);
}

template <class Real>
void CpuOps<Real>::muon(std::span<const MuonMatrix<Real>> matrices, const MuonStep& step) {
  pool_.run(static_cast<std::int64_t>(matrices.size()), [&](std::int64_t index, int thread) {
    muon_matrix(matrices[static_cast<std::size_t>(index)], step, thread);
  });
}

// The members that are defined here; cpu_ops.cpp instantiates the others.
template void CpuOps<float>::adam(const AdamStep&, Matrix<float>, const float*, float*, float*);
template void CpuOps<double>::adam(const AdamStep&, Matrix<double>, const double*, double*,
                                   double*);
template void CpuOps<float>::muon_matrix(const MuonMatrix<float>&, const MuonStep&, int);
template void CpuOps<double>::muon_matrix(const MuonMatrix<double>&, const MuonStep&, int);
template void CpuOps<float>::muon(std::span<const MuonMatrix<float>>, const MuonStep&);
template void CpuOps<double>::muon(std::span<const MuonMatrix<double>>, const MuonStep&);

}  // namespace trainer
