#include "app/gui/picture.h"

#include <cmath>

#include "app/gui/scene_view.h"
#include "renderer/headless_context.h"
#include "renderer/viewport.h"

namespace ahap {

OrbitCamera overview(const Reconstruction& reconstruction, int frame, const SceneRenderer& renderer,
                     const Eigen::Vector2f& viewport) {
  OrbitCamera camera;
  camera.set_scene(renderer.bounds());
  float yaw = 0.6f;
  for (const ReconstructedView& view : reconstruction.views) {
    if (!view.camera_estimated) continue;
    const Eigen::Vector3d forward = view.camera(frame).world_from_camera.linear().col(2);
    yaw = float(std::atan2(-forward.x(), -forward.z())) + 0.35f;
    break;
  }
  camera.turn_to(yaw, 0.45f);
  camera.fit(renderer.stage(), viewport);
  camera.finish_transition();
  return camera;
}

Image render_picture(const Reconstruction& reconstruction, int frame, int width, int height) {
  const HeadlessContext context;
  SceneRenderer renderer;
  renderer.show(std::shared_ptr<const Reconstruction>(std::shared_ptr<void>(), &reconstruction), frame);
  ViewState state;
  state.camera_size = fitting_camera_size(reconstruction, frame);
  Viewport viewport;
  const OrbitCamera camera = overview(reconstruction, frame, renderer, Eigen::Vector2f(width, height));
  draw_view(viewport, renderer, camera, Eigen::Vector2f(width, height), state, float(height) / 800);
  return viewport.read();
}

}  // namespace ahap
