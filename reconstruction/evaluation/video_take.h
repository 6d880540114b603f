#pragma once

#include <filesystem>

#include "reconstruction/evaluation/ground_truth.h"

namespace ahap {

// Videos of real people from cameras that stand still and were measured. On disk: a folder with the videos
// and truth.json: `fps`, `frames` (how many), `views`: `name` (of the file), `width`, `height`, `K`,
// `world_from_camera` as for labelled photographs (photo_benchmark.h).
bool is_video_take(const std::filesystem::path& folder);

// What is true of all its frames: the cameras. Throws a sentence that names the file and what is wrong in it.
GroundTruth read_video_take(const std::filesystem::path& folder);

}  // namespace ahap
