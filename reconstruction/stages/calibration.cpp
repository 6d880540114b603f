#include "reconstruction/stages/calibration.h"

#include <cmath>
#include <future>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/geometry/manhattan.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

// Of log f: a room that asks for a lens further from what a picture's edges alone say is not its room.
constexpr double kSameLens = 0.2;

// Takes what the views' straight edges say in place of what they said before.
void apply_calibration(std::vector<ManhattanFrame> frames, SceneEstimate& scene, HumanEstimate& human) {
  const int V = int(frames.size());
  std::vector<Eigen::Matrix3d> K(V);
  scene.up = scene.up.clone();
  for (int v = 0; v < V; ++v) {
    K[v] = matrix3(scene.K[v]);
    K[v].topLeftCorner<2, 2>() *=
        frames[v].focal_factor / (scene.room.empty() ? 1 : scene.room[v].focal_factor);
    scene.up[v] = tensor_of(frames[v].up);
  }
  use_intrinsics(scene, human, K);
  scene.room = std::move(frames);
}

}  // namespace

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
    // Of related views depth and positions share one scale.
    if (scene.metric && !scene.world_from_camera.defined()) scene.depth[v] *= f / estimated;
  }
}

bool focal_known(const SceneEstimate& scene, int view) {
  return !scene.focal_known.empty() && scene.focal_known[view];
}

void calibrate_from_vanishing_points(const std::vector<View>& views,
                                     const std::vector<SquarePlacement>& placements, SceneEstimate& scene,
                                     HumanEstimate& human) {
  if (!scene.up.defined()) return;
  const int V = int(views.size());
  const auto view = integers(human.view);
  struct Seen {
    StraightEdges edges;
    ManhattanFrame frame;
  };
  std::vector<std::future<Seen>> looking;
  for (int v = 0; v < V; ++v) {
    ManhattanPrior prior;
    prior.K = placements[v].K_to_original(matrix3(scene.K[v]));
    prior.up = vector3(scene.up[v]).normalized();
    if (focal_known(scene, v)) prior.focal_sigma = 0;
    std::vector<std::array<double, 4>> people;
    for (std::size_t n = 0; n < view.size(); ++n) {
      if (view[n] != v) continue;
      const auto box = doubles(human.box[n]);
      const Eigen::Vector2d low = placements[v].to_original({box[0], box[1]}),
                            high = placements[v].to_original({box[2], box[3]});
      people.push_back({low.x(), low.y(), high.x(), high.y()});
    }
    looking.push_back(
        std::async(std::launch::async, [prior, people = std::move(people), &image = views[v].image] {
          StraightEdges edges = straight_edges(image, prior, people);
          ManhattanFrame frame = manhattan_frame(edges);
          return Seen{std::move(edges), std::move(frame)};
        }));
  }
  std::vector<ManhattanFrame> frames;
  for (auto& one : looking) {
    Seen seen = one.get();
    scene.edges.push_back(std::move(seen.edges));
    frames.push_back(std::move(seen.frame));
  }
  apply_calibration(std::move(frames), scene, human);
}

RefinedCameras recalibrate_with_consensus(const RefinedCameras& cameras, const std::vector<int>& person,
                                          SceneEstimate& scene, HumanEstimate& human, const Smpl& body,
                                          int S) {
  const int V = int(scene.edges.size());
  std::vector<ManhattanFrame> frames = scene.room;
  CamerasFromPeople start;
  start.reference_view = cameras.reference_view;
  for (int v = 0; v < V; ++v) {
    PoseFromPeople pose;
    pose.world_from_camera = cameras.world_from_camera[v];
    pose.estimated = cameras.estimated[v];
    for (std::size_t n = 0; n < person.size(); ++n) {
      if (cameras.used[n] && human.view[n].item<int64_t>() == v) pose.inliers.push_back(person[n]);
    }
    start.views.push_back(std::move(pose));
    if (!cameras.estimated[v] || !frames[v].found) continue;
    const ManhattanFrame again = manhattan_frame_at(
        scene.edges[v], level_yaw(cameras.world_from_camera[v].linear()) - *cameras.manhattan_yaw);
    const bool same_lens = std::abs(std::log(again.focal_factor / frames[v].focal_factor)) < kSameLens;
    if (again.found && same_lens) frames[v] = again;
  }
  apply_calibration(std::move(frames), scene, human);
  const SeenPeople seen = seen_people(scene, human, person, body, S);
  return refine_cameras(seen.views, seen.detections, std::vector<CamerasFromPeople>{start});
}

}  // namespace ahap
