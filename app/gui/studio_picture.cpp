// Pictures and films of the 3D view, and views that one looks at it from.

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>

#include <ctime>
#include <stdexcept>

#include "app/gui/file_dialog.h"
#include "app/gui/panels/picture_window.h"
#include "app/gui/studio_parts.h"
#include "app/gui/theme.h"
#include "reconstruction/capture/file_kind.h"
#include "reconstruction/formats/error_text.h"
#include "reconstruction/formats/folder.h"
#include "reconstruction/project/sources.h"
#include "reconstruction/results/output_file.h"

namespace ahap {

namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""ms;

constexpr auto kFilmBudget = 25ms;                        // of each of the window's frames
constexpr int kPreviewWidth = 352, kPreviewHeight = 160;  // before scaling
constexpr int kPictureOfFrame = 480;                      // pixels, in the cameras of a film

std::string time_stamp() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", std::localtime(&now));
  return text;
}

// A name in this folder that no file has.
fs::path new_file(const fs::path& folder, const std::string& ending) {
  const fs::path name = folder / ("view-" + time_stamp());
  fs::path file = name.string() + ending;
  for (int number = 2; fs::exists(file); ++number)
    file = name.string() + "-" + std::to_string(number) + ending;
  return file;
}

// The place that was typed, or a new one in the folder. Throws a sentence where a file would be lost.
fs::path place_for(const std::string& typed, const std::string& folder, const std::string& ending,
                   const Session& session) {
  if (typed.empty()) {
    create_folder(folder);
    return new_file(folder, ending);
  }
  fs::path file = expanded_path(typed);
  if (!file.has_extension()) file += ending;
  InputFiles inputs;
  if (session.capture())
    for (const fs::path& source : source_files(*session.capture())) inputs.add(source);
  inputs.require_kept(file);
  return file;
}

// A picture takes the place of one that the program has drawn, of nothing else.
void require_picture_place(const fs::path& file) {
  if (file.extension() != ".png" && file.extension() != ".PNG")
    throw std::runtime_error(file.string() + ": pictures are PNG files; choose a name that ends with .png");
  require_writable(file);
  std::error_code ignored;
  if (fs::exists(file, ignored) && kind_of_file(file) != FileKind::own_picture)
    throw std::runtime_error(file.string() +
                             ": is there already and no picture of this program; choose another name");
}

}  // namespace

ViewTransform Studio::Parts::picture_view(const Eigen::Vector2i& size) const {
  return camera.view(scene_size).fitted(size.cast<float>());
}

// Of lines, points and letters, so that they are as large beside everything else as in the window.
float Studio::Parts::picture_scale(const Eigen::Vector2i& size) const {
  return theme::scale() * ImGui::GetIO().DisplayFramebufferScale.x *
         size.cast<float>().cwiseQuotient(scene_size).minCoeff();
}

void Studio::Parts::save_view(const std::string& typed) {
  const Eigen::Vector2i size = desk.pixels(scene_size);
  require_picture_size(size.x(), size.y());
  const fs::path file = place_for(typed, proposed_folder(session), ".png", session);
  require_picture_place(file);
  if (!painter) painter.emplace();
  Drawing drawing = painter->paint(
      renderer, picture_view(size), state, shown.get(), session.tapes(),
      {.transparent = desk.transparent, .labels = desk.labels, .pixel_scale = picture_scale(size)});
  session.in_background([drawing = std::move(drawing), file] {
    write_drawing(drawing, file);
    return Notice{Notice::Kind::info, "The view is saved as " + file.string(), file};
  });
}

// By the key, as the window of pictures is set, into a new file.
void Studio::Parts::save_view_at_once() {
  const PictureKind kind = std::exchange(desk.kind, PictureKind::picture);
  try {
    save_view({});
  } catch (const std::exception& error) {
    session.tell(Notice::Kind::error, error_text(error));
  }
  desk.kind = kind;
}

