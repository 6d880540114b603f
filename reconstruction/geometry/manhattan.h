#pragma once

#include <Eigen/Core>
#include <array>
#include <span>

#include "reconstruction/image.h"

namespace ahap {

// The Manhattan frame of a picture (Coughlan and Yuille 1999): most straight edges of rooms, furniture and
// paving run along three directions at right angles, one of them vertical. Where their vanishing points lie
// says how the camera is turned against the room, and its focal length.

// What is known of the camera before.
struct ManhattanPrior {
  Eigen::Matrix3d K = Eigen::Matrix3d::Identity();  // pixels of the picture
  Eigen::Vector3d up{0, -1, 0};                     // against gravity, camera axes, unit
  double up_sigma = 0.05;                           // radians, per axis
  double focal_sigma = 0.12;                        // relative; 0: exact
};

// A yaw, in radians, that turns the level camera (level_from_camera) to the axes of the room, up to quarter
// turns.
struct ManhattanYaw {
  double yaw = 0;    // 0 to pi/2
  double sigma = 0;  // radians
  double weight =
      0;  // 0..1, how likely it is the room's rather than that of a rug or a chair; all of a view add up to 1
};

struct ManhattanFrame {
  bool found = false;                    // false: too few straight edges; the rest is as it was before
  Eigen::Vector3d up{0, -1, 0};          // camera axes, unit
  double focal_factor = 1;               // on K's focal lengths
  double up_sigma = 0, focal_sigma = 0;  // as in ManhattanPrior
  std::vector<ManhattanYaw> headings;    // the likeliest first; up and focal_factor go with the first
};

// One pixel of a straight edge.
struct StraightEdge {
  float x, y;    // its ray (x, y, 1) at the prior's focal length
  float nx, ny;  // unit normal of the edge in the picture
  float weight;
};

// What a picture's Manhattan frame is found from.
struct StraightEdges {
  ManhattanPrior prior;
  std::vector<StraightEdge> edges;
};

// people: boxes x0 y0 x1 y1, pixels, in which edges do not count.
StraightEdges straight_edges(const Image& picture, const ManhattanPrior& prior,
                             std::span<const std::array<double, 4>> people = {});

ManhattanFrame manhattan_frame(const StraightEdges& edges);

// The frame whose heading is the expected one, give or take a few degrees; its only heading.
ManhattanFrame manhattan_frame_at(const StraightEdges& edges, double heading);

}  // namespace ahap
