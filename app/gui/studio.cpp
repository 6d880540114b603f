#include "app/gui/studio.h"

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <stdexcept>

#include "app/gui/panels/panels.h"
#include "app/gui/picture.h"
#include "app/gui/scene_renderer.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "app/interrupt.h"
#include "reconstruction/formats/folder.h"
#include "renderer/graphics_driver.h"
#include "renderer/viewport.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kTopBar = 48;  // heights and widths of the layout, before scaling
constexpr float kSplitter = 4;
constexpr int kFramesAfterEvent = 3;  // Dear ImGui needs a few frames until hovering and layout have settled

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// GLFW tells why something failed through a callback only.
std::string& glfw_complaint() {
  static std::string text;
  return text;
}

// GLFW as long as a window lives.
struct Glfw {
  Glfw() {
    glfwSetErrorCallback([](int, const char* text) { glfw_complaint() = text; });
    keep_graphics_driver_apart();
    if (!glfwInit()) {
      throw std::runtime_error("No window can be opened (" + glfw_complaint() +
                               "); without a display use `ahap reconstruct --picture`.");
    }
  }
  ~Glfw() { glfwTerminate(); }
};

struct Window {
  GLFWwindow* handle = nullptr;

  // The key callback is installed before Dear ImGui's, which calls it.
  Window(int width, int height, GLFWkeyfun on_key) {
    glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
    glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
    glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
    glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
    glfwWindowHint(GLFW_DEPTH_BITS, 0);
    glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
    handle = glfwCreateWindow(width, height, "AHAP Studio", nullptr, nullptr);
    if (!handle) {
      throw std::runtime_error("The window cannot be opened: OpenGL 3.3 is needed (" + glfw_complaint() +
                               ").");
    }
    glfwSetWindowSizeLimits(handle, 800, 560, GLFW_DONT_CARE, GLFW_DONT_CARE);
    glfwMakeContextCurrent(handle);
    glfwSwapInterval(1);
    glfwSetKeyCallback(handle, on_key);
  }
  ~Window() { glfwDestroyWindow(handle); }
  Window(const Window&) = delete;
};

struct Gui {
  explicit Gui(GLFWwindow* window) {
    IMGUI_CHECKVERSION();
    ImGui::CreateContext();
    ImGui::GetIO().IniFilename = nullptr;
    ImGui::GetIO().ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
    ImGui_ImplGlfw_InitForOpenGL(window, true);
    ImGui_ImplOpenGL3_Init("#version 330 core");
  }
  ~Gui() {
    ImGui_ImplOpenGL3_Shutdown();
    ImGui_ImplGlfw_Shutdown();
    ImGui::DestroyContext();
  }
  Gui(const Gui&) = delete;
};

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

std::string time_stamp() {
  const std::time_t now = std::time(nullptr);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", std::localtime(&now));
  return text;
}

}  // namespace

struct Studio::Parts {
  explicit Parts(const StudioOptions& options);

  bool frame();
  void wait();

  static void on_drop(GLFWwindow* window, int count, const char** paths);
  static void on_key(GLFWwindow* window, int key, int scancode, int action, int modifiers);
  void apply_scale();
  void take_dropped();
  void take_result();
  void place_camera();
  void layout(Frame& frame);
  void top_bar(Frame& frame, float width);
  void keys(Frame& frame);
  void fly(float seconds);
  void apply_actions(const Frame& frame);
  void point_at(const std::optional<Eigen::Vector2f>& pixel);
  void look_through(int view);
  void frame_all();
  void frame_selection();
  void save_view();
  std::optional<Pick> pick(const Eigen::Vector2f& pixel, bool with_points);
  void draw_scene();
  void take_screenshot();
  bool fully_shown() const;

  StudioOptions options;
  Glfw glfw;
  Window window;
  Gui gui;
  Viewport viewport;
  SceneRenderer renderer;
  PictureStrip strip;
  OrbitCamera camera;
  Session session;
  ModelInstaller models;
  ViewState state;
  Inputs inputs;

