// Matrix products: alone in every instruction set, store and layout, and as the ops of a linear
// layer.
#include "trainer/ops/cpu/product.h"

#include <algorithm>

#include "trainer/tests/ops/calls.h"
#include "trainer/tests/ops/differences.h"

using namespace trainer;

namespace {

struct Shape {
  std::int64_t rows, columns, depth;  // M, N, K
};

// About the tiles (4, 6 or 12 rows), panels (8 to 32 columns), pairs along K and blocks of 512
// along K.
constexpr Shape kShapes[] = {{1, 1, 1},    {1, 33, 2},   {3, 7, 31},    {4, 8, 16},    {5, 9, 3},
                             {6, 15, 33},  {11, 31, 64}, {12, 32, 7},   {13, 33, 17},  {16, 16, 48},
                             {17, 64, 1},  {23, 5, 511}, {12, 65, 512}, {29, 17, 513}, {97, 63, 20},
                             {100, 48, 5}, {200, 3, 9},  {7, 40, 1025}};
constexpr std::int64_t kGap = 3;  // columns of C's rows that are not the product's

// Integers of [-3, 3]: bfloat16 holds them and float their sums, so that every set has to be exact.
Numbers integers(std::uint64_t stream, std::int64_t n) {
  Numbers numbers = random_numbers(stream, n, 3.5);
  for (double& x : numbers) x = std::round(x);
  return numbers;
}

// a (M, K) and b (N, K), their product by three loops, and what C and aux hold before.
struct Sample {
  explicit Sample(const Shape& s, Numbers left, Numbers right)
      : shape(s),
        a(std::move(left)),
        b(std::move(right)),
        before(integers(3, s.rows * s.columns)),
        aux(integers(4, s.rows * s.columns)) {
    for (double& x : aux) x *= x;
    for (std::int64_t i = 0; i < s.rows; ++i) {
      for (std::int64_t j = 0; j < s.columns; ++j) {
        double sum = 0;
        for (std::int64_t k = 0; k < s.depth; ++k)
          sum += a[at(i * s.depth + k)] * b[at(j * s.depth + k)];
        sums.push_back(sum);
      }
    }
  }
  Shape shape;
  Numbers a, b, before, aux, sums{};
};
Sample exact_sample(const Shape& s) {
  return Sample(s, integers(1, s.rows * s.depth), integers(2, s.columns * s.depth));
}
Sample rounded_sample(const Shape& s) {
  return Sample(s, random_numbers(1, s.rows * s.depth), random_numbers(2, s.columns * s.depth));
}

struct Form {
  bool a_by_column, b_by_column;
  cpu::Store store;
};
std::vector<Form> all_forms() {
  std::vector<Form> forms;
  for (const bool a : {false, true}) {
    for (const bool b : {false, true}) {
      for (const auto store : {cpu::Store::kSet, cpu::Store::kAdd, cpu::Store::kReluSquared,
                               cpu::Store::kReluSquaredSlope}) {
        forms.push_back({a, b, store});
      }
    }
  }
  return forms;
}
std::string text(const Shape& s, const Form& form) {
  return std::to_string(s.rows) + " x " + std::to_string(s.columns) + " x " +
         std::to_string(s.depth) + (form.a_by_column ? ", a by column" : "") +
         (form.b_by_column ? ", b by column" : "") + ", store " +
         std::to_string(static_cast<int>(form.store));
}

Numbers wanted(const Sample& sample, cpu::Store store) {
  Numbers c = sample.sums;
  for (std::size_t i = 0; i < c.size(); ++i) {
    if (store == cpu::Store::kAdd) c[i] += sample.before[i];
    if (store == cpu::Store::kReluSquared) c[i] = c[i] > 0 ? c[i] * c[i] : 0;
    if (store == cpu::Store::kReluSquaredSlope) c[i] *= 2 * std::sqrt(sample.aux[i]);
  }
  return c;
}

// In Real, with rows and columns exchanged in memory where `by_column`.
template <class Real>
std::vector<Real> laid_out(const Numbers& x, std::int64_t rows, bool by_column) {
  const std::int64_t depth = static_cast<std::int64_t>(x.size()) / rows;
  std::vector<Real> out(x.size());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t k = 0; k < depth; ++k) {
      out[at(by_column ? k * rows + i : i * depth + k)] = static_cast<Real>(x[at(i * depth + k)]);
    }
  }
  return out;
}
template <class Real>
cpu::Operand<Real> operand(const std::vector<Real>& x, std::int64_t rows, bool by_column) {
  const auto depth = static_cast<std::int64_t>(x.size()) / rows;
  return by_column ? cpu::Operand<Real>{x.data(), 1, rows} : cpu::Operand<Real>{x.data(), depth, 1};
}

// Rows with a gap after each, which is NaN.
template <class Real>
std::vector<Real> with_gaps(const Numbers& x, const Shape& s) {
  std::vector<Real> out(at(s.rows * (s.columns + kGap)), static_cast<Real>(kNan));
  for (std::int64_t i = 0; i < s.rows * s.columns; ++i) {
    out[at(i / s.columns * (s.columns + kGap) + i % s.columns)] = static_cast<Real>(x[at(i)]);
  }
  return out;
}
template <class Real>
Numbers without_gaps(const std::vector<Real>& x, const Shape& s) {
  Numbers out;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(x.size()); ++i) {
    if (i % (s.columns + kGap) < s.columns) {
      out.push_back(static_cast<double>(x[at(i)]));
    } else if (!std::isnan(x[at(i)])) {
      return {};  // written past the row
    }
  }
  return out;
}

template <class Real>
class Products {
 public:
  explicit Products(const cpu::Kernels<Real>& kernels) : multiplier_(pool_, kernels) {}

