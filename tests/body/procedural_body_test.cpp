#include "reconstruction/body/procedural_body.h"

#include <gtest/gtest.h>

#include <Eigen/Geometry>
#include <map>
#include <set>

#include "reconstruction/body/shape_space.h"

namespace ahap {
namespace {

const BodyModel& body(BodyDetail detail) {
  static const BodyModel full = procedural_body(BodyDetail::full), low = procedural_body(BodyDetail::low);
  return detail == BodyDetail::full ? full : low;
}

Eigen::MatrixXf shaped(const BodyModel& m, const Eigen::VectorXf& betas) {
  Eigen::MatrixXf v = m.v_template;
  for (int i = 0; i < v.rows(); ++i) v.row(i) += (m.shapedirs.middleRows<3>(3 * i) * betas).transpose();
  return v;
}

float stature(const BodyModel& m, const Eigen::VectorXf& betas) {
  const Eigen::VectorXf y = shaped(m, betas).col(1);
  return y.maxCoeff() - y.minCoeff();
}

class ProceduralBody : public ::testing::TestWithParam<BodyDetail> {
 protected:
  const BodyModel& m = body(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Details, ProceduralBody, ::testing::Values(BodyDetail::full, BodyDetail::low),
                         [](const auto& info) { return info.param == BodyDetail::full ? "full" : "low"; });

TEST_P(ProceduralBody, HasSmplsLayout) {
  const int V = m.num_vertices();
  EXPECT_GE(V, GetParam() == BodyDetail::full ? 5000 : 700);
  EXPECT_LE(V, GetParam() == BodyDetail::full ? 8000 : 1300);
  EXPECT_TRUE(std::equal(m.parents.begin(), m.parents.end(), kSmplParents.begin(), kSmplParents.end()));
  EXPECT_EQ(m.shapedirs.rows(), 3 * V);
  EXPECT_EQ(m.shapedirs.cols(), 10);
  EXPECT_EQ(m.posedirs.rows(), 3 * V);
  EXPECT_EQ(m.posedirs.cols(), 207);
  EXPECT_EQ(m.J_regressor.rows(), 24);
  EXPECT_EQ(m.J_regressor.cols(), V);
  EXPECT_EQ(m.weights.rows(), V);
  EXPECT_EQ(m.weights.cols(), 24);
}

TEST_P(ProceduralBody, IsAClosedManifoldOfOnePiece) {
  std::map<std::pair<int, int>, int> half_edges;
  std::vector<std::set<int>> fan(m.num_vertices());
  for (int f = 0; f < m.faces.rows(); ++f)
    for (int i = 0; i < 3; ++i) ++half_edges[{m.faces(f, i), m.faces(f, (i + 1) % 3)}];
  for (const auto& [edge, count] : half_edges) {
    ASSERT_EQ(count, 1);
    ASSERT_EQ(half_edges.count({edge.second, edge.first}), 1u);
    fan[edge.first].insert(edge.second);
  }
  // Euler characteristic of a sphere: no handles, no second component.
  EXPECT_EQ(m.num_vertices() - int(half_edges.size()) / 2 + int(m.faces.rows()), 2);
  // The neighbours of a vertex form one cycle.
  std::vector<std::map<int, int>> next(m.num_vertices());
  for (int f = 0; f < m.faces.rows(); ++f)
    for (int i = 0; i < 3; ++i) next[m.faces(f, i)][m.faces(f, (i + 1) % 3)] = m.faces(f, (i + 2) % 3);
  for (int v = 0; v < m.num_vertices(); ++v) {
    ASSERT_FALSE(next[v].empty());
    const int first = next[v].begin()->first;
    std::size_t length = 1;
    for (int w = next[v].at(first); w != first; w = next[v].at(w)) ASSERT_LE(++length, next[v].size());
    ASSERT_EQ(length, next[v].size());
  }
}

TEST_P(ProceduralBody, HasTheVolumeOfAPerson) {
  double litres = 0;
  for (int f = 0; f < m.faces.rows(); ++f) {
    const Eigen::Vector3d a = m.v_template.row(m.faces(f, 0)).cast<double>(),
                          b = m.v_template.row(m.faces(f, 1)).cast<double>(),
                          c = m.v_template.row(m.faces(f, 2)).cast<double>();
    litres += 1000 * a.dot(b.cross(c)) / 6;
  }
  EXPECT_GT(litres, 60);
  EXPECT_LT(litres, 85);
}

TEST_P(ProceduralBody, SkinningWeightsAreDistributionsOverAtMostFourJoints) {
  for (int v = 0; v < m.num_vertices(); ++v) {
    EXPECT_NEAR(m.weights.row(v).sum(), 1, 1e-5);
    EXPECT_GE(m.weights.row(v).minCoeff(), 0);
    EXPECT_LE((m.weights.row(v).array() > 0).count(), 4);
  }
}

TEST_P(ProceduralBody, NoVertexFollowsALimbOfTheOtherSide) {
  for (int v = 0; v < m.num_vertices(); ++v)
    for (int j = 0; j < kSmplJoints; ++j) {
      const float depth_in_own_side = kSmplJointNames[j].starts_with("left")    ? m.v_template(v, 0)
                                      : kSmplJointNames[j].starts_with("right") ? -m.v_template(v, 0)
                                                                                : 0;
      ASSERT_TRUE(depth_in_own_side > -0.03f || m.weights(v, j) == 0)
          << kSmplJointNames[j] << " at vertex " << v;
    }
}

TEST_P(ProceduralBody, IsItsOwnMirrorImage) {
  std::set<std::tuple<float, float, float>> points;
  for (int v = 0; v < m.num_vertices(); ++v)
    points.insert({m.v_template(v, 0), m.v_template(v, 1), m.v_template(v, 2)});
  for (const auto& [x, y, z] : points) ASSERT_TRUE(points.count({-x, y, z})) << x << " " << y << " " << z;
}

TEST_P(ProceduralBody, RegressorGivesTheSkeletonAndFollowsTheShapeSpace) {
  const Eigen::VectorXf sums = m.J_regressor.rowwise().sum();
  EXPECT_LT((sums.array() - 1).abs().maxCoeff(), 1e-5);
  EXPECT_LT(m.J_regressor.cwiseAbs().maxCoeff(), 0.5) << "an ill-conditioned regressor";
  for (int beta = -1; beta < kSmplBetas; ++beta) {
    const Eigen::VectorXf betas =
        beta < 0 ? Eigen::VectorXf::Zero(10).eval() : (2 * Eigen::VectorXf::Unit(10, beta)).eval();
    const Eigen::MatrixXf J = m.J_regressor * shaped(m, betas);
    for (int j = 0; j < kSmplJoints; ++j) {
      Eigen::Vector3d expected = rest_joints()[j];
      if (beta >= 0) expected += 2 * shape_displacement(beta, rest_joints()[j]);
      EXPECT_LT((J.row(j).transpose().cast<double>() - expected).norm(), 1e-4)
          << kSmplJointNames[j] << " beta " << beta;
    }
  }
}

TEST_P(ProceduralBody, JointsLieInsideTheBody) {
  for (const Eigen::Vector3d& joint : rest_joints()) {
    double winding = 0;  // solid angles of all triangles
    for (int f = 0; f < m.faces.rows(); ++f) {
      const Eigen::Vector3d a = m.v_template.row(m.faces(f, 0)).cast<double>().transpose() - joint,
                            b = m.v_template.row(m.faces(f, 1)).cast<double>().transpose() - joint,
                            c = m.v_template.row(m.faces(f, 2)).cast<double>().transpose() - joint;
      const double la = a.norm(), lb = b.norm(), lc = c.norm();
      winding +=
          2 * std::atan2(a.dot(b.cross(c)), la * lb * lc + a.dot(b) * lc + b.dot(c) * la + c.dot(a) * lb);
    }
    EXPECT_NEAR(winding / (4 * M_PI), 1, 1e-6) << joint.transpose();
  }
}

TEST_P(ProceduralBody, HeightIsABetaAndSpansAPopulation) {
  const float mean = stature(m, Eigen::VectorXf::Zero(10));
  EXPECT_NEAR(mean, 1.71, 0.01);
  double variance = 0;
  for (int beta = 0; beta < kSmplBetas; ++beta) {
    const float change =
        (stature(m, Eigen::VectorXf::Unit(10, beta)) - stature(m, -Eigen::VectorXf::Unit(10, beta))) / 2;
    variance += change * change;
    if (beta == 0) continue;
    EXPECT_LT(std::abs(change), 0.015) << "beta " << beta;
  }
  EXPECT_GT(std::sqrt(variance), 0.07);
  EXPECT_LT(std::sqrt(variance), 0.09);
}

}  // namespace
}  // namespace ahap
