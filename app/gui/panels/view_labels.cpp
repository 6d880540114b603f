#include "app/gui/panels/view_labels.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/formats/readable.h"
#include "renderer/image_painter.h"

namespace ahap {

using theme::px;

namespace {

void plate(ImDrawList* canvas, ImVec2 low, const std::string& text, ImFont* font, ImU32 color) {
  const ImVec2 extent = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str());
  const ImVec2 high(low.x + extent.x + px(12), low.y + px(22));
  canvas->AddRectFilled(low, high, theme::kPlate, px(4));
  canvas->AddText(font, font->FontSize, {low.x + px(6), low.y + (px(22) - extent.y) / 2}, color,
                  text.c_str());
}

// Beside each number the name, where somebody has given one.
void person_names(const Reconstruction& shown, const std::vector<TapeTool::Box>& numbers,
                  const std::vector<int>& ids, ImDrawList* canvas) {
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto person = find_person(shown, 0, ids[i]);
    if (!person || person->person.name.empty()) continue;
    plate(canvas, {std::round(numbers[i].high.x + px(4)), numbers[i].low.y}, readable(person->person.name),
          theme::fonts().strong, theme::kText);
  }
}

// Below the picture of each camera that is shown, the nearest last.
void camera_names(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas,
                  const ViewTransform& view, float pixels_per_unit) {
  struct Name {
    Eigen::Vector3f pixel;
    std::string text;
  };
  std::vector<Name> names;
  for (int v = 0; v < int(shown.views.size()); ++v) {
    const ReconstructedView& of = shown.views[std::size_t(v)];
    if (!of.camera_estimated || v == state.look_through) continue;
    const ImageCorners corners = image_plane(of.camera(0), state.camera_size);
    Eigen::Vector3f lowest = view.project((corners[0] + corners[1]) / 2);
    for (int i = 1; i < 4; ++i) {
      const Eigen::Vector3f edge =
          view.project((corners[std::size_t(i)] + corners[std::size_t(i + 1) % 4]) / 2);
      if (edge.y() > lowest.y()) lowest = edge;
    }
    if (lowest.z() > view.near_plane) names.push_back({lowest, readable(of.name)});
  }
  std::sort(names.begin(), names.end(),
            [](const Name& a, const Name& b) { return a.pixel.z() > b.pixel.z(); });
  ImFont* font = theme::fonts().small;
  for (const auto& [pixel, text] : names) {
    const float width = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x + px(12);
    plate(canvas,
          {std::round(pixel.x() / pixels_per_unit - width / 2),
           std::round(pixel.y() / pixels_per_unit + px(4))},
          text, font, theme::kMuted);
  }
}

std::vector<int> numbers_of_people(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas,
                                   ImVec2 origin, float top, const ViewTransform& view, float pixels_per_unit,
                                   std::vector<TapeTool::Box>& taken) {
  std::vector<int> ids;
  if (!state.bodies) return ids;
  for (const auto& [person, body] : people_in(shown, 0)) {
    if (!state.shows_person(person.id) || body.mesh.positions.empty()) continue;
    Eigen::Vector3f highest = body.mesh.positions.front();
    for (const auto& position : body.mesh.positions) {
      if (position.y() > highest.y()) highest = position;
    }
    const Eigen::Vector3f pixel = view.project(highest + Eigen::Vector3f(0, 0.12f, 0));
    if (pixel.z() <= view.near_plane) continue;
    const ImVec2 chip = widgets::identity_chip_size(person.id);
    const ImVec2 at(origin.x + pixel.x() / pixels_per_unit - chip.x / 2,
                    std::max(top, origin.y + pixel.y() / pixels_per_unit - chip.y));
    const bool lit = state.selected.person == person.id || state.hovered.person == person.id;
    widgets::identity_chip(canvas, {std::round(at.x), std::round(at.y)}, person.id, lit);
    taken.push_back({at, {at.x + chip.x, at.y + chip.y}});
    ids.push_back(person.id);
  }
  return ids;
}

}  // namespace

void person_numbers(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas, ImVec2 origin,
                    float top, const ViewTransform& view, float pixels_per_unit,
                    std::vector<TapeTool::Box>& taken) {
  numbers_of_people(shown, state, canvas, origin, top, view, pixels_per_unit, taken);
}

void picture_labels(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas,
                    const ViewTransform& view, float pixels_per_unit) {
  if (state.cameras) camera_names(shown, state, canvas, view, pixels_per_unit);
  std::vector<TapeTool::Box> numbers;
  const std::vector<int> ids =
      numbers_of_people(shown, state, canvas, {0, 0}, px(4), view, pixels_per_unit, numbers);
  person_names(shown, numbers, ids, canvas);
}

}  // namespace ahap
