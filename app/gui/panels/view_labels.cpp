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
  canvas->AddRectFilled(low, high, theme::colors().plate, px(4));
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
          theme::fonts().strong, theme::colors().text);
  }
}

// Below the picture of each camera that is shown, the nearest last. only: of this view alone; -1: of all.
void camera_names(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas, ImVec2 origin,
                  const ViewTransform& view, float pixels_per_unit, int only = -1) {
  struct Name {
    Eigen::Vector3f pixel;
    std::string text;
  };
  std::vector<Name> names;
  for (int v = 0; v < int(shown.views.size()); ++v) {
    const ReconstructedView& of = shown.views[std::size_t(v)];
    if (!of.camera_estimated || v == state.look_through || (only >= 0 && v != only)) continue;
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
          {std::round(origin.x + pixel.x() / pixels_per_unit - width / 2),
           std::round(origin.y + pixel.y() / pixels_per_unit + px(4))},
          text, font, theme::colors().muted);
  }
}

// As near above the place as nothing else is; where the view ends there, below it.
TapeTool::Box free_box(ImVec2 low, ImVec2 size, float top, const std::vector<TapeTool::Box>& taken) {
  const auto at = [&](float y) { return TapeTool::Box{{low.x, y}, {low.x + size.x, y + size.y}}; };
  const auto is_free = [&](const TapeTool::Box& box) {
    return std::none_of(taken.begin(), taken.end(), [&](const auto& other) { return box.overlaps(other); });
  };
  const float step = size.y + px(3);
  for (float y = low.y; y >= top; y -= step)
    if (is_free(at(y))) return at(y);
  for (int i = 1; i < 8; ++i)
    if (is_free(at(low.y + float(i) * step))) return at(low.y + float(i) * step);
  return at(low.y);
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
    const ImVec2 head(origin.x + pixel.x() / pixels_per_unit, origin.y + pixel.y() / pixels_per_unit);
    const TapeTool::Box box =
        free_box({head.x - chip.x / 2, std::max(top, head.y - chip.y)}, chip, top, taken);
    const bool lit = state.selected.person == person.id || state.hovered.person == person.id;
    if (head.y >= top && (box.high.y < head.y - px(2) || box.low.y > head.y))
      canvas->AddLine({head.x, head.y}, {(box.low.x + box.high.x) / 2, (box.low.y + box.high.y) / 2},
                      theme::identity(person.id, 200), px(1.5f));
    widgets::identity_chip(canvas, {std::round(box.low.x), std::round(box.low.y)}, person.id, lit);
    taken.push_back(box);
    ids.push_back(person.id);
  }
  return ids;
}

}  // namespace

void person_numbers(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas, ImVec2 origin,
                    float top, const ViewTransform& view, float pixels_per_unit,
                    std::vector<TapeTool::Box>& taken) {
  if (state.cameras && state.hovered.view >= 0)
    camera_names(shown, state, canvas, origin, view, pixels_per_unit, state.hovered.view);
  numbers_of_people(shown, state, canvas, origin, top, view, pixels_per_unit, taken);
}

void picture_labels(const Reconstruction& shown, const ViewState& state, ImDrawList* canvas,
                    const ViewTransform& view, float pixels_per_unit) {
  if (state.cameras) camera_names(shown, state, canvas, {0, 0}, view, pixels_per_unit);
  std::vector<TapeTool::Box> numbers;
  const std::vector<int> ids =
      numbers_of_people(shown, state, canvas, {0, 0}, px(4), view, pixels_per_unit, numbers);
  person_names(shown, numbers, ids, canvas);
}

}  // namespace ahap
