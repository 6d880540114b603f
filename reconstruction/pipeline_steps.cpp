#include "reconstruction/pipeline_steps.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/alignment/camera_refinement.h"
#include "reconstruction/alignment/cameras_from_people.h"
#include "reconstruction/alignment/human_scene.h"
#include "reconstruction/body/whole_body.h"
#include "reconstruction/human/ray_frame.h"
#include "reconstruction/identity/geometric_association.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/pipeline_edges.h"
#include "reconstruction/stages/display_image.h"
#include "reconstruction/tensor_eigen.h"

namespace ahap {
namespace {

constexpr double kSameTurn = 0.7;   // radians between orientations of one body that agree
// Relative, of people's distances where the human branch does not say: measured on the compact model.
constexpr double kRangeSigma = 0.07;
constexpr double kLeastJointError = 0.01;  // metres: no view's pose is trusted as if it erred less

DepthMap depth_map(const torch::Tensor& depth) {  // (H, W) float, contiguous, alive as long as the map
  return {int(depth.size(1)), int(depth.size(0)), {depth.data_ptr<float>(), std::size_t(depth.numel())}};
}

// Of each view, as the scene branch relates them.
std::vector<Eigen::Isometry3d> poses_of(const SceneEstimate& scene) {
  std::vector<Eigen::Isometry3d> poses(scene.world_from_camera.size(0), Eigen::Isometry3d::Identity());
  for (std::size_t v = 0; v < poses.size(); ++v) {
    const auto rows = scene.world_from_camera[v].slice(0, 0, 3);
    poses[v].linear() = matrix3(rows.slice(1, 0, 3));
    poses[v].translation() = vector3(rows.select(1, 3));
  }
  return poses;
}

// For each detection, how many others of its person turn the body about the same way in the world.
std::vector<int> agreeing_views(const HumanEstimate& human, const std::vector<int>& person, const CameraEstimates& cameras) {
  const int N = int(person.size());
  std::vector<int> agreeing(N, 0);
  if (!human.pose6d.defined()) return agreeing;
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto roots = matrix_from_6d(human.pose6d.select(1, 0));
  std::vector<Eigen::Matrix3d> root(N);
  for (int n = 0; n < N; ++n) {
    const Camera& camera = cameras.cameras[view[n]];
    root[n] = world_from_ray(camera, keypoint[n]) * matrix3(roots[n]);
  }
  for (int n = 0; n < N; ++n) {
    for (int m = 0; m < N; ++m) {
      if (n == m || person[n] < 0 || person[n] != person[m] || !cameras.estimated[view[n]] || !cameras.estimated[view[m]]) continue;
      agreeing[n] += Eigen::AngleAxisd(root[n] * root[m].transpose()).angle() < kSameTurn;
    }
  }
  return agreeing;
}

// Mean error of each detection's 2D joints that the human branch expects, metres at its depth; 0 where it does not know.
std::vector<double> expected_joint_error(const HumanEstimate& human, const CameraEstimates& cameras) {
  const int N = int(human.view.size(0));
  if (!human.joints2d_sigma.defined() || !human.keypoint_depth.defined()) return std::vector<double>(N, 0);
  const auto view = integers(human.view);
  const auto depth = doubles(human.keypoint_depth);
  std::vector<double> error = doubles(human.joints2d_sigma.mean(1));
  for (int n = 0; n < N; ++n) error[n] *= depth[n] / cameras.cameras[view[n]].K(0, 0);
  return error;
}

}  // namespace

Eigen::Matrix3d world_from_ray(const Camera& camera, const Eigen::Vector2d& pixel) {
  return camera.world_from_camera.linear() * camera_from_ray(camera.K, pixel);
}

void use_intrinsics(SceneEstimate& scene, HumanEstimate& human, const std::vector<Eigen::Matrix3d>& K) {
  std::vector<double> factor;
  for (std::size_t v = 0; v < K.size(); ++v) factor.push_back(K[v](0, 0) / matrix3(scene.K[v])(0, 0));
  scene.K = scene.K.clone();
  if (scene.metric) scene.depth = scene.depth.clone();
  for (std::size_t v = 0; v < K.size(); ++v) {
    if (scene.metric) scene.depth[v] *= factor[v];
    scene.K[v] = tensor_of(K[v]);
  }
  if (!human.keypoint_depth.defined()) return;
  human.keypoint_depth = human.keypoint_depth.clone();
  const auto view = integers(human.view);
  for (std::size_t n = 0; n < view.size(); ++n) human.keypoint_depth[n] *= factor[view[n]];
}

void use_known_focal_lengths(const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                             SceneEstimate& scene) {
  for (std::size_t v = 0; v < views.size(); ++v) {
    if (views[v].focal_length_px <= 0) continue;
    const double f = views[v].focal_length_px * placements[v].scale;
    const double estimated = scene.K[v][0][0].item<double>();
    scene.focal_known.resize(views.size(), false);
    scene.focal_known[v] = true;
    scene.K[v][0][0] = f;
    scene.K[v][1][1] = f;
    if (scene.metric) scene.depth[v] *= f / estimated;
  }
}

bool focal_known(const SceneEstimate& scene, int view) { return !scene.focal_known.empty() && scene.focal_known[view]; }

SeenPeople seen_people(const SceneEstimate& scene, const HumanEstimate& human, const std::vector<int>& person,
                       const Smpl& body, int S) {
  const int V = int(scene.K.size(0)), N = int(human.view.size(0));
  SeenPeople seen{std::vector<PeopleView>(V), std::vector<PeopleDetection>(N)};
  for (int v = 0; v < V; ++v) {
    seen.views[v].K = matrix3(scene.K[v]);
    seen.views[v].width = seen.views[v].height = S;
    if (scene.up.defined()) seen.views[v].up = vector3(scene.up[v]).normalized();
    if (!scene.room.empty() && scene.room[v].found) {
      seen.views[v].up_sigma = scene.room[v].up_sigma;
      seen.views[v].focal_sigma = scene.room[v].focal_sigma;
      seen.views[v].room = scene.room[v].headings;
    }
    if (focal_known(scene, v)) seen.views[v].focal_sigma = kKnownFocalSigma;
  }
  if (N == 0) return seen;
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto depth = doubles(human.keypoint_depth);
  const auto joints = smpl_joints(body.joints(human.betas, matrix_from_6d(human.pose6d), torch::zeros({N, 3})));
  for (int n = 0; n < N; ++n) {
    PeopleDetection& d = seen.detections[n];
    d.view = view[n];
    d.person = person[n];
    d.keypoint = keypoint[n];
    d.depth = depth[n];
    d.depth_sigma = kRangeSigma;
    const Eigen::Matrix3d& K = seen.views[d.view].K;
    const Eigen::Matrix3d frame = camera_from_ray(K, d.keypoint);
    const Eigen::Vector3d X = K.inverse() * d.keypoint.homogeneous() * d.depth;
    const auto bones = points3(joints[n]);
    for (const auto& joint : bones) d.joints.push_back(X + frame * (joint - bones[0]));
    d.joints2d = points2(human.joints2d[n]);
    if (human.joints2d_sigma.defined()) d.joints2d_sigma = doubles(human.joints2d_sigma[n]);
    if (human.keypoint_sigma.defined()) d.keypoint_sigma = human.keypoint_sigma[n].item<double>();
    if (human.keypoint_depth_sigma.defined()) d.depth_sigma = human.keypoint_depth_sigma[n].item<double>();
    if (human.heading.defined()) d.heading = doubles(human.heading[n]);
  }
  return seen;
}

AssociatedPeople associate_people(const SceneEstimate& scene, const HumanEstimate& human, AhapHeads& heads, const Smpl& body,
                            int S) {
  const auto context = scene_at_detections(scene, human, S);
  const int V = int(scene.K.size(0)), N = int(human.view.size(0));
  if (!heads->association->config.seeded_queries || V < 2 || N < 2) {
    return {associate(heads->fusion, heads->association, human.detection_features, context, human.view), {}};
  }
  const DetectionQueries queries =
      query_every_detection(heads->fusion, heads->association, human.detection_features, context, human.view);
  const SeenPeople seen = seen_people(scene, human, std::vector<int>(N, -1), body, S);
  if (scene.world_from_camera.defined()) {
    return {identities_of(queries, link_with_cameras(seen.views, seen.detections, queries.similarity, poses_of(scene))), {}};
  }
  LinkedInSpace linked = link_in_space(seen.views, seen.detections, queries.similarity);
  Identities identities = identities_of(queries, linked.person);
  return {std::move(identities), std::move(linked)};
}

CameraEstimates estimate_cameras(SceneEstimate& scene, HumanEstimate& human, const AssociatedPeople& people,
                                 const Smpl& body, int S, CameraMethod method) {
  const int V = int(scene.K.size(0)), N = int(human.view.size(0));
  CameraEstimates result;
  result.cameras.resize(V);
  result.estimated.assign(V, true);
  result.used.assign(N, true);
  result.mirrored.assign(N, false);
  for (int v = 0; v < V; ++v) {
    result.cameras[v].K = matrix3(scene.K[v]);
    result.cameras[v].width = result.cameras[v].height = S;
  }
  if (scene.world_from_camera.defined()) {
    const auto poses = poses_of(scene);
    for (int v = 0; v < V; ++v) result.cameras[v].world_from_camera = poses[v];
    return result;
  }

  if (V == 1 || N == 0) {
    // Nothing relates the views: each is level by its own gravity, and one of them makes the world.
    for (int v = 0; v < V; ++v) {
      const Eigen::Vector3d up = scene.up.defined() ? vector3(scene.up[v]) : PeopleView{}.up;
      result.cameras[v].world_from_camera.linear() = level_from_camera(up);
      result.estimated[v] = v == 0;
    }
    return result;
  }
  LinkedInSpace people_in_space;
  if (people.in_space) {
    people_in_space = *people.in_space;
  } else {
    const SeenPeople seen = seen_people(scene, human, people.identities.person_of_detection, body, S);
    people_in_space.arrangements = cameras_from_people(seen.views, seen.detections);
    people_in_space.cameras = refine_cameras(seen.views, seen.detections, people_in_space.arrangements);
  }
  const auto& starts = people_in_space.arrangements;
  result.reference_view = starts.front().reference_view;
  const auto& poses = starts.front().views;
  if (std::count_if(poses.begin(), poses.end(), [](const PoseFromPeople& pose) { return pose.estimated; }) < 2) {
    // No two views share a person: one of them makes the world.
    for (int v = 0; v < V; ++v) {
      result.cameras[v].world_from_camera = poses[v].world_from_camera;
      result.estimated[v] = v == result.reference_view;
    }
    return result;
  }
  if (method == CameraMethod::closed_form) {
    for (int v = 0; v < V; ++v) {
      result.cameras[v].world_from_camera = poses[v].world_from_camera;
      result.estimated[v] = poses[v].estimated;
    }
    return result;
  }
  RefinedCameras& refined = people_in_space.cameras;
  if (refined.refined && refined.room_yaw && !scene.edges.empty()) {
    RefinedCameras again = look_again_at_edges(refined, people.identities.person_of_detection, scene, human, body, S);
    for (int v = 0; v < V; ++v) result.cameras[v].K = matrix3(scene.K[v]);
    if (again.refined) refined = std::move(again);
  }
  use_intrinsics(scene, human, refined.K);
  for (int v = 0; v < V; ++v) {
    result.cameras[v].K = refined.K[v];
    result.cameras[v].world_from_camera = refined.world_from_camera[v];
  }
  result.estimated = refined.estimated;
  result.room_yaw = refined.room_yaw;
  if (!refined.used.empty()) result.used = refined.used;
  if (!refined.mirrored.empty()) result.mirrored = refined.mirrored;
  return result;
}

Bodies decode_people(const SceneEstimate& scene, const HumanEstimate& human, const Identities& identities,
                     const CameraEstimates& cameras, AhapHeads& heads, int S, bool every_view) {
  const auto& person = identities.person_of_detection;
  const int P = int(identities.A.size(0)), N = int(person.size()), V = int(cameras.cameras.size());
  const auto view = integers(human.view);
  const auto score = doubles(human.score);
  const auto keypoint = points2(human.keypoint);
  Bodies bodies;
  if (P == 0) return bodies;

  std::vector<int> count(V, 0);
  for (int n = 0; n < N; ++n) count[view[n]] += person[n] >= 0;
  const int busiest = int(std::max_element(count.begin(), count.end()) - count.begin());
  const std::vector<int> agreeing = agreeing_views(human, person, cameras);
  const std::vector<double> error = expected_joint_error(human, cameras);
  const auto preference = [&](int n) {
    return std::make_tuple(bool(cameras.estimated[view[n]]), cameras.used[n] && !cameras.mirrored[n], agreeing[n],
                           -error[n], view[n] == busiest, score[n]);
  };
  bodies.reference.assign(P, -1);
  for (int n = 0; n < N; ++n) {
    if (person[n] < 0) continue;
    int& reference = bodies.reference[person[n]];
    if (reference < 0 || preference(n) > preference(reference)) reference = n;
  }

  // Each person's reference first, then the other views that may have a say.
  std::vector<int> decoded = bodies.reference;
  for (int n = 0; n < N; ++n) {
    const bool trusted = every_view && cameras.estimated[view[n]] && cameras.used[n] && !cameras.mirrored[n];
    if (trusted && person[n] >= 0 && n != bodies.reference[person[n]]) decoded.push_back(n);
  }
  const std::vector<int64_t> rows(decoded.begin(), decoded.end());
  std::vector<int64_t> people;
  for (const int n : decoded) people.push_back(person[n]);
  const auto features = identities.person_features.index_select(0, torch::tensor(people, torch::kLong).to(identities.person_features.device()));
  const HeadOutput out = heads->head(head_input(scene, human, rows, features, S));
  auto rotations = out.rotations.cpu().clone();
  for (std::size_t i = 0; i < decoded.size(); ++i) {
    const int n = decoded[i];
    rotations[i][0] = torch::matmul(tensor_of(world_from_ray(cameras.cameras[view[n]], keypoint[n])), rotations[i][0]);
  }
  const auto betas = out.betas.cpu();
  const auto poses = axis_angle_from_matrix(rotations);  // (rows, 24, 3)
  std::vector<torch::Tensor> fused_rotations, fused_betas;
  for (int p = 0; p < P; ++p) {
    const Eigen::Matrix3d root = matrix3(rotations[p][0]);
    std::vector<BodyParameters> seen;
    std::vector<double> weight;
    for (std::size_t i = 0; i < decoded.size(); ++i) {
      if (person[decoded[i]] != p || Eigen::AngleAxisd(root * matrix3(rotations[i][0]).transpose()).angle() > kSameTurn) continue;
      seen.push_back({.shape = doubles(betas[i]), .pose = points3(poses[i])});
      weight.push_back(1 / std::pow(std::max(error[decoded[i]], kLeastJointError), 2));
    }
    const BodyParameters fused = fuse_bodies(seen, weight);
    fused_rotations.push_back(matrix_from_axis_angle(tensor_of(fused.pose)));
    fused_betas.push_back(torch::tensor(fused.shape).to(torch::kFloat));
    const Camera& camera = cameras.cameras[view[bodies.reference[p]]];
    bodies.depth.push_back(camera.K(0, 0) / focal_60(S) * std::exp(out.log_depth[p].item<double>()));
  }
  bodies.rotations = torch::stack(fused_rotations);
  bodies.betas = torch::stack(fused_betas);
  return bodies;
}

void place_people(Bodies& bodies, const HumanEstimate& human, const std::vector<int>& person,
                  const CameraEstimates& cameras, const Smpl& body, int keypoint_joint, bool triangulate) {
  const int P = int(bodies.reference.size());
  if (P == 0) return;
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  for (int p = 0; p < P; ++p) {
    std::vector<PointObservation> observations;
    int reference = 0;
    for (int n = 0; n < int(person.size()); ++n) {
      const bool trusted = triangulate && cameras.estimated[view[n]] && cameras.used[n];
      if (person[n] != p || !(trusted || n == bodies.reference[p])) continue;
      if (n == bodies.reference[p]) reference = int(observations.size());
      observations.push_back({cameras.cameras[view[n]], keypoint[n], 1});
    }
    const PersonPosition position = person_position(observations, reference, bodies.depth[p]);
    bodies.keypoints.push_back(position.keypoint);
    bodies.triangulated.push_back(position.triangulated);
    bodies.residual.push_back(position.triangulation.residual);
  }
  const auto unplaced = body.joints(bodies.betas, bodies.rotations, torch::zeros({P, 3}));
  bodies.transl = tensor_of(bodies.keypoints) - unplaced.select(1, keypoint_joint);
  const SmplOutput posed = body(bodies.betas, bodies.rotations, bodies.transl);
  bodies.joints = smpl_joints(posed.joints);
  bodies.vertices = posed.vertices;
}

SceneScales scene_scales(const SceneEstimate& scene, const HumanEstimate& human, const std::vector<int>& person,
                         const CameraEstimates& cameras, const Bodies& bodies, DepthScale rule) {
  const int V = int(cameras.cameras.size());
  const auto view = integers(human.view);
  const auto keypoint = points2(human.keypoint);
  const auto depth = scene.depth.to(torch::kFloat).cpu().contiguous();
  std::vector<DepthPair> all;
  std::vector<std::vector<DepthPair>> of_view(V);
  for (int n = 0; n < int(person.size()); ++n) {
    if (person[n] < 0 || !cameras.estimated[view[n]]) continue;
    const double z = (cameras.cameras[view[n]].camera_from_world() * bodies.keypoints[person[n]]).z();
    const DepthPair pair{median_depth(depth_map(depth[view[n]]), keypoint[n], 2), z};
    all.push_back(pair);
    of_view[view[n]].push_back(pair);
  }
  // So many people weigh as much as metric depth itself. Chosen on rendered captures: people's places in one view share
  // the errors of its camera, so that many say little more than one.
  constexpr double kPeoplePerMetricDepth = 20;
  const auto metres_per_unit = [&](const SceneScale& scale) {
    const double share = scene.metric ? scale.used / (scale.used + kPeoplePerMetricDepth) : 1;
    return std::pow(scale.metres_per_scene_unit(), share);
  };
  SceneScales scales;
  scales.all = rule == DepthScale::none ? 1 : metres_per_unit(scene_scale(all));
  for (const auto& pairs : of_view) {
    const SceneScale scale = scene_scale(pairs);
    const bool own = rule == DepthScale::view && scale.used > 0 && !scene.world_from_camera.defined();
    scales.views.push_back(own ? metres_per_unit(scale) : scales.all);
  }
  return scales;
}

std::vector<Triangle> triangles_of(const Smpl& body) {
  const auto faces = body.faces().cpu();
  const auto face_at = faces.accessor<int64_t, 2>();
  std::vector<Triangle> triangles;
  for (int64_t f = 0; f < faces.size(0); ++f) triangles.push_back({int(face_at[f][0]), int(face_at[f][1]), int(face_at[f][2])});
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
    // The cameras' own world is level where it was built from gravity and refined; what the view thinks counts less.
    up.up = scene.world_from_camera.defined() ? vector3(scene.up[v]).normalized()
                                              : cameras.cameras[v].world_from_camera.linear().transpose() * Eigen::Vector3d::UnitY();
    up.sigma = 0.05;
    ground.up_in_camera.push_back(up);
  }
  for (std::size_t p = 0; p < bodies.reference.size(); ++p) ground.bodies.push_back(points3(bodies.joints[p]));
  ground.points = points.positions;
  return world_frame(ground);
}

