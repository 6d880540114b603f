#pragma once

#include <Eigen/Core>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "reconstruction/body_fit/skeleton_cholesky.h"
#include "reconstruction/multiview/normalized_observations.h"

namespace ahap {

// Bundle adjustment over people (and background points): unknown are every view's pose, focal length and
// first radial coefficient and every person's 27 points. Residuals, each with a Cauchy loss rho(s) = c^2
// log(1 + s / c^2):
//  1. reprojection of the observed points over their standard deviations,
//  2. logarithms of bone lengths against adults' means, of left
//  against right bones (they fix the scale),
//  3. directions of the limbs as each single view suggests them (a tie-break between mirrored bodies),
//  4. priors of the focal length (or the file's), a soft common focal length of pictures of one size, k1,
//  5. common gravity of the views that know their own,
//  6. reprojection of background points.
// Poses and lenses that a view keeps (NormalizedView) do not move.
// Levenberg-Marquardt on the normal equations; points are eliminated (Schur complement; Triggs et al. 2000,
// section 6), which leaves eight unknowns a view. All standard deviations of images start inflated and are
// annealed.

using BodyPoints = std::array<Eigen::Vector3d, kBodyPoints>;  // world, metres

constexpr double kMeanFocal =
    0.78;  // of photographs, over the longer side: 65 degrees (phones 26-28 mm, webcams)

struct ViewParameters {
  Eigen::Matrix3d R = Eigen::Matrix3d::Identity();  // camera_from_world
  Eigen::Vector3d t = Eigen::Vector3d::Zero();      // camera_from_world, metres
  double log_focal = std::log(kMeanFocal);
  double k1 = 0;  // x = f X (1 + k1 |X|^2) for X on the plane at depth 1

  Eigen::Vector3d to_world(const Eigen::Vector3d& X_camera) const { return R.transpose() * (X_camera - t); }
  Eigen::Vector3d to_camera(const Eigen::Vector3d& X_world) const { return R * X_world + t; }
  double focal() const { return std::exp(log_focal); }
  Eigen::Vector2d project(
      const Eigen::Vector3d& X_camera) const;  // normalized image coordinates; depth is held above 0
};

struct BundleState {
  std::vector<ViewParameters> views;
  std::vector<BodyPoints> people;           // of each track
  std::vector<Eigen::Vector3d> background;  // of each background point
};

// A static point of the scene that two or more views show.
struct BackgroundTrack {
  std::vector<std::pair<int, Eigen::Vector2d>> observations;  // view, normalized image coordinates
};

struct BundleOptions {
  double image_loss = 2, bone_loss = 2,
         direction_loss = 1.5;    // c of the Cauchy losses, in standard deviations
  double direction_sigma = 0.3;   // metres, of a limb's vector at visibility 1 (25 degrees and wrong lengths)
  double log_focal_sigma = 0.25;  // of a photograph's focal length about kMeanFocal
  double common_log_focal_sigma = 0.05;  // between two pictures of one size, times the root of their number
  double k1_sigma = 0.1;
  bool shared_lens = false;  // all views have one focal length and one k1
  // By which all terms of a person count, against what is known of the cameras beside people: 1 over the
  // number of frames that show the same people, as errors of joints, bones and directions are alike in them.
  double people_share = 1;
  double background_sigma = 0.003;  // of a matched feature, share of the longer side (5 pixels in 1600:
                                    // lenses bend more than k1 says)
};

struct AnnealingStage {
  double inflation = 1;  // of the image standard deviations
  int iterations = 10;
};

struct BundleSummary {
  double cost = 0;        // at inflation of the last stage
  double image_cost = 0;  // the part of 1.
  double capped_image_cost =
      0;  // the same with every observation's loss limited to BundleOptions' kImageCostCap
  int iterations = 0;
};

// Loss of one observation above which it counts as no observation at all (about 3.5 standard deviations of 2
// axes).
constexpr double kImageCostCap = 5;

// tracks: indices of capture.people, one person each, at most one in a view. Views that no track touches keep
// their parameters. The capture must outlive the problem.
class PeopleBundle {
 public:
  PeopleBundle(const NormalizedCapture& capture, std::vector<std::vector<int>> tracks,
               const BundleOptions& options = {});
  void set_background(std::vector<BackgroundTrack> background) { background_ = std::move(background); }
  // Cameras keep their parameters; only points move.
  void fix_cameras(bool fixed) { cameras_fixed_ = fixed; }

