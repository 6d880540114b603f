#include "reconstruction/geometry/dustbin_transport.h"

#include <gmock/gmock.h>

#include <cmath>

namespace ahap {
namespace {

using ::testing::ElementsAre;

TEST(DustbinTransport, has_its_marginals) {
  Eigen::MatrixXd scores(2, 3);
  scores << -1, -8, -20, -9, -2, -15;
  const Eigen::MatrixXd mass = transport_with_dustbin(scores, -10).array().exp();
  ASSERT_EQ(mass.rows(), 3);
  ASSERT_EQ(mass.cols(), 4);
  const Eigen::RowVector4d columns(1, 1, 1, 2);  // everybody once, the dustbin as often as there are others
  EXPECT_LT((mass.colwise().sum() - columns).cwiseAbs().maxCoeff(), 1e-9);
  EXPECT_LT((mass.rowwise().sum() - Eigen::Vector3d(1, 1, 3)).cwiseAbs().maxCoeff(), 0.05);
}

TEST(DustbinTransport, makes_a_match_as_far_as_the_dustbin_as_probable_as_none) {
  // One known, one seen, at distance d: a plan (x, 1 - x; 1 - x, x) with (x / (1 - x))^2 = e^(10 - d).
  for (const double d : {9.0, 10.0, 11.0, 14.0}) {
    const Eigen::MatrixXd Z = transport_with_dustbin(Eigen::MatrixXd::Constant(1, 1, -d), -10);
    const double ratio = std::exp((10 - d) / 2);
    EXPECT_NEAR(std::exp(Z(0, 0)), ratio / (1 + ratio), 1e-5) << d;
  }
}

TEST(DustbinTransport, depends_on_differences_of_scores_alone_however_large_they_are) {
  Eigen::MatrixXd scores(2, 2);
  scores << -3, -12, -14, -5;
  const Eigen::MatrixXd near = transport_with_dustbin(scores, -10),
                        far = transport_with_dustbin(scores.array() - 5000, -5010);
  EXPECT_TRUE(far.allFinite());
  EXPECT_LT((near - far).cwiseAbs().maxCoeff(), 1e-9);
}

TEST(MutualMatches, are_the_largest_of_row_and_column_and_probable) {
  const auto matches = [](Eigen::Matrix2d probability) { return mutual_matches(probability.array().log()); };
  EXPECT_THAT(matches((Eigen::Matrix2d() << 0.9, 0.1, 0.05, 0.8).finished()), ElementsAre(0, 1));
  EXPECT_THAT(matches((Eigen::Matrix2d() << 0.9, 0.7, 0.05, 0.6).finished()), ElementsAre(0, -1))
      << "row 0 prefers 0";
  EXPECT_THAT(matches((Eigen::Matrix2d() << 0.19, 0.01, 0.01, 0.21).finished()), ElementsAre(-1, 1));
}

}  // namespace
}  // namespace ahap