FilmScene Studio::Parts::film_scene() const {
  FilmScene scene{.result = result, .frame = std::max(0, session.result_frame()), .state = state};
  scene.tapes = session.tapes();
  if (desk.plays_time && result->frames.size() > 1) {
    scene.pictures = [reader = std::make_shared<FrameReader>(*session.capture()), result = result,
                      cameras = cameras_of_views](int frame) {
      std::vector<Image> pictures;
      for (const int camera : cameras) {
        try {
          pictures.push_back(reader->thumbnail(std::size_t(camera), result->frames[std::size_t(frame)].number,
                                               kPictureOfFrame));
        } catch (const std::runtime_error&) {
          pictures.emplace_back();  // its camera is drawn without
        }
      }
      return pictures;
    };
    return scene;
  }
  std::vector<Image> pictures;
  for (const int camera : cameras_of_views)
    pictures.push_back(camera >= 0 && camera < int(session.pictures().size())
                           ? session.pictures()[std::size_t(camera)].thumbnail
                           : Image());
  scene.pictures = [pictures = std::move(pictures)](int) { return pictures; };
  return scene;
}

FilmPlan Studio::Parts::film_plan(const FilmScene& scene) const {
  const Eigen::Vector2i size = desk.pixels(scene_size);
  FilmPlan plan{.width = size.x(),
                .height = size.y(),
                .frames_per_second = desk.frames_per_second,
                .frames = film_frames(desk.film_seconds(), desk.frames_per_second),
                .plays_time = desk.plays_time && result->frames.size() > 1,
                .labels = desk.labels,
                .pixel_scale = picture_scale(size)};
  if (desk.kind == PictureKind::turntable) {
    plan.camera = turntable(scene, plan, camera.standpoint(scene_size).yaw);
  } else {
    plan.camera = [way = desk.way(), last = std::max(1, plan.frames - 1)](int frame) {
      return on_way(way, way_seconds(way) * float(frame) / float(last));
    };
  }
  return plan;
}

void Studio::Parts::begin_film(const std::string& typed) {
  if (!shown || session.result_frame() < 0)
    throw std::runtime_error("There is no result to film; reconstruct this frame first");
  const FilmScene scene = film_scene();
  FilmPlan plan = film_plan(scene);
  require_film(plan.width, plan.height, plan.frames);
  const fs::path file = place_for(typed, proposed_folder(session), ".mp4", session);
  recorder = std::make_unique<FilmRecorder>(scene, std::move(plan), file, [] { glfwPostEmptyEvent(); });
}

// Some pictures of the film that is being made.
void Studio::Parts::record() {
  if (!recorder) return;
  recorder->advance(kFilmBudget);
  const auto end = recorder->end();
  if (!end) return;
  const fs::path file = recorder->file();
  recorder.reset();
  if (!end->problem.empty()) return session.tell(Notice::Kind::error, end->problem);
  session.tell(Notice::Kind::info, "The film is saved as " + file.string());
  if (!end->note.empty()) session.tell(Notice::Kind::warning, end->note);
}

// What the picture or the film's first one will be, drawn while the view rests.
void Studio::Parts::draw_preview() {
  if (moving || ImGui::IsAnyMouseDown()) return;
  const Eigen::Vector2i pixels = desk.pixels(scene_size).cwiseMax(1);
  const float scale = theme::scale() * ImGui::GetIO().DisplayFramebufferScale.x;
  const Eigen::Vector2f room = scale * Eigen::Vector2f(kPreviewWidth, kPreviewHeight);
  const Eigen::Vector2f size = (pixels.cast<float>() * room.cwiseQuotient(pixels.cast<float>()).minCoeff())
                                   .array()
                                   .floor()
                                   .cwiseMax(1);
  ViewTransform view = camera.view(scene_size).fitted(size);
  if (desk.kind == PictureKind::turntable && shown && session.result_frame() >= 0) {
    const FilmScene scene{.result = result, .frame = session.result_frame(), .state = state};
    view = film_plan(scene).camera(0).view(size, renderer.bounds());
  }
  ViewState drawn = state;
  drawn.hovered = {};
  if (desk.is_film()) drawn.look_through = -1;
  const bool clear = desk.transparent && !desk.is_film();
  const PreviewOf of{drawn, view.ndc_from_world(), size, shown, session.pictures_revision(), clear};
  if (preview_of && *preview_of == of) return;
  if (!preview) preview.emplace();
  Backdrop backdrop = theme::colors().backdrop;
  backdrop.clear = clear;
  preview->render(view, backdrop, drawn.depth_shading, [&](const ViewTransform& transform) {
    renderer.draw(transform, drawn, scale * size.y() / scene_size.y());
  });
  preview_of = of;
}

