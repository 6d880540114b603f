#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <span>

#include "app/gui/frames_text.h"
#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

std::string counted(int number, const char* thing) {
  return std::to_string(number) + " " + thing + (number == 1 ? "" : "s");
}

// What can be said of a camera, by a right click on its row, the item before.
void camera_menu(Session& session, int index) {
  if (!ImGui::BeginPopupContextItem("camera menu")) return;
  const bool used = session.uses(index);
  ImGui::BeginDisabled(session.run_state().active());
  if (ImGui::MenuItem(used ? "Leave out of the next run" : "Use in the next run")) session.use(index, !used);
  ImGui::EndDisabled();
  ImGui::EndPopup();
}

// One camera a row: small picture, name, and what it is or what is wrong with it.
void camera_row(Frame& frame, int index) {
  const CaptureCamera& camera = frame.session.capture()->cameras[index];
  const CameraPicture& picture = frame.session.pictures()[index];
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const float width = ImGui::GetContentRegionAvail().x, height = px(48);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::PushID(index);
  const bool pressed = ImGui::InvisibleButton("camera", {width, height});
  const bool hovered = ImGui::IsItemHovered();
  const auto& cameras = frame.cameras_of_views;
  const int view = int(std::find(cameras.begin(), cameras.end(), index) - cameras.begin());
  const bool in_result = frame.reconstructed && view < int(cameras.size());
  const bool lit = in_result && (frame.state.hovered.view == view || frame.state.selected.view == view);
  if (hovered || lit) {
    canvas->AddRectFilled({at.x - px(8), at.y}, {at.x + width + px(8), at.y + height}, theme::colors().raised,
                          px(4));
  }
  if (in_result && hovered) hover_view(frame, view);
  if (in_result && pressed) select_view(frame, view);
  if (in_result && hovered && ImGui::IsMouseDoubleClicked(0)) frame.actions.look_through = view;
  const bool used = frame.session.uses(index);
  camera_menu(frame.session, index);

  const ImVec2 box(px(56), px(40));
  const ImVec2 low(at.x, at.y + px(4)), high(low.x + box.x, low.y + box.y);
  if (const ImTextureID texture = frame.strip.thumbnail(index)) {
    // The middle of the picture, cut to the box.
    const float aspect = float(picture.thumbnail.width) / float(picture.thumbnail.height) / (box.x / box.y);
    const float u = aspect > 1 ? 0.5f / aspect : 0.5f, v = aspect > 1 ? 0.5f : 0.5f * aspect;
    canvas->AddImageRounded(texture, low, high, {0.5f - u, 0.5f - v}, {0.5f + u, 0.5f + v}, IM_COL32_WHITE,
                            px(3));
  } else {
    canvas->AddRectFilled(low, high, theme::colors().raised, px(3));
    if (!picture.problem.empty()) {
      draw_icon(canvas, Icon::warning, {(low.x + high.x) / 2, (low.y + high.y) / 2}, px(18),
                theme::colors().warning);
    }
  }

  ImGui::SetCursorScreenPos({at.x + box.x + px(12), at.y + px(5)});
  const float text_width = width - box.x - px(12);
  widgets::shortened(camera.name, text_width);
  ImGui::SetCursorScreenPos({at.x + box.x + px(12), at.y + px(26)});
  ImGui::PushFont(theme::fonts().small);
  if (!used) {
    canvas->AddRectFilled(low, high, theme::kPhotoPlate, px(3));
    draw_icon(canvas, Icon::leave_out, {(low.x + high.x) / 2, (low.y + high.y) / 2}, px(18),
              theme::kPhotoText);
    widgets::shortened("not in the next run", text_width, theme::colors().warning);
  } else if (!picture.problem.empty()) {
    widgets::shortened(picture.problem, text_width, theme::colors().warning);
  } else if (in_result) {
    int detections = 0;
    for (const Detection& detection : frame.seen().detections)
      detections += detection.view == view && detection.person_id != kNotAPerson;
    const bool placed = frame.result->views[view].camera_estimated || frame.result->partial;
    widgets::shortened(placed ? (detections == 1 ? "1 person" : std::to_string(detections) + " people")
                              : "no camera position found",
                       text_width, placed ? theme::colors().muted : theme::colors().warning);
  } else if (camera.kind == CameraKind::video) {
    widgets::shortened(counted(camera.frame_count, "frame"), text_width, theme::colors().muted);
  } else {
    std::string what = camera.kind == CameraKind::image ? "photo" : counted(camera.picture_count(), "photo");
    if (camera.focal_length_35mm > 0)
      what += ", " + std::to_string(std::lround(camera.focal_length_35mm)) + " mm lens";
    widgets::shortened(what, text_width, theme::colors().muted);
  }
  ImGui::PopFont();
  ImGui::SetCursorScreenPos({at.x, at.y + height});
  ImGui::Dummy({0, 0});
  ImGui::PopID();
}

