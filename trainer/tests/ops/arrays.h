// Arrays of numbers by name: what a call of an op reads, and what it leaves. The calls (calls.h)
// are functions from arrays to arrays, so one comparison serves every op in every number type. "dx"
// is the gradient of a loss by "x".
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <memory>
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

// Where a call's arrays lie and how they are read: here for the CPU, in tests/cuda for a device.
template <class Real>
std::shared_ptr<Real[]> make_array(CpuOps<Real>&, const Real*, const Numbers& numbers) {
  const auto array = std::make_shared<Real[]>(numbers.size());
  std::transform(numbers.begin(), numbers.end(), array.get(),
                 [](double x) { return static_cast<Real>(x); });
  return array;
}
template <class Real>
Numbers read_array(CpuOps<Real>&, const Real* array, std::size_t n) {
  return {array, array + n};
}
template <class Real>
const Token* make_tokens(CpuOps<Real>&, const Tokens& tokens) {
  return tokens.data();
}

// The arrays of one call. Whether one holds values or masters is decided by what it is given to.
template <class Ops>
class Call {
 public:
  Call(Ops& ops, const Arrays& inputs) : ops_(ops), inputs_(inputs) {}

  class Place {
   public:
    Place(Call& call, std::string name) : call_(call), name_(std::move(name)) {}
    template <class T>
    operator T*() const {  // NOLINT: this is what it is for
      return call_.template array<T>(name_);
    }

   private:
    Call& call_;
    std::string name_;
  };

  Place in(const std::string& name) { return keep(name, {inputs_.at(name)}); }

  // Set by the op: NaN before.
  Place out(const std::string& name, std::int64_t n) {
    return keep(name, {Numbers(at(n), kNan), 0, true});
  }

  // Added to by the op: a quarter before, which the result leaves out.
  Place sum(const std::string& name, std::int64_t n) {
    return keep(name, {Numbers(at(n), 0.25), 0.25, true});
  }

  // Changed by the op: the input of that name, or of another one, before.
  Place changed(const std::string& name) { return changed(name, name); }
  Place changed(const std::string& name, const std::string& input) {
    return keep(name, {inputs_.at(input), 0, true});
  }

  const Token* tokens(const Tokens& tokens) { return make_tokens(ops_, tokens); }

  Arrays results() const {
    Arrays results;
    for (const auto& [name, array] : arrays_) {
      if (!array.is_result || !array.read) continue;
      results[name] = array.read();
      for (double& x : results[name]) x -= array.start;
    }
    return results;
  }

 private:
  struct Array {
    Numbers before;
    double start = 0;
    bool is_result = false;
    std::shared_ptr<void> data{};
    std::function<Numbers()> read{};
  };
  Place keep(const std::string& name, Array array) {
    arrays_.try_emplace(name, std::move(array));
    return Place(*this, name);
  }
  template <class T>
  T* array(const std::string& name) {
    Array& array = arrays_.at(name);
    if (array.data == nullptr) {
      const auto made = make_array(ops_, static_cast<const T*>(nullptr), array.before);
      array.data = made;
      array.read = [this, made, n = array.before.size()] {
        return read_array(ops_, static_cast<const T*>(made.get()), n);
      };
    }
    return static_cast<T*>(array.data.get());
  }

  Ops& ops_;              // outlives us
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
