#include "reconstruction/body/moved_world.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "reconstruction/body/changed_world.h"
#include "reconstruction/rotation_vector.h"

namespace ahap {
namespace {

void turn(Eigen::Vector3f& axis_angle, const Eigen::Matrix3d& rotation) {
  axis_angle = rotation_vector(rotation * rotation_of(axis_angle.cast<double>())).cast<float>();
}

void move_body(BodyInFrame& body, const Eigen::Isometry3d& new_from_old) {
  const Eigen::Isometry3f motion = new_from_old.cast<float>();
  const Eigen::Vector3f pelvis = body.joints.at(0);
  // A body turns about its pelvis, which lies there at the origin.
  const auto place = [&](Eigen::Vector3f& transl) { transl = motion * pelvis - (pelvis - transl); };
  turn(body.pose[0], new_from_old.linear());
  place(body.transl);
  if (body.smplx) {
    turn(body.smplx->pose[0], new_from_old.linear());
    place(body.smplx->transl);
  }
  for (Eigen::Vector3f& X : body.joints) X = motion * X;
  for (Eigen::Vector3f& X : body.mesh.positions) X = motion * X;
  for (Eigen::Vector3f& n : body.mesh.normals) n = motion.linear() * n;
}

Eigen::Vector3d middle_of_cameras(const Reconstruction& result) {
  Eigen::Vector3d sum(0, 0, 0);
  int count = 0;
  for (const ReconstructedView& view : result.views) {
    if (!view.camera_estimated) continue;
    sum += view.camera(0).center();
    ++count;
  }
  return count ? Eigen::Vector3d(sum / count) : sum;
}

Eigen::Isometry3d turn_about(const Eigen::Vector3d& place, const Eigen::Vector3d& up) {
  const Eigen::Quaterniond rotation = Eigen::Quaterniond::FromTwoVectors(up, Eigen::Vector3d::UnitY());
  return Eigen::Translation3d(place) * rotation * Eigen::Translation3d(-place);
}

}  // namespace

void move_world(Reconstruction& result, const Eigen::Isometry3d& new_from_old) {
  if (new_from_old.matrix().isIdentity(1e-12)) return;
  for (ReconstructedView& view : result.views)
    for (Camera& camera : view.cameras) camera.world_from_camera = new_from_old * camera.world_from_camera;
  for (Person& person : result.people)
    for (BodyInFrame& body : person.bodies) move_body(body, new_from_old);
  change_points(result.frames, [motion = Eigen::Isometry3f(new_from_old.cast<float>())](Eigen::Vector3f& X) {
    X = motion * X;
  });
}

std::shared_ptr<const Reconstruction> moved(const Reconstruction& result,
                                            const Eigen::Isometry3d& new_from_old) {
  auto there = std::make_shared<Reconstruction>(result);
  move_world(*there, new_from_old);
  if (there->run)
    there->run = changed_run(
        there->run, [new_from_old](const Reconstruction& again) { return moved(again, new_from_old); });
  return there;
}

bool is_moved(const Reconstruction& before, const Reconstruction& after) {
  constexpr double kSame = 1e-6;  // metres, and of rotation matrices
  if (before.views.size() != after.views.size() || before.views.empty()) return false;
  const Eigen::Isometry3d motion =
      after.views[0].camera(0).world_from_camera * before.views[0].camera(0).world_from_camera.inverse();
  for (std::size_t v = 0; v < before.views.size(); ++v) {
    const std::vector<Camera>&a = before.views[v].cameras, &b = after.views[v].cameras;
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
      if (!b[i].world_from_camera.matrix().isApprox((motion * a[i].world_from_camera).matrix(), kSame))
        return false;
  }
  return !motion.matrix().isIdentity(kSame);
}

Eigen::Isometry3d floor_motion(const std::array<Eigen::Vector3d, 3>& places, const Reconstruction& result) {
  constexpr double kLeastBase = 0.3;  // metres: of the triangle's longest side, and of its height above it
  const Eigen::Vector3d a = places[1] - places[0], b = places[2] - places[0];
  const double longest = std::max({a.norm(), b.norm(), (b - a).norm()});
  Eigen::Vector3d normal = a.cross(b);
  if (longest < kLeastBase || normal.norm() / longest < kLeastBase)
    throw std::runtime_error(
        "The three places lie too near to each other or to one line for a floor; choose others.");
  normal.normalize();
  if (normal.dot(middle_of_cameras(result) - places[0]) < 0) normal = -normal;
  const Eigen::Vector3d down(0, -places[0].y(), 0);
  return Eigen::Translation3d(down) * turn_about(places[0], normal);
}

Eigen::Isometry3d upright_motion(const Eigen::Vector3d& a, const Eigen::Vector3d& b) {
  constexpr double kShortest = 0.1;  // metres
  if ((a - b).norm() < kShortest)
    throw std::runtime_error("A line of less than 10 cm does not say what is upright.");
  const Eigen::Vector3d &low = a.y() < b.y() ? a : b, &high = a.y() < b.y() ? b : a;
  return turn_about(low, (high - low).normalized());
}

Eigen::Isometry3d origin_motion(const Eigen::Vector3d& place) {
  return Eigen::Isometry3d(Eigen::Translation3d(-place.x(), 0, -place.z()));
}

}  // namespace ahap
