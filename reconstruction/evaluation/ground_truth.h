#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "reconstruction/camera.h"
#include "reconstruction/image.h"
#include "reconstruction/smpl_parameters.h"

namespace ahap {

// What is exactly true of one frame of a capture. World: metres, Y up, floor at y = 0.
struct GroundTruth {
  struct View {
    std::string name;  // file name of the picture; of a video capture the camera's folder
    Camera camera;
    std::vector<float> depth;  // height x width along the optical axis, metres, 0 = nothing; may be empty
    std::vector<std::uint8_t> person;  // height x width, 0 = scene, i + 1 = people[i]; may be empty
    std::vector<int> visible_pixels;   // per person: pixels of this view that show it
  };
  struct Person {
    SmplParameters smpl;
    std::vector<Eigen::Vector3f> joints;  // 24 SMPL joints, world
  };
  std::vector<View> views;
  std::vector<Person> people;
  std::uint64_t seed = 0;
};

// On disk: a capture folder, which is a valid input of `ahap reconstruct`, with a folder `truth` beside the
// pictures.
//
//   0000/cam01.png cam02.png ...           one frame
//   0000/truth/truth.json                  seed, views, people
//   0000/truth/cam01_depth.npy             float32 (height, width)
//   0000/truth/cam01_person.npy            uint8 (height, width)
//
//   0001/cam01/000000.png 000001.png ...   a video: one folder per camera, frames by number
//   0001/truth/000000/truth.json           the same three kinds of files for every frame
//   0001/truth/000000/cam01_depth.npy ...
//
// truth.json: `format` = "ahap ground truth 1"; `seed`; `views`: `name`, `width`, `height`, `K` (3 x 3 rows),
// `world_from_camera` (4 x 4 rows), `visible_pixels` (one number per person), `depth` and `person` (file
// names beside truth.json, null = not stored); `people`, in the order of the identities 1, 2, ...: `betas`
// (10), `pose` (24 x 3, axis-angle, the first one global), `transl` (3), `joints` (24 x 3). Vertices =
// Smpl(betas, pose) + transl of the project's own body.
bool has_ground_truth(const std::filesystem::path& capture);

// Number of frames with ground truth: 1 for pictures, the number of frames for a video, 0 without.
int ground_truth_frames(const std::filesystem::path& capture);

// Throws one sentence that names the file and what is wrong in it.
GroundTruth read_ground_truth(const std::filesystem::path& capture, int frame = 0);

// The truth of a frame's pictures, or of one frame of a video.
void write_ground_truth(const GroundTruth& truth, const std::filesystem::path& capture);
void write_ground_truth(const GroundTruth& truth, const std::filesystem::path& capture, int frame);

}  // namespace ahap
