#pragma once

#include "app/gui/scene_renderer.h"
#include "renderer/orbit_camera.h"
#include "renderer/viewport.h"

namespace ahap {

// Metres from a camera's centre to its picture: half a metre, less where people are near.
float fitting_camera_size(const Reconstruction& reconstruction, int frame);

// What the camera sees, `size` pixels large, into the viewport. arrived: as for SceneRenderer::draw. coarse:
// for a view that moves on a slow machine, with fewer points, half the pixels each way and rough edges.
void draw_view(Viewport& viewport, SceneRenderer& renderer, const OrbitCamera& camera,
               const Eigen::Vector2f& size, const ViewState& state, float pixel_scale,
               SceneRenderer::Detail detail = SceneRenderer::Detail::full, float arrived = 1);

}  // namespace ahap
