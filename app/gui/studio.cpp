#include "app/gui/studio.h"

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>

#include <algorithm>
#include <stdexcept>

#include "app/gui/panels/methods_window.h"
#include "app/gui/shown_frame.h"
#include "app/gui/studio_parts.h"
#include "app/gui/theme.h"
#include "app/interrupt.h"
#include "reconstruction/body/moved_world.h"
#include "reconstruction/body/scaled_world.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {

namespace {

using Clock = std::chrono::steady_clock;

// Seconds: drawing the 3D view at full detail is smooth up to the first, and it has come to rest after the
// second.
constexpr double kSmoothDrawing = 1.0 / 40, kRest = 0.15;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// The back buffer, top row first.
Image read_window(int width, int height) {
  Image bottom_up(width, height), image(width, height);
  glBindFramebuffer(GL_FRAMEBUFFER, 0);
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, bottom_up.rgb.data());
  glPixelStorei(GL_PACK_ALIGNMENT, 4);
  for (int y = 0; y < height; ++y) {
    std::copy_n(bottom_up.pixel(0, height - 1 - y), std::size_t(width) * 3, image.pixel(0, y));
  }
  return image;
}

// Arrows and space move the time line; in a window without any, and in menus, they move between controls.
void navigate_by_keys(bool on) {
  int& flags = ImGui::GetIO().ConfigFlags;
  flags = on ? flags | ImGuiConfigFlags_NavEnableKeyboard : flags & ~ImGuiConfigFlags_NavEnableKeyboard;
}

// GLFW names keys by their place on an American keyboard; a letter means what is printed on the key.
int printed_letter(int key, int scancode) {
  const char* name = glfwGetKeyName(key, scancode);
  const bool letter = name && name[0] >= 'a' && name[0] <= 'z' && name[1] == 0;
  return letter ? GLFW_KEY_A + (name[0] - 'a') : key;
}

bool menu_open() {
  return ImGui::IsPopupOpen(nullptr, ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel);
}

// A remembered model; the program's choice where it is there no more.
std::string usable_model(const std::string& name) {
  try {
    find_model(name);
    return name;
  } catch (const std::exception&) {
    return {};
  }
}

}  // namespace

Studio::Parts::Parts(const StudioOptions& given)
    : options(given),
      remembered(read_window_settings(given.state_folder)),
      window(given.width > 0 ? given.width : remembered.width,
             given.height > 0 ? given.height : remembered.height, on_key, on_button, on_cursor),
      gui(window.handle),
      strip(renderer),
      session(given.reconstruct, given.reconstruct_range, [] { glfwPostEmptyEvent(); }),
      models([] { glfwPostEmptyEvent(); }),
      start(given.state_folder, [] { glfwPostEmptyEvent(); }),
      autosave(given.state_folder),
      forecast(given.state_folder),
      dialog([] { glfwPostEmptyEvent(); }) {
  glfwSetWindowUserPointer(window.handle, this);
  glfwSetDropCallback(window.handle, on_drop);
  session.options = options.options;
  take_settings();
}

void Studio::Parts::take_settings() {
  left = remembered.left, right = remembered.right;
  panels_hidden = remembered.panels_hidden;
  light = remembered.light;
  text_scale = remembered.text_scale;
  state = remembered.view;
  inputs.export_selection = remembered.exports;
  if (session.options.load.model.empty()) session.options.load.model = usable_model(remembered.model);
  if (remembered.maximized && options.width == 0) glfwMaximizeWindow(window.handle);
}

WindowSettings Studio::Parts::settings() const {
  WindowSettings settings = {.maximized = glfwGetWindowAttrib(window.handle, GLFW_MAXIMIZED) == GLFW_TRUE,
                             .left = left,
                             .right = right,
                             .panels_hidden = panels_hidden,
                             .light = light,
                             .text_scale = text_scale,
                             .model = session.options.load.model,
                             .view = state,
                             .exports = inputs.export_selection};
  if (settings.maximized) {
    settings.width = remembered.width, settings.height = remembered.height;
  } else {
    glfwGetWindowSize(window.handle, &settings.width, &settings.height);
  }
  if (before_x_ray) {
    settings.view.body_opacity = before_x_ray->body_opacity;
    settings.view.skeletons = before_x_ray->skeletons;
  }
  return settings;
}

