#include "app/gui/panels/picture_window.h"

// After imgui.h, which it needs.
#include <imgui_stdlib.h>

#include <algorithm>
#include <array>
#include <utility>

#include "app/gui/formatted.h"
#include "app/gui/picture_options.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"

namespace ahap {

using theme::px;

namespace {

constexpr float kWidth = 352, kLabel = 76, kPreviewHeight = 160, kStopWidth = 64;

std::string size_text(const Eigen::Vector2i& size) {
  return std::to_string(size.x()) + " \xC3\x97 " + std::to_string(size.y());
}

void label(const char* text) {
  ImGui::AlignTextToFramePadding();
  ImGui::PushStyleColor(ImGuiCol_Text, theme::colors().muted);
  ImGui::TextUnformatted(text);
  ImGui::PopStyleColor();
  ImGui::SameLine(px(16 + kLabel));
}

void kinds(PictureDesk& desk) {
  constexpr std::array<std::pair<const char*, PictureKind>, 3> kinds = {
      {{"Picture", PictureKind::picture},
       {"Turntable", PictureKind::turntable},
       {"Camera path", PictureKind::way}}};
  const float width = (px(kWidth) - 2 * px(4)) / 3;
  for (const auto& [name, kind] : kinds) {
    if (kind != PictureKind::picture) ImGui::SameLine(0, px(4));
    const bool chosen = desk.kind == kind;
    ImGui::PushStyleColor(ImGuiCol_Button, chosen ? theme::colors().active : theme::colors().raised);
    if (ImGui::Button(name, {width, px(32)})) {
      desk.kind = kind;
      desk.problem.clear();
    }
    ImGui::PopStyleColor();
  }
}

// The picture on a plate of fixed height; where it is clear, on a chequered ground.
void preview(const PictureDesk& desk, const PictureWindowNews& news) {
  const ImVec2 low = ImGui::GetCursorScreenPos(), room(px(kWidth), px(kPreviewHeight));
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  canvas->AddRectFilled(low, {low.x + room.x, low.y + room.y}, theme::colors().window, px(4));
  ImGui::Dummy(room);
  if (!news.preview) return;
  const Eigen::Vector2f pixels = desk.pixels(news.view_size).cast<float>().cwiseMax(1);
  const float scale = std::min(room.x / pixels.x(), room.y / pixels.y());
  const ImVec2 size(pixels.x() * scale, pixels.y() * scale);
  const ImVec2 from(low.x + (room.x - size.x) / 2, low.y + (room.y - size.y) / 2);
  const ImVec2 to(from.x + size.x, from.y + size.y);
  if (desk.transparent && !desk.is_film()) {
    const float square = px(8);
    canvas->PushClipRect(from, to, true);
    for (int j = 0; float(j) * square < size.y; ++j) {
      for (int i = 0; float(i) * square < size.x; ++i) {
        const ImVec2 at(from.x + float(i) * square, from.y + float(j) * square);
        canvas->AddRectFilled(at, {at.x + square, at.y + square},
                              (i + j) % 2 ? IM_COL32(92, 95, 104, 255) : IM_COL32(66, 69, 77, 255));
      }
    }
    canvas->PopClipRect();
  }
  canvas->AddImage(news.preview, from, to, {0, 1}, {1, 0});
}

void size(PictureDesk& desk, const PictureWindowNews& news) {
  constexpr std::array<const char*, 6> names = {"As the view",        "Twice the view",
                                                "1920 \xC3\x97 1080", "3840 \xC3\x97 2160",
                                                "1080 \xC3\x97 1080", "Other"};
  label("Size");
  const bool own = desk.size == PictureSize::own;
  ImGui::SetNextItemWidth(own ? px(100) : -1);
  int chosen = int(desk.size);
  if (ImGui::Combo("##size", &chosen, names.data(), int(names.size()))) {
    if (PictureSize(chosen) == PictureSize::own) {
      const Eigen::Vector2i now = desk.pixels(news.view_size);
      desk.own_width = now.x();
      desk.own_height = now.y();
    }
    desk.size = PictureSize(chosen);
  }
  if (!own) return;
  ImGui::SameLine(0, px(6));
  ImGui::SetNextItemWidth(px(72));
  ImGui::InputInt("##width", &desk.own_width, 0);
  ImGui::SameLine(0, px(6));
  ImGui::TextUnformatted("\xC3\x97");
  ImGui::SameLine(0, px(6));
  ImGui::SetNextItemWidth(px(72));
  ImGui::InputInt("##height", &desk.own_height, 0);
}

void film_options(PictureDesk& desk, const PictureWindowNews& news) {
  constexpr std::array<int, 5> rates = {24, 25, 30, 50, 60};
  if (desk.kind == PictureKind::turntable) {
    label("Length");
    ImGui::SetNextItemWidth(px(108));
    ImGui::InputFloat("##seconds", &desk.seconds, 0, 0, "%.1f s");
  } else {
    label("Rate");
  }
  if (desk.kind == PictureKind::turntable) ImGui::SameLine(0, px(8));
  ImGui::SetNextItemWidth(-1);
  const std::string rate = std::to_string(desk.frames_per_second) + " frames/s";
  if (ImGui::BeginCombo("##rate", rate.c_str())) {
    for (const int choice : rates) {
      if (ImGui::Selectable((std::to_string(choice) + " frames/s").c_str(), choice == desk.frames_per_second))
        desk.frames_per_second = choice;
    }
    ImGui::EndCombo();
  }
  if (news.seconds_of_frames <= 0) return;
  if (ImGui::Checkbox("Play the frames during the film", &desk.plays_time) && desk.plays_time)
    desk.seconds = float(news.seconds_of_frames);
  const double speed = news.seconds_of_frames / std::max(0.01, desk.film_seconds());
  widgets::hint(
      ("All of them, once; with this length " + formatted("%.2g", speed) + " times as fast as they were.")
          .c_str());
}

// What the buttons of a row ask for.
struct StopChanges {
  int up = -1, down = -1, removed = -1;
};

void stop_row(PictureDesk& desk, int i, StopChanges& changes, PictureWishes& wishes) {
  PictureDesk::Stop& stop = desk.stops[std::size_t(i)];
  const bool last = i + 1 == int(desk.stops.size());
  ImGui::PushID(i);
  const ImVec2 picture(px(kStopWidth), px(36));
  if (ImGui::ImageButton(reinterpret_cast<ImTextureID>(std::uintptr_t(stop.preview.id())), picture, {0, 1},
                         {1, 0}, 0))
    wishes.show_stop = i;
  widgets::hint("Show this view");
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  ImGui::TextUnformatted(std::to_string(i + 1).c_str());
  ImGui::SameLine(px(kStopWidth + 32));
  if (!last) {
    ImGui::SetNextItemWidth(px(86));
    ImGui::InputFloat("##seconds", &stop.camera.seconds, 0, 0, "%.1f s");
    widgets::hint("How long the camera takes from here to the next view");
  } else {
    widgets::muted("the end");
  }
  ImGui::SameLine(px(kWidth - 3 * 34 - 10));
  ImGui::BeginDisabled(i == 0);
  if (widgets::icon_button("##up", Icon::previous, "Earlier")) changes.up = i;
  ImGui::EndDisabled();
  ImGui::SameLine(0, px(4));
  ImGui::BeginDisabled(last);
  if (widgets::icon_button("##down", Icon::next, "Later")) changes.down = i;
  ImGui::EndDisabled();
  ImGui::SameLine(0, px(4));
  if (widgets::icon_button("##remove", Icon::trash, "Remove this view")) changes.removed = i;
  ImGui::PopID();
}

void stops(PictureDesk& desk, PictureWishes& wishes) {
  constexpr int kRowsSeen = 3;
  const float row = px(36) + ImGui::GetStyle().ItemSpacing.y;
  StopChanges changes;
  if (desk.stops.empty()) {
    widgets::small_muted(
        "The camera goes smoothly through the views that you add: turn the scene, add a view, and again.");
  } else {
    const int count = int(desk.stops.size());
    ImGui::BeginChild("stops", {px(kWidth), row * float(std::min(count, kRowsSeen))});
    for (int i = 0; i < count; ++i) stop_row(desk, i, changes, wishes);
    int& known = *ImGui::GetStateStorage()->GetIntRef(ImGui::GetID("known"), count);
    if (count > known) ImGui::SetScrollHereY(1);  // to the new one
    known = count;
    ImGui::EndChild();
  }
  if (changes.up > 0) std::swap(desk.stops[std::size_t(changes.up)], desk.stops[std::size_t(changes.up - 1)]);
  if (changes.down >= 0)
    std::swap(desk.stops[std::size_t(changes.down)], desk.stops[std::size_t(changes.down + 1)]);
  if (changes.removed >= 0) desk.stops.erase(desk.stops.begin() + changes.removed);
  if (ImGui::Button("Add this view", {px(kWidth), px(32)})) wishes.add_stop = true;
}

void file(PictureDesk& desk, const PictureWindowNews& news) {
  label("File");
  ImGui::SetNextItemWidth(-1);
  std::string& typed = desk.is_film() ? desk.film_file : desk.picture_file;
  const std::string hint = "In " + news.folder;
  if (ImGui::InputTextWithHint("##file", hint.c_str(), &typed)) desk.problem.clear();
  widgets::hint(typed.empty() ? ("A new file in " + news.folder + ", named by the time").c_str()
                              : typed.c_str());
}

std::string summary(const PictureDesk& desk, const PictureWindowNews& news) {
  const std::string size = size_text(desk.pixels(news.view_size)) + " pixels";
  if (!desk.is_film() || (desk.kind == PictureKind::way && desk.stops.size() < 2)) return size;
  return size + ", " + formatted("%.1f s", desk.film_seconds()) + ", " +
         std::to_string(film_frames(desk.film_seconds(), desk.frames_per_second)) + " frames";
}

void action(PictureDesk& desk, const PictureWindowNews& news, PictureWishes& wishes) {
  if (news.progress) {
    widgets::progress_bar(*news.progress, px(kWidth), px(6), theme::colors().accent);
    const int done = int(*news.progress * float(news.film_pictures));
    ImGui::AlignTextToFramePadding();
    widgets::small_muted("Frame " + std::to_string(done) + " of " + std::to_string(news.film_pictures));
    ImGui::SameLine(px(16 + kWidth - 110));
    if (ImGui::Button("Cancel", {px(110), px(32)})) wishes.cancel = true;
    return;
  }
  widgets::small_muted(summary(desk, news));
  if (!desk.problem.empty()) widgets::small_muted(desk.problem, theme::colors().warning);
  ImGui::BeginDisabled(desk.kind == PictureKind::way && desk.stops.size() < 2);
  wishes.make = widgets::primary_button(desk.is_film() ? "Make the film###make" : "Save the picture###make",
                                        px(kWidth));
  ImGui::EndDisabled();
}

// A window that has grown moves up.
void stay_inside() {
  const ImVec2 at = ImGui::GetWindowPos();
  const float most = ImGui::GetIO().DisplaySize.y - ImGui::GetWindowHeight() - px(8);
  if (at.y > std::max(0.0f, most)) ImGui::SetWindowPos({at.x, std::max(0.0f, most)});
}

}  // namespace

PictureWishes picture_window(PictureDesk& desk, const PictureWindowNews& news, float right, float top) {
  PictureWishes wishes;
  ImGui::SetNextWindowPos({right, top}, ImGuiCond_Appearing, {1, 0});
  ImGui::SetNextWindowSize({px(kWidth + 32), 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, px(6));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 1);
  ImGui::PushStyleColor(ImGuiCol_WindowBg, theme::colors().panel);
  ImGui::PushStyleColor(ImGuiCol_ChildBg, theme::colors().panel);
  ImGui::Begin("Pictures and films", nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoScrollbar);
  stay_inside();
  ImGui::AlignTextToFramePadding();
  widgets::heading("Pictures and films");
  ImGui::SameLine(px(16 + kWidth - 30));
  if (widgets::icon_button("##close", Icon::close, "Close  (Esc)")) desk.open = false;
  kinds(desk);
  preview(desk, news);
  size(desk, news);
  ImGui::Checkbox("Names and lengths", &desk.labels);
  widgets::hint("Names of people and cameras, and what the tapes measure.");
  if (!desk.is_film()) {
    ImGui::SameLine(0, px(12));
    ImGui::Checkbox("Clear background", &desk.transparent);
  }
  if (desk.kind == PictureKind::way) stops(desk, wishes);
  if (desk.is_film()) film_options(desk, news);
  file(desk, news);
  action(desk, news, wishes);
  ImGui::End();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(2);
  return wishes;
}

}  // namespace ahap
