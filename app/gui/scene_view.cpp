#include "app/gui/scene_view.h"

#include <algorithm>
#include <limits>

#include "app/gui/theme.h"

namespace ahap {

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
  const Viewport::Layers layers = {
      .still =
          [&](const ViewTransform& view) {
            renderer.draw_points(view, state, scale * pixel_scale, detail, arrived);
          },
      .still_version = renderer.points_version(state, scale * pixel_scale, detail, arrived),
      .others = [&](const ViewTransform& view) { renderer.draw_things(view, state, scale * pixel_scale); }};
  viewport.render(camera.view(scale * size), theme::colors().backdrop, state.depth_shading, layers,
                  coarse ? Viewport::Edges::rough : Viewport::Edges::smooth);
}

}  // namespace ahap