// Only queues: the window system waits for this callback.
void Studio::Parts::on_drop(GLFWwindow* window, int count, const char** paths) {
  auto& parts = *static_cast<Parts*>(glfwGetWindowUserPointer(window));
  parts.dropped.insert(parts.dropped.end(), paths, paths + count);
}

// Dear ImGui 1.86 loses a key that goes down and up between two frames. Held arrows go on through the frames.
void Studio::Parts::on_key(GLFWwindow* window, int key, int scancode, int action, int modifiers) {
  auto& parts = *static_cast<Parts*>(glfwGetWindowUserPointer(window));
  constexpr int kHeld = GLFW_MOD_SHIFT | GLFW_MOD_CONTROL | GLFW_MOD_ALT | GLFW_MOD_SUPER;
  const bool repeats = action == GLFW_REPEAT && key >= GLFW_KEY_RIGHT && key <= GLFW_KEY_UP;
  if (action != GLFW_PRESS && !repeats) return;
  parts.pressed_keys.push_back({printed_letter(key, scancode), modifiers & kHeld});
}

void Studio::Parts::on_button(GLFWwindow* window, int button, int action, int) {
  if (button != GLFW_MOUSE_BUTTON_LEFT) return;
  auto& parts = *static_cast<Parts*>(glfwGetWindowUserPointer(window));
  const bool let_go = std::exchange(parts.left_is_up, action == GLFW_RELEASE);
  if (action != GLFW_PRESS) return;
  // Where the events have put the cursor, and where it is by now: one lags behind when the program moves it,
  // the other has gone on when frames are slow.
  Eigen::Vector4d cursor;
  cursor.head<2>() = parts.cursor;
  glfwGetCursorPos(window, &cursor[2], &cursor[3]);
  const double now = glfwGetTime();
  parts.double_clicked = let_go && now - parts.last_press < kDoubleClick &&
                         (cursor - parts.last_press_at).norm() < kDoubleClickReach;
  parts.last_press = parts.double_clicked ? -1 : now;
  parts.last_press_at = cursor;
}

void Studio::Parts::on_cursor(GLFWwindow* window, double x, double y) {
  static_cast<Parts*>(glfwGetWindowUserPointer(window))->cursor = {x, y};
}

// Dear ImGui 1.86 takes two clicks between two frames for one; where drawing is slow, that is every double
// click.
void Studio::Parts::take_double_click() {
  const bool twice = std::exchange(double_clicked, false);
#if IMGUI_VERSION_NUM < 18700
  ImGuiIO& io = ImGui::GetIO();
  if (!twice || !io.MouseClicked[0]) return;
  io.MouseClickedCount[0] = 2;
  io.MouseDoubleClicked[0] = true;
#else
  (void)twice;
#endif
}

// Of names that are shown, whoever chose them.
void Studio::Parts::collect_letters() {
  const auto take = [&](std::string_view text) { theme::collect_letters(text, letters); };
  take(work_name());
  take(inputs.path);
  take(inputs.name);
  take(inputs.export_folder);
  take(dialog.texts());
  for (const Notice& notice : session.notices()) take(notice.text);
  for (const StartScreen::Offer& offer : start.recents()) take(offer.name);
  if (session.capture())
    for (const CaptureCamera& camera : session.capture()->cameras) take(camera.name);
  for (const MethodRun& run : session.compared_methods().runs) take(run.method + run.problem);
  if (!result) return;
  for (const ReconstructedView& view : result->views) take(view.name);
  for (const Person& person : result->people) take(person.name);
}

