#include <algorithm>
#include <cmath>
#include <cstdio>
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

// Why this detection is this person: its weight, who came second, by how much.
void explain(const Frame& frame, int row, int detection) {
  const AssociationMatrix& matrix = frame.seen().association;
  int best = -1, second = -1;
  for (int r = 0; r < int(matrix.weight.size()); ++r) {
    const float weight = matrix.weight[r][detection];
    if (best < 0 || weight > matrix.weight[best][detection]) {
      second = best;
      best = r;
    } else if (second < 0 || weight > matrix.weight[second][detection]) {
      second = r;
    }
  }
  const auto name = [&](int r) {
    const int id = matrix.person_ids[r];
    return id > 0 ? person_label(*frame.result, id) : std::string("an unused query");
  };
  const Detection& seen = frame.seen().detections[detection];
  std::string text = name(row) + " in " + frame.result->views[seen.view].name;
  char line[160];
  std::snprintf(line, sizeof line, "\nWeight %.2f of this detection (score %.2f)",
                matrix.weight[row][detection], seen.score);
  text += line;
  if (best >= 0 && second >= 0) {
    std::snprintf(line, sizeof line, "\nMost likely %s, then %s; margin %.2f", name(best).c_str(),
                  name(second).c_str(), matrix.weight[best][detection] - matrix.weight[second][detection]);
    text += line;
  }
  const int assigned = seen.person_id;
  if (best >= 0 && assigned != matrix.person_ids[best]) {
    text += assigned > 0 ? "\nGiven to " + person_label(*frame.result, assigned) +
                               ", because a person can be only once in a picture."
                         : std::string("\nUnassigned.");
  }
  widgets::hint(text.c_str());
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
    // The view's number over its group.
    std::size_t last = c;
    while (last + 1 < columns.size() && seen.detections[columns[last + 1]].view == view) ++last;
    const float group_width = cell * float(last - c + 1);
    std::string label = result.views[view].name;
    label = label.substr(0, label.rfind('.'));
    if (font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, label.c_str()).x > group_width)
      label = std::to_string(view + 1);
    const bool lit = frame.state.hovered.view == view || frame.state.selected.view == view;
    const float width = font->CalcTextSizeA(font->FontSize, FLT_MAX, 0, label.c_str()).x;
    canvas->AddText(font, font->FontSize, {x[c] + std::max(0.0f, (group_width - width) / 2), origin.y},
                    lit ? theme::kText : theme::kMuted, label.c_str());
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
        explain(frame, r, n);
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
