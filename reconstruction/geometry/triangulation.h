#pragma once

#include <Eigen/Core>
#include <span>

#include "reconstruction/camera.h"

namespace ahap {

// One point seen in one camera.
struct PointObservation {
  Camera camera;
  Eigen::Vector2d pixel{0, 0};  // original pixels
  double weight = 1;
};

struct TriangulationLimits {
  double min_angle = 0.035;    // radians (2 degrees): below it the rays count as parallel
  double max_residual = 0.04;  // root mean square reprojection distance as a share of the longer picture side
};

enum class TriangulationStatus { ok, too_few_views, parallel_rays, behind_camera, large_residual };

struct Triangulation {
  TriangulationStatus status = TriangulationStatus::too_few_views;
  Eigen::Vector3d point =
      Eigen::Vector3d::Zero();  // world; meaningful when ok, or for inspection when large_residual
  double residual = 0;          // root mean square reprojection distance, pixels
  double max_angle = 0;         // largest angle between two rays to the point, radians

  explicit operator bool() const { return status == TriangulationStatus::ok; }
};

// The world point seen at these pixels: DLT with rows x P3 - P1 and y P3 - P2, P = [R | t] for pixels taken
// to the normalised image plane and a world centred on and scaled to the cameras (Hartley and
// Zisserman, 12.2), null vector by SVD, then a few Gauss-Newton steps on the reprojection error. Observations
// of weight 0 are ignored.
Triangulation triangulate(std::span<const PointObservation> observations,
                          const TriangulationLimits& limits = {});

// The reprojection error's minimum near X: damped Gauss-Newton. Returns X itself where no step improves it.
Eigen::Vector3d polish_point(std::span<const PointObservation> observations, const Eigen::Vector3d& X,
                             int iterations = 5);

// Root mean square reprojection distance of X, pixels; infinity when X lies behind one of the cameras.
double reprojection_rms(std::span<const PointObservation> observations, const Eigen::Vector3d& X);

const char* to_string(TriangulationStatus status);

}  // namespace ahap