  Numbers run(const Sample& sample, const Form& form, bool serially = false) {
    const Shape& s = sample.shape;
    const auto a = laid_out<Real>(sample.a, s.rows, form.a_by_column);
    const auto b = laid_out<Real>(sample.b, s.columns, form.b_by_column);
    const bool is_sum = form.store == cpu::Store::kAdd;
    const auto aux = with_gaps<Real>(sample.aux, s);
    auto c = with_gaps<Real>(is_sum ? sample.before : Numbers(sample.sums.size(), kNan), s);
    const cpu::Product<Real> product = {.a = operand(a, s.rows, form.a_by_column),
                                        .b = operand(b, s.columns, form.b_by_column),
                                        .rows = s.rows,
                                        .columns = s.columns,
                                        .depth = s.depth,
                                        .c = c.data(),
                                        .c_stride = s.columns + kGap,
                                        .store = form.store,
                                        .aux = aux.data()};
    serially ? run_serially(product) : multiplier_.run(product);
    return without_gaps(c, s);
  }

 private:
  void run_serially(const cpu::Product<Real>& p) {
    Buffer room(multiplier_.serial_bytes(p.rows, p.columns, p.depth));
    multiplier_.run_serially(p, room.reserve<char>(1));
  }
  ThreadPool pool_{2};
  cpu::Multiplier<Real> multiplier_;
};

// Of the elements, each relative to itself or to 1: NaN if one is.
double largest_error(const Numbers& got, const Numbers& wanted) {
  if (got.size() != wanted.size()) return kNan;
  double largest = 0;
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = std::abs(got[i] - wanted[i]) / std::max(1.0, std::abs(wanted[i]));
    if (!(error <= largest)) largest = error;
    if (std::isnan(error)) return kNan;
  }
  return largest;
}

// 1e-6: sums are exact, and a square, or a root and a product, round once or twice (2^-24).
template <class Real>
void expect_exact_products(const cpu::Kernels<Real>& kernels) {
  Products<Real> products(kernels);
  for (const Shape& shape : kShapes) {
    const Sample sample = exact_sample(shape);
    for (const Form& form : all_forms()) {
      EXPECT_LT(largest_error(products.run(sample, form), wanted(sample, form.store)), 1e-6)
          << text(shape, form);
    }
  }
}

}  // namespace

TEST(Product, EveryShapeLayoutAndStoreIsRightInDouble) {
  expect_exact_products(cpu::double_kernels());
}

TEST(Product, EveryShapeLayoutAndStoreIsRightInEveryInstructionSet) {
  for (const Isa isa : available_isas()) {
    SCOPED_TRACE(name(isa));
    expect_exact_products(cpu::kernels(isa));
  }
}

// A float has 24 bits, and errors of K sums grow as its root; a bfloat16 has 8, once an operand.
TEST(Product, RoundsNoMoreThanItsNumbersDo) {
  for (const Isa isa : available_isas()) {
    Products<float> products(cpu::kernels(isa));
    for (const Shape& shape : kShapes) {
      const Sample sample = rounded_sample(shape);
      for (const Form& form : all_forms()) {
        EXPECT_LT(relative_error(products.run(sample, form), wanted(sample, form.store)),
                  isa == Isa::kAvx512Bf16 ? 1e-2 : 1e-5)
            << name(isa) << ": " << text(shape, form);
      }
    }
  }
}

TEST(Product, InsideOneTaskItIsTheSameToTheBit) {
  for (const Isa isa : available_isas()) {
    Products<float> products(cpu::kernels(isa));
    for (const Shape& shape : kShapes) {
      const Sample sample = rounded_sample(shape);
      const Form form = {false, true, cpu::Store::kSet};
      EXPECT_EQ(products.run(sample, form, true), products.run(sample, form))
          << name(isa) << ": " << text(shape, form);
    }
  }
}

TEST(Linear, IsTheProductWithTheTransposedWeight) {
  InDouble machine;
  for (const Shape& s : kShapes) {
    const Linear op = {s.rows, s.columns, s.depth};
    const Arrays in = op.inputs();
    const Numbers y = Sample(s, in.at("x"), in.at("w")).sums;
    expect_near(op.forward(machine.ops, in), {{"y", y}, {"y_added", y}}, 1e-13);
  }
}

TEST(Linear, GradientsAreThoseOfDifferences) {
  for (const Shape& s : {Shape{1, 3, 5}, Shape{13, 9, 7}, Shape{66, 17, 33}}) {
    const Linear op = {s.rows, s.columns, s.depth};
    expect_gradients(op, op.inputs(), {"x", "w"});
  }
}

TEST(LinearReluSquared, IsTheSquareOfThePositivePart) {
  InDouble machine;
  for (const Shape& s : kShapes) {
    const Mlp op = {.rows = s.rows, .width = s.depth, .hidden = s.columns};
    const Arrays in = op.inputs();
    const Sample sample(s, in.at("x"), in.at("w1"));
    expect_near(op.forward(machine.ops, in), {{"a", wanted(sample, cpu::Store::kReluSquared)}},
                1e-13);
  }
}

TEST(LinearReluSquared, GradientsAreThoseOfDifferences) {
  for (const Mlp& op : {Mlp{1, 1, 3}, Mlp{5, 7, 9}, Mlp{66, 17, 33}}) {
    expect_gradients(op, op.inputs(), {"x", "w1", "w2"});
  }
}

TEST(LinearReluSquared, HasNoSlopeAtItsKink) {
  InDouble machine;
  const Arrays in = {{"x", {1, -1}}, {"w1", {1, 1}}, {"w2", {1, 1}}, {"dy", {1, 1}}};
  const Mlp op = {.rows = 1, .width = 2, .hidden = 1};
  EXPECT_EQ(op.backward(machine.ops, in).at("dh"), (Numbers{0}));
}
