#pragma once

#include <cmath>
#include <random>

#include "reconstruction/body/smplx_model.h"
#include "reconstruction/smpl_joints.h"

namespace ahap::testing {

// A body with SMPL-X's 55 joints and tree, V vertices about its bones, a sparse regressor, four weights per
// vertex and directions of the size that official files have. Every value is a float32.
inline SmplxModel seeded_smplx(int V, int num_betas, int num_expressions, unsigned seed = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::uniform_real_distribution<float> uniform(0.05f, 1.0f);
  SmplxModel model{{}, num_betas, num_expressions};
  BodyModel& body = model.body;
  body.name = "smplx";
  body.parents.assign(kSmplParents.begin(), kSmplParents.begin() + 22);
  for (int face = 0; face < 3; ++face) body.parents.push_back(15);
  for (int hand = 0; hand < 2; ++hand)
    for (int finger = 0; finger < 5; ++finger)
      for (int bone = 0; bone < 3; ++bone)
        body.parents.push_back(bone ? int(body.parents.size()) - 1 : 20 + hand);
  const int J = kSmplxJoints;

  Eigen::Matrix<float, Eigen::Dynamic, 3, Eigen::RowMajor> joints(J, 3);
  for (int j = 0; j < J; ++j) {
    const float length = j == 0 ? 0.2f : j < 22 ? 0.12f : 0.03f;
    for (int a = 0; a < 3; ++a) joints(j, a) = length * normal(generator);
    if (j) joints.row(j) += joints.row(body.parents[j]);
  }
  const auto fill = [&](auto& matrix, Eigen::Index rows, Eigen::Index columns, float scale) {
    matrix.resize(rows, columns);
    for (auto& value : matrix.reshaped()) value = scale * normal(generator);
  };
  fill(body.v_template, V, 3, 0.05f);
  fill(body.shapedirs, 3 * V, num_betas + num_expressions, 0.01f);
  fill(body.posedirs, 3 * V, 9 * (J - 1), 0.001f);
  body.J_regressor.setZero(J, V);
  body.weights.setZero(V, J);
  for (int v = 0; v < V; ++v) {
    body.v_template.row(v) += joints.row(v % J);
    for (int j = v % J, k = 0; k < 4; ++k, j = j ? body.parents[j] : 0)
      body.weights(v, j) += uniform(generator);
    body.weights.row(v) /= body.weights.row(v).sum();
    body.J_regressor(v % J, v) = uniform(generator);
  }
  for (int j = 0; j < J; ++j) body.J_regressor.row(j) /= body.J_regressor.row(j).sum();
  body.faces.resize(V - 2, 3);
  for (int f = 0; f < V - 2; ++f) body.faces.row(f) << f, f + 1, f + 2;
  return model;
}

}  // namespace ahap::testing
