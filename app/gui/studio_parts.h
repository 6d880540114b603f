#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "app/gui/actions.h"
#include "app/gui/autosave.h"
#include "app/gui/file_dialog.h"
#include "app/gui/film_recorder.h"
#include "app/gui/method_desk.h"
#include "app/gui/panels/help_overlay.h"
#include "app/gui/panels/palette.h"
#include "app/gui/panels/panels.h"
#include "app/gui/panels/question_overlay.h"
#include "app/gui/picture.h"
#include "app/gui/picture_desk.h"
#include "app/gui/run_forecast.h"
#include "app/gui/scene_renderer.h"
#include "app/gui/scene_view.h"
#include "app/gui/start_screen.h"
#include "app/gui/studio.h"
#include "app/gui/studio_window.h"
#include "app/gui/theme.h"
#include "app/gui/window_settings.h"
#include "renderer/viewport.h"

namespace ahap {

constexpr int kFramesAfterEvent = 4;  // Dear ImGui needs a few frames until hovering and layout have settled

struct Studio::Parts {
  explicit Parts(const StudioOptions& options);
  ~Parts();

  bool frame();
  void wait();

  static void on_drop(GLFWwindow* window, int count, const char** paths);
  static void on_key(GLFWwindow* window, int key, int scancode, int action, int modifiers);
  static void on_button(GLFWwindow* window, int button, int action, int modifiers);
  static void on_cursor(GLFWwindow* window, double x, double y);
  void take_double_click();
  void collect_letters();
  void apply_theme();
  void take_settings();
  WindowSettings settings() const;
  void take_dropped();
  void play();
  void toggle_playing();
  void toggle_methods();
  void compare_methods(const Frame& frame);
  FrameRange played_range() const;
  void take_result();
  RunKind kind_of_run() const;
  void follow_run();
  void take_tracks();
  void place_camera();
  void layout(Frame& frame);
  float capture_layout(Frame& frame, float top);
  void way_back(ImVec2 window);
  void top_bar(Frame& frame, float width);
  void project_buttons(Frame& frame, float x);
  void history_buttons(float x);
  // studio_actions.cpp
  void file_actions(Frame& frame, std::vector<Action>& all);
  void view_actions(Frame& frame, std::vector<Action>& all);
  void people_actions(Frame& frame, std::vector<Action>& all);
  void time_actions(Frame& frame, std::vector<Action>& all);
  void window_actions(Frame& frame, std::vector<Action>& all);
  void method_actions(Frame& frame, std::vector<Action>& all);
  std::vector<Action> first_actions(Frame& frame);  // with the keys that the program begins with
  std::vector<Action> actions(Frame& frame);
  std::vector<Action> palette_actions(Frame& frame);
  bool read_keys_file(Frame& frame);
  void write_keys_file(Frame& frame);
  void keys(Frame& frame);
  void take_key(Frame& frame, const KeyPress& press);
  bool take_digit(Frame& frame, const KeyPress& press);
  void escape(Frame& frame);
  void find_action(Frame& frame);
  void lock_selected(Frame& frame);
  void leave_selected_out(Frame& frame);
  void remove_selected(Frame& frame);
  void fly(float seconds);
  void apply_actions(const Frame& frame);
  void point_at(const std::optional<Eigen::Vector2f>& pixel);
  void look_through(int view);
  void frame_all();
  void frame_selection();
  // studio_picture.cpp
  ViewTransform picture_view(const Eigen::Vector2i& size) const;
  float picture_scale(const Eigen::Vector2i& size) const;
  void save_view(const std::string& typed);
  void save_view_at_once();
  FilmScene film_scene() const;
  FilmPlan film_plan(const FilmScene& scene) const;
  void begin_film(const std::string& typed);
  void record();
  void draw_preview();
  void add_stop();
  void picture_desk();
  void look_from(Viewpoint from);
  void toggle_x_ray();
  // studio_project.cpp
  Look look() const;
  Image thumbnail();
  void take_opened_look();
  std::string work_name() const;
  void update_title();
  void ask_to_open();
  void ask_to_add();
  void ask_to_save();
  void save();
  void ask_for_sources(const std::string& beginning);
  void take_project();
  void update_project();
  void project_dialog();
  bool closes();
  bool closing_question();
  Project project();
  void keep_safe();
  void aim_tape(const std::optional<Eigen::Vector2f>& pixel);
  void take_tape_end(const Eigen::Vector2f& pixel);
  void take_place(const TapeEnd& end);
  void follow_scale(double factor);
  std::optional<Pick> pick(const Eigen::Vector2f& pixel, bool with_points);
  void draw_scene();
  void take_screenshot();
  bool fully_shown() const;

