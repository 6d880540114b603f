#pragma once

#include <torch/torch.h>

#include <memory>

#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {

// Score of a detection that counts by itself; on 57 real pictures: precision 0.98, recall 0.92.
constexpr double kPhotoThreshold = 0.24;

// The networks of a photo model that find people. Throws a sentence where its model.json does not name them,
// and where files of the published package are not what their authors published, byte for byte.
std::unique_ptr<PhotoPeople> load_photo_people(const ModelDescription& description, torch::Device device);

}  // namespace ahap
