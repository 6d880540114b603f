#pragma once

#include <Eigen/Core>
#include <array>
#include <optional>
#include <span>
#include <vector>

#include "reconstruction/multiview/people_bundle_adjustment.h"

namespace ahap {

// Closed-form starts for PeopleBundle: relative orientations of views from the directions of the limbs that
// they share, positions from each body's place in its view.

// Rotation that takes a camera's axis to the ray of a point on the plane at depth 1, by the shortest way:
// from the frame of PersonObservation::landmarks to the camera's.
Eigen::Matrix3d camera_from_ray(const Eigen::Vector2d& point);

// One person as one view alone suggests it, camera axes, metres.
struct PlacedBody {
  BodyPoints body;           // about the middle of the hips
  Eigen::Vector3d position;  // of the middle of the hips
  std::array<double, kBodyPoints> visibility;
};

// The position by linear least squares of the landmarks on the observed points (a camera of normalized focal
// length `focal`); from the person's size in the picture where that fails.
PlacedBody place_body(const NormalizedPerson& person, double focal);

// The rotation R that minimises sum w |b_i - R a_i|^2 over pairs accumulated as M = sum w b a^T (orthogonal
// Procrustes).
Eigen::Matrix3d procrustes(const Eigen::Matrix3d& M);
// Adds w b a^T of all limbs of two bodies, w the product of their visibilities; returns the sum of w.
double add_limb_pairs(const PlacedBody& from, const PlacedBody& to, const Eigen::Matrix3d& R_from,
                      Eigen::Matrix3d& M);

using Tracks = std::vector<std::vector<int>>;  // indices of NormalizedCapture::people

// focal: normalized, for views that do not know theirs. camera_from_world of every view, world: the axes of
// `reference`. Views join one after the other, the one that shares most visible limbs with those that are in;
// only limbs of `only_track` where that is set and a view has it. Views that share nothing keep the identity.
std::vector<Eigen::Matrix3d> rotations_from_limbs(const NormalizedCapture& capture, const Tracks& tracks,
                                                  double focal, int reference,
                                                  std::optional<int> only_track = {});

// Complete start: translations of the views and positions of the people by one linear least squares, bodies
// as the mean of what their views suggest.
BundleState state_from_rotations(const NormalizedCapture& capture, const Tracks& tracks, double focal,
                                 std::span<const Eigen::Matrix3d> rotations);

struct MultiStartOptions {
  int jittered = 6;  // starts with all rotations disturbed by some 25 degrees, besides the closed-form ones
  int finished = 3;  // best of the short runs that are followed to the end
  unsigned seed = 0;
};

struct MultiStartResult {
  BundleState state;
  BundleSummary summary;
};

// Solves from many starts: three focal lengths times three reference views, each person alone, and jittered
// ones. Tracks: not empty.
MultiStartResult solve_from_hypotheses(const NormalizedCapture& capture, const Tracks& tracks,
                                       const BundleOptions& options, const MultiStartOptions& starts);

}  // namespace ahap
