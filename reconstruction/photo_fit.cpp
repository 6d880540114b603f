#include "reconstruction/photo_fit.h"

#include "reconstruction/coco_joints.h"
#include "reconstruction/median.h"

namespace ahap {

std::optional<PhotoFit> photo_fit(const Reconstruction& reconstruction, int frame, int detection) {
  constexpr double kSame = 1e-6;  // pixels: the joint is the body's own
  const Detection& seen = reconstruction.frames.at(frame).detections.at(detection);
  const ReconstructedView& view = reconstruction.views.at(seen.view);
  const auto person = find_person(reconstruction, frame, seen.person_id);
  if (!person || !view.camera_estimated || seen.joints2d.size() != kSmplJoints ||
      person->body.joints.size() != kSmplJoints)
    return std::nullopt;
  const Camera& camera = view.camera(frame);
  PhotoFit fit;
  std::vector<double> pixels, metres;
  for (const auto& [coco, joint] : kCocoAndSmplJoints) {
    const Eigen::Vector3d X = person->body.joints[joint].cast<double>();
    const auto pixel = camera.project(X);
    if (!pixel) continue;
    const double off = (*pixel - seen.joints2d[joint]).norm();
    if (off < kSame) continue;
    pixels.push_back(off);
    metres.push_back(off * (camera.camera_from_world() * X).z() / camera.K(0, 0));
    if (metres.back() <= fit.worst_metres) continue;
    fit.worst_metres = metres.back();
    fit.worst_joint = joint;
  }
  if (pixels.empty()) return std::nullopt;
  fit.pixels = median(pixels);
  fit.metres = median(metres);
  return fit;
}

}  // namespace ahap
