#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "app/gui/picture_options.h"
#include "app/gui/scene_renderer.h"
#include "reconstruction/formats/image_file.h"
#include "reconstruction/progress.h"
#include "reconstruction/reconstruction.h"
#include "renderer/orbit_camera.h"

namespace ahap {

// Where to stand at first: above and beside the first camera that has a pose, with all people and cameras in
// view.
OrbitCamera overview(const Reconstruction& reconstruction, int frame, const SceneRenderer& renderer,
                     const Eigen::Vector2f& viewport);

// From there, with these points in view. Not for Viewpoint::all.
OrbitCamera camera_at(Viewpoint from, const Reconstruction& reconstruction, int frame,
                      std::span<const Eigen::Vector3f> points, const Eigen::Vector2f& viewport);

// A frame of the reconstruction, an index into its frames, as the studio shows it, without any window or
// display. Throws when no OpenGL context can be made.
Drawing render_picture(const Reconstruction& reconstruction, int frame, const PictureOptions& options = {});

// How long a film of it is.
double turntable_seconds(const Reconstruction& reconstruction, const PictureOptions& options);

// Likewise a film of one turn around the people, who move where there are several frames, into an MP4 file.
// What a person should know about it, one sentence; empty: nothing. Throws Cancelled on request.
std::string render_turntable(const Reconstruction& reconstruction, const PictureOptions& options,
                             const std::filesystem::path& file, const Progress& progress);

}  // namespace ahap
