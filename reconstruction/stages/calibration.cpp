#include "reconstruction/stages/calibration.h"

#include <cmath>
#include <future>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

// Of log f: a room that asks for a lens further from what a picture's edges alone say is not its room.
constexpr double kSameLens = 0.2;

// Takes what the views' straight edges say in place of what they said before.
void apply_calibration(std::vector<ManhattanFrame> frames, BranchObservations& seen) {
  std::vector<Eigen::Matrix3d> K;
  for (std::size_t v = 0; v < frames.size(); ++v) {
    SeenView& view = seen.views[v];
    K.push_back(view.K);
    K[v].topLeftCorner<2, 2>() *= frames[v].focal_factor / view.manhattan.focal_factor;
    view.up = frames[v].up.normalized();
    view.manhattan = std::move(frames[v]);
  }
  use_intrinsics(seen, K);
}

// Boxes of the people in a view, original pixels.
std::vector<std::array<double, 4>> boxes_in(const BranchObservations& seen, int view,
                                            const SquarePlacement& placement) {
  std::vector<std::array<double, 4>> boxes;
  for (const SeenPerson& person : seen.people) {
    if (person.view != view) continue;
    const Box box = original_box(person, placement);
    boxes.push_back({box.x0, box.y0, box.x1, box.y1});
  }
  return boxes;
}

}  // namespace

SceneEstimate with_known_focal_lengths(SceneEstimate scene, const std::vector<View>& views,
                                       const std::vector<SquarePlacement>& placements) {
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
  return scene;
}

void calibrate_from_vanishing_points(const std::vector<View>& views,
                                     const std::vector<SquarePlacement>& placements,
                                     BranchObservations& seen) {
  struct Found {
    StraightEdges edges;
    ManhattanFrame frame;
  };
  std::vector<std::future<Found>> looking;
  for (int v = 0; v < int(views.size()); ++v) {
    if (!seen.views[v].up) return;
    ManhattanPrior prior;
    prior.K = placements[v].K_to_original(seen.views[v].K);
    prior.up = *seen.views[v].up;
    if (seen.views[v].focal_known) prior.focal_sigma = 0;
    looking.push_back(std::async(std::launch::async,
                                 [prior, people = boxes_in(seen, v, placements[v]), &image = views[v].image] {
                                   StraightEdges edges = straight_edges(image, prior, people);
                                   ManhattanFrame frame = manhattan_frame(edges);
                                   return Found{std::move(edges), std::move(frame)};
                                 }));
  }
  std::vector<ManhattanFrame> frames;
  for (std::size_t v = 0; v < looking.size(); ++v) {
    Found found = looking[v].get();
    seen.views[v].edges = std::move(found.edges);
    frames.push_back(std::move(found.frame));
  }
  apply_calibration(std::move(frames), seen);
}

RefinedCameras recalibrate_with_consensus(const RefinedCameras& cameras, const std::vector<int>& person,
                                          BranchObservations& seen) {
  std::vector<ManhattanFrame> frames;
  CamerasFromPeople start;
  start.reference_view = cameras.reference_view;
  for (int v = 0; v < int(seen.views.size()); ++v) {
    PoseFromPeople pose;
    pose.world_from_camera = cameras.world_from_camera[v];
    pose.estimated = cameras.estimated[v];
    for (std::size_t n = 0; n < person.size(); ++n) {
      if (cameras.used[n] && seen.people[n].view == v) pose.inliers.push_back(person[n]);
    }
    start.views.push_back(std::move(pose));
    ManhattanFrame& frame = frames.emplace_back(seen.views[v].manhattan);
    if (!cameras.estimated[v] || !frame.found) continue;
    const ManhattanFrame again = manhattan_frame_at(
        *seen.views[v].edges, level_yaw(cameras.world_from_camera[v].linear()) - *cameras.manhattan_yaw);
    const bool same_lens = std::abs(std::log(again.focal_factor / frame.focal_factor)) < kSameLens;
    if (again.found && same_lens) frame = again;
  }
  apply_calibration(std::move(frames), seen);
  const PeopleGeometry geometry = people_geometry(seen, person);
  return refine_cameras(geometry.views, geometry.detections, std::vector<CamerasFromPeople>{start});
}

}  // namespace ahap