void Studio::Parts::apply_theme() {
  float scale = options.scale;
  if (scale <= 0) {
    float unused;
    glfwGetWindowContentScale(window.handle, &scale, &unused);
    int width = 1, framebuffer_width = 1, height;
    glfwGetWindowSize(window.handle, &width, &height);
    glfwGetFramebufferSize(window.handle, &framebuffer_width, &height);
    scale = std::clamp(scale * float(std::max(1, width)) / float(std::max(1, framebuffer_width)), 1.0f, 4.0f);
  }
  collect_letters();
  const float wanted = scale * text_scale;
  const theme::Shade shade = light ? theme::Shade::light : theme::Shade::dark;
  const theme::Applied now = theme::applied();
  if (theme_applied && now.scale == wanted && now.shade == shade && now.letters == letters) return;
  theme_applied = true;
  theme::apply(wanted, shade, letters);
  drawn_state.reset();
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
}

void Studio::Parts::take_dropped() {
  if (frame_number == 1 && dropped.empty()) dropped = options.inputs;
  if (dropped.empty()) return;
  std::vector<std::filesystem::path> inputs = std::exchange(dropped, {});
  const auto parts = std::stable_partition(
      inputs.begin(), inputs.end(), [](const auto& path) { return !is_named_like_a_model_file(path); });
  if (parts != inputs.end()) {
    models.take(std::vector<std::filesystem::path>(parts, inputs.end()));
    models_open = true;
    inputs.erase(parts, inputs.end());
  }
  session.open(std::move(inputs));
}

void Studio::Parts::take_result() {
  if (session.capture_number() != shown_capture) {
    shown_capture = session.capture_number();
    playback.stop();
    state.selected = state.hovered = under_mouse = {};
    state.look_through = state.photo = -1;
    inputs.export_folder.clear();
    desk.stops.clear();
    tape = {};
    camera = OrbitCamera();
    camera_placed = false;
    camera_proposed.reset();
    take_project();
  }
  state.hidden_people = session.hidden_people();
  if (session.result() == result && session.frame() == shown_number) return take_opened_look();
  std::optional<double> factor;
  bool elsewhere = false, other_method = false;
  if (session.result() != result) {
    const int from = session.method_of(result.get()), to = session.method_of(session.result().get());
    other_method = from >= 0 && to >= 0 && from != to;
    if (result && session.result() && camera_placed && !other_method) {
      factor = scale_between(*result, *session.result());
      elsewhere = is_moved(*result, *session.result());
    }
    take_tracks();
  }
  if (session.frame() != shown_number) state.selected.detection = -1;
  shown_number = session.frame();
  const int index = session.result_frame();
  shown = !result ? nullptr : index < 0 ? shown_place(*result, shown_number) : shown_frame(result, index);
  shown ? renderer.show(shown, 0) : renderer.show_nothing();
  renderer.show_motion(result, index);
  strip.reset(cameras_of_views);
  camera.set_scene(renderer.bounds());
  if (factor && shown) follow_scale(*factor);
  if (elsewhere && shown) {
    const int through = state.look_through;
    through < 0 ? frame_all() : look_through(through);
    camera.finish_transition();
  }
  take_opened_look();
  if (!shown) return;
  if (state.look_through >= int(shown->views.size())) look_through(-1);
  if (state.photo >= int(shown->views.size())) state.photo = -1;
  if (state.look_through >= 0 && (other_method || result->views[state.look_through].cameras.size() > 1)) {
    look_through(state.look_through);
    camera.finish_transition();
  }
  if (state.selected.detection >= int(shown->frames[0].detections.size())) state.selected.detection = -1;
  state.hovered = under_mouse = {};
}

// Another result, or more of the one that is being made.
void Studio::Parts::take_tracks() {
  result = session.result();
  tracks = result ? person_tracks(*result) : std::vector<PersonTrack>();
  cameras_of_views = result ? ahap::cameras_of_views(*session.capture(), *result) : std::vector<int>();
}

RunKind Studio::Parts::kind_of_run() const {
  const Options& chosen = session.options;
  const char* device = chosen.load.device == Device::cpu    ? "cpu"
                       : chosen.load.device == Device::cuda ? "cuda"
                                                            : "automatic";
  return {chosen.load.model, device, chosen.refine, int(session.capture()->cameras.size())};
}

