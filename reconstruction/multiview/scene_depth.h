#pragma once

#include <span>
#include <vector>

#include "reconstruction/body_fit/body_fit.h"
#include "reconstruction/multiview/background_matches.h"
#include "reconstruction/multiview/point_cloud.h"

namespace ahap {

// The cells of one view's grid that show a person, as a segmentation has them.
struct PersonCells {
  int person = 0;
  std::vector<std::uint8_t> shows;  // of each cell, 0 or 1
};

// What is known of the scene in metres. World: Y up.
struct DepthEvidence {
  std::span<const std::vector<Eigen::Vector3d>> bodies;  // vertices of each person
  std::span<const Triangle> triangles;                   // common to all
  std::vector<std::vector<PersonCells>> people;          // [view given][person seen there]
  std::span<const FitView> cameras;                      // of all views, original pixels
  BackgroundMatches matches;                             // that agree with the cameras; original pixels
  bool floor_known = false;                              // it is y = 0
};

// Brings the depth maps of single views, right in shape and off in scale, to what is known in metres: bodies,
// matches of the background, the floor, and each other where they overlap. Cells that show a person lie on
// its body and carry its number + 1; around a body, where neither it nor the scene is sure, nothing is known.
// So is what lies far beyond all that is known. Throws Cancelled when progress asks to stop.
void fit_depths(std::vector<DepthView>& views, const DepthEvidence& evidence, const Progress& progress = {});

}  // namespace ahap
