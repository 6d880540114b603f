#include "app/gui/desktop.h"
#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

// To the folder of what was written, and its path for other programs.
void place_buttons(Frame& frame, std::filesystem::path place) {
  ImGui::PushFont(theme::fonts().small);
  if (ImGui::Button("Open folder", {px(110), px(30)})) {
    try {
      open_on_desktop(std::filesystem::is_directory(place) ? place : place.parent_path());
    } catch (const std::exception& error) {
      frame.session.tell(Notice::Kind::warning, error.what());
    }
  }
  ImGui::SameLine(0, px(8));
  if (ImGui::Button("Copy path", {px(110), px(30)})) ImGui::SetClipboardText(place.c_str());
  ImGui::PopFont();
}

}  // namespace

void notices_panel(Frame& frame, float width) {
  std::vector<Notice>& notices = frame.session.notices();
  std::size_t dismissed = notices.size();
  const float text_width = width - px(100);
  for (std::size_t i = 0; i < notices.size(); ++i) {
    const Notice& notice = notices[i];
    const ImU32 color = notice.kind == Notice::Kind::error     ? theme::colors().error
                        : notice.kind == Notice::Kind::warning ? theme::colors().warning
                                                               : theme::colors().success;
    const float text_height = ImGui::CalcTextSize(notice.text.c_str(), nullptr, false, text_width).y;
    const bool has_place = !notice.place.empty();
    const float height = std::max(px(44), text_height + px(24)) + (has_place ? px(36) : 0);
    const ImVec2 low = ImGui::GetCursorScreenPos(), high(low.x + width, low.y + height);
    ImDrawList* canvas = ImGui::GetWindowDrawList();
    canvas->AddRectFilled(low, high, theme::colors().popup, px(6));
    canvas->AddRectFilled(low, {low.x + px(4), high.y}, color, px(6), ImDrawFlags_RoundCornersLeft);
    draw_icon(canvas, notice.kind == Notice::Kind::info ? Icon::check : Icon::warning,
              {low.x + px(26), low.y + px(22)}, px(18), color);
    ImGui::SetCursorScreenPos({low.x + px(48), low.y + px(12)});
    ImGui::PushTextWrapPos(ImGui::GetCursorPosX() + text_width);
    ImGui::TextUnformatted(notice.text.c_str());
    ImGui::PopTextWrapPos();
    if (has_place) {
      ImGui::SetCursorScreenPos({low.x + px(48), high.y - px(42)});
      ImGui::PushID(int(i));
      place_buttons(frame, notice.place);
      ImGui::PopID();
    }
    ImGui::SetCursorScreenPos({high.x - px(38), low.y + px(7)});
    ImGui::PushID(int(i));
    if (widgets::icon_button("##dismiss", Icon::close, "Dismiss")) dismissed = i;
    ImGui::PopID();
    ImGui::SetCursorScreenPos({low.x, high.y + px(8)});
  }
  if (dismissed < notices.size()) notices.erase(notices.begin() + std::ptrdiff_t(dismissed));
}

ClosingChoice closing_overlay(bool* open) {
  constexpr const char* kTitle = "Save your work?";
  ImGui::OpenPopup(kTitle);
  const ImGuiViewport* window = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos({window->Size.x / 2, window->Size.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(28), px(24)));
  ClosingChoice choice = ClosingChoice::none;
  if (ImGui::BeginPopupModal(kTitle, nullptr,
                             ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize)) {
    ImGui::PushFont(theme::fonts().title);
    ImGui::TextUnformatted(kTitle);
    ImGui::PopFont();
    ImGui::Dummy({0, px(8)});
    ImGui::TextUnformatted("The result has changes that are in no project file.");
    ImGui::Dummy({0, px(12)});
    if (widgets::primary_button("Save", px(130))) choice = ClosingChoice::save;
    ImGui::SameLine();
    if (ImGui::Button("Don't save", {px(130), px(36)})) choice = ClosingChoice::discard;
    ImGui::SameLine();
    const bool stay = ImGui::Button("Keep open", {px(130), px(36)});
    if (stay || choice != ClosingChoice::none) {
      *open = false;
      ImGui::CloseCurrentPopup();
    }
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
  return choice;
}

}  // namespace ahap
