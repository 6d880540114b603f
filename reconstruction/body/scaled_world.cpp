#include "reconstruction/body/scaled_world.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "reconstruction/body/changed_world.h"
#include "reconstruction/body/own_body.h"
#include "reconstruction/body/posed_vertices.h"

namespace ahap {
namespace {

constexpr const char* kSizeKept =
    "The scale was set by hand; SMPL parameters keep the size that they had, because this result does not "
    "hold "
    "their body model. Joints and meshes are right.";

Eigen::Vector3f rest_pelvis(const BodyModel& body, const std::array<float, kSmplBetas>& betas) {
  SmplParameters standing;
  standing.betas = betas;
  return posed_joints(body, standing)[0];
}

void scale_places(std::vector<Eigen::Vector3f>& places, float factor) {
  for (Eigen::Vector3f& place : places) place *= factor;
}

// body_model: null where it is not known.
void scale_person(Person& person, const BodyModel* body_model, double factor) {
  const float by = float(factor);
  if (body_model) person.betas = scaled_betas(*body_model, person.betas, factor);
  const Eigen::Vector3f pelvis =
      body_model ? rest_pelvis(*body_model, person.betas) : Eigen::Vector3f::Zero();
  person.height *= factor;
  for (BodyInFrame& body : person.bodies) {
    const Eigen::Vector3f before = body.joints.empty() ? body.transl : body.joints.front();
    body.transl =
        body_model ? Eigen::Vector3f(by * before - pelvis) : Eigen::Vector3f(body.transl + (by - 1) * before);
    if (body.smplx) body.smplx->transl += (by - 1) * before;
    scale_places(body.joints, by);
    scale_places(body.mesh.positions, by);
    body.position_sigma *= factor;
  }
}

void scale_frames(std::vector<ReconstructedFrame>& frames, double factor) {
  change_points(frames, [by = float(factor)](Eigen::Vector3f& X) { X *= by; });
  for (ReconstructedFrame& frame : frames)
    for (Detection& detection : frame.detections) detection.keypoint_depth *= factor;
}

}  // namespace

std::array<float, kSmplBetas> scaled_betas(const BodyModel& body, const std::array<float, kSmplBetas>& betas,
                                           double factor) {
  const int B = std::min(body.num_betas(), kSmplBetas), V = body.num_vertices();
  // Unknown besides the betas is where the body stands.
  Eigen::MatrixXd A = Eigen::MatrixXd::Zero(3 * V, B + 3);
  A.leftCols(B) = body.shapedirs.leftCols(B).cast<double>();
  for (int v = 0; v < V; ++v) A.block<3, 3>(3 * v, B).setIdentity();
  Eigen::VectorXd shape(B);
  for (int i = 0; i < B; ++i) shape[i] = betas[std::size_t(i)];
  const Eigen::VectorXd rest =
      Eigen::Map<const Eigen::VectorXf>(body.v_template.data(), 3 * V).cast<double>();
  const Eigen::VectorXd wanted = factor * (rest + A.leftCols(B) * shape) - rest;
  const Eigen::VectorXd solution =
      (A.transpose() * A).completeOrthogonalDecomposition().solve(A.transpose() * wanted);
  std::array<float, kSmplBetas> result = betas;
  for (int i = 0; i < B; ++i) result[std::size_t(i)] = float(solution[i]);
  return result;
}

std::shared_ptr<const Reconstruction> scaled(const Reconstruction& reconstruction, double factor) {
  if (!(factor > 0) || !std::isfinite(factor)) throw std::invalid_argument("a scale is a positive number");
  auto result = std::make_shared<Reconstruction>(reconstruction);
  for (ReconstructedView& view : result->views)
    for (Camera& camera : view.cameras) camera.world_from_camera.translation() *= factor;
  scale_frames(result->frames, factor);
  const std::shared_ptr<const BodyModel> body = reconstruction.body_model || reconstruction.people.empty()
                                                    ? reconstruction.body_model
                                                    : own_body_of(reconstruction);
  for (Person& person : result->people) scale_person(person, body.get(), factor);
  const auto& told = result->messages;
  if (!body && !result->people.empty() && std::find(told.begin(), told.end(), kSizeKept) == told.end())
    result->messages.push_back(kSizeKept);
  result->scale *= factor;
  if (result->run)
    result->run =
        changed_run(result->run, [factor](const Reconstruction& again) { return scaled(again, factor); });
  return result;
}

std::optional<double> scale_between(const Reconstruction& before, const Reconstruction& after) {
  constexpr double kSame = 1e-9;
  if (before.views.size() != after.views.size() || before.scale == 0) return std::nullopt;
  const double factor = after.scale / before.scale;
  for (std::size_t v = 0; v < before.views.size(); ++v) {
    const std::vector<Camera>&a = before.views[v].cameras, &b = after.views[v].cameras;
    if (a.size() != b.size()) return std::nullopt;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double away = (factor * a[i].center() - b[i].center()).norm();
      if (!(away <= kSame * (1 + b[i].center().norm()))) return std::nullopt;
    }
  }
  return factor;
}

}  // namespace ahap
