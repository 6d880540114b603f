#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reconstruction/box.h"
#include "reconstruction/camera.h"
#include "reconstruction/image.h"
#include "reconstruction/smpl_parameters.h"

namespace ahap {

// What is exactly true of one frame of a capture. World: metres, Y up, floor at y = 0.
struct GroundTruth {
  struct View {
    std::string name;  // file name of the picture or video
    Camera camera;
    std::vector<float> depth;  // height x width along the optical axis, metres, 0 = nothing; may be empty
    std::vector<std::uint8_t> person;  // height x width, 0 = scene, i + 1 = people[i]; may be empty
    std::vector<int> visible_pixels;   // per person: pixels of this view that show it
    // Per person: of these pixels, nothing without any; may be empty: not known.
    std::vector<std::optional<Box>> boxes;
  };
  struct Person {
    SmplParameters smpl;
    std::vector<Eigen::Vector3f> joints;  // 24 SMPL joints, world
    std::array<bool, 2> foot_contact{};   // left, right: the foot stands on the floor and does not move
  };
  std::vector<View> views;
  std::vector<Person> people;
  std::uint64_t seed = 0;
  double time = 0;            // seconds since a video's first frame
  bool only_cameras = false;  // nothing is known of the people (video_take.h)
};

// On disk: a capture folder, which is a valid input of `ahap reconstruct`, with a folder `truth` beside the
// pictures.
//
//   0000/cam01.png cam02.png ...           one frame
//   0000/truth/truth.json                  seed, views, people
//   0000/truth/cam01_depth.npy             float32 (height, width)
//   0000/truth/cam01_person.npy            uint8 (height, width)
//
//   0001/cam01.mp4 cam02.mp4 ...           videos: one file per camera
//   0001/truth/truth.json                  seed, fps, frames (how many)
//   0001/truth/000000/truth.json           time, views and people of each frame; people keep their place
//                                          from frame to frame
//
// truth.json: `format` = "ahap ground truth 1"; `seed`; `views`: `name`, `width`, `height`, `K` (3 x 3 rows),
// `world_from_camera` (4 x 4 rows), `visible_pixels` (one number per person), `boxes` of these pixels (x0,
// y0, x1, y1 per person, null = not visible), `depth` and `person` (file names beside truth.json, null = not
// stored, as for videos); `people`, in the order of the identities 1, 2, ...: `betas` (10), `pose` (24 x 3,
// axis-angle, the first one global), `transl` (3), `joints` (24 x 3), `foot_contact` (left, right). Vertices
// = Smpl(betas, pose) + transl of the project's own body. Without `time`, `boxes` or `foot_contact`, as older
// captures are, there is none.
bool has_ground_truth(const std::filesystem::path& capture);

// Number of frames with ground truth: 1 for pictures, the number of frames for a video, 0 without.
int ground_truth_frames(const std::filesystem::path& capture);

// Whether it is a capture of videos.
bool is_video_capture(const std::filesystem::path& capture);

// Throws one sentence that names the file and what is wrong in it.
GroundTruth read_ground_truth(const std::filesystem::path& capture, int frame = 0);

// The truth of a frame's pictures, or of one frame of a video.
void write_ground_truth(const GroundTruth& truth, const std::filesystem::path& capture);
void write_ground_truth(const GroundTruth& truth, const std::filesystem::path& capture, int frame);

// What holds for a whole video: truth/truth.json beside its frames.
struct VideoTruth {
  std::uint64_t seed = 0;
  double fps = 0;
  int frames = 0;
};
void write_video_truth(const VideoTruth& truth, const std::filesystem::path& capture);

}  // namespace ahap
