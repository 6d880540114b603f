#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <array>
#include <optional>
#include <vector>

#include "reconstruction/observations.h"

namespace ahap {

// Observations as the estimators use them. Image coordinates: from the middle of the picture, or the
// principal point of a calibrated one, over its longer side, x right, y down, pixels made square; focal
// lengths over the longer side too.

struct NormalizedView {
  double longer_side = 1;        // pixels
  Eigen::Vector2d size{1, 1};    // pixels
  Eigen::Vector2d unit{1, 1};    // pixels along each axis; differ where the pixels are not square
  Eigen::Vector2d middle{0, 0};  // pixels
  std::optional<double> focal;   // where something tells
  double focal_sigma = 0;        // relative
  bool keeps_lens = false;       // focal length and distortion stay as they are
  std::optional<Eigen::Isometry3d> camera_from_world;  // calibrated, metres
  bool keeps_pose = false;
  std::optional<Eigen::Vector3d> up;  // unit, camera axes
  double up_sigma = 0;                // radians

  Eigen::Vector2d normalized(const Eigen::Vector2d& pixel) const {
    return (pixel - middle).cwiseQuotient(unit);
  }
  Eigen::Vector2d pixel(const Eigen::Vector2d& x) const { return x.cwiseProduct(unit) + middle; }
};

struct NormalizedPerson {
  int view = 0;
  std::array<Eigen::Vector2d, kBodyPoints> x;
  std::array<double, kBodyPoints> sigma{};  // 0: not observed
  std::array<bool, kBodyPoints> located{};  // x is a guess at least: networks place what they do not see, too
  std::array<Eigen::Vector3d, kBodyPoints> landmarks;  // metres, axes of a camera that looks along `ray`
  std::array<double, kBodyPoints> visibility{};        // 0: the landmark is not used
  Eigen::Vector2d ray{0, 0};
  double size = 1;  // of the person in the picture: longer side of its box
  Eigen::Vector2d box_low{0, 0}, box_high{0, 0};
  int observed = 0;  // points

  bool usable() const { return observed > 0; }
};

struct NormalizedCapture {
  std::vector<NormalizedView> views;
  std::vector<NormalizedPerson> people;

  std::vector<std::vector<int>> people_of_views() const;  // indices of usable people, of each view
  double focal_or(int view, double otherwise) const { return views[view].focal.value_or(otherwise); }
  bool same_format(int view_a, int view_b) const;  // pictures of one size, upright or turned
  int known_poses() const;                         // views whose pose is calibrated
};

// The capture as it would be were one view's picture mirrored: left and right change places.
NormalizedCapture mirrored(NormalizedCapture capture, int view);

// Points that are not finite count as not observed. Throws std::invalid_argument when a person names a view
// that does not exist or a view has no size.
NormalizedCapture normalize(const std::vector<ViewObservation>& views,
                            const std::vector<PersonObservation>& people);

}  // namespace ahap
