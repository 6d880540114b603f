#pragma once

#include <memory>
#include <vector>

#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/multiview/body_fit.h"
#include "reconstruction/pipeline.h"
#include "reconstruction/scene/scene_branch.h"

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

// The run on one frame: people in every view -> who is who and cameras, together -> bodies -> depth brought
// to their metres -> result.
std::shared_ptr<const Reconstruction> reconstruct_photographs(const std::vector<View>& views,
                                                              const PhotoModel& model, const Options& options,
                                                              const Progress& progress);

}  // namespace ahap