// Learns how long runs on one frame take.
void Studio::Parts::follow_run() {
  const Job::State run = session.run_state();
  const std::optional<FrameRange> range = session.running();
  if (run.active()) {
    if (!running_kind && range && range->count() == 1 && session.capture()) running_kind = kind_of_run();
    return;
  }
  const std::optional<RunKind> kind = std::exchange(running_kind, std::nullopt);
  if (!kind || run.phase != Job::Phase::done) return;
  try {
    forecast.learn(*kind, run.stages);
  } catch (const std::exception&) {
    // A forecast that cannot be kept is no reason to disturb anybody.
  }
}

// Once, after the layout has made room for the result's panels; for what a run knows so far, too, which then
// gives way to the complete result unless somebody has moved since.
void Studio::Parts::place_camera() {
  if (camera_placed || !shown || (shown->partial && shown->people.empty())) return;
  const auto here = [&] { return camera.view(scene_size).camera_from_world; };
  camera_placed = !shown->partial;
  if (camera_proposed && !camera_proposed->isApprox(here())) return;
  camera = overview(*shown, 0, renderer, scene_size);
  camera_proposed = here();
  state.camera_size = fitting_camera_size(*shown, 0);
}

FrameRange Studio::Parts::played_range() const {
  return session.range().value_or(FrameRange{.last = std::max(0, session.frame_count() - 1)});
}

void Studio::Parts::play() {
  if (!playback.playing()) return;
  const int due = session.reconstructed_before(playback.due(played_range(), Playback::Clock::now()));
  playback.playing() ? session.play_to(due) : session.choose_frame(due);  // at the end
}

bool Studio::Parts::frame() {
  if (interrupted()) return false;
  if (closes()) return false;
  const float seconds = std::min(0.1f, float(seconds_since(last_frame)));
  last_frame = Clock::now();

  session.update();
  follow_run();
  models.update();
  update_project();
  take_dropped();
  play();
  apply_theme();
  int width = 0, height = 0;
  glfwGetFramebufferSize(window.handle, &width, &height);
  if (width == 0 || height == 0) return true;  // minimised

  navigate_by_keys(!palette.open && (session.frame_count() <= 1 || menu_open()));
  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
  take_double_click();
  take_result();
  update_title();
  strip.update(session);
  fly(seconds);
  moving = camera.advance(seconds) || moving;
  Frame frame{session,
              models,
              state,
              inputs,
              tape,
              methods,
              start,
              strip,
              camera,
              playback,
              shown.get(),
              session.result_frame() >= 0,
              tracks,
              cameras_of_views,
              texture_id(viewport.picture()),
              running_kind ? forecast.seconds_left(*running_kind, session.run_state().stages) : std::nullopt,
              session.capture() ? forecast.seconds(kind_of_run()) : std::nullopt,
              {},
              {}};
  layout(frame);
  place_camera();
  if (frame_number == 0 && std::filesystem::exists(options.keys_file)) read_keys_file(frame);
  keys(frame);
  find_action(frame);
  apply_actions(frame);
  if (help.open) help_overlay(help, actions(frame));
  if (methods.open && session.capture())
    methods_window(frame, scene_right - scene_size.x() / ImGui::GetIO().DisplayFramebufferScale.x,
                   scene_right);
  models_overlay(frame, &models_open);
  project_dialog();
  question.draw(session);
  picture_desk();
  if (closing_question()) return false;
  const Highlight hovered = frame.hovered == Highlight() ? under_mouse : frame.hovered;
  if (hovered != state.hovered) frames_to_draw = kFramesAfterEvent;
  state.hovered = hovered;
  draw_scene();
  keep_safe();

  ImGui::Render();
  glViewport(0, 0, width, height);
  glDisable(GL_SCISSOR_TEST);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  if (frame_number == 0) first_frame = Clock::now();
  ++frame_number;
  take_screenshot();
  glfwSwapBuffers(window.handle);
  return !(screenshot_taken && options.exit_after_screenshot);
}