void Studio::Parts::add_stop() {
  PictureDesk::Stop stop;
  stop.camera.standpoint = camera.standpoint(scene_size);
  const Eigen::Vector2f size(256, 144);
  Viewport small;
  ViewState drawn = state;
  drawn.look_through = -1;
  small.render(stop.camera.standpoint.view(size, renderer.bounds()), theme::colors().backdrop,
               state.depth_shading,
               [&](const ViewTransform& transform) { renderer.draw(transform, drawn, 0.5f); });
  small.copy_to(stop.preview);
  desk.stops.push_back(std::move(stop));
}

void Studio::Parts::picture_desk() {
  record();
  if (!desk.open || !session.capture()) return;
  draw_preview();
  PictureWindowNews news{.view_size = scene_size, .folder = proposed_folder(session)};
  if (result && result->frames.size() > 1 && result->frames.back().time > result->frames.front().time)
    news.seconds_of_frames = double(result->frames.size()) / frame_rate(*result);
  if (preview) news.preview = texture_id(preview->picture());
  if (recorder) {
    news.progress = float(recorder->fraction());
    news.film_pictures = recorder->pictures();
  }
  const PictureWishes wishes =
      picture_window(desk, news, scene_right - theme::px(12), scene_top + theme::px(60));
  if (wishes.cancel) recorder.reset();
  if (wishes.add_stop) add_stop();
  if (wishes.show_stop >= 0) {
    state.look_through = -1;
    camera.take(desk.stops[std::size_t(wishes.show_stop)].camera.standpoint);
  }
  if (!wishes.make) return;
  desk.problem.clear();
  try {
    desk.is_film() ? begin_film(desk.film_file) : save_view(desk.picture_file);
  } catch (const std::exception& error) {
    desk.problem = error_text(error);
  }
}

// From the top, the front or the side, with the chosen person or all people in view.
void Studio::Parts::look_from(Viewpoint from) {
  if (!shown) return;
  std::vector<Eigen::Vector3f> points;
  if (const auto box = renderer.person_bounds(state.selected.person)) {
    const Eigen::Vector3f margin = Eigen::Vector3f::Constant(0.3f);
    points = {box->min() - margin, box->max() + margin};
  } else {
    points = places_of_people(*shown, 0, state);
  }
  camera.take(camera_at(from, *shown, 0, points, scene_size).standpoint(scene_size));
  state.look_through = -1;
}

// Skeletons seen through the bodies, and back.
void Studio::Parts::toggle_x_ray() {
  if (state.look_through >= 0) {
    const ViewState usual;
    state.skeletons_through = !state.skeletons_through;
    state.body_opacity_through = state.skeletons_through ? usual.body_opacity_through : 1;
    return;
  }
  if (before_x_ray) {
    state.body_opacity = before_x_ray->body_opacity;
    state.skeletons = before_x_ray->skeletons;
    before_x_ray.reset();
    return;
  }
  before_x_ray = BeforeXRay{state.body_opacity, state.skeletons};
  state.body_opacity = 0.3f;
  state.skeletons = true;
}

}  // namespace ahap
