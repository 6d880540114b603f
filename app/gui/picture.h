#pragma once

#include <filesystem>

#include "app/gui/scene_renderer.h"
#include "reconstruction/formats/image_file.h"
#include "reconstruction/reconstruction.h"
#include "renderer/orbit_camera.h"

namespace ahap {

// Where to stand at first: above and beside the first camera that has a pose, with all people and cameras in
// view.
OrbitCamera overview(const Reconstruction& reconstruction, int frame, const SceneRenderer& renderer,
                     const Eigen::Vector2f& viewport);

// A frame of the reconstruction, an index into its frames, as the studio shows it first, without any window
// or display. Throws when no OpenGL context can be made.
Image render_picture(const Reconstruction& reconstruction, int frame, int width, int height);

}  // namespace ahap