void Studio::Parts::wait() {
  if (playback.playing()) {
    glfwWaitEventsTimeout(std::clamp(playback.next_in(Playback::Clock::now()), 0.001, 0.05));
    return;
  }
  const bool busy = moving || (recorder && recorder->wants_time()) || ImGui::IsAnyMouseDown() ||
                    frame_number < kFramesAfterEvent;
  if (busy || --frames_to_draw > 0) {
    glfwPollEvents();
    return;
  }
  const bool watching = session.run_state().active() || session.writing() || session.opening() ||
                        session.saving() || models.busy() ||
                        (!options.screenshot.empty() && !screenshot_taken) || ImGui::GetIO().WantTextInput ||
                        drawn_coarse;
  const double timeout = watching ? 0.1 : 1.0;
  const Clock::time_point start = Clock::now();
  glfwWaitEventsTimeout(timeout);
  if (seconds_since(start) < 0.9 * timeout) frames_to_draw = kFramesAfterEvent;
}

// While the view moves on a machine that is slow to draw all of it, a coarse picture stands in; the full one
// follows when the view has come to rest.
void Studio::Parts::draw_scene() {
  const Eigen::Matrix4f ndc_from_world = camera.view(scene_size).ndc_from_world();
  const bool moved = drawn_view != ndc_from_world;
  const bool same = !moved && drawn_state == state && drawn_result == shown &&
                    drawn_pictures == session.pictures_revision() && drawn_size == scene_size;
  if (same && (!drawn_coarse || seconds_since(drawn_at) < kRest)) return;
  const bool coarse = moved && full_drawing_seconds > kSmoothDrawing;
  const Clock::time_point start = Clock::now();
  draw_view(viewport, renderer, camera, scene_size, state,
            theme::scale() * ImGui::GetIO().DisplayFramebufferScale.x,
            coarse ? SceneRenderer::Detail::coarse : SceneRenderer::Detail::full, camera.transition());
  // Only with the points, which are kept where nothing but a highlight has changed.
  if (!coarse && (moved || drawn_coarse || drawn_result != shown)) {
    glFinish();
    full_drawing_seconds = seconds_since(start);
  }
  drawn_coarse = coarse;
  drawn_at = Clock::now();
  drawn_state = state;
  drawn_view = ndc_from_world;
  drawn_result = shown;
  drawn_pictures = session.pictures_revision();
  drawn_size = scene_size;
}

// Everything that is under way has arrived on the screen.
bool Studio::Parts::fully_shown() const {
  if (session.question()) return true;
  if (session.opening() || session.run_state().active() || session.writing() || session.saving())
    return false;
  if (!start.looked() || dialog.looking() || recorder) return false;
  if (models.busy() || (models_open && !models.looked())) return false;
  if (!options.inputs.empty() && frame_number < 3) return false;
  if (session.capture() && !session.pictures_are_here()) return false;
  return !drawn_coarse && result == session.result() && shown_number == session.frame();
}

void Studio::Parts::take_screenshot() {
  int width = 0, height = 0;
  glfwGetFramebufferSize(window.handle, &width, &height);
  if (std::exchange(grab, false)) grabbed = read_window(width, height);
  if (options.screenshot.empty() || screenshot_taken) return;
  if (options.screenshot_after >= 0) {
    if (seconds_since(first_frame) < options.screenshot_after) return;
  } else {
    converged_frames = fully_shown() && !moving ? converged_frames + 1 : 0;
    if (converged_frames < 2 * kFramesAfterEvent) return;
  }
  write_drawing(read_window(width, height), options.screenshot);
  screenshot_taken = true;
}

Studio::Studio(const StudioOptions& options) : parts_(std::make_unique<Parts>(options)) {}
Studio::~Studio() = default;
bool Studio::frame() {
  return parts_->frame();
}
void Studio::wait() {
  parts_->wait();
}
GLFWwindow* Studio::window() const {
  return parts_->window.handle;
}
Session& Studio::session() {
  return parts_->session;
}
ModelInstaller& Studio::models() {
  return parts_->models;
}

PictureDesk& Studio::pictures() {
  return parts_->desk;
}

Image Studio::picture() {
  parts_->grab = true;
  parts_->frame();
  return std::move(parts_->grabbed);
}

int run_studio(const StudioOptions& options) {
  Studio studio(options);
  const InterruptWake wake(glfwPostEmptyEvent);
  while (studio.frame()) studio.wait();
  if (interrupted()) throw Cancelled();
  return 0;
}

}  // namespace ahap
