// Where the window's panels are.

#include <algorithm>
#include <cmath>

#include "app/gui/panels/plate.h"
#include "app/gui/studio_parts.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kTopBar = 48;  // heights and widths of the layout, before scaling
constexpr float kSplitter = 4;
constexpr float kMostLeft = 0.3f, kMostRight = 0.34f;  // of the window's width, so that the view has its part

// A panel whose content keeps its width when a scroll bar appears in the padding.
template <class Content>
void child(const char* name, ImVec2 at, ImVec2 extent, ImVec2 padding, const Content& content) {
  ImGui::SetCursorScreenPos(at);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, padding);
  ImGui::SetNextWindowContentSize({extent.x - 2 * padding.x, 0});
  ImGui::BeginChild(name, extent, false, ImGuiWindowFlags_AlwaysUseWindowPadding);
  ImGui::SetScrollX(0);
  ImGui::PopStyleVar();
  content();
  ImGui::EndChild();
}

void result_panels(Frame& frame) {
  people_panel(frame);
  ImGui::Dummy({0, px(12)});
  if (frame.reconstructed) doubts_panel(frame);
  if (frame.reconstructed) association_panel(frame);
  ImGui::Dummy({0, px(12)});
  timing_panel(frame);
}

// Over the 3D view, which has this place in the window.
void notices(Frame& frame, float left, float available, float top) {
  if (frame.session.notices().empty()) return;
  const float width = std::min(px(640), available - px(24));
  ImGui::SetNextWindowPos({left + (available - width) / 2, top + px(64)});
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

}  // namespace

void Studio::Parts::top_bar(Frame& frame, float width) {
  ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::colors().window);
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
    ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().faint);
    ImGui::TextUnformatted("/");
    ImGui::PopStyleColor();
    ImGui::SameLine(0, px(16));
    widgets::shortened(work_name(), width / 3, theme::colors().muted);
    if (session.has_unsaved_changes()) {
      ImGui::SameLine(0, px(8));
      widgets::muted("\xE2\x80\xA2");
      widgets::hint("Not saved yet");
    }
    project_buttons(frame, width - px(16 + 96 + 8 + 96 + 8 + 4 * 34 + 12));
    history_buttons(width - px(16 + 96 + 8 + 96 + 8 + 2 * 34));
    ImGui::SameLine(width - px(16 + 96));
    export_button(frame);
  }
  ImGui::SameLine(width - px(16 + 96 + (session.capture() ? 8 + 96 : 0)));
  if (ImGui::Button("Models", {px(96), px(30)})) frame.actions.show_models = true;
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::PopStyleColor();
}

// Open and save, from x on.
void Studio::Parts::project_buttons(Frame& frame, float x) {
  ImGui::SameLine(x);
  if (widgets::icon_button("##open", Icon::folder, "Open a project, photos or videos  (Ctrl+O)", px(30)))
    frame.actions.open = true;
  ImGui::SameLine(0, px(4));
  const std::string hint = session.saving() ? "Saving\xE2\x80\xA6"
                           : session.project_file().empty()
                               ? "Save as a project  (Ctrl+S)"
                               : "Save " + session.project_file().string() + "  (Ctrl+S)";
  ImGui::BeginDisabled(session.saving());
  if (widgets::icon_button("##save", Icon::save, hint.c_str(), px(30))) frame.actions.save = true;
  ImGui::EndDisabled();
}

// Undo and redo, from x on.
void Studio::Parts::history_buttons(float x) {
  const auto button = [&](const char* id, Icon icon, const char* verb, const char* keys,
                          const std::string& what) {
    const std::string hint = what.empty() ? "Nothing to " + std::string(verb) : verb + (": " + what) + keys;
    ImGui::BeginDisabled(what.empty() || session.run_state().active());
    const bool pressed = widgets::icon_button(id, icon, hint.c_str(), px(30));
    ImGui::EndDisabled();
    return pressed;
  };
  ImGui::SameLine(x);
  if (button("##undo", Icon::undo, "undo", "  (Ctrl+Z)", session.undoable())) session.undo();
  ImGui::SameLine(0, px(4));
  if (button("##redo", Icon::redo, "redo", "  (Ctrl+Shift+Z)", session.redoable())) session.redo();
}

