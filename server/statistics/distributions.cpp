#include "server/statistics/distributions.h"

#include <cmath>
#include <limits>

namespace pawl {
namespace {

constexpr double kEnough = 1e-15;  // relative: further terms change nothing
constexpr int kTermsMax = 10'000;

// std::lgamma writes a global; threads ask here.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// The regularised lower incomplete gamma function by its series. Abramowitz and Stegun 6.5.29.
double gamma_below(double shape, double x) {
  if (x <= 0) return 0;
  double term = 1 / shape;
  double sum = term;
  for (int n = 1; n < kTermsMax && term > sum * kEnough; ++n) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum * std::exp(shape * std::log(x) - x - log_gamma(shape));
}

// The continued fraction of the incomplete beta function by Lentz's method. Abramowitz and Stegun
// 26.5.8; it converges quickly for x < (a + 1) / (a + b + 2).
double beta_fraction(double a, double b, double x) {
  constexpr double kTiny = std::numeric_limits<double>::min();
  const auto not_zero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
  double c = 1;
  double d = 1 / not_zero(1 - (a + b) * x / (a + 1));
  double fraction = d;
  for (int m = 1; m < kTermsMax; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / not_zero(1 + even * d);
    c = not_zero(1 + even / c);
    fraction *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / not_zero(1 + odd * d);
    c = not_zero(1 + odd / c);
    fraction *= d * c;
    if (std::abs(d * c - 1) < kEnough) break;
  }
  return fraction;
}

// The regularised incomplete beta function.
double beta_below(double a, double b, double x) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - beta_below(b, a, 1 - x);
  const double front = std::exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * std::log(x) +
                                b * std::log1p(-x));
  return front * beta_fraction(a, b, x) / a;
}

}  // namespace

double chi_square_quantile(double probability, double freedom) {
  double low = 0;
  double high = freedom;
  while (gamma_below(freedom / 2, high / 2) < probability) high *= 2;
  for (int i = 0; i < 100; ++i) {  // halved below the last digit of a double
    const double middle = (low + high) / 2;
    (gamma_below(freedom / 2, middle / 2) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

double student_t_two_sided(double t, double freedom) {
  if (!std::isfinite(t)) return 0;
  return beta_below(freedom / 2, 0.5, freedom / (freedom + t * t));
}

}  // namespace pawl
