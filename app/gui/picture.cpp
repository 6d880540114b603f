#include "app/gui/picture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "app/gui/theme.h"
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

float fitting_camera_size(const Reconstruction& reconstruction, int frame) {
  constexpr float kUsual = 0.5f, kShare = 0.15f;
  std::vector<float> distances;  // of cameras from the nearest person
  const std::vector<PersonInFrame> people = people_in(reconstruction, frame);
  for (const ReconstructedView& view : reconstruction.views) {
    if (!view.camera_estimated) continue;
    float nearest = std::numeric_limits<float>::infinity();
    for (const PersonInFrame& person : people) {
      const Eigen::Vector3f centre = view.camera(frame).center().cast<float>();
      if (!person.body.joints.empty()) nearest = std::min(nearest, (person.body.joints[0] - centre).norm());
    }
    distances.push_back(nearest);
  }
  if (distances.empty()) return kUsual;
  std::nth_element(distances.begin(), distances.begin() + std::ptrdiff_t(distances.size() / 2),
                   distances.end());
  return std::clamp(kShare * distances[distances.size() / 2], 0.05f, kUsual);
}

void draw_view(Viewport& viewport, SceneRenderer& renderer, const OrbitCamera& camera,
               const Eigen::Vector2f& size, const ViewState& state, float pixel_scale,
               SceneRenderer::Detail detail, float arrived) {
  const bool coarse = detail == SceneRenderer::Detail::coarse;
  const float scale = coarse ? 0.5f : 1;
  viewport.render(
      camera.view(scale * size), theme::kBackdrop, state.depth_shading,
      [&](const ViewTransform& view) { renderer.draw(view, state, scale * pixel_scale, detail, arrived); },
      coarse ? Viewport::Edges::rough : Viewport::Edges::smooth);
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
