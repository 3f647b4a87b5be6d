// Arrays of numbers by name: what a call of an op reads, and what it leaves. The calls (calls.h)
// are functions from arrays to arrays, so one comparison serves every op in every number type. "dx"
// is the gradient of a loss by "x".
#pragma once
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "trainer/core/philox.h"
#include "trainer/ops/cpu/cpu_ops.h"

namespace trainer {

using Numbers = std::vector<double>;
using Arrays = std::map<std::string, Numbers>;
using Tokens = std::vector<Token>;
using Names = std::vector<std::string>;

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

inline std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

// In (-scale, scale), and such that float holds them: every number type reads the same ones.
inline Numbers random_numbers(std::uint64_t stream, std::int64_t n, double scale = 1) {
  Philox random(2024, stream);
  Numbers numbers;
  for (std::int64_t i = 0; i < n; ++i) {
    numbers.push_back(static_cast<float>(scale * (2 * random.uniform() - 1)));
  }
  return numbers;
}

inline Tokens random_tokens(std::uint64_t stream, std::int64_t n, std::int64_t vocabulary) {
  Philox random(2025, stream);
  Tokens tokens;
  for (std::int64_t i = 0; i < n; ++i) {
    tokens.push_back(static_cast<Token>(random.below(static_cast<std::uint32_t>(vocabulary))));
  }
  return tokens;
}

inline double dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// |got - wanted| / |wanted|, Frobenius; NaN where a number is, which is below no limit.
inline double relative_error(const Numbers& got, const Numbers& wanted) {
  if (got.size() != wanted.size()) return kNan;
  Numbers difference;
  for (std::size_t i = 0; i < got.size(); ++i) difference.push_back(got[i] - wanted[i]);
  const double norm = std::sqrt(dot(wanted, wanted));
  return std::sqrt(dot(difference, difference)) / (norm > 0 ? norm : 1);
}

inline void expect_near(const Arrays& got, const Arrays& wanted, double relative) {
  for (const auto& [name, numbers] : wanted) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_LT(relative_error(got.at(name), numbers), relative) << name;
  }
}

// The arrays of one call, in the op's own number type.
template <class Real>
class Call {
 public:
  explicit Call(const Arrays& inputs) : inputs_(inputs) {}

  Real* in(const std::string& name) { return keep(name, inputs_.at(name)).data.data(); }

  // Set by the op: NaN before.
  Real* out(const std::string& name, std::int64_t n) {
    Array& array = keep(name, Numbers(at(n), kNan));
    array.is_result = true;
    return array.data.data();
  }

  // Added to by the op: a quarter before, which the result leaves out.
  Real* sum(const std::string& name, std::int64_t n) {
    Array& array = keep(name, Numbers(at(n), 0.25));
    array.is_result = true;
    array.start = 0.25;
    return array.data.data();
  }

  // Changed by the op: the input of that name before.
  Real* changed(const std::string& name) {
    Array& array = keep(name, inputs_.at(name));
    array.is_result = true;
    return array.data.data();
  }

  Arrays results() const {
    Arrays results;
    for (const auto& [name, array] : arrays_) {
      if (!array.is_result) continue;
      for (const Real x : array.data) {
        results[name].push_back(static_cast<double>(x) - array.start);
      }
    }
    return results;
  }

 private:
  struct Array {
    std::vector<Real> data;
    double start = 0;
    bool is_result = false;
  };
  Array& keep(const std::string& name, const Numbers& numbers) {
    const auto [place, is_new] = arrays_.try_emplace(name);
    for (std::size_t i = 0; is_new && i < numbers.size(); ++i) {
      place->second.data.push_back(static_cast<Real>(numbers[i]));
    }
    return place->second;
  }

  const Arrays& inputs_;  // outlives us
  std::map<std::string, Array> arrays_;
};

// The op set of the reference, and that of one instruction set.
struct InDouble {
  explicit InDouble(int threads = 2) : pool(threads) {}
  ThreadPool pool;
  CpuOps<double> ops{pool, cpu::double_kernels()};
};
struct InFloat {
  explicit InFloat(Isa isa, int threads = 2) : pool(threads), ops(pool, cpu::kernels(isa)) {}
  ThreadPool pool;
  CpuOps<float> ops;
};

}  // namespace trainer
