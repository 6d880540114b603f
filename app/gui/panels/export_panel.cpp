#include <imgui.h>
// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <cstdlib>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
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

}  // namespace

void export_button(Frame& frame) {
  ExportSelection& selection = frame.inputs.export_selection;
  std::string& folder = frame.inputs.export_folder;
  const int exported = frame.session.export_frame();
  ImGui::BeginDisabled(exported < 0 || frame.session.writing());
  if (ImGui::Button(frame.session.writing() ? "Exporting\xE2\x80\xA6" : "Export", {px(96), px(30)})) {
    if (folder.empty()) folder = proposed_folder(frame.session);
    ImGui::OpenPopup("export");
  }
  const ImVec2 corner = ImGui::GetItemRectMax();
  ImGui::EndDisabled();
  if (exported < 0 && frame.session.result_is_complete())
    widgets::hint("Go to a frame that is reconstructed: the shown frame is exported.");
  if (exported < 0) return;
  ImGui::SetNextWindowPos({corner.x, corner.y + px(8)}, ImGuiCond_Always, {1, 0});
  if (!ImGui::BeginPopup("export")) return;
  ImGui::Dummy({px(440), 0});
  const Reconstruction& result = *frame.session.result();
  const bool several = result.frames.size() > 1;
  widgets::heading("Export", several ? "frame " + std::to_string(result.frames[exported].number) : "");
  if (several) widgets::small_muted("The shown frame alone is written, not the whole range.");
  format("GLB", &selection.glb, "bodies, cameras and points in one file, for Blender");
  format("PLY", &selection.ply, "points with confidence; each body's mesh");
  format("OBJ", &selection.obj, "each body's mesh");
  format("COLMAP", &selection.colmap, "cameras, points and pictures, for splatting");
  format("NPZ", &selection.npz, "SMPL parameters of each person");
  format("JSON", &selection.json, "everything but the points, for programs");
  ImGui::Dummy({0, px(4)});
  widgets::small_muted("Into the folder");
  ImGui::SetNextItemWidth(-1);
  ImGui::InputText("##folder", &folder);
  const bool anything =
      selection.glb || selection.ply || selection.obj || selection.colmap || selection.npz || selection.json;
  ImGui::BeginDisabled(!anything || folder.empty());
  if (widgets::primary_button("Export")) {
    frame.session.write(folder, selection);
    ImGui::CloseCurrentPopup();
  }
  ImGui::EndDisabled();
  ImGui::EndPopup();
}

}  // namespace ahap
