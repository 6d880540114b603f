#include "reconstruction/export/finite.h"

#include <cmath>
#include <stdexcept>

#include "reconstruction/export/names.h"

namespace ahap {
namespace {

void require(bool finite, const std::string& what) {
  if (!finite)
    throw std::runtime_error("nothing was exported, because the " + what + " is not a finite number");
}

template <typename Vectors>
bool all_finite(const Vectors& vectors) {
  for (const auto& v : vectors) {
    if (!v.allFinite()) return false;
  }
  return true;
}

void require_finite(const ReconstructedView& view, const Camera& camera) {
  require(camera.K.allFinite(), "K of view " + view.name);
  require(camera.world_from_camera.matrix().allFinite(), "pose of view " + view.name);
}

void require_finite(const Detection& detection, const std::string& view) {
  const auto& [x0, y0, x1, y1] = detection.box;
  const std::string where = " of a detection in view " + view;
  require(Eigen::Array4d(x0, y0, x1, y1).allFinite(), "box" + where);
  require(std::isfinite(detection.score), "score" + where);
  require(detection.keypoint.allFinite() && std::isfinite(detection.keypoint_depth), "key point" + where);
  require(all_finite(detection.joints2d), "position of the joints" + where);
}

void require_finite(const ReconstructedFrame& frame, const Reconstruction& reconstruction) {
  require(std::isfinite(frame.time), "time of frame " + std::to_string(frame.number));
  for (const Detection& detection : frame.detections)
    require_finite(detection, reconstruction.views.at(detection.view).name);
  for (const auto& row : frame.association.weight) {
    for (const float weight : row) require(std::isfinite(weight), "association matrix");
  }
  require(std::isfinite(frame.runner_up.margin), "margin of the association's runner-up");
}

void require_finite_run(const Reconstruction& reconstruction) {
  require(std::isfinite(reconstruction.scale), "scale");
  for (const StageTiming& timing : reconstruction.timings) {
    require(std::isfinite(timing.seconds), "duration of the stage " + timing.stage);
  }
}

}  // namespace

void require_finite(const PointCloud& points) {
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points.positions[i].allFinite()) require(false, "position of point " + std::to_string(i));
    if (!std::isfinite(points.confidence[i])) require(false, "confidence of point " + std::to_string(i));
  }
}

void require_finite(const PersonInFrame& in_frame) {
  const auto& [person, body] = in_frame;
  const std::string of_person = " of " + person_name(person.id);
  for (const float beta : person.betas) require(std::isfinite(beta), "shape" + of_person);
  for (const float beta : person.smplx_betas) require(std::isfinite(beta), "shape" + of_person);
  require(std::isfinite(person.height), "height" + of_person);
  require(all_finite(body.pose), "pose" + of_person);
  require(body.transl.allFinite(), "translation" + of_person);
  if (body.smplx) {
    for (const float value : body.smplx->expression) require(std::isfinite(value), "expression" + of_person);
    require(all_finite(body.smplx->pose), "pose" + of_person);
    require(body.smplx->transl.allFinite(), "translation" + of_person);
  }
  require(all_finite(body.mesh.positions) && all_finite(body.mesh.normals), "mesh" + of_person);
  require(all_finite(body.joints), "position of the joints" + of_person);
  require(std::isfinite(body.triangulation_residual), "triangulation residual" + of_person);
  require(std::isfinite(body.position_sigma), "standard deviation of the place" + of_person);
}

void require_finite(const Person& person) {
  for (const BodyInFrame& body : person.bodies) require_finite(PersonInFrame{person, body});
}

void require_finite(const Reconstruction& reconstruction, int frame) {
  const ReconstructedFrame& seen = reconstruction.frames.at(frame);
  for (const ReconstructedView& view : reconstruction.views) require_finite(view, view.camera(frame));
  require_finite(*seen.points);
  require_finite(seen, reconstruction);
  for (const PersonInFrame& person : people_in(reconstruction, frame)) require_finite(person);
  require_finite_run(reconstruction);
}

void require_finite(const Reconstruction& reconstruction) {
  for (const ReconstructedView& view : reconstruction.views)
    for (const Camera& camera : view.cameras) require_finite(view, camera);
  const PointCloud* checked = nullptr;  // frames share their points
  for (const ReconstructedFrame& frame : reconstruction.frames) {
    if (frame.points.get() != checked) require_finite(*frame.points);
    checked = frame.points.get();
    require_finite(frame, reconstruction);
  }
  for (const Person& person : reconstruction.people) require_finite(person);
  require_finite_run(reconstruction);
}

}  // namespace ahap
