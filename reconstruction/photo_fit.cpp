#include "reconstruction/photo_fit.h"

#include <algorithm>

#include "reconstruction/coco_joints.h"
#include "reconstruction/median.h"

namespace ahap {

std::vector<JointFit> joint_fits(const Reconstruction& reconstruction, int frame, int detection,
                                 int person_id) {
  constexpr double kSame = 1e-6;  // pixels: the joint is the body's own
  const Detection& seen = reconstruction.frames.at(frame).detections.at(detection);
  const ReconstructedView& view = reconstruction.views.at(seen.view);
  const auto person = find_person(reconstruction, frame, person_id);
  if (!person || !view.camera_estimated || seen.joints2d.size() != kSmplJoints ||
      person->body.joints.size() != kSmplJoints)
    return {};
  const auto own = find_person(reconstruction, frame, seen.person_id);
  const Camera& camera = view.camera(frame);
  std::vector<JointFit> fits;
  for (const auto& [coco, joint] : kCocoAndSmplJoints) {
    const Eigen::Vector2d& pixel = seen.joints2d[joint];
    if (own && own->body.joints.size() == kSmplJoints) {
      const auto known = camera.project(own->body.joints[joint].cast<double>());
      if (known && (*known - pixel).norm() < kSame) continue;
    }
    const Eigen::Vector3d X = person->body.joints[joint].cast<double>();
    const auto body = camera.project(X);
    if (!body) continue;
    const double depth = (camera.camera_from_world() * X).z();
    fits.push_back({joint, pixel, *body, (*body - pixel).norm() * depth / camera.K(0, 0)});
  }
  return fits;
}

std::optional<PhotoFit> photo_fit(const Reconstruction& reconstruction, int frame, int detection) {
  return photo_fit(reconstruction, frame, detection,
                   reconstruction.frames.at(frame).detections.at(detection).person_id);
}

std::optional<PhotoFit> photo_fit(const Reconstruction& reconstruction, int frame, int detection,
                                  int person_id) {
  const std::vector<JointFit> fits = joint_fits(reconstruction, frame, detection, person_id);
  if (fits.empty()) return std::nullopt;
  std::vector<double> pixels, metres;
  for (const JointFit& fit : fits) {
    pixels.push_back((fit.body - fit.seen).norm());
    metres.push_back(fit.metres);
  }
  const auto worst = std::max_element(
      fits.begin(), fits.end(), [](const JointFit& a, const JointFit& b) { return a.metres < b.metres; });
  return PhotoFit{median(pixels), median(metres), worst->joint, worst->metres};
}

}  // namespace ahap