// "Cameras from Calib.toml (fixed)", and what else may be done with them.
void calibration_choice(Session& session) {
  constexpr std::array<std::pair<KnownUse, const char*>, 3> uses = {
      {{KnownUse::fixed, "fixed"}, {KnownUse::start, "as a start"}, {KnownUse::ignore, "ignored"}}};
  const std::string cameras = "Cameras from " + session.capture()->calibration.filename().string();
  const auto text = [&](const char* use) { return cameras + " (" + use + ")"; };
  const KnownUse chosen = session.options.known_cameras.poses;
  const auto shown =
      std::find_if(uses.begin(), uses.end(), [&](const auto& use) { return use.first == chosen; });
  ImGui::SetNextItemWidth(-1);
  if (ImGui::BeginCombo("##calibration", text(shown->second).c_str())) {
    for (const auto& [use, name] : uses) {
      if (ImGui::Selectable(text(name).c_str(), use == chosen)) session.use_known_cameras(use);
    }
    ImGui::EndCombo();
  }
  widgets::hint(
      "Fixed: cameras are as the calibration says, and the result is in its world. As a start: they are "
      "adjusted to the people. Ignored: they are found from the people alone.");
}

void row_label(const char* label, const char* hint_text, float label_width) {
  ImGui::AlignTextToFramePadding();
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(label);
  ImGui::PopStyleColor();
  widgets::hint(hint_text);
  ImGui::SameLine(label_width);
}

template <typename Enum, std::size_t N>
void choice(const char* label, Enum* value, const std::array<std::pair<Enum, const char*>, N>& choices,
            const char* hint_text, float label_width) {
  row_label(label, hint_text, label_width);
  ImGui::SetNextItemWidth(-1);
  const char* shown = "";
  for (const auto& [candidate, name] : choices) {
    if (candidate == *value) shown = name;
  }
  ImGui::PushID(label);
  if (ImGui::BeginCombo("##choice", shown)) {
    for (const auto& [candidate, name] : choices) {
      if (ImGui::Selectable(name, candidate == *value)) *value = candidate;
    }
    ImGui::EndCombo();
  }
  ImGui::PopID();
}

void options(Session& session) {
  constexpr std::array<std::pair<AssociationMethod, const char*>, 4> associations = {
      {{AssociationMethod::automatic, "Automatic"},
       {AssociationMethod::learned, "Learned"},
       {AssociationMethod::queries, "Queries"},
       {AssociationMethod::geometric, "Geometric"}}};
  constexpr std::array<std::pair<Device, const char*>, 3> devices = {
      {{Device::automatic, "Automatic"}, {Device::cpu, "CPU"}, {Device::cuda, "GPU"}}};
  const float label_width = px(120);
  choice(
      "Association", &session.options.association, associations,
      "How detections of different views become one person: by the trained network and their places, by the "
      "network's person queries alone, or by comparing bodies in 3D.",
      label_width);
  row_label("Refine",
            "At the end, cameras, places and poses are adjusted together to the joints seen in the pictures.",
            label_width);
  ImGui::Checkbox("Adjust jointly##refine", &session.options.refine);
  if (session.frame_count() > 1) {
    constexpr std::array<std::pair<CamerasMove, const char*>, 3> moves = {
        {{CamerasMove::automatic, "Automatic"},
         {CamerasMove::no, "Stand still"},
         {CamerasMove::yes, "Move"}}};
    choice("Cameras", &session.options.range.cameras_move, moves,
           "Of several frames: a camera that moves has a pose in each of them. Automatic notices it from the "
           "background.",
           label_width);
  }
  choice("Compute on", &session.options.load.device, devices, "Automatic takes the GPU where there is one.",
         label_width);
  float percent =
      float(session.options.detection_threshold < 0 ? 0 : session.options.detection_threshold * 100);
  if (widgets::slider("Threshold", &percent, 0, 95, percent > 0 ? "%.0f %%" : "Default", label_width)) {
    session.options.detection_threshold = percent > 0 ? percent / 100 : -1;
  }
}

// What the next run takes: "Reconstruct frame 12", "Reconstruct 0-99, 1 in 5".
std::string run_label(const Session& session) {
  const FrameRange range = session.to_run();
  const bool again = session.result() != nullptr;
  if (session.frame_count() == 1) return again ? "Reconstruct again" : "Reconstruct";
  if (range.count() == 1) return "Reconstruct frame " + std::to_string(range.first);
  const std::string step = range.step > 1 ? ", 1 in " + std::to_string(range.step) : "";
  return "Reconstruct " + frames_text(range.first, range.last) + step;
}

