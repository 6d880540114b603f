#pragma once

#include <Eigen/Core>

#include "reconstruction/body_fit/body_fit.h"

namespace ahap {

// A linear least squares problem of one step: minimise |J step + r|^2, by its normal equations.
struct NormalEquations {
  Eigen::Matrix<double, kStateSize, kStateSize> A;  // J' J
  StateStep b;                                      // J' r, the gradient of the cost
};

// The fit's cost as a function of the state: half the sum of squared residuals in standard deviations, under
// robust losses.
class BodyFitCost {
 public:
  // sigma_scale multiplies the observations' standard deviations. `at` gives the distances at which the body
  // points' own uncertainty (where on the body a network sees a hip) becomes pixels.
  BodyFitCost(const FittedBodyModel& model, const FitEvidence& evidence, double landmark_weight,
              double sigma_scale, const BodyState& at);

  double operator()(const BodyState& state, NormalEquations* equations = nullptr) const;

 private:
  struct Reprojection {
    int point;
    const FitView* view;
    Eigen::Matrix3d camera_from_world;
    Eigen::Vector3d center;
    Eigen::Vector2d pixel;
    double sigma;  // pixels
  };
  struct Direction {  // of the line from one body point to another
    int from, to;
    Eigen::Vector3d direction;  // unit, world
    double sigma;               // radians
    double weight;
  };

  void add_reprojections(double sigma_scale, const PosedBody& at);
  void add_directions(double landmark_weight);

  const FittedBodyModel& model_;
  const FitEvidence& evidence_;
  std::vector<Reprojection> reprojections_;
  std::vector<Direction> directions_;
  std::array<SpatialPoint, kBodyPoints> points_;
};

}  // namespace ahap
