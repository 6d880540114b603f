#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/visible_result.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

std::string proposed_folder(const Session& session) {
  const char* home = std::getenv("HOME");
  const std::filesystem::path base = home && *home ? std::filesystem::path(home) / "AHAP" : "AHAP";
  return (base / session.capture_name()).string();
}

namespace {

void format(const char* name, bool* selected, const char* what) {
  ImGui::Checkbox(name, selected);
  ImGui::SameLine(px(136));
  ImGui::AlignTextToFramePadding();
  widgets::small_muted(what);
}

std::string what_is_exported(const Frame& frame, const Reconstruction& result) {
  if (result.frames.size() > 1) return std::to_string(result.frames.size()) + " frames";
  return frame.session.frame_count() > 1 ? "frame " + std::to_string(result.frames.front().number) : "";
}

}  // namespace

void export_button(Frame& frame) {
  ExportSelection& selection = frame.inputs.export_selection;
  std::string& folder = frame.inputs.export_folder;
  const bool ready = frame.session.result_is_complete();
  ImGui::BeginDisabled(!ready || frame.session.writing());
  const bool pressed =
      ImGui::Button(frame.session.writing() ? "Exporting\xE2\x80\xA6" : "Export", {px(96), px(30)});
  if (pressed || std::exchange(frame.inputs.open_export, false)) {
    if (folder.empty()) folder = proposed_folder(frame.session);
    ImGui::OpenPopup("export");
  }
  const ImVec2 corner = ImGui::GetItemRectMax();
  ImGui::EndDisabled();
  if (!ready) return;
  ImGui::SetNextWindowPos({corner.x, corner.y + px(8)}, ImGuiCond_Always, {1, 0});
  if (!ImGui::BeginPopup("export")) return;
  ImGui::Dummy({px(440), 0});
  const Reconstruction& result = *frame.session.result();
  const bool range = result.frames.size() > 1;
  widgets::heading("Export", what_is_exported(frame, result));
  format("GLB", &selection.glb,
         range ? "people in motion, cameras and points, for Blender"
               : "bodies, cameras and points, for Blender");
  if (range) {
    format("BVH", &selection.bvh, "each skeleton's motion, for animation programs");
    format("C3D", &selection.c3d, "joints as markers, for Vicon and OpenSim");
    format("TRC", &selection.trc, "the same, for OpenSim");
    format("CSV", &selection.csv, "joints as a table");
    format("Cameras", &selection.cameras, "for nerfstudio and EasyMocap");
  }
  format("PLY", &selection.ply,
         range ? "points with confidence" : "points with confidence; each body's mesh");
  if (!range) format("OBJ", &selection.obj, "each body's mesh");
  format("COLMAP", &selection.colmap, "cameras, points and pictures, for splatting");
  format("NPZ", &selection.npz, "SMPL parameters of each person");
  format("JSON", &selection.json, "everything but the points, for programs");
  ImGui::Dummy({0, px(4)});
  widgets::small_muted("Into the folder");
  ImGui::SetNextItemWidth(-px(96 + 8));
  ImGui::InputText("##folder", &folder);
  ImGui::SameLine(0, px(8));
  if (ImGui::Button("Browse\xE2\x80\xA6", {px(96), 0})) {
    frame.actions.browse_export = true;
    ImGui::CloseCurrentPopup();
  }
  ImGui::Checkbox("Only what the view shows", &frame.inputs.export_visible);
  widgets::hint("Without hidden people, without points below the confidence that is shown.");
  const std::span<const ExportFormat> formats = export_formats();
  const bool anything = std::any_of(formats.begin(), formats.end(),
                                    [&](const ExportFormat& format) { return selection.*format.selected; });
  ImGui::BeginDisabled(!anything || folder.empty());
  if (widgets::primary_button("Export")) {
    Session::Part part;
    if (frame.inputs.export_visible)
      part = [state = frame.state](const Reconstruction& whole) { return visible_result(whole, state); };
    frame.session.write(folder, selection, std::move(part));
    ImGui::CloseCurrentPopup();
  }
  ImGui::EndDisabled();
  ImGui::EndPopup();
}

}  // namespace ahap
