#include "reconstruction/export/plain_skinning.h"

#include <algorithm>
#include <numeric>

#include "reconstruction/body/body_mesh.h"
#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/range_exporters.h"

namespace ahap {

std::vector<VertexSkin> plain_skin(const BodyModel& model) {
  std::vector<VertexSkin> skin(model.num_vertices());
  std::vector<int> order(model.num_joints());
  for (int v = 0; v < model.num_vertices(); ++v) {
    const auto weights = model.weights.row(v);
    std::iota(order.begin(), order.end(), 0);
    std::partial_sort(order.begin(), order.begin() + 4, order.end(),
                      [&](int a, int b) { return weights[a] > weights[b]; });
    float sum = 0;
    for (int i = 0; i < 4; ++i) sum += std::max(weights[order[i]], 0.f);
    for (int i = 0; i < 4; ++i) {
      if (weights[order[i]] <= 0) break;
      skin[v].joints[i] = std::uint8_t(order[i]);
      skin[v].weights[i] = weights[order[i]] / sum;
    }
  }
  return skin;
}

BodyModel plainly_skinned(const BodyModel& model) {
  BodyModel plain = model;
  plain.posedirs.setZero();
  plain.weights.setZero();
  const std::vector<VertexSkin> skin = plain_skin(model);
  for (int v = 0; v < plain.num_vertices(); ++v)
    for (int i = 0; i < 4; ++i) plain.weights(v, skin[v].joints[i]) += skin[v].weights[i];
  return plain;
}

SkinningDeviation skinning_deviation(const BodyModel& model, const Person& person) {
  constexpr std::size_t most_frames = 100;
  const BodyModel plain = plainly_skinned(model);
  const std::size_t bodies = person.bodies.size(), frames = std::min(bodies, most_frames);
  SkinningDeviation deviation;
  for (std::size_t i = 0; i < frames; ++i) {
    const SmplParameters smpl = smpl_of(person, person.bodies[i * bodies / frames]);
    const Eigen::VectorXf distances =
        (posed_vertices(plain, smpl) - posed_vertices(model, smpl)).rowwise().norm();
    deviation.mean += distances.cast<double>().mean() / double(frames);
    deviation.max = std::max(deviation.max, double(distances.maxCoeff()));
  }
  return deviation;
}

}  // namespace ahap
