// The two distributions that judgements on few runs need. Pure; correct to about ten digits.
#pragma once

namespace pawl {

// The value that a chi-square variable with `freedom` > 0 degrees stays below with `probability`,
// in (0, 1).
double chi_square_quantile(double probability, double freedom);

// How likely a Student's t with `freedom` > 0 degrees lies at least as far from zero as `t`.
double student_t_two_sided(double t, double freedom);

}  // namespace pawl