  const std::vector<std::vector<int>>& tracks() const { return tracks_; }
  const std::vector<int>& active_views() const { return active_views_; }
  int observations() const { return int(image_.size()); }

  // Targets of the limb directions, from the rays at these focal lengths. solve() does it at its start.
  void update_directions(const BundleState& state);
  double cost(const BundleState& state, double inflation = 1) const;
  // Minus half the derivative of the (robust) cost by the parameters, in the order of `apply`.
  Eigen::VectorXd negative_half_gradient(const BundleState& state, double inflation = 1) const;
  // Moves the parameters: of each active view rotation (radians, left), translation, log focal, k1; then of
  // each track 27 points; then background points.
  BundleState apply(const BundleState& state, const Eigen::VectorXd& step) const;

  BundleSummary solve(BundleState& state, const std::vector<AnnealingStage>& stages);
  BundleSummary summary(const BundleState& state, double inflation = 1) const;
  // Mean capped loss of the observations of one person observation (an index of capture.people).
  std::vector<double> capped_cost_of_people(const BundleState& state) const;

  // Posterior covariance (8 x 8 blocks in the order of active_views) of all views' parameters; the free gauge
  // is held by a weak prior, so only quantities that do not depend on it make sense.
  Eigen::MatrixXd view_covariance(const BundleState& state) const;
  // Standard deviation per axis of each point of each track while cameras are held, metres; 0: takes no part.
  std::vector<std::array<double, kBodyPoints>> point_sigmas(const BundleState& state) const;

 private:
  struct ImageResidual {
    int view, column, track, point;  // column: of the view among the track's own views
    Eigen::Vector2d x;
    double sigma;
    int person;  // index of capture.people
  };
  struct DirectionResidual {
    int view, column, track, a, b;
    double sigma;
    int person;
    Eigen::Vector3d target;  // metres, camera axes
  };
  struct TrackEquations {
    SkeletonMatrix H;
    Eigen::VectorXd g;  // 81
    CouplingMatrix W;   // 81 x 8 views of the track
  };
  struct BackgroundEquations {
    Eigen::Matrix3d H;
    Eigen::Vector3d g;
    std::vector<Eigen::Matrix<double, 3, 8>> W;  // of each observation
  };
  struct NormalEquations {
    Eigen::MatrixXd H;  // of the views, lower triangle valid
    Eigen::VectorXd g;
    std::vector<TrackEquations> tracks;
    std::vector<BackgroundEquations> background;
  };

  void collect_residuals();
  NormalEquations empty_equations() const;
  double evaluate(const BundleState& state, double inflation, NormalEquations* equations) const;
  double add_images(const BundleState& state, double inflation, NormalEquations* equations) const;
  double add_bones(const BundleState& state, NormalEquations* equations) const;
  double add_bone_pairs(const BundleState& state, NormalEquations* equations) const;
  double add_directions(const BundleState& state, NormalEquations* equations) const;
  double add_view_priors(const BundleState& state, NormalEquations* equations) const;
  double add_gravity(const BundleState& state, NormalEquations* equations) const;
  double add_background(const BundleState& state, double inflation, NormalEquations* equations) const;
  double add_shared_lens(const BundleState& state, NormalEquations* equations) const;
  void hold_known(NormalEquations& equations) const;
  bool reduce(NormalEquations& damped, double lambda) const;
  bool solve_step(const NormalEquations& equations, double lambda, Eigen::VectorXd& step) const;

  const NormalizedCapture& capture_;
  BundleOptions options_;
  std::vector<std::vector<int>> tracks_;
  std::vector<int> active_views_, slot_of_view_;       // slot: index among active views, -1
  std::vector<std::vector<int>> views_of_track_;       // slots
  std::vector<std::array<bool, kBodyPoints>> active_;  // points of each track
  std::vector<ImageResidual> image_;
  std::vector<DirectionResidual> directions_;
  std::vector<BackgroundTrack> background_;
  bool cameras_fixed_ = false;
};

}  // namespace ahap
