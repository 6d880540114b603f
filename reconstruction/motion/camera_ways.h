#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/camera_offset.h"
#include "reconstruction/motion/camera_path.h"
#include "reconstruction/motion/tracked_frames.h"
#include "reconstruction/multiview/joint_association.h"
#include "reconstruction/range_options.h"

namespace ahap {

// How one camera of a range moves, metres. The frame of a way: the camera's axes in its first picture.
struct CameraWay {
  std::vector<Eigen::Isometry3d> way_from_camera;  // of each frame; empty: the camera stands still
  std::optional<double> focal_length;              // pixels, where the motion told it

  bool moves() const { return !way_from_camera.empty(); }
};
using CameraWays = std::vector<CameraWay>;  // of each camera; none: all stand still

bool moves(const CameraWays& ways, int camera);
// way_from_camera; of a camera that stands still the identity.
Eigen::Isometry3d pose_on_way(const CameraWays& ways, int camera, int frame);

struct MovingCameras {
  CameraWays ways;
  std::vector<std::string> messages;  // what a person should know, one sentence each
};

// Notices the cameras that move (or believes `move`), and finds their ways. Only people tell how long these
// are: by the size of those who stand on the floor that the background shows, or beside known points of it;
// without such people a camera keeps its place. Cameras whose pose is known stand still. names, views: of
// each camera. Throws Cancelled on request.
MovingCameras find_moving_cameras(const TrackedFrames& frames,
                                  const std::vector<BackgroundTracks>& background,
                                  const std::vector<std::string>& names,
                                  const std::vector<ViewObservation>& views, CamerasMove move,
                                  const Progress& progress = {});

// Gives these focal lengths to views of which nothing tells one.
void use_focal_lengths(const CameraWays& ways, std::vector<ViewObservation>& views);

// The ways at the instants of the frames, where cameras have clocks of their own (at_common_times).
CameraWays at_common_times(CameraWays ways, const TrackedFrames& frames,
                           const std::vector<CameraOffset>& offsets);

// What cameras would have seen of people had they not turned: points beyond the picture stay, those behind it
// count as not observed.
TrackedFrames without_turning(TrackedFrames frames, const CameraWays& ways,
                              const std::vector<ViewObservation>& views);

// A pose of a camera in the world, of one frame.
struct FramePose {
  int frame = 0;
  Eigen::Isometry3d world_from_camera = Eigen::Isometry3d::Identity();
};
// Where the way lies in the world by all these poses, at least one. Where they are apart, they correct its
// length, too.
Eigen::Isometry3d world_from_way(std::span<const FramePose> poses, CameraWay& way);

}  // namespace ahap
