#include <algorithm>
#include <cmath>
#include <vector>

#include "app/gui/panels/panels.h"
#include "app/gui/theme.h"
#include "app/gui/widgets.h"
#include "reconstruction/corrections.h"

namespace ahap {

using theme::px;

namespace {

// Detections grouped by view, each group in the order of the detections.
std::vector<int> columns_by_view(const std::vector<Detection>& detections) {
  std::vector<int> columns;
  for (std::size_t n = 0; n < detections.size(); ++n) {
    if (detections[n].person_id != kNotAPerson) columns.push_back(int(n));
  }
  std::stable_sort(columns.begin(), columns.end(),
                   [&](int a, int b) { return detections[a].view < detections[b].view; });
  return columns;
}

// The end of a name behind an ellipsis, so that a digit is not taken for a person's number; empty where there
// is no room even for that.
std::string fitting(const std::string& name, ImFont* font, float width) {
  const auto fits = [&](const std::string& text) {
    return font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, text.c_str()).x <= width;
  };
  if (fits(name)) return name;
  for (std::size_t start = 1; start < name.size(); ++start) {
    const bool inside_character = (name[start] & 0xC0) == 0x80;
    const std::string end = "\xE2\x80\xA6" + name.substr(start);
    if (!inside_character && fits(end)) return end;
  }
  return "";
}

// Over the columns of a view.
void view_heading(Frame& frame, int view, ImVec2 at, float width) {
  ImFont* font = theme::fonts().small;
  const std::string& name = frame.result->views[view].name;
  const std::string stem = name.substr(0, name.rfind('.'));
  const bool digits = stem.find_first_not_of("0123456789") == std::string::npos;
  const std::string label = fitting(digits ? name : stem, font, width + px(4));
  ImGui::SetCursorScreenPos(at);
  ImGui::PushID(view);
  const bool pressed = ImGui::InvisibleButton("view", {width, px(20)});
  ImGui::PopID();
  if (ImGui::IsItemHovered()) hover_view(frame, view);
  widgets::hint(name.c_str());
  if (pressed) select_view(frame, view);
  const bool lit = frame.state.hovered.view == view || frame.state.selected.view == view;
  const float extent = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, label.c_str()).x;
  ImGui::GetWindowDrawList()->AddText(font, font->FontSize, {at.x + (width - extent) / 2, at.y},
                                      lit ? theme::kText : theme::kMuted, label.c_str());
}

// What somebody has decided about the detection of a cell.
void mark_decision(ImDrawList* canvas, ImVec2 low, ImVec2 high, bool locked, bool counts) {
  const ImVec2 middle((low.x + high.x) / 2, (low.y + high.y) / 2);
  if (!counts) canvas->AddRectFilled(low, high, theme::faded(theme::kPanel, 190), px(2));
  if (!counts)
    canvas->AddLine({low.x + px(2), high.y - px(2)}, {high.x - px(2), low.y + px(2)}, theme::kText, px(1.5f));
  if (locked) draw_icon(canvas, Icon::lock, middle, px(12), theme::kText);
}

}  // namespace