  StudioOptions options;
  WindowSettings remembered;  // from the last time
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
  TapeTool tape;
  MethodDesk methods;
  StartScreen start;
  Autosave autosave;
  RunForecast forecast;
  FileDialog dialog;

  std::vector<std::filesystem::path> dropped;
  std::vector<KeyPress> pressed_keys;  // since the last frame
  bool left_is_up = true;              // the left button
  double last_press = -1;              // of it, GLFW's seconds
  Eigen::Vector2d cursor{0, 0};
  Eigen::Vector4d last_press_at{0, 0, 0, 0};
  bool double_clicked = false;  // since the last frame
  Playback playback;
  std::shared_ptr<const Reconstruction> result;  // the session's, as taken in
  std::vector<PersonTrack> tracks;               // of it
  std::vector<int> cameras_of_views;             // of it
  std::shared_ptr<const Reconstruction> shown;   // one frame of it, or its place without people
  int shown_number = 0;                          // of this frame in the capture
  std::uint64_t shown_capture = 0;
  std::optional<RunKind> running_kind;               // of the run on one frame that goes on
  bool camera_placed = false;                        // by a complete result of this capture
  std::optional<Eigen::Isometry3f> camera_proposed;  // by a partial one

  float left = 296, right = 340, bottom = 196;  // of the panels, before scaling
  bool bottom_chosen = false;                   // by a person; else it follows the pictures
  bool panels_hidden = false;
  bool light = false;
  float text_scale = 1;
  KeyMap key_map;
  Palette palette;
  QuestionOverlay question;
  Help help;
  bool closing_asked = false;  // the window is to be closed, and there is work to lose
  bool closing_when_saved = false;
  std::optional<Look> opened_look;  // of a project whose result is not shown yet
  std::string sources_asked_in;     // the folder in which missing files are being looked for
  std::string title;                // of the window
  int known_saves = 0;
  bool models_open = false;
  Eigen::Vector2f scene_size{1, 1};      // pixels
  float scene_right = 0, scene_top = 0;  // of the 3D view in the window, units of the display
  bool scene_hovered = false;            // the mouse is on the 3D view
  Highlight under_mouse;                 // in the 3D view
  Eigen::Vector2f pointed_at{-1, -1};

  // What the picture of the 3D view was drawn for; drawn again only when one of them changes.
  std::optional<ViewState> drawn_state;
  Eigen::Matrix4f drawn_view = Eigen::Matrix4f::Zero();
  std::shared_ptr<const Reconstruction> drawn_result;
  int drawn_pictures = 0;  // the session's revision
  Eigen::Vector2f drawn_size{0, 0};
  bool drawn_coarse = false;
  std::chrono::steady_clock::time_point drawn_at;
  double full_drawing_seconds = 0;  // as it last took

  PictureDesk desk;
  std::optional<PicturePainter> painter;   // of pictures that are saved
  std::unique_ptr<FilmRecorder> recorder;  // null: no film is being made
  std::optional<Viewport> preview;         // in the window of pictures and films
  struct PreviewOf {
    ViewState state;
    Eigen::Matrix4f view;
    Eigen::Vector2f size;
    std::shared_ptr<const Reconstruction> shown;
    int pictures = 0;  // the session's revision
    bool clear = false;
    bool operator==(const PreviewOf&) const = default;
  };
  std::optional<PreviewOf> preview_of;  // it was drawn for this
  struct BeforeXRay {
    float body_opacity;
    bool skeletons;
  };
  std::optional<BeforeXRay> before_x_ray;  // nothing: it is off

  bool theme_applied = false;
  std::set<char32_t> letters;  // in names and messages so far, beyond the program's own font
  int frames_to_draw = kFramesAfterEvent;
  bool moving = false;  // a transition or a flight is under way
  int frame_number = 0;
  int converged_frames = 0;
  std::chrono::steady_clock::time_point first_frame, last_frame = std::chrono::steady_clock::now();
  bool screenshot_taken = false;
  bool grab = false;  // the next frame is to be kept
  Image grabbed;
};

}  // namespace ahap
