#include "reconstruction/stages/photo_reconstruction.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/multiview/appearance.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/multiview/placed_people.h"
#include "reconstruction/multiview/scene_depth.h"
#include "reconstruction/multiview/verticals.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/square_input.h"
#include "reconstruction/stages/display_image.h"
#include "reconstruction/stages/observation_recovery.h"
#include "reconstruction/stages/photo_result.h"
#include "reconstruction/stages/stage_clock.h"

namespace ahap {
namespace {

constexpr double kLowThresholdShare =
    0.6;  // of the high threshold: found in one view, to be confirmed by others
constexpr float kMaskThreshold = 0.5f;
// Of the direction against gravity that the scene branch sees in one photograph. In 35 views it was a median
// of 6 degrees from the level that all views' people, floor and edges gave, and 20 where the camera looks
// down.
constexpr double kLearnedUpSigma = 10 * M_PI / 180;

std::vector<ViewObservation> observe_views(const std::vector<View>& views) {
  std::vector<ViewObservation> observed;
  for (const View& view : views) {
    observed.push_back({.width = view.image.width,
                        .height = view.image.height,
                        .focal_length = view.focal_length_px,
                        .up = {},
                        .up_sigma = 0});
  }
  return observed;
}

// Against gravity as the scene branch sees it.
std::vector<UpEstimate> learned_ups(const SceneEstimate& scene) {
  std::vector<UpEstimate> ups;
  for (int64_t v = 0; scene.up.defined() && v < scene.up.size(0); ++v)
    ups.push_back({vector3(scene.up[v]), kLearnedUpSigma});
  return ups;
}

void add_verticals(const std::vector<std::optional<StraightView>>& verticals,
                   std::vector<ViewObservation>& views) {
  for (std::size_t v = 0; v < views.size(); ++v) {
    if (!verticals[v]) continue;
    views[v].up = verticals[v]->up.up;
    views[v].up_sigma = verticals[v]->up.sigma;
    if (!verticals[v]->focal_length) continue;
    views[v].focal_length = *verticals[v]->focal_length;
    views[v].focal_sigma = verticals[v]->focal_sigma;
  }
}

int placed_views(const JointAssociation& association) {
  return int(std::count_if(association.views.begin(), association.views.end(),
                           [](const AssociatedView& view) { return view.estimated; }));
}

// Whether a pixel of the picture is the person's, by the landmark network's mask.
bool in_mask(const PhotoPerson& person, const Eigen::Vector2d& pixel, int width, int height) {
  const bool sideways = person.quarter_turns % 2;
  const Eigen::Vector2d upright =
      turned_back(pixel, 4 - person.quarter_turns, sideways ? height : width, sideways ? width : height);
  constexpr int size = BodyLandmarks::kMaskSize;
  const Eigen::Vector2d cell = person.landmarks.region.from_picture(upright, size);
  const int x = int(std::floor(cell.x())), y = int(std::floor(cell.y()));
  return x >= 0 && y >= 0 && x < size && y < size &&
         person.landmarks.mask[std::size_t(y) * size + x] > kMaskThreshold;
}

// A view's depth as its network has it, on the network's grid.
DepthView depth_view(const View& view, int v, const SceneEstimate& estimate, const SquarePlacement& placement,
                     const PlacedScene& scene) {
  DepthView out;
  out.view = v;
  out.picture = &view.image;
  out.picture_scale = placement.scale;
  out.picture_offset = placement.offset;
  const auto depth = estimate.depth[v].to(torch::kFloat).cpu().contiguous(),
             confidence = estimate.depth_conf[v].to(torch::kFloat).cpu().contiguous();
  DepthGrid& grid = out.grid;
  grid.width = int(depth.size(1));
  grid.height = int(depth.size(0));
  out.camera = scene.views[v].camera;
  out.camera.K = placement.K_to_input(out.camera.K);
  out.camera.width = grid.width;
  out.camera.height = grid.height;
  const float zoom = float(out.camera.K(0, 0) / matrix3(estimate.K[v])(0, 0));
  grid.depth.assign(depth.data_ptr<float>(), depth.data_ptr<float>() + depth.numel());
  for (float& z : grid.depth) z = std::isfinite(z) && z > 0 ? z * zoom : 0;
  out.confidence.assign(confidence.data_ptr<float>(), confidence.data_ptr<float>() + confidence.numel());
  out.person.assign(grid.depth.size(), 0);
  return out;
}

// The cells of a view's grid that show each of its people.
std::vector<PersonCells> people_in(const DepthView& view, const PlacedScene& scene,
                                   const std::vector<PhotoPerson>& found) {
  std::vector<PersonCells> people;
  for (std::size_t p = 0; p < scene.people.size(); ++p) {
    for (const int n : scene.people[p].observations) {
      if (found[n].observation.view != view.view) continue;
      PersonCells& person = people.emplace_back(PersonCells{int(p), {}});
      for (int y = 0; y < view.grid.height; ++y) {
        for (int x = 0; x < view.grid.width; ++x) {
          const Eigen::Vector2d pixel =
              (Eigen::Vector2d(x + 0.5, y + 0.5) - view.picture_offset) / view.picture_scale;
          person.shows.push_back(in_mask(found[n], pixel, view.picture->width, view.picture->height));
        }
      }
    }
  }
  return people;
}

class PhotoRun {
 public:
  PhotoRun(const std::vector<View>& views, const PhotoModel& model, const Options& options,
           const Progress& progress)
      : views_(views), model_(model), options_(options), progress_(progress), stages_(progress, timings_) {
    for (const View& view : views) pictures_.push_back(&view.image);
  }

