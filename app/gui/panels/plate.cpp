#include "app/gui/panels/plate.h"

#include "app/gui/theme.h"

namespace ahap {

using theme::px;

Plate::Plate(const char* id, ImVec2 position, ImVec2 pivot) {
  ImGui::SetNextWindowPos(position, ImGuiCond_Always, pivot);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(4), px(4)));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(6));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, ImVec2(px(2), px(2)));
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme::colors().plate);
  ImGui::Begin(id, nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing |
                   ImGuiWindowFlags_NoNav);
}

Plate::~Plate() {
  ImGui::End();
  ImGui::PopStyleColor();
  ImGui::PopStyleVar(3);
}

}  // namespace ahap
