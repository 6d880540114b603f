#pragma once

#include <filesystem>

#include "app/gui/scene_renderer.h"
#include "reconstruction/formats/image_file.h"
#include "reconstruction/reconstruction.h"
#include "renderer/orbit_camera.h"
#include "renderer/viewport.h"

namespace ahap {

// Where to stand at first: above and beside the first camera that has a pose, with all people and cameras in
// view.
OrbitCamera overview(const Reconstruction& reconstruction, int frame, const SceneRenderer& renderer,
                     const Eigen::Vector2f& viewport);

// Metres from a camera's centre to its picture: half a metre, less where people are near.
float fitting_camera_size(const Reconstruction& reconstruction, int frame);

// What the camera sees, `size` pixels large, into the viewport. arrived: as for SceneRenderer::draw. coarse:
// for a view that moves on a slow machine, with fewer points, half the pixels each way and rough edges.
void draw_view(Viewport& viewport, SceneRenderer& renderer, const OrbitCamera& camera,
               const Eigen::Vector2f& size, const ViewState& state, float pixel_scale,
               SceneRenderer::Detail detail = SceneRenderer::Detail::full, float arrived = 1);

// A frame of the reconstruction, an index into its frames, as the studio shows it first, without any window
// or display. Throws when no OpenGL context can be made.
Image render_picture(const Reconstruction& reconstruction, int frame, int width, int height);

}  // namespace ahap