void write_result(Reconstruction& result, const std::vector<View>& views, const std::vector<SquarePlacement>& placements,
                  const HumanEstimate& human, const Identities& identities, const CameraEstimates& cameras,
                  const Bodies& bodies, PointCloud points, const WorldFrame& world, const Smpl& body) {
  const Eigen::Isometry3d& W = world.world_from_old;
  const auto& person_of = identities.person_of_detection;
  const int P = int(bodies.reference.size()), N = int(person_of.size());
  const auto view = integers(human.view);
  result.up_source = world.up_source;

  for (std::size_t v = 0; v < views.size(); ++v) {
    ReconstructedView out;
    out.name = views[v].name;
    out.path = views[v].path;
    out.image = display_image(views[v].image);
    out.camera.width = views[v].image.width;
    out.camera.height = views[v].image.height;
    out.camera.K = placements[v].K_to_original(cameras.cameras[v].K);
    out.camera.world_from_camera = W * cameras.cameras[v].world_from_camera;
    out.camera_estimated = cameras.estimated[v];
    result.views.push_back(std::move(out));
  }

  for (auto& X : points.positions) X = (W * Eigen::Vector3d(X.cast<double>())).cast<float>();
  result.points = std::move(points);

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
    const Eigen::Vector2d low = placement.to_original({box[0], box[1]}), high = placement.to_original({box[2], box[3]});
    detection.box = {low.x(), low.y(), high.x(), high.y()};
    if (human.joints2d.defined()) {
      for (const auto& joint : points2(human.joints2d[n])) detection.joints2d.push_back(placement.to_original(joint));
    }
    result.detections.push_back(std::move(detection));
  }

  const std::vector<Triangle> triangles = triangles_of(body);

  std::vector<int> order(P);
  for (int p = 0; p < P; ++p) order[ids[p] - 1] = p;
  for (const int p : order) {
    Person person;
    person.id = ids[p];
    auto rotations = bodies.rotations[p].clone();
    rotations[0] = torch::matmul(tensor_of(Eigen::Matrix3d(W.linear())), rotations[0]);
    const auto axis_angles = points3(axis_angle_from_matrix(rotations));
    for (int j = 0; j < kSharedJoints; ++j) person.smpl.pose[j] = axis_angles[j].cast<float>();
    const auto betas = doubles(bodies.betas[p]);
    for (const auto& X : points3(bodies.joints[p])) person.joints.push_back((W * X).cast<float>());
    for (const auto& X : points3(bodies.vertices[p])) person.mesh.positions.push_back((W * X).cast<float>());
    person.mesh.triangles = triangles;
    person.mesh.normals = vertex_normals(person.mesh.positions, person.mesh.triangles);
    // SMPL turns a body about its pelvis J0: R (x - J0) + J0 + transl.
    const auto identity = torch::eye(3).expand({1, body.num_joints(), 3, 3});
    const auto rest = body(bodies.betas.slice(0, p, p + 1), identity, torch::zeros({1, 3}));
    const Eigen::Vector3f transl = (W * vector3(bodies.joints[p][0]) - vector3(rest.joints[0][0])).cast<float>();
    if (body.num_joints() == kSmplxJoints) {
      SmplxParameters& smplx = person.smplx.emplace();
      const std::size_t shapes = betas.size() - kSmplxExpressions;
      smplx.betas.assign(betas.begin(), betas.begin() + shapes);
      std::copy(betas.begin() + shapes, betas.end(), smplx.expression.begin());
      for (int j = 0; j < kSmplxJoints; ++j) smplx.pose[j] = axis_angles[j].cast<float>();
      smplx.transl = transl;
    } else {
      std::copy(betas.begin(), betas.end(), person.smpl.betas.begin());
      for (int j = kSharedJoints; j < kSmplJoints; ++j) person.smpl.pose[j] = axis_angles[j].cast<float>();
      person.smpl.transl = transl;
    }
    const auto heights = rest.vertices[0].select(1, 1);
    person.height = (heights.max() - heights.min()).item<double>();
    person.gender = body.gender();
    person.reference_view = view[bodies.reference[p]];
    person.triangulated = bodies.triangulated[p];
    person.triangulation_residual = bodies.residual[p] / placements[person.reference_view].scale;
    for (int n = 0; n < N; ++n) {
      if (person_of[n] == p) person.detections.push_back(n);
    }
    result.people.push_back(std::move(person));

    result.association.person_ids.push_back(ids[p]);
    const auto row = doubles(identities.A[p]);
    result.association.weight.emplace_back(row.begin(), row.end());
  }
}

}  // namespace ahap
