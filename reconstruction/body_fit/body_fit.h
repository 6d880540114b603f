#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <vector>

#include "reconstruction/body_fit/body_kinematics.h"
#include "reconstruction/camera.h"
#include "reconstruction/observations.h"
#include "reconstruction/smpl_parameters.h"

namespace ahap {

struct FitView {
  Camera camera;                 // pixels of the original picture
  double radial_distortion = 0;  // k1 of x (1 + k1 r^2), on normalised image coordinates, before K
};

// A body point in the world, as several views locate it.
struct SpatialPoint {
  Eigen::Vector3d position = Eigen::Vector3d::Zero();  // metres
  double sigma = 0;                                    // standard deviation per axis, metres; 0: not known

  bool known() const { return sigma > 0; }
};

// What is known of one person.
struct FitEvidence {
  std::vector<FitView> views;                          // of the capture
  std::vector<const PersonObservation*> observations;  // of this person; `view` counts in `views`
  std::array<SpatialPoint, kBodyPoints> points;        // optional: evidence beside the observations
  Eigen::Vector3d up = Eigen::Vector3d::UnitY();       // unit, world
  std::optional<double> floor;  // height of the floor along `up`, metres; soft evidence
};

struct FitOptions {
  std::optional<BodyState> start;  // of the frame before; else the start is computed from the evidence
  std::optional<Betas> shape;      // known: the fit keeps it
  int max_iterations = 40;
  double landmark_weight = 1;  // of the landmarks' directions; 0: not used
};

struct BodyFit {
  SmplParameters smpl;  // world; vertices = SMPL(betas, pose) + transl
  std::array<Eigen::Vector3d, kSmplJoints> joints;
  std::array<Eigen::Vector3d, kBodyPoints> points;
  double height = 0;      // metres, standing
  double root_sigma = 0;  // standard deviation per axis of the pelvis' place, metres, posterior
  double rms = 0;         // pixels, of all observed points, outliers included
  // Distance between observed and reprojected point, pixels, one row per observation; negative where not
  // observed or where the body lies behind the camera.
  std::vector<std::array<double, kBodyPoints>> residuals;
  BodyState state;  // start of the next frame
  int iterations = 0;
};

// The most likely body of one person given all its observations: reprojected body points with their standard
// deviations, directions of the landmarks as weak evidence, triangulated points where given, pose prior and
// joint limits (pose_prior.h), betas as N(0, 1), feet on the floor. Starts from a closed form, then Levenberg
// and Marquardt with robust losses. Works with one view (the prior on shape then decides the distance) and
// with few points; what nothing observes stays at the prior's mean. Throws std::invalid_argument for an
// observation of a view that does not exist.
BodyFit fit_body(const FittedBodyModel& model, const FitEvidence& evidence, const FitOptions& options = {});

// SMPL's parameters of a state.
SmplParameters smpl_parameters(const FittedBodyModel& model, const BodyState& state);

// Pixel of a world point in a view with its distortion; nothing for a point less than a decimetre before the
// camera.
std::optional<Eigen::Vector2d> project(const FitView& view, const Eigen::Vector3d& X_world);

// The pixel where a camera without distortion would have seen the same ray.
Eigen::Vector2d undistorted(const FitView& view, const Eigen::Vector2d& pixel);

}  // namespace ahap
