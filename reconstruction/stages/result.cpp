#include "reconstruction/stages/result.h"

#include <algorithm>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/stages/display_image.h"

namespace ahap {

std::vector<Triangle> triangles_of(const Smpl& body) {
  const auto faces = body.faces().cpu();
  const auto face_at = faces.accessor<int64_t, 2>();
  std::vector<Triangle> triangles;
  for (int64_t f = 0; f < faces.size(0); ++f)
    triangles.push_back({int(face_at[f][0]), int(face_at[f][1]), int(face_at[f][2])});
  return triangles;
}

std::vector<int> person_ids(const Identities& identities, const HumanEstimate& human) {
  const int P = int(identities.A.size(0));
  const auto score = doubles(human.score);
  std::vector<std::pair<double, int>> support(P);
  for (int p = 0; p < P; ++p) support[p] = {0, -p};
  for (std::size_t n = 0; n < score.size(); ++n) {
    const int p = identities.person_of_detection[n];
    if (p >= 0) support[p].first += 1 + score[n];
  }
  std::sort(support.begin(), support.end(), std::greater<>());
  std::vector<int> ids(P);
  for (int i = 0; i < P; ++i) ids[-support[i].second] = i + 1;
  return ids;
}

WorldFrame find_world(const CameraEstimates& cameras, const SceneEstimate& scene, const Bodies& bodies,
                      const PointCloud& points) {
  SceneForGround ground;
  for (std::size_t v = 0; v < cameras.cameras.size(); ++v) {
    if (!cameras.estimated[v]) continue;
    if (int(v) == cameras.reference_view) ground.reference = int(ground.world_from_camera.size());
    ground.world_from_camera.push_back(cameras.cameras[v].world_from_camera);
    if (!scene.up.defined()) continue;
    UpEstimate up;
    // The cameras' own world is level where it was built from gravity and refined; what the view thinks
    // counts less.
    up.up = scene.world_from_camera.defined()
                ? vector3(scene.up[v]).normalized()
                : cameras.cameras[v].world_from_camera.linear().transpose() * Eigen::Vector3d::UnitY();
    up.sigma = 0.05;
    ground.up_in_camera.push_back(up);
  }
  for (std::size_t p = 0; p < bodies.reference.size(); ++p)
    ground.bodies.push_back(points3(bodies.joints[p]));
  ground.points = points.positions;
  return world_frame(ground);
}

void write_result(Reconstruction& result, const std::vector<View>& views,
                  const std::vector<SquarePlacement>& placements, const HumanEstimate& human,
                  const Identities& identities, const CameraEstimates& cameras, const Bodies& bodies,
                  PointCloud points, const WorldFrame& world, const Smpl& body) {
  const Eigen::Isometry3d& W = world.world_from_old;
  const auto& person_of = identities.person_of_detection;
  const int P = int(bodies.reference.size()), N = int(person_of.size());
  const auto view = integers(human.view);
  result.up_source = world.up_source;
  ReconstructedFrame frame;
  frame.number = views.front().frame;

  for (std::size_t v = 0; v < views.size(); ++v) {
    ReconstructedView out;
    out.name = views[v].name;
    out.path = views[v].path;
    Camera& camera = out.cameras.emplace_back();
    camera.width = views[v].image.width;
    camera.height = views[v].image.height;
    camera.K = placements[v].K_to_original(cameras.cameras[v].K);
    camera.world_from_camera = W * cameras.cameras[v].world_from_camera;
    out.camera_estimated = cameras.estimated[v];
    result.views.push_back(std::move(out));
    frame.pictures.push_back(display_image(views[v].image));
  }

  for (auto& X : points.positions) X = (W * Eigen::Vector3d(X.cast<double>())).cast<float>();
  frame.points = std::make_shared<PointCloud>(std::move(points));

  const auto ids = person_ids(identities, human);
  const auto score = doubles(human.score);
  const auto keypoint = points2(human.keypoint);
  std::vector<double> depth(N, 0);
  if (human.keypoint_depth.defined()) depth = doubles(human.keypoint_depth);
  for (int n = 0; n < N; ++n) {
    const SquarePlacement& placement = placements[view[n]];
    Detection detection;
    detection.view = view[n];
    detection.person_id = person_of[n] >= 0 ? ids[person_of[n]] : 0;
    detection.score = score[n];
    detection.keypoint = placement.to_original(keypoint[n]);
    detection.keypoint_depth = depth[n];
    const auto box = doubles(human.box[n]);
    const Eigen::Vector2d low = placement.to_original({box[0], box[1]}),
                          high = placement.to_original({box[2], box[3]});
    detection.box = {low.x(), low.y(), high.x(), high.y()};
    if (human.joints2d.defined()) {
      for (const auto& joint : points2(human.joints2d[n]))
        detection.joints2d.push_back(placement.to_original(joint));
    }
    frame.detections.push_back(std::move(detection));
  }

  const std::vector<Triangle> triangles = triangles_of(body);

  std::vector<int> order(P);
  for (int p = 0; p < P; ++p) order[ids[p] - 1] = p;
  for (const int p : order) {
    Person person;
    person.id = ids[p];
    BodyInFrame& in_frame = person.bodies.emplace_back();
    auto rotations = bodies.rotations[p].clone();
    rotations[0] = torch::matmul(tensor_of(Eigen::Matrix3d(W.linear())), rotations[0]);
    const auto axis_angles = points3(axis_angle_from_matrix(rotations));
    for (int j = 0; j < kSharedJoints; ++j) in_frame.pose[j] = axis_angles[j].cast<float>();
    const auto betas = doubles(bodies.betas[p]);
    for (const auto& X : points3(bodies.joints[p])) in_frame.joints.push_back((W * X).cast<float>());
    for (const auto& X : points3(bodies.vertices[p]))
      in_frame.mesh.positions.push_back((W * X).cast<float>());
    in_frame.mesh.triangles = triangles;
    in_frame.mesh.normals = vertex_normals(in_frame.mesh.positions, in_frame.mesh.triangles);
    // SMPL turns a body about its pelvis J0: R (x - J0) + J0 + transl.
    const auto identity = torch::eye(3).expand({1, body.num_joints(), 3, 3});
    const auto rest = body(bodies.betas.slice(0, p, p + 1), identity, torch::zeros({1, 3}));
    const Eigen::Vector3f transl =
        (W * vector3(bodies.joints[p][0]) - vector3(rest.joints[0][0])).cast<float>();
    if (body.num_joints() == kSmplxJoints) {
      SmplxPose& smplx = in_frame.smplx.emplace();
      const std::size_t shapes = betas.size() - kSmplxExpressions;
      person.smplx_betas.assign(betas.begin(), betas.begin() + shapes);
      std::copy(betas.begin() + shapes, betas.end(), smplx.expression.begin());
      for (int j = 0; j < kSmplxJoints; ++j) smplx.pose[j] = axis_angles[j].cast<float>();
      smplx.transl = transl;
    } else {
      std::copy(betas.begin(), betas.end(), person.betas.begin());
      for (int j = kSharedJoints; j < kSmplJoints; ++j) in_frame.pose[j] = axis_angles[j].cast<float>();
      in_frame.transl = transl;
    }
    const auto heights = rest.vertices[0].select(1, 1);
    person.height = (heights.max() - heights.min()).item<double>();
    person.gender = body.gender();
    in_frame.reference_view = view[bodies.reference[p]];
    in_frame.triangulated = bodies.triangulated[p];
    in_frame.triangulation_residual = bodies.residual[p] / placements[in_frame.reference_view].scale;
    for (int n = 0; n < N; ++n) {
      if (person_of[n] == p) in_frame.detections.push_back(n);
    }
    result.people.push_back(std::move(person));

    frame.association.person_ids.push_back(ids[p]);
    const auto row = doubles(identities.A[p]);
    frame.association.weight.emplace_back(row.begin(), row.end());
  }
  result.frames.push_back(std::move(frame));
}

}  // namespace ahap
