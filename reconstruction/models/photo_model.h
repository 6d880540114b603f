#pragma once

#include <memory>
#include <string>

#include "reconstruction/body_fit/body_fit.h"
#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/branches/scene_branch.h"

namespace ahap {

// The model for real photographs: pose networks trained on them find people and their joints, everything else
// follows from these.
struct PhotoModel {
  std::string name;
  std::unique_ptr<PhotoPeople> people;
  std::unique_ptr<SceneBranch> scene;  // depth of single views
  BodyModel body;
  FittedBodyModel fitted_body;
  double high_threshold = 0;  // score above which somebody found in one view counts
};

}  // namespace ahap
