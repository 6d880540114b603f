#include "reconstruction/stages/result.h"

#include <algorithm>

#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/stages/display_image.h"

namespace ahap {

namespace {

std::vector<Eigen::Vector3f> moved(const Eigen::Isometry3d& W, const std::vector<Eigen::Vector3d>& points) {
  std::vector<Eigen::Vector3f> result;
  for (const Eigen::Vector3d& X : points) result.push_back((W * X).cast<float>());
  return result;
}

ReconstructedView view_of(const ResultSources& sources, std::size_t v, const Eigen::Isometry3d& W) {
  const View& view = sources.views[v];
  const Camera& from = sources.cameras.views[v];
  ReconstructedView out;
  out.name = view.name;
  out.path = view.path;
  Camera& camera = out.cameras.emplace_back();
  camera.width = view.image.width;
  camera.height = view.image.height;
  camera.K = sources.placements[v].K_to_original(from.K);
  camera.world_from_camera = W * from.world_from_camera;
  out.camera_estimated = sources.cameras.estimated[v];
  return out;
}

Detection detection_of(const SeenPerson& person, const SquarePlacement& placement) {
  Detection detection;
  detection.view = person.view;
  detection.score = person.score;
  detection.keypoint = placement.to_original(person.keypoint);
  detection.keypoint_depth = person.depth;
  detection.box = original_box(person, placement);
  for (const auto& joint : person.joints2d) detection.joints2d.push_back(placement.to_original(joint));
  return detection;
}

// A body's shape without pose: where its pelvis is in the model's own axes, and how tall it is, metres.
struct RestBody {
  Eigen::Vector3d pelvis;
  double height = 0;
};
RestBody rest_body(const PersonTrack& track, const Smpl& body) {
  const auto straight = torch::eye(3).expand({1, body.num_joints(), 3, 3});
  const auto rest = body(body_tensors({track}).betas, straight, torch::zeros({1, 3}));
  const auto heights = rest.vertices[0].select(1, 1);
  return {vector3(rest.joints[0][0]), (heights.max() - heights.min()).item<double>()};
}

// The parameters of the track's body in the world, SMPL's or SMPL-X's.
void write_parameters(const PersonTrack& track, const Eigen::Isometry3d& W,
                      const Eigen::Vector3d& rest_pelvis, Person& person, BodyInFrame& body) {
  std::vector<Eigen::Vector3f> pose;
  for (const Eigen::Vector3d& angles : track.body.pose) pose.push_back(angles.cast<float>());
  pose[0] = rotation_vector(W.linear() * rotation_of(track.body.pose[0])).cast<float>();
  const auto& betas = track.body.shape;
  // SMPL turns a body about its pelvis J0: R (x - J0) + J0 + transl.
  const Eigen::Vector3f transl = (W * track.joints[0] - rest_pelvis).cast<float>();
  std::copy_n(pose.begin(), kSharedJoints, body.pose.begin());
  if (int(pose.size()) == kSmplxJoints) {
    SmplxPose& smplx = body.smplx.emplace();
    const std::size_t shapes = betas.size() - kSmplxExpressions;
    person.smplx_betas.assign(betas.begin(), betas.begin() + std::ptrdiff_t(shapes));
    std::copy(betas.begin() + std::ptrdiff_t(shapes), betas.end(), smplx.expression.begin());
    std::copy(pose.begin(), pose.end(), smplx.pose.begin());
    smplx.transl = transl;
  } else {
    std::copy(betas.begin(), betas.end(), person.betas.begin());
    std::copy(pose.begin() + kSharedJoints, pose.end(), body.pose.begin() + kSharedJoints);
    body.transl = transl;
  }
}

Person person_of(const PersonTrack& track, const ResultSources& sources, const Eigen::Isometry3d& W,
                 const std::vector<Triangle>& triangles) {
  Person person;
  person.id = track.id;
  person.gender = sources.body.gender();
  const RestBody rest = rest_body(track, sources.body);
  person.height = rest.height;
  BodyInFrame& body = person.bodies.emplace_back();
  write_parameters(track, W, rest.pelvis, person, body);
  for (const Eigen::Vector3f& X : moved(W, track.joints)) body.joints.push_back(X);
  body.mesh.positions = moved(W, track.vertices);
  body.mesh.triangles = triangles;
  body.mesh.normals = vertex_normals(body.mesh.positions, body.mesh.triangles);
  body.reference_view = sources.seen.people[track.reference].view;
  body.triangulated = track.triangulated;
  body.triangulation_residual = track.residual / sources.placements[body.reference_view].scale;
  body.detections = track.observations;
  return person;
}

}  // namespace

std::vector<Triangle> triangles_of(const Smpl& body) {
  const auto faces = body.faces().cpu();
  const auto face_at = faces.accessor<int64_t, 2>();
  std::vector<Triangle> triangles;
  for (int64_t f = 0; f < faces.size(0); ++f)
    triangles.push_back({int(face_at[f][0]), int(face_at[f][1]), int(face_at[f][2])});
  return triangles;
}

WorldFrame find_world(const BranchObservations& seen, const Cameras& cameras,
                      const std::vector<PersonTrack>& tracks, const PointCloud& points) {
  SceneForGround ground;
  for (std::size_t v = 0; v < cameras.views.size(); ++v) {
    if (!cameras.estimated[v]) continue;
    if (int(v) == cameras.reference_view) ground.reference = int(ground.world_from_camera.size());
    ground.world_from_camera.push_back(cameras.views[v].world_from_camera);
    if (!seen.views[v].up) continue;
    UpEstimate up;
    // The cameras' own world is level where it was built from gravity and refined; what the view thinks
    // counts less.
    up.up = seen.related()
                ? *seen.views[v].up
                : cameras.views[v].world_from_camera.linear().transpose() * Eigen::Vector3d::UnitY();
    up.sigma = 0.05;
    ground.up_in_camera.push_back(up);
  }
  for (const PersonTrack& track : tracks) ground.bodies.push_back(track.joints);
  ground.points = points.positions;
  return world_frame(ground);
}

void write_result(const ResultSources& sources, PointCloud points, const WorldFrame& world,
                  Reconstruction& result) {
  const Eigen::Isometry3d& W = world.world_from_old;
  result.up_source = world.up_source;
  ReconstructedFrame frame;
  frame.number = sources.views.front().frame;
  for (std::size_t v = 0; v < sources.views.size(); ++v) {
    result.views.push_back(view_of(sources, v, W));
    frame.pictures.push_back(display_image(sources.views[v].image));
  }
  for (auto& X : points.positions) X = (W * Eigen::Vector3d(X.cast<double>())).cast<float>();
  frame.points = std::make_shared<PointCloud>(std::move(points));
  for (const SeenPerson& person : sources.seen.people)
    frame.detections.push_back(detection_of(person, sources.placements[person.view]));

  const std::vector<Triangle> triangles = triangles_of(sources.body);
  std::vector<const PersonTrack*> by_id(sources.tracks.size());
  for (const PersonTrack& track : sources.tracks) by_id[track.id - 1] = &track;
  for (const PersonTrack* track : by_id) {
    for (const int n : track->observations) frame.detections[n].person_id = track->id;
    result.people.push_back(person_of(*track, sources, W, triangles));
    frame.association.person_ids.push_back(track->id);
    frame.association.weight.emplace_back(track->weight.begin(), track->weight.end());
  }
  result.frames.push_back(std::move(frame));
}

}  // namespace ahap
