// Against printed tables.
#include "server/statistics/distributions.h"

#include <gtest/gtest.h>

using namespace pawl;

TEST(Distributions, ChiSquareQuantilesAreThoseOfTheTables) {
  EXPECT_NEAR(chi_square_quantile(0.95, 1), 3.841458821, 1e-8);
  EXPECT_NEAR(chi_square_quantile(0.95, 2), 5.991464547, 1e-8);
  EXPECT_NEAR(chi_square_quantile(0.05, 2), 0.102586589, 1e-8);
  EXPECT_NEAR(chi_square_quantile(0.05, 10), 3.940299136, 1e-8);
  EXPECT_NEAR(chi_square_quantile(0.95, 100), 124.342113404, 1e-6);
}

TEST(Distributions, StudentsTailsAreThoseOfTheTables) {
  EXPECT_NEAR(student_t_two_sided(12.706204736, 1), 0.05, 1e-9);
  EXPECT_NEAR(student_t_two_sided(-4.302652730, 2), 0.05, 1e-9);
  EXPECT_NEAR(student_t_two_sided(2.228138852, 10), 0.05, 1e-9);
  EXPECT_NEAR(student_t_two_sided(2, 1), 0.295167235, 1e-9);
  EXPECT_NEAR(student_t_two_sided(0, 7), 1, 1e-12);
}

TEST(Distributions, WithManyDegreesStudentIsNormal) {
  EXPECT_NEAR(student_t_two_sided(1.959963985, 1e6), 0.05, 1e-6);
}