void run_controls(Frame& frame) {
  Session& session = frame.session;
  const Job::State run = session.run_state();
  if (!run.active()) {
    const std::string label = run_label(session) + "###run";
    const bool done = frame.reconstructed && session.to_run().count() == 1;
    const float width = ImGui::GetContentRegionAvail().x - px(36 + 4);
    if (done ? ImGui::Button(label.c_str(), {width, px(36)}) : widgets::primary_button(label.c_str(), width))
      session.run();
    ImGui::SameLine(0, px(4));
    if (widgets::icon_button("##methods", Icon::compare, "Compare methods on the shown frame  (C)", px(36)))
      frame.actions.toggle_methods = true;
  } else {
    ImGui::BeginDisabled(run.phase == Job::Phase::stopping);
    const auto running = session.running();
    const bool keeps = running && running->count() > 1;
    const char* label = run.phase == Job::Phase::stopping ? "Stopping\xE2\x80\xA6"
                        : keeps                           ? "Stop here"
                                                          : "Cancel";
    if (ImGui::Button(label, {-1, px(36)})) session.stop();
    if (keeps) widgets::hint("Ends the run with the frames that are done.");
    ImGui::EndDisabled();
  }
  if (!run.active() && !frame.result && frame.run_seconds && session.to_run().count() == 1)
    widgets::small_muted(("Takes about " + duration_text(*frame.run_seconds)).c_str());
  if (run.phase == Job::Phase::idle) return;

  // Every stage so far: a bar for the one that runs, the time for those before. A finished run has its own
  // table.
  ImGui::Dummy({0, px(2)});
  constexpr std::size_t kShown = 6;  // the last ones of several methods that are compared
  const std::size_t stages = run.stages.size();
  const std::size_t first = session.comparing().empty() ? 0 : stages - std::min(stages, kShown);
  for (const Job::Stage& stage : std::span(run.stages).subspan(first)) {
    if (run.phase == Job::Phase::done) break;
    const bool current = run.active() && &stage == &run.stages.back();
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", stage.seconds);
    ImGui::PushFont(theme::fonts().small);
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float line = ImGui::GetTextLineHeight();
    ImDrawList* canvas = ImGui::GetWindowDrawList();
    if (current) {
      canvas->AddCircleFilled({at.x + px(7), at.y + line / 2}, px(3.5f), theme::colors().accent_hovered);
    } else {
      draw_icon(canvas, stage.fraction >= 1 ? Icon::check : Icon::close, {at.x + px(7), at.y + line / 2},
                px(13), stage.fraction >= 1 ? theme::colors().success : theme::colors().faint);
    }
    ImGui::SetCursorPosX(ImGui::GetCursorPosX() + px(22));
    ImGui::PushStyleColor(ImGuiCol_Text, current ? theme::colors().text : theme::colors().muted);
    ImGui::TextUnformatted(
        (current && run.seconds_left ? stage.name + ", " + time_left_text(*run.seconds_left) : stage.name)
            .c_str());
    ImGui::SameLine(ImGui::GetContentRegionMax().x - ImGui::CalcTextSize(seconds).x);
    ImGui::TextUnformatted(seconds);
    ImGui::PopStyleColor();
    ImGui::PopFont();
    if (current) {
      ImGui::SetCursorPosX(ImGui::GetCursorPosX() + px(22));
      widgets::progress_bar(float(stage.fraction), ImGui::GetContentRegionAvail().x, px(4),
                            theme::colors().accent);
    }
  }
  char total[64];
  const char* ended = run.phase == Job::Phase::done        ? "Done in"
                      : run.phase == Job::Phase::cancelled ? "Cancelled after"
                      : run.phase == Job::Phase::failed    ? "Failed after"
                                                           : "Running for";
  std::snprintf(total, sizeof total, "%s %.1f s", ended, run.seconds);
  widgets::small_muted(total,
                       run.phase == Job::Phase::failed ? theme::colors().error : theme::colors().muted);
}

}  // namespace

void capture_panel(Frame& frame) {
  const Session& session = frame.session;
  const int cameras = int(session.capture()->cameras.size());
  widgets::heading("Capture", counted(cameras, "camera"));
  widgets::shortened(session.capture_name(), ImGui::GetContentRegionAvail().x, theme::colors().muted);

  if (!session.capture()->calibration.empty()) calibration_choice(frame.session);

  // The list takes what the controls below leave.
  const float rows = float(cameras) * px(48);
  const float most = std::max(px(96), ImGui::GetContentRegionAvail().y - px(422));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(8), 0));
  ImGui::BeginChild("cameras", {0, std::min(rows, most)});
  for (int i = 0; i < cameras; ++i) camera_row(frame, i);
  ImGui::EndChild();
  ImGui::PopStyleVar();
  ImGui::Dummy({0, px(2)});
  ImGui::BeginDisabled(session.opening() || session.run_state().active());
  if (ImGui::Button("Add photos or videos\xE2\x80\xA6", {-1, px(32)})) frame.actions.add = true;
  ImGui::EndDisabled();
  widgets::hint("More cameras beside these  (Ctrl+Shift+O)");

  ImGui::Dummy({0, px(8)});
  widgets::heading("Options");
  options(frame.session);
  ImGui::Dummy({0, px(4)});
  run_controls(frame);

  const char* drop = "Drop photos, videos or a folder anywhere in the window to open another capture.";
  ImGui::PushFont(theme::fonts().small);
  const float needed = ImGui::CalcTextSize(drop, nullptr, false, ImGui::GetContentRegionAvail().x).y;
  ImGui::PopFont();
  const float space = ImGui::GetContentRegionAvail().y - needed;
  if (space > 0) {
    ImGui::Dummy({0, space - px(8)});
    widgets::small_muted(drop, theme::colors().faint);
  }
}

}  // namespace ahap
