#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/image.h"
#include "reconstruction/synthetic/world.h"

namespace ahap {

struct RenderedView {
  Image image;
  Camera camera;
  std::vector<float> depth;          // height x width, along the optical axis, metres; 0 = nothing (sky)
  std::vector<std::uint8_t> person;  // height x width: 0 scene, i + 1 person i
  std::vector<Eigen::Vector3f>
      canonical;  // height x width: on people the rest-pose template position (betas 0), metres; else 0
  std::vector<int> visible_pixels;  // per person
};

// One camera's picture with what is exactly true of every pixel (sampled at pixel centres). Thread-safe.
RenderedView render(const World& world, int view);

// Pixels of each person that a camera sees, counted on a grid `step` times coarser than its picture.
std::vector<int> count_visible_pixels(const World& world, const Camera& camera, int step);

}  // namespace ahap
