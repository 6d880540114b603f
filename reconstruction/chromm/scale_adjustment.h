#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

namespace ahap {

// CHROMM's scale (equations 2 and 3): bodies have the size of people, so where the scene is too small they
// stand too near and look too large. What is seen of a person is the distance between head and pelvis.

// One person in one picture.
struct HeadAndPelvis {
  Eigen::Vector2d seen_head{0, 0}, seen_pelvis{0, 0};             // pixels
  Eigen::Vector3d head = Eigen::Vector3d::Zero(), pelvis = head;  // of the placed body, camera axes
  Eigen::Matrix3d K = Eigen::Matrix3d::Identity();                // of these pixels
  double side = 0;                                                // the longer one of the picture, pixels
};

// The length of the projected body over the seen one: by how much the scene is to be multiplied, as this
// person has it. Nothing where a joint is not in front of the camera, or where the person is seen along the
// spine: less than 0.02 of the picture's side between head and pelvis.
std::optional<double> length_ratio(const HeadAndPelvis& person);

enum class RatioMean { mean, median };

// One factor from everybody's ratios: their mean, as the paper has it. 1 of none.
double scale_adjustment(const std::vector<double>& ratios, RatioMean rule = RatioMean::mean);

}  // namespace ahap