  std::shared_ptr<const Reconstruction> run() {
    find_people();
    publish();
    associate();
    fit_bodies();
    publish();
    estimate_depth();
    use_background();
    find_hidden_people();
    stages_.begin("bodies");
    fit_bodies();
    make_points();
    stages_.end();
    return result(false);
  }

 private:
  void estimate_depth() {
    stages_.begin("depth");
    auto [input, placements] =
        square_input(pictures_, model_.scene->input_size(), model_.scene->input_filter());
    placements_ = std::move(placements);
    depth_ = model_.scene->estimate(input, stages_.within());
    learned_up_ = learned_ups(depth_);
  }

  void find_people() {
    stages_.begin("people");
    const double high =
        options_.detection_threshold >= 0 ? options_.detection_threshold : model_.high_threshold;
    state_.found = model_.people->find(views_, kLowThresholdShare * high, stages_.within());
    for (PhotoPerson& person : state_.found) {
      person.observation.appearance =
          appearance_of(views_[person.observation.view].image, person.observation);
    }
    weak_ = take_weak(state_.found, high);
    sure_ = observations_of(state_.found);
    for (const View& view : views_) state_.display.push_back(display_image(view.image));
  }

  void associate() {
    stages_.begin("who is who");
    view_observations_ = observe_views(views_);
    state_.association = associate_and_calibrate(view_observations_, sure_, {}, stages_.within());
  }

  void use_background() {
    JointAssociation& association = state_.association;
    if (placed_views(association) < 2) return;
    stages_.begin("background");
    if (const auto up = rough_up(association, learned_up_)) {
      add_verticals(
          agreeing_verticals(pictures_, view_observations_, sure_, association, *up, stages_.within()),
          view_observations_);
    }
    if (options_.match_features) matches_ = options_.match_features(pictures_, stages_.within());
    BackgroundRefinement refined =
        refine_with_background(view_observations_, sure_, association, matches_, {}, {}, stages_.within());
    association = std::move(refined.association);
    matches_ = std::move(refined.matches);
  }

  void find_hidden_people() {
    stages_.begin("hidden people");
    settle_single_observations(state_.association, state_.found);
    recover_people(views_, *model_.people, weak_, state_.association, state_.found, stages_.within());
  }

  void fit_bodies() {
    state_.scene = place_people(model_.fitted_body, view_observations_, learned_up_, state_.association,
                                observations_of(state_.found), state_.world, stages_.within());
    state_.vertices.clear();
    for (const PlacedPerson& person : state_.scene.people) {
      const Vertices posed = posed_vertices(model_.body, person.body.smpl);
      std::vector<Eigen::Vector3d>& rows = state_.vertices.emplace_back();
      for (Eigen::Index i = 0; i < posed.rows(); ++i) rows.push_back(posed.row(i).transpose().cast<double>());
    }
  }

  void make_points() {
    stages_.begin("points");
    const std::vector<Triangle> triangles = triangles_of(model_.body);
    std::vector<DepthView> depth_views;
    DepthEvidence evidence{.bodies = state_.vertices,
                           .triangles = triangles,
                           .people = {},
                           .cameras = state_.scene.views,
                           .matches = std::move(matches_),
                           .floor_known = state_.world.floor_found};
    for (std::size_t v = 0; v < views_.size(); ++v) {
      if (!state_.scene.estimated[v]) continue;
      depth_views.push_back(depth_view(views_[v], int(v), depth_, placements_[v], state_.scene));
      evidence.people.push_back(people_in(depth_views.back(), state_.scene, state_.found));
    }
    step(progress_, "points", 0.2);
    fit_depths(depth_views, evidence, stages_.within());
    state_.points = point_cloud(depth_views, options_.max_points,
                                [&](double f) { step(progress_, "points", 0.5 + 0.5 * f); });
  }

  std::shared_ptr<const Reconstruction> result(bool partial) const {
    auto result = std::make_shared<Reconstruction>(photo_result(state_, views_, model_));
    result->partial = partial;
    if (partial) result->messages.clear();  // they are about the end of a run
    result->timings = timings_;
    return result;
  }

  void publish() const {
    if (progress_.publish) progress_.publish(result(true));
  }

  const std::vector<View>& views_;
  const PhotoModel& model_;
  const Options& options_;
  const Progress& progress_;
  std::vector<StageTiming> timings_;
  StageClock stages_;
  std::vector<const Image*> pictures_;

  std::vector<SquarePlacement> placements_;
  SceneEstimate depth_;
  std::vector<UpEstimate> learned_up_;  // of each view
  std::vector<ViewObservation> view_observations_;
  std::vector<PersonObservation> sure_;  // found with a high score
  std::vector<PhotoPerson> weak_;        // found with a low score
  BackgroundMatches matches_;
  PhotoState state_;
};

}  // namespace

std::shared_ptr<const Reconstruction> reconstruct_photographs(const std::vector<View>& views,
                                                              const PhotoModel& model, const Options& options,
                                                              const Progress& progress) {
  torch::NoGradGuard no_grad;
  return PhotoRun(views, model, options, progress).run();
}

}  // namespace ahap