  std::vector<std::filesystem::path> dropped;
  std::vector<int> pressed_keys;  // since the last frame
  std::shared_ptr<const Reconstruction> shown;
  std::uint64_t shown_capture = 0;
  bool camera_placed = false;                        // by a complete result of this capture
  std::optional<Eigen::Isometry3f> camera_proposed;  // by a partial one

  float left = 296, right = 340, bottom = 196;  // of the panels, before scaling
  bool bottom_chosen = false;                   // by a person; else it follows the pictures
  bool panels_hidden = false;
  bool help_open = false;
  bool models_open = false;
  Eigen::Vector2f scene_size{1, 1};  // pixels
  bool scene_hovered = false;        // the mouse is on the 3D view
  Highlight under_mouse;             // in the 3D view
  Eigen::Vector2f pointed_at{-1, -1};

  // What the picture of the 3D view was drawn for; drawn again only when one of them changes.
  std::optional<ViewState> drawn_state;
  Eigen::Matrix4f drawn_view = Eigen::Matrix4f::Zero();
  const Reconstruction* drawn_result = nullptr;
  Eigen::Vector2f drawn_size{0, 0};

  float content_scale = 0;
  int frames_to_draw = kFramesAfterEvent;
  bool moving = false;  // a transition or a flight is under way
  int frame_number = 0;
  int converged_frames = 0;
  Clock::time_point first_frame, last_frame = Clock::now();
  bool screenshot_taken = false;
  bool grab = false;  // the next frame is to be kept
  Image grabbed;
};

Studio::Parts::Parts(const StudioOptions& given)
    : options(given),
      window(given.width, given.height, on_key),
      gui(window.handle),
      strip(renderer),
      session(given.reconstruct, [] { glfwPostEmptyEvent(); }),
      models([] { glfwPostEmptyEvent(); }) {
  glfwSetWindowUserPointer(window.handle, this);
  glfwSetDropCallback(window.handle, on_drop);
  session.options = options.options;
}

// Only queues: the window system waits for this callback.
void Studio::Parts::on_drop(GLFWwindow* window, int count, const char** paths) {
  auto& parts = *static_cast<Parts*>(glfwGetWindowUserPointer(window));
  parts.dropped.insert(parts.dropped.end(), paths, paths + count);
}

// Dear ImGui 1.86 loses a key that goes down and up between two frames.
void Studio::Parts::on_key(GLFWwindow* window, int key, int, int action, int) {
  auto& parts = *static_cast<Parts*>(glfwGetWindowUserPointer(window));
  if (action == GLFW_PRESS) parts.pressed_keys.push_back(key);
}

void Studio::Parts::apply_scale() {
  float scale = options.scale;
  if (scale <= 0) {
    float unused;
    glfwGetWindowContentScale(window.handle, &scale, &unused);
    int width = 1, framebuffer_width = 1, height;
    glfwGetWindowSize(window.handle, &width, &height);
    glfwGetFramebufferSize(window.handle, &framebuffer_width, &height);
    scale = std::clamp(scale * float(std::max(1, width)) / float(std::max(1, framebuffer_width)), 1.0f, 4.0f);
  }
  if (scale == content_scale) return;
  content_scale = scale;
  theme::apply(scale);
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
    state.selected = state.hovered = under_mouse = {};
    state.look_through = -1;
    state.hidden_people.clear();
    inputs.export_folder.clear();
    camera = OrbitCamera();
    camera_placed = false;
    camera_proposed.reset();
    glfwSetWindowTitle(window.handle, (session.capture_name() + " \xE2\x80\x93 AHAP Studio").c_str());
  }
  if (session.result() == shown) return;
  shown = session.result();
  renderer.show(shown ? shown : std::make_shared<Reconstruction>());
  strip.reset();
  camera.set_scene(renderer.bounds());
  if (!shown) return;
  if (state.look_through >= int(shown->views.size())) look_through(-1);
  if (state.selected.detection >= int(shown->detections.size())) state.selected.detection = -1;
  state.hovered = under_mouse = {};
}