void association_panel(Frame& frame) {
  const Reconstruction& result = *frame.result;
  const ReconstructedFrame& seen = frame.seen();
  const AssociationMatrix& matrix = seen.association;
  widgets::heading("Association", result.association_method);
  widgets::hint(
      "Rows are people, columns are the detections of each view. A filled cell: this detection is this "
      "person. A circle: it would be this person in the second best way to tell the people apart.");
  if (matrix.weight.empty() || seen.detections.empty()) {
    widgets::muted(result.partial ? "Not yet known." : "Nothing to associate.");
    return;
  }

  const std::vector<int> columns = columns_by_view(seen.detections);
  int groups = 1;
  for (std::size_t c = 1; c < columns.size(); ++c) {
    groups += seen.detections[columns[c]].view != seen.detections[columns[c - 1]].view;
  }
  const float chip_column = px(34), gap = px(6), row_height = px(24);
  const float available = ImGui::GetContentRegionAvail().x - chip_column - gap * float(groups - 1);
  const float cell = std::clamp(std::floor(available / float(columns.size())), px(10), px(30));
  const float total = chip_column + cell * float(columns.size()) + gap * float(groups - 1);
  const float height = px(22) + row_height * float(matrix.weight.size()) + px(4);

  ImGui::BeginChild("matrix", {0, height + (total > ImGui::GetContentRegionAvail().x ? px(12) : 0)}, false,
                    ImGuiWindowFlags_HorizontalScrollbar);
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  ImFont* font = theme::fonts().small;

  std::vector<float> x(columns.size());
  float next = origin.x + chip_column;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const int view = seen.detections[columns[c]].view;
    const bool first = c == 0 || view != seen.detections[columns[c - 1]].view;
    if (first && c > 0) next += gap;
    x[c] = next;
    next += cell;
    if (!first) continue;
    // The view's name over its group.
    std::size_t last = c;
    while (last + 1 < columns.size() && seen.detections[columns[last + 1]].view == view) ++last;
    const float group_width = cell * float(last - c + 1);
    view_heading(frame, view, {x[c], origin.y}, group_width);
  }

  for (int r = 0; r < int(matrix.weight.size()); ++r) {
    const int id = matrix.person_ids[r];
    const float y = origin.y + px(22) + row_height * float(r);
    if (id > 0) {
      widgets::identity_chip(canvas, {origin.x, y + px(1)}, id, frame.state.selected.person == id);
    } else {
      canvas->AddText(font, font->FontSize, {origin.x + px(8), y + px(3)}, theme::kFaint, "\xE2\x80\x93");
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const int n = columns[c];
      const float weight = std::clamp(matrix.weight[r][n], 0.0f, 1.0f);
      const ImVec2 low(x[c] + 1, y + 1), high(x[c] + cell - 1, y + row_height - 1);
      canvas->AddRectFilled(low, high, theme::kRaised, px(2));
      canvas->AddRectFilled(low, high, theme::identity(id, int(std::lround(235 * weight))), px(2));
      const bool assigned = id > 0 && seen.detections[n].person_id == id;
      if (assigned) {
        canvas->AddRect(low, high, theme::identity(id), px(2), 0, px(1.5f));
        mark_decision(canvas, low, high, seen.detections[n].locked, counts(result, seen.detections[n]));
      }
      const bool otherwise = id > 0 && !seen.runner_up.person_ids.empty() &&
                             seen.runner_up.person_ids[n] == id && seen.detections[n].person_id != id;
      if (otherwise) {
        const ImVec2 middle((low.x + high.x) / 2, (low.y + high.y) / 2);
        canvas->AddCircle(middle, px(4), theme::kText, 0, px(1.5f));
      }

      ImGui::SetCursorScreenPos({x[c], y});
      ImGui::PushID(r * int(columns.size()) + int(c));
      const bool pressed = ImGui::InvisibleButton("cell", {cell, row_height});
      if (ImGui::IsItemHovered()) {
        hover_detection(frame, n);
        frame.hovered.person = id;
        if (id > 0) explain_cell(frame, id, n);
      }
      if (ImGui::BeginPopupContextItem("detection menu")) {
        detection_menu(frame, n);
        ImGui::EndPopup();
      }
      if (pressed) select_detection(frame, n);
      // A cell dragged to another row of its column: this detection is that person.
      if (ImGui::BeginDragDropSource()) {
        ImGui::SetDragDropPayload("detection", &n, sizeof n);
        widgets::identity_chip(ImGui::GetWindowDrawList(), ImGui::GetCursorScreenPos(), id);
        ImGui::Dummy(widgets::identity_chip_size(id));
        ImGui::EndDragDropSource();
      }
      if (ImGui::BeginDragDropTarget()) {
        const ImGuiPayload* payload = ImGui::AcceptDragDropPayload("detection");
        if (payload && id > 0 && frame.session.can_correct())
          assign_detection(frame, *static_cast<const int*>(payload->Data), id);
        ImGui::EndDragDropTarget();
      }
      ImGui::PopID();
      const bool crossed = frame.state.hovered.detection == n || frame.state.selected.detection == n;
      if (crossed && (assigned || frame.state.hovered.person == id)) {
        canvas->AddRect(low, high, IM_COL32_WHITE, px(2), 0, px(2));
      }
    }
  }
  ImGui::SetCursorScreenPos({origin.x, origin.y + height});
  ImGui::Dummy({total, 0});
  ImGui::EndChild();
}

}  // namespace ahap
