#include "app/picture.h"

#include <cmath>

#include "app/theme.h"
#include "renderer/headless_context.h"
#include "renderer/viewport.h"

namespace ahap {

OrbitCamera overview(const Reconstruction& reconstruction, const Drawables& drawables,
                     const Eigen::Vector2f& viewport) {
  OrbitCamera camera;
  camera.set_scene(drawables.bounds());
  float yaw = 0.6f;
  for (const ReconstructedView& view : reconstruction.views) {
    if (!view.camera_estimated) continue;
    const Eigen::Vector3d forward = view.camera.world_from_camera.linear().col(2);
    yaw = float(std::atan2(-forward.x(), -forward.z())) + 0.35f;
    break;
  }
  camera.turn_to(yaw, 0.45f);
  camera.fit(drawables.stage(), viewport);
  camera.finish_transition();
  return camera;
}

Image render_picture(const Reconstruction& reconstruction, int width, int height) {
  const HeadlessContext context;
  Drawables drawables;
  drawables.show(std::shared_ptr<const Reconstruction>(std::shared_ptr<void>(), &reconstruction));
  const ViewState state;
  Viewport viewport;
  const OrbitCamera camera = overview(reconstruction, drawables, Eigen::Vector2f(width, height));
  viewport.render(camera.view(Eigen::Vector2f(width, height)), theme::kBackdrop, state.depth_shading,
                  [&](const ViewTransform& view) { drawables.draw(view, state, float(height) / 800); });
  return viewport.read();
}

}  // namespace ahap
