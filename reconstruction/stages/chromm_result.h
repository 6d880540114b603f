#pragma once

#include <string>
#include <vector>

#include "reconstruction/chromm/people_in_views.h"
#include "reconstruction/models/chromm_model.h"
#include "reconstruction/reconstruction.h"

namespace ahap {

// What CHROMM's networks have said of some frames, in the first chunk's world and unit.
struct ChrommObservations {
  struct Camera {
    std::string name, path;
    int width = 0, height = 0;                // pixels
    std::vector<Eigen::Vector2d> focal = {};  // of each chunk, pixels; 0: none fits
  };
  std::vector<Camera> cameras;
  bool cameras_stand_still = false;
  std::vector<int> numbers;           // of the frames
  std::vector<SeenInstant> instants;  // of the same frames
  PointCloud points;                  // of the place
};

// Messages about identities, scale and world are added to those of `begun`. Needs a frame.
Reconstruction chromm_result(const ChrommObservations& seen, const ChrommModel& model,
                             const Reconstruction& begun);

}  // namespace ahap