// Once, after the layout has made room for the result's panels; for what a run knows so far, too, which then
// gives way to the complete result unless somebody has moved since.
void Studio::Parts::place_camera() {
  if (camera_placed || !shown || (shown->partial && shown->people.empty())) return;
  const auto here = [&] { return camera.view(scene_size).camera_from_world; };
  camera_placed = !shown->partial;
  if (camera_proposed && !camera_proposed->isApprox(here())) return;
  camera = overview(*shown, renderer, scene_size);
  camera_proposed = here();
}

bool Studio::Parts::frame() {
  if (glfwWindowShouldClose(window.handle) || interrupted()) return false;
  const float seconds = std::min(0.1f, float(seconds_since(last_frame)));
  last_frame = Clock::now();

  session.update();
  models.update();
  take_dropped();
  apply_scale();
  int width = 0, height = 0;
  glfwGetFramebufferSize(window.handle, &width, &height);
  if (width == 0 || height == 0) return true;  // minimised

  ImGui_ImplOpenGL3_NewFrame();
  ImGui_ImplGlfw_NewFrame();
  ImGui::NewFrame();
  take_result();
  fly(seconds);
  moving = camera.advance(seconds) || moving;
  Frame frame{session,
              models,
              state,
              inputs,
              strip,
              camera,
              shown.get(),
              texture_id(viewport.picture()),
              shown && session.result_moment() == session.moment(),
              {},
              {}};
  layout(frame);
  place_camera();
  keys(frame);
  apply_actions(frame);
  help_overlay(&help_open);
  models_overlay(frame, &models_open);
  const Highlight hovered = frame.hovered == Highlight() ? under_mouse : frame.hovered;
  if (hovered != state.hovered) frames_to_draw = kFramesAfterEvent;
  state.hovered = hovered;
  draw_scene();

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
  const bool busy = moving || ImGui::IsAnyMouseDown() || frame_number < kFramesAfterEvent;
  if (busy || --frames_to_draw > 0) {
    glfwPollEvents();
    return;
  }
  const bool watching = session.run_state().active() || session.writing() || session.opening() ||
                        models.busy() || (!options.screenshot.empty() && !screenshot_taken) ||
                        ImGui::GetIO().WantTextInput;
  const double timeout = watching ? 0.1 : 1.0;
  const Clock::time_point start = Clock::now();
  glfwWaitEventsTimeout(timeout);
  if (seconds_since(start) < 0.9 * timeout) frames_to_draw = kFramesAfterEvent;
}

void Studio::Parts::top_bar(Frame& frame, float width) {
  ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::kWindow);
  ImGui::SetCursorScreenPos({0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(16), px(9)));
  ImGui::BeginChild("top bar", {width, px(kTopBar)}, false,
                    ImGuiWindowFlags_AlwaysUseWindowPadding | ImGuiWindowFlags_NoScrollbar);
  ImGui::AlignTextToFramePadding();
  ImGui::PushFont(theme::fonts().strong);
  ImGui::TextUnformatted("AHAP Studio");
  ImGui::PopFont();
  if (session.capture()) {
    ImGui::SameLine(0, px(16));
    ImGui::PushStyleColor(ImGuiCol_Text, theme::kFaint);
    ImGui::TextUnformatted("/");
    ImGui::PopStyleColor();
    ImGui::SameLine(0, px(16));
    widgets::shortened(session.capture_name(), width / 2, theme::kMuted);
    ImGui::SameLine(width - px(16 + 96));
    export_button(frame);
  }
  ImGui::SameLine(width - px(16 + 96 + (session.capture() ? 8 + 96 : 0)));
  if (ImGui::Button("Models", {px(96), px(30)})) frame.actions.show_models = true;
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

