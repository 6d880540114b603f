#include "app/gui/picture.h"

#include <algorithm>
#include <cmath>

#include "app/gui/film.h"
#include "app/gui/scene_view.h"
#include "reconstruction/capture/film_writer.h"
#include "renderer/headless_context.h"

namespace ahap {

namespace {

constexpr double kTurnSeconds = 8;

float yaw_of_first_camera(const Reconstruction& reconstruction, int frame) {
  for (const ReconstructedView& view : reconstruction.views) {
    if (!view.camera_estimated) continue;
    const Eigen::Vector3d forward = view.camera(frame).world_from_camera.linear().col(2);
    return float(std::atan2(-forward.x(), -forward.z()));
  }
  return 0.25f;
}

// Of lines, points and letters in a picture without a window: as on a screen of this height.
float pixel_scale(int width, int height) {
  return float(std::min(width * 10 / 16, height)) / 800;
}

std::shared_ptr<const Reconstruction> borrowed(const Reconstruction& reconstruction) {
  return {std::shared_ptr<void>(), &reconstruction};
}

}  // namespace

OrbitCamera overview(const Reconstruction& reconstruction, int frame, const SceneRenderer& renderer,
                     const Eigen::Vector2f& viewport) {
  OrbitCamera camera = camera_at(Viewpoint::people, reconstruction, frame, renderer.stage(), viewport);
  camera.set_scene(renderer.bounds());
  return camera;
}

OrbitCamera camera_at(Viewpoint from, const Reconstruction& reconstruction, int frame,
                      std::span<const Eigen::Vector3f> points, const Eigen::Vector2f& viewport) {
  constexpr float kQuarter = float(EIGEN_PI) / 2;
  const float yaw = yaw_of_first_camera(reconstruction, frame);
  OrbitCamera camera;
  if (from == Viewpoint::top) camera.turn_to(yaw, kQuarter);
  if (from == Viewpoint::front) camera.turn_to(yaw, 0);
  if (from == Viewpoint::side) camera.turn_to(yaw + kQuarter, 0);
  if (from == Viewpoint::people) camera.turn_to(yaw + 0.35f, 0.45f);
  camera.fit(points, viewport);
  camera.finish_transition();
  return camera;
}

Drawing render_picture(const Reconstruction& reconstruction, int frame, const PictureOptions& options) {
  require_picture_size(options.width, options.height);
  const HeadlessContext context;
  SceneRenderer renderer;
  renderer.show(borrowed(reconstruction), frame);
  const Eigen::Vector2f size(options.width, options.height);
  ViewState state;
  state.camera_size = fitting_camera_size(reconstruction, frame);
  OrbitCamera camera = overview(reconstruction, frame, renderer, size);
  if (options.view != Viewpoint::all) {
    camera =
        camera_at(options.view, reconstruction, frame, places_of_people(reconstruction, frame, state), size);
    camera.set_scene(renderer.bounds());
  }
  return PicturePainter().paint(renderer, camera.view(size), state, &reconstruction, {},
                                {.transparent = options.transparent,
                                 .labels = options.labels,
                                 .pixel_scale = pixel_scale(options.width, options.height)});
}

double turntable_seconds(const Reconstruction& reconstruction, const PictureOptions& options) {
  if (options.film_seconds > 0) return options.film_seconds;
  const double rate = frame_rate(reconstruction);
  const std::size_t frames = reconstruction.frames.size();
  return frames > 1 && rate > 0 ? double(frames) / rate : kTurnSeconds;
}

std::string render_turntable(const Reconstruction& reconstruction, const PictureOptions& options,
                             const std::filesystem::path& file, const Progress& progress) {
  FilmScene scene{.result = borrowed(reconstruction)};
  scene.state.camera_size = fitting_camera_size(reconstruction, 0);
  FilmPlan plan{.width = options.width / 2 * 2,
                .height = options.height / 2 * 2,
                .frames_per_second = kTurntableRate,
                .frames = film_frames(turntable_seconds(reconstruction, options), kTurntableRate),
                .plays_time = reconstruction.frames.size() > 1,
                .labels = options.labels,
                .pixel_scale = pixel_scale(options.width, options.height)};
  plan.camera = turntable(scene, plan, yaw_of_first_camera(reconstruction, 0));
  const HeadlessContext context;
  Film film(scene, plan);
  FilmWriter writer(file, plan.width, plan.height, plan.frames_per_second);
  for (int i = 0; i < plan.frames; ++i) {
    step(progress, "film", double(i) / plan.frames);
    writer.add(film.picture(i));
  }
  writer.finish();
  step(progress, "film", 1);
  return writer.note();
}

}  // namespace ahap
