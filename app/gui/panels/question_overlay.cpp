#include "app/gui/panels/question_overlay.h"

#include <imgui.h>

#include <optional>
#include <utility>

#include "app/gui/picture_strip.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

void QuestionOverlay::draw_pictures(const std::vector<Image>& pictures) {
  if (!std::exchange(shown_, true)) {
    textures_.clear();
    for (const Image& picture : pictures) textures_.emplace_back().upload(picture);
  }
  const float width = px(126);
  for (std::size_t i = 0; i < textures_.size(); ++i) {
    if (i > 0) ImGui::SameLine(0, px(8));
    const Image& picture = pictures[i];
    ImGui::Image(texture_id(textures_[i]), {width, width * float(picture.height) / float(picture.width)});
  }
}

void QuestionOverlay::draw(Session& session) {
  if (!session.question()) {
    shown_ = false;
    return;
  }
  constexpr const char* kTitle = "Views or frames?";
  ImGui::OpenPopup(kTitle);
  const ImVec2 window = ImGui::GetMainViewport()->Size;
  ImGui::SetNextWindowPos({window.x / 2, window.y / 2}, ImGuiCond_Always, {0.5f, 0.5f});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(px(28), px(24)));
  std::optional<PhotosAre> answer;
  if (ImGui::BeginPopupModal(kTitle, nullptr,
                             ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_AlwaysAutoResize)) {
    const PhotosQuestion& question = *session.question();
    ImGui::PushFont(theme::fonts().title);
    ImGui::TextUnformatted(kTitle);
    ImGui::PopFont();
    widgets::muted("The " + std::to_string(question.count) + " photos of " + question.name +
                   " have successive numbers. What are they?");
    ImGui::Dummy({0, px(4)});
    draw_pictures(question.pictures);
    ImGui::Dummy({0, px(8)});
    if (ImGui::Button("Views of one moment", {px(210), px(36)})) answer = PhotosAre::views_of_one_moment;
    widgets::hint("Each photo is a camera of its own.");
    ImGui::SameLine(0, px(8));
    if (ImGui::Button("Frames of one camera", {px(210), px(36)})) answer = PhotosAre::frames_of_one_camera;
    widgets::hint("One camera, photo after photo, as a video.");
    ImGui::SameLine(0, px(8));
    if (ImGui::Button("Cancel", {px(96), px(36)})) answer = PhotosAre::neither;
    if (answer) ImGui::CloseCurrentPopup();
    ImGui::EndPopup();
  }
  ImGui::PopStyleVar();
  if (answer) session.answer(*answer);
}

}  // namespace ahap
