#include "reconstruction/body/procedural_body.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "reconstruction/body/body_surface.h"
#include "reconstruction/body/ramp.h"
#include "reconstruction/body/shape_space.h"
#include "reconstruction/body/skinning.h"
#include "reconstruction/body/surface_mesher.h"

namespace ahap {
namespace {

using Eigen::Vector3d;

std::vector<double> samples(std::initializer_list<std::array<double, 3>> stretches) {  // from, to, step
  std::vector<double> result;
  for (const auto& [from, to, step] : stretches)
    for (int i = 0, n = std::lround((to - from) / step); i < n; ++i)
      result.push_back(from + (to - from) * i / n);
  result.push_back((stretches.end() - 1)->at(1));
  return result;
}

// Edge lengths follow the thickness of the body: fine at fingers and face, coarse at the trunk.
double edge_length(const Vector3d& q, BodyDetail detail) {
  const Vector3d p(std::abs(q.x()), q.y(), q.z());
  const double hand = ramp(p.x(), 0.66, 0.74), arm = ramp(p.x(), 0.10, 0.22) * ramp(p.y(), 0.05, 0.2);
  const double face = ramp(p.y(), 0.29, 0.34) * ramp(p.z(), 0.0, 0.07), head = ramp(p.y(), 0.26, 0.32);
  const double foot = ramp(-p.y(), 1.04, 1.12), leg = ramp(-p.y(), 0.40, 0.60);
  const double ear = ramp(0.045 - (p - Vector3d(0.08, 0.397, -0.008)).norm(), 0, 0.025);
  const double fingers = ramp(p.x(), 0.74, 0.78);
  const auto blend = [](double base, double other, double w) { return base + (other - base) * w; };
  if (detail == BodyDetail::full) {
    double size = 0.0270;
    size = blend(size, 0.0200, std::max(arm, leg));
    size = blend(size, 0.0175, head);
    size = blend(size, 0.0090, std::max(face, ear));
    size = blend(size, 0.0125, foot);
    size = blend(size, 0.0105, hand);
    return blend(size, 0.0062, fingers);
  }
  double size = 0.062;
  size = blend(size, 0.036, arm);
  size = blend(size, 0.045, std::max(leg, head));
  size = blend(size, 0.028, foot);
  return blend(size, 0.022, hand);
}

SymmetricMesh template_mesh(BodyDetail detail) {
  const auto distance = [detail](const Vector3d& p) { return body_distance(p, detail); };
  const auto size = [detail](const Vector3d& p) { return edge_length(p, detail); };
  if (detail == BodyDetail::full)
    return mesh_surface(distance,
                        {samples({{0, 0.66, 0.012}, {0.66, 0.885, 0.005}}),
                         samples({{-1.20, 0.18, 0.012}, {0.18, 0.24, 0.005}, {0.24, 0.54, 0.009}}),
                         samples({{-0.165, 0.18, 0.0075}})},
                        size);
  return mesh_surface(distance,
                      {samples({{0, 0.66, 0.020}, {0.66, 0.88, 0.012}}),
                       samples({{-1.21, 0.17, 0.020}, {0.17, 0.25, 0.008}, {0.25, 0.55, 0.020}}),
                       samples({{-0.17, 0.18, 0.014}})},
                      size);
}

// Weights over the vertices around a joint, as equal as may be, that reproduce its rest position and all its
// shape displacements: min |w - uniform| subject to sum w = 1, sum w v = J, sum w D_b(v) = D_b(J).
Eigen::RowVectorXd regressor_row(const Vector3d& joint, const std::vector<Vector3d>& vertices) {
  constexpr int constraints = 4 + 3 * kSmplBetas;
  std::vector<int> order(vertices.size());
  std::iota(order.begin(), order.end(), 0);
  const auto range = [&](int v) { return (vertices[v] - joint).norm(); };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return range(a) < range(b); });
  const double reach = 1.6 * range(order[0]) + 0.03;
  int count = 64;
  while (range(order[count]) < reach) ++count;

  Eigen::MatrixXd A(constraints, count);
  Eigen::VectorXd b(constraints);
  const auto column = [](const Vector3d& p, const Vector3d& center) {
    Eigen::Matrix<double, constraints, 1> c;
    c[0] = 1;
    c.segment<3>(1) = (p - center) / 0.1;
    for (int beta = 0; beta < kSmplBetas; ++beta)
      c.segment<3>(4 + 3 * beta) = shape_displacement(beta, p) / 0.01;
    return c;
  };
  for (int i = 0; i < count; ++i) A.col(i) = column(vertices[order[i]], joint);
  b = column(joint, joint);

  const Eigen::VectorXd uniform = Eigen::VectorXd::Constant(count, 1.0 / count);
  const Eigen::VectorXd w = uniform + A.completeOrthogonalDecomposition().solve(b - A * uniform);
  Eigen::RowVectorXd row = Eigen::RowVectorXd::Zero(vertices.size());
  for (int i = 0; i < count; ++i) row[order[i]] = w[i];
  return row;
}

}  // namespace

BodyModel procedural_body(BodyDetail detail) {
  const SymmetricMesh mesh = template_mesh(detail);
  const int V = mesh.positions.size(), F = mesh.faces.size();

  BodyModel body;
  body.name = detail == BodyDetail::full ? "procedural" : "procedural-low";
  body.parents.assign(kSmplParents.begin(), kSmplParents.end());
  body.v_template.resize(V, 3);
  body.shapedirs.resize(3 * V, kSmplBetas);
  body.posedirs.resize(3 * V, 9 * (kSmplJoints - 1));
  body.weights.resize(V, kSmplJoints);
  body.J_regressor.resize(kSmplJoints, V);
  body.faces.resize(F, 3);
  for (int v = 0; v < V; ++v) {
    body.v_template.row(v) = mesh.positions[v].cast<float>();
    for (int beta = 0; beta < kSmplBetas; ++beta)
      body.shapedirs.block<3, 1>(3 * v, beta) = shape_displacement(beta, mesh.positions[v]).cast<float>();
    const SkinningWeights weights = skinning_weights(mesh.positions[v]);
    body.weights.row(v) = weights.cast<float>();
    body.posedirs.middleRows<3>(3 * v) = pose_correctives(mesh.positions[v], weights).cast<float>();
  }
  for (int f = 0; f < F; ++f) body.faces.row(f) << mesh.faces[f][0], mesh.faces[f][1], mesh.faces[f][2];
  for (int j = 0; j < kSmplJoints; ++j)
    body.J_regressor.row(j) = regressor_row(rest_joints()[j], mesh.positions).cast<float>();
  return body;
}

}  // namespace ahap