void Studio::Parts::layout(Frame& frame) {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos({0, 0});
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::Begin("studio", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoBringToFrontOnFocus | ImGuiWindowFlags_NoNav);
  ImGui::PopStyleVar();

  const bool panels = !panels_hidden;
  if (panels) top_bar(frame, size.x);
  const float top = panels ? px(kTopBar) : 0;

  struct {
    float left, width;
  } scene = {0, size.x};
  if (!session.capture()) {
    ImGui::SetCursorScreenPos({0, top});
    ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::kWindow);
    ImGui::BeginChild("empty window", {size.x, size.y - top});
    empty_panel(frame);
    ImGui::EndChild();
    ImGui::PopStyleColor();
  } else {
    const float split = px(kSplitter);
    const bool right_panel = panels && frame.result;
    const float left_width = panels ? px(left) : 0, right_width = right_panel ? px(right) : 0;
    const float view_x = panels ? left_width + split : 0;
    const float view_width = size.x - view_x - (right_panel ? right_width + split : 0);
    if (!bottom_chosen) {
      bottom = std::clamp(picture_panel_height(frame, view_width) / theme::scale(), 120.f, 196.f);
    }
    const float bottom_height = panels ? px(bottom) : 0;
    const float view_height = size.y - top - (panels ? bottom_height + split : 0);
    scene = {view_x, view_width};

    // The content keeps its width when a scroll bar appears in the padding.
    const auto child = [](const char* name, ImVec2 at, ImVec2 extent, ImVec2 padding, const auto& content) {
      ImGui::SetCursorScreenPos(at);
      ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padding);
      ImGui::SetNextWindowContentSize({extent.x - 2 * padding.x, 0});
      ImGui::BeginChild(name, extent, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
      ImGui::SetScrollX(0);
      ImGui::PopStyleVar();
      content();
      ImGui::EndChild();
    };
    const ImVec2 padding(px(16), px(16));
    if (panels) {
      child("capture", {0, top}, {left_width, size.y - top}, padding, [&] { capture_panel(frame); });
      widgets::splitter("left edge", {left_width, top}, {split, size.y - top}, &left, 1, 240, 480);
      child("strip", {view_x, top + view_height + split}, {view_width, bottom_height},
            {px(kPicturePadding), px(kPicturePadding)}, [&] { picture_panel(frame); });
      const float before = bottom;
      widgets::splitter("bottom edge", {view_x, top + view_height}, {view_width, split}, &bottom, -1, 120,
                        420);
      bottom_chosen = bottom_chosen || bottom != before;
    }
    if (right_panel) {
      child("result", {size.x - right_width, top}, {right_width, size.y - top}, padding, [&] {
        people_panel(frame);
        ImGui::Dummy({0, px(12)});
        association_panel(frame);
        ImGui::Dummy({0, px(12)});
        timing_panel(frame);
      });
      widgets::splitter("right edge", {size.x - right_width - split, top}, {split, size.y - top}, &right, -1,
                        280, 560);
    }
    scene_size = Eigen::Vector2f(std::floor(view_width), std::floor(view_height)) *
                 ImGui::GetIO().DisplayFramebufferScale.x;
    child("view", {view_x, top}, {view_width, view_height}, {0, 0}, [&] { view_panel(frame); });
  }
  ImGui::End();

  if (session.notices().empty()) return;
  const float width = std::min(px(640), scene.width - px(24));
  ImGui::SetNextWindowPos({scene.left + (scene.width - width) / 2, top + px(64)});
  ImGui::SetNextWindowSize({width, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::Begin("notices", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoBackground | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing |
                   ImGuiWindowFlags_NoNav);
  notices_panel(frame, width);
  ImGui::End();
  ImGui::PopStyleVar();
}

void Studio::Parts::keys(Frame& frame) {
  const ImGuiIO& io = ImGui::GetIO();
  const std::vector<int> keys = std::exchange(pressed_keys, {});
  const auto pressed = [&](int key) { return std::find(keys.begin(), keys.end(), key) != keys.end(); };
  const auto any_popup = ImGuiPopupFlags_AnyPopupId | ImGuiPopupFlags_AnyPopupLevel;
  if (io.WantTextInput || ImGui::IsPopupOpen(nullptr, any_popup)) {
    if (pressed(GLFW_KEY_ESCAPE) || pressed(GLFW_KEY_F1)) help_open = models_open = false;
    return;
  }
  if (pressed(GLFW_KEY_F1) || (io.KeyShift && pressed(GLFW_KEY_SLASH))) frame.actions.toggle_help = true;
  if (!session.capture()) return;
  if (pressed(GLFW_KEY_TAB)) panels_hidden = !panels_hidden;
  if (pressed(GLFW_KEY_F12)) frame.actions.screenshot = true;
  if (pressed(GLFW_KEY_HOME) || (io.KeyShift && pressed(GLFW_KEY_F))) {
    frame.actions.frame_all = true;
  } else if (pressed(GLFW_KEY_F)) {
    frame.actions.frame_selection = true;
  }
  if (io.KeyCtrl && pressed(GLFW_KEY_R)) session.run_state().active() ? session.stop() : session.run();
  if (pressed(GLFW_KEY_LEFT)) session.choose_moment(session.moment() - (io.KeyShift ? 10 : 1));
  if (pressed(GLFW_KEY_RIGHT)) session.choose_moment(session.moment() + (io.KeyShift ? 10 : 1));
  if (!frame.result) return;

  const int views = int(frame.result->views.size());
  if (views > 0 && pressed(GLFW_KEY_LEFT_BRACKET)) {
    frame.actions.look_through = (std::max(0, state.look_through) + views - 1) % views;
  }
  if (views > 0 && pressed(GLFW_KEY_RIGHT_BRACKET))
    frame.actions.look_through = (state.look_through + 1) % views;
  if (pressed(GLFW_KEY_ESCAPE)) {
    if (state.look_through >= 0) {
      frame.actions.look_through = -1;
    } else {
      state.selected = {};
    }
  }
  for (int id = 1; id <= 9; ++id) {
    if (pressed(GLFW_KEY_0 + id) && find_person(*frame.result, id)) select_person(frame, id);
  }
  if (pressed(GLFW_KEY_H) && state.selected.person > 0) {
    if (!state.hidden_people.erase(state.selected.person)) state.hidden_people.insert(state.selected.person);
  }
  if (pressed(GLFW_KEY_KP_1)) camera.turn_to(0, 0);
  if (pressed(GLFW_KEY_KP_3)) camera.turn_to(float(EIGEN_PI) / 2, 0);
  if (pressed(GLFW_KEY_KP_7)) camera.turn_to(0, float(EIGEN_PI) / 2);
}

// W A S D, Q and E are places on the keyboard here, not letters: GLFW names keys by their place.
void Studio::Parts::fly(float seconds) {
  moving = false;
  const ImGuiIO& io = ImGui::GetIO();
  if (!scene_hovered || io.WantTextInput || io.KeyCtrl) return;
  const auto down = [&](int key) { return glfwGetKey(window.handle, key) == GLFW_PRESS ? 1.0f : 0.0f; };
  Eigen::Vector3f direction(down(GLFW_KEY_D) - down(GLFW_KEY_A), down(GLFW_KEY_Q) - down(GLFW_KEY_E),
                            down(GLFW_KEY_W) - down(GLFW_KEY_S));
  if (direction.isZero()) return;
  const float speed = io.KeyShift ? 3.0f : io.KeyAlt ? 0.3f : 1.0f;
  camera.fly(speed * direction.normalized(), seconds);
  state.look_through = -1;
  moving = true;
}

std::optional<Pick> Studio::Parts::pick(const Eigen::Vector2f& pixel, bool with_points) {
  return viewport.pick(camera.view(scene_size), pixel, [&](const ViewTransform& view) {
    renderer.draw_ids(view, state, theme::scale(), with_points);
  });
}

void Studio::Parts::point_at(const std::optional<Eigen::Vector2f>& pixel) {
  scene_hovered = pixel.has_value();
  if (!pixel || !shown) {
    under_mouse = {};
    return;
  }
  if (*pixel == pointed_at && !moving) return;
  pointed_at = *pixel;
  under_mouse = {};
  const auto hit = pick(*pixel, false);
  if (!hit) return;
  const Picked picked = Picked::from_id(hit->id);
  if (picked.kind == Picked::Kind::person) under_mouse.person = picked.index;
  if (picked.kind == Picked::Kind::view) under_mouse.view = picked.index;
}

void Studio::Parts::look_through(int view) {
  if (view < 0 || !shown || !shown->views[view].camera_estimated) {
    camera.leave();
    state.look_through = -1;
    return;
  }
  camera.look_through(shown->views[view].camera);
  state.look_through = view;
  state.selected.view = view;
}

void Studio::Parts::frame_all() {
  camera.fit(renderer.stage(), scene_size);
  state.look_through = -1;
}

void Studio::Parts::frame_selection() {
  auto box = renderer.person_bounds(state.selected.person);
  if (!box) {
    frame_all();
    return;
  }
  const Eigen::Vector3f margin = Eigen::Vector3f::Constant(0.3f);
  camera.fit(std::array<Eigen::Vector3f, 2>{box->min() - margin, box->max() + margin}, scene_size);
  state.look_through = -1;
}

// What the panels asked for during this frame.
void Studio::Parts::apply_actions(const Frame& frame) {
  if (state.look_through >= 0 && !camera.looking_through()) state.look_through = -1;  // orbited out of it
  const ViewerActions& actions = frame.actions;
  point_at(actions.point_at);
  if (actions.toggle_help) help_open = !help_open;
  if (actions.show_models) models_open = true;
  if (actions.choose_at && shown) {
    const auto hit = pick(*actions.choose_at, false);
    const Picked picked = hit ? Picked::from_id(hit->id) : Picked();
    state.selected = {};
    if (picked.kind == Picked::Kind::person) state.selected.person = picked.index;
    if (picked.kind == Picked::Kind::view) state.selected.view = picked.index;
  }
  if (actions.pivot_at && shown) {
    const auto hit = pick(*actions.pivot_at, true);
    if (hit && Picked::from_id(hit->id).kind == Picked::Kind::view) {
      look_through(Picked::from_id(hit->id).index);
    } else if (hit) {
      camera.focus(hit->point);
    } else {
      frame_all();
    }
  }
  if (actions.frame_all) frame_all();
  if (actions.frame_selection) frame_selection();
  if (actions.look_through) look_through(*actions.look_through);
  if (actions.screenshot) save_view();
}

void Studio::Parts::draw_scene() {
  const ViewTransform view = camera.view(scene_size);
  const Eigen::Matrix4f ndc_from_world = view.ndc_from_world();
  if (drawn_state == state && drawn_view == ndc_from_world && drawn_result == shown.get() &&
      drawn_size == scene_size) {
    return;
  }
  viewport.render(view, theme::kBackdrop, state.depth_shading, [&](const ViewTransform& transform) {
    renderer.draw(transform, state, theme::scale() * ImGui::GetIO().DisplayFramebufferScale.x,
                  camera.transition());
  });
  drawn_state = state;
  drawn_view = ndc_from_world;
  drawn_result = shown.get();
  drawn_size = scene_size;
}

// The 3D view alone, at twice its size on the screen.
void Studio::Parts::save_view() {
  const Eigen::Vector2f size = 2 * scene_size;
  Viewport large;
  large.render(camera.view(size), theme::kBackdrop, state.depth_shading, [&](const ViewTransform& transform) {
    renderer.draw(transform, state, 2 * theme::scale() * ImGui::GetIO().DisplayFramebufferScale.x);
  });
  const std::filesystem::path name =
      std::filesystem::path(proposed_folder(session)) / ("view-" + time_stamp());
  session.in_background([image = large.read(), name] {
    create_folder(name.parent_path());
    std::filesystem::path file = name.string() + ".png";
    for (int number = 2; std::filesystem::exists(file); ++number) {
      file = name.string() + "-" + std::to_string(number) + ".png";
    }
    write_drawing(image, file);
    return "The view is saved as " + file.string();
  });
}

// Everything that is under way has arrived on the screen.
bool Studio::Parts::fully_shown() const {
  if (session.opening() || session.run_state().active() || session.writing()) return false;
  if (models.busy() || (models_open && !models.looked())) return false;
  if (!options.inputs.empty() && frame_number < 3) return false;
  for (const CameraPicture& picture : session.pictures()) {
    if (picture.revision == 0) return false;
  }
  return shown == session.result();
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