// To the hidden panels, in the lower right corner.
void Studio::Parts::way_back(ImVec2 window) {
  const Plate plate("##panels", {window.x - px(12), window.y - px(12)}, {1, 1});
  ImGui::PushFont(theme::fonts().small);
  if (ImGui::Button("Show the panels  (Tab)")) panels_hidden = false;
  ImGui::PopFont();
}

// The panels around the 3D view, and the time line below all where there is one.
// Returns where the 3D view begins from the left.
float Studio::Parts::capture_layout(Frame& frame, float top) {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  const bool panels = !panels_hidden;
  const float split = px(kSplitter);
  const bool time_line = panels && session.frame_count() > 1;
  const float time_height = time_line ? time_line_height(frame) : 0;
  const float end = time_line ? size.y - time_height - split : size.y;  // of all above the time line
  const bool right_panel = panels && frame.result;
  const float left_width = panels ? std::floor(std::min(px(left), kMostLeft * size.x)) : 0;
  const float right_width = right_panel ? std::floor(std::min(px(right), kMostRight * size.x)) : 0;
  const float view_x = panels ? left_width + split : 0;
  const float view_width = size.x - view_x - (right_panel ? right_width + split : 0);
  if (!bottom_chosen)
    bottom = std::clamp(picture_panel_height(frame, view_width) / theme::scale(), 120.f, 196.f);
  const float bottom_height = panels ? px(bottom) : 0;
  const float view_height = end - top - (panels ? bottom_height + split : 0);

  const ImVec2 padding(px(16), px(16));
  if (panels) {
    child("capture", {0, top}, {left_width, end - top}, padding, [&] { capture_panel(frame); });
    widgets::splitter("left edge", {left_width, top}, {split, end - top}, &left, 1, 240, 480);
    child("strip", {view_x, top + view_height + split}, {view_width, bottom_height},
          {px(kPicturePadding), px(kPicturePadding)}, [&] { picture_panel(frame); });
    const float before = bottom;
    widgets::splitter("bottom edge", {view_x, top + view_height}, {view_width, split}, &bottom, -1, 120, 420);
    bottom_chosen = bottom_chosen || bottom != before;
  }
  if (right_panel) {
    child("result", {size.x - right_width, top}, {right_width, end - top}, padding,
          [&] { result_panels(frame); });
    widgets::splitter("right edge", {size.x - right_width - split, top}, {split, end - top}, &right, -1, 280,
                      560);
  }
  if (time_line)
    child("time line", {0, end + split}, {size.x, time_height}, {px(16), px(kTimeLinePadding)},
          [&] { time_line_panel(frame); });
  scene_size = Eigen::Vector2f(std::floor(view_width), std::floor(view_height)) *
               ImGui::GetIO().DisplayFramebufferScale.x;
  scene_right = view_x + view_width;
  scene_top = top;
  child("view", {view_x, top}, {view_width, view_height}, {0, 0},
        [&] { state.photo >= 0 && frame.reconstructed ? photo_panel(frame) : view_panel(frame); });
  if (panels_hidden) way_back(size);
  return view_x;
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

  if (!panels_hidden) top_bar(frame, size.x);
  const float top = panels_hidden ? 0 : px(kTopBar);

  float view_left = 0, view_width = size.x;
  if (session.capture()) {
    view_left = capture_layout(frame, top);
    view_width = scene_size.x() / ImGui::GetIO().DisplayFramebufferScale.x;
  } else {
    ImGui::SetCursorScreenPos({0, top});
    ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::colors().window);
    ImGui::BeginChild("empty window", {size.x, size.y - top});
    empty_panel(frame);
    ImGui::EndChild();
    ImGui::PopStyleColor();
  }
  ImGui::End();
  notices(frame, view_left, view_width, top);
}

}  // namespace ahap
