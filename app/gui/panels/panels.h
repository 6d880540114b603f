#pragma once

#include <imgui.h>

#include <optional>
#include <string>

#include "app/gui/method_desk.h"
#include "app/gui/model_installer.h"
#include "app/gui/person_tracks.h"
#include "app/gui/picture_options.h"
#include "app/gui/picture_strip.h"
#include "app/gui/playback.h"
#include "app/gui/session.h"
#include "app/gui/start_screen.h"
#include "app/gui/tape_tool.h"
#include "app/gui/view_state.h"
#include "renderer/orbit_camera.h"

namespace ahap {

// What the panels ask the window to do after this frame.
struct ViewerActions {
  bool frame_all = false;
  bool frame_selection = false;
  std::optional<int> look_through;  // view; -1: leave
  std::optional<int> photo;         // view whose picture is to be large; -1: back to the scene
  bool screenshot = false;
  bool toggle_pictures = false;  // the window of pictures and films
  std::optional<Viewpoint> look_from;
  bool toggle_x_ray = false;
  bool toggle_help = false;
  bool show_models = false;
  bool toggle_methods = false;  // the window that compares them
  bool toggle_playing = false;
  bool open = false;           // asks what
  bool add = false;            // asks for more files
  bool browse_export = false;  // asks for the export's folder
  bool save = false;           // as a project
  bool restore = false;        // the lost session
  // Pixels of the 3D view: where the mouse rests, was clicked, was double-clicked.
  std::optional<Eigen::Vector2f> point_at, choose_at, pivot_at;
};

// Which part of a large photo is seen.
struct PhotoZoom {
  int view = -1;
  float times = 1;                     // as large as there is room for
  Eigen::Vector2f middle{0.5f, 0.5f};  // of what is seen, 0..1 of the picture
};

// What was typed, ticked and moved, kept from frame to frame.
struct Inputs {
  std::string path;           // of a capture to open
  std::string export_folder;  // empty: proposed from the capture's name
  std::string name;           // of the person whose menu is open
  std::string height;         // likewise
  int listed_doubt = -1;      // detection that the list of doubts has scrolled to
  PhotoZoom photo_zoom;
  ExportSelection export_selection;
  bool open_export = false;     // its menu, once
  bool export_visible = false;  // only what the view shows
};

// What a panel reads and changes during one frame.
struct Frame {
  Session& session;
  ModelInstaller& models;
  ViewState& state;
  Inputs& inputs;
  TapeTool& tape;
  MethodDesk& methods;
  StartScreen& start;
  PictureStrip& strip;
  OrbitCamera& camera;
  Playback& playback;
  // The shown frame as a result of its own, null before the first; without people where the session's result
  // does not have it.
  const Reconstruction* result;
  bool reconstructed;                        // the session's result has it
  const std::vector<PersonTrack>& tracks;    // of the session's result
  const std::vector<int>& cameras_of_views;  // cameras of the capture, by view of the result
  ImTextureID scene;                         // the 3D view as drawn last
  std::optional<double>
      run_seconds_left;               // of the run on one frame that goes on, where runs like it are known
  std::optional<double> run_seconds;  // of another run on one frame, likewise
  Highlight hovered;                  // what the mouse is on, collected by the panels
  ViewerActions actions;

  const ReconstructedFrame& seen() const { return result->frames.front(); }
  // The frame goes there, and playing goes on from there.
  void go_to(int number) {
    session.choose_frame(number);
    playback.seek(session.frame(), Playback::Clock::now());
  }
};

// Each panel fills the ImGui child window that it is called in, except those that open one themselves.
void capture_panel(Frame& frame);
void view_panel(Frame& frame);
void run_plate(const Frame& frame, ImVec2 origin, ImVec2 size);  // over the 3D view, while a run goes on
void picture_panel(Frame& frame);
void photo_panel(Frame& frame);       // one of them, as large as there is room for
constexpr float kPicturePadding = 8;  // around the pictures, before scaling
// The height at which the panel shows all pictures side by side in this width; pixels, as the width.
float picture_panel_height(const Frame& frame, float width);
// Which frame of several is shown, who is there when, and which ones are reconstructed together.
void time_line_panel(Frame& frame);
float time_line_height(const Frame& frame);  // pixels, with its padding
constexpr float kTimeLinePadding = 8;        // above and below, before scaling
void people_panel(Frame& frame);
void association_panel(Frame& frame);
// Beside the mouse: what speaks for a detection being this person, with the pictures that say so.
void explain_cell(const Frame& frame, int person_id, int detection);
void doubts_panel(Frame& frame);  // what somebody should look at, the worst first
void timing_panel(Frame& frame);
// What can be said of a person, and of one detection of it: merge, assign, not a person, name. Inside a
// popup.
void person_menu(Frame& frame, int person_id);
void detection_menu(Frame& frame, int detection);
void view_menu(Frame& frame, int view);               // likewise of a whole picture
void empty_panel(Frame& frame);                       // the whole window before the first capture
void export_button(Frame& frame);                     // with its menu
std::string proposed_folder(const Session& session);  // for exports and pictures of this capture
void notices_panel(Frame& frame, float width);        // messages over the 3D view, dismissible
enum class ClosingChoice { none, save, discard };
ClosingChoice closing_overlay(bool* open);      // asks before work is lost
void models_overlay(Frame& frame, bool* open);  // what is installed, what is missing, what was dropped

// Pointing at and choosing things, the same in all panels.
void hover_person(Frame& frame, int id);
void hover_detection(Frame& frame, int detection);
void hover_view(Frame& frame, int view);
void select_person(Frame& frame, int id);
void select_detection(Frame& frame, int detection);
void select_view(Frame& frame, int view);

// Corrections of the shown frame; refused with a notice where they make no sense.
void assign_detection(Frame& frame, int detection, int person_id);
void reject_detection(Frame& frame, int detection);
void reject_person(Frame& frame, int person_id);
void merge_people(Frame& frame, int from, int into);
void leave_detection_out(Frame& frame, int detection, bool out);
void leave_view_out(Frame& frame, int view, bool out);
void lock_detection(Frame& frame, int detection, bool locked);
void lock_person(Frame& frame, int person_id, bool locked);  // in all pictures
bool is_locked(const Frame& frame, int person_id);           // likewise

void hide_person(Frame& frame, int person_id, bool hidden);

// The tape measure and the scale of the world. What makes no sense is refused with a notice.
void toggle_tape(Frame& frame);  // after TapeTool::on was set or taken back
void remove_tape(Frame& frame);  // the selected one
void set_height(Frame& frame, int person_id, const std::string& typed);
void set_length(Frame& frame, const Tape& tape, const std::string& typed);
void set_upright(Frame& frame, const Tape& tape);  // that line is vertical

// The detection in doubt (doubts.h) after the selected one, or with direction -1 before it, round and round;
// -1: nothing is in doubt.
int next_doubtful(const Frame& frame, int direction);

}  // namespace ahap
