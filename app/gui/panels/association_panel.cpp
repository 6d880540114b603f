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
                                      lit ? theme::colors().text : theme::colors().muted, label.c_str());
}

// What somebody has decided about the detection of a cell.
void mark_decision(ImDrawList* canvas, ImVec2 low, ImVec2 high, bool locked, bool counts) {
  const ImVec2 middle((low.x + high.x) / 2, (low.y + high.y) / 2);
  if (!counts) canvas->AddRectFilled(low, high, theme::faded(theme::colors().panel, 190), px(2));
  if (!counts)
    canvas->AddLine({low.x + px(2), high.y - px(2)}, {high.x - px(2), low.y + px(2)}, theme::colors().text,
                    px(1.5f));
  if (locked) draw_icon(canvas, Icon::lock, middle, px(12), theme::colors().text);
}

// Where the matrix lies: one column per detection, with a gap between the views.
struct MatrixPlace {
  std::vector<int> detections;  // of the columns
  std::vector<float> x;         // of the columns
  float top, cell, total_width, height;
};

constexpr float kChipColumn = 34, kViewGap = 6, kRowHeight = 24, kHeadingHeight = 22;

MatrixPlace place_matrix(const ReconstructedFrame& seen, float available) {
  MatrixPlace place;
  place.detections = columns_by_view(seen.detections);
  float x = px(kChipColumn);
  std::vector<int> gaps(place.detections.size());  // before each column
  for (std::size_t c = 1; c < gaps.size(); ++c) {
    const bool same =
        seen.detections[place.detections[c]].view == seen.detections[place.detections[c - 1]].view;
    gaps[c] = gaps[c - 1] + (same ? 0 : 1);
  }
  const float all_gaps = gaps.empty() ? 0 : px(kViewGap) * float(gaps.back());
  place.cell = std::clamp(std::floor((available - x - all_gaps) / float(gaps.size())), px(10), px(30));
  for (std::size_t c = 0; c < gaps.size(); ++c)
    place.x.push_back(x + place.cell * float(c) + px(kViewGap) * float(gaps[c]));
  place.total_width = x + place.cell * float(gaps.size()) + all_gaps;
  place.height = px(kHeadingHeight) + px(kRowHeight) * float(seen.association.weight.size()) + px(4);
  return place;
}

// Each view's name over the columns of its detections.
void view_headings(Frame& frame, const MatrixPlace& place) {
  const std::vector<Detection>& detections = frame.seen().detections;
  for (std::size_t first = 0; first < place.x.size();) {
    const int view = detections[place.detections[first]].view;
    std::size_t end = first;
    while (end < place.x.size() && detections[place.detections[end]].view == view) ++end;
    view_heading(frame, view, {place.x[first], place.top}, place.cell * float(end - first));
    first = end;
  }
}

struct Cell {
  int person;     // of the row; 0 or less: nobody
  int detection;  // of the column
  float weight;   // 0 .. 1
  ImVec2 low, high;
};

void draw_cell(const Frame& frame, ImDrawList* canvas, const Cell& cell) {
  const ReconstructedFrame& seen = frame.seen();
  const Detection& detection = seen.detections[cell.detection];
  canvas->AddRectFilled(cell.low, cell.high, theme::colors().raised, px(2));
  canvas->AddRectFilled(cell.low, cell.high,
                        theme::identity(cell.person, int(std::lround(235 * cell.weight))), px(2));
  if (cell.person <= 0) return;
  if (detection.person_id == cell.person) {
    canvas->AddRect(cell.low, cell.high, theme::identity(cell.person), px(2), 0, px(1.5f));
    mark_decision(canvas, cell.low, cell.high, detection.locked, counts(*frame.result, detection));
  } else if (!seen.runner_up.person_ids.empty() && seen.runner_up.person_ids[cell.detection] == cell.person) {
    const ImVec2 middle((cell.low.x + cell.high.x) / 2, (cell.low.y + cell.high.y) / 2);
    canvas->AddCircle(middle, px(4), theme::colors().text, 0, px(1.5f));
  }
}

// A cell dragged to another row of its column: this detection is that person.
void drag_cell(Frame& frame, const Cell& cell) {
  if (ImGui::BeginDragDropSource()) {
    ImGui::SetDragDropPayload("detection", &cell.detection, sizeof cell.detection);
    widgets::identity_chip(ImGui::GetWindowDrawList(), ImGui::GetCursorScreenPos(), cell.person);
    ImGui::Dummy(widgets::identity_chip_size(cell.person));
    ImGui::EndDragDropSource();
  }
  if (!ImGui::BeginDragDropTarget()) return;
  const ImGuiPayload* payload = ImGui::AcceptDragDropPayload("detection");
  if (payload && cell.person > 0 && frame.session.can_correct())
    assign_detection(frame, *static_cast<const int*>(payload->Data), cell.person);
  ImGui::EndDragDropTarget();
}

// The cell as a control that fills its place, so that the mouse is never between two cells.
void use_cell(Frame& frame, const Cell& cell, ImVec2 at, ImVec2 size) {
  ImGui::SetCursorScreenPos(at);
  const bool pressed = ImGui::InvisibleButton("cell", size);
  if (ImGui::IsItemHovered()) {
    hover_detection(frame, cell.detection);
    frame.hovered.person = cell.person;
    if (cell.person > 0) explain_cell(frame, cell.person, cell.detection);
  }
  if (ImGui::BeginPopupContextItem("detection menu")) {
    detection_menu(frame, cell.detection);
    ImGui::EndPopup();
  }
  if (pressed) select_detection(frame, cell.detection);
  drag_cell(frame, cell);
}

void row_heading(const Frame& frame, ImDrawList* canvas, ImVec2 at, int person) {
  if (person > 0) {
    widgets::identity_chip(canvas, {at.x, at.y + px(1)}, person, frame.state.selected.person == person);
    return;
  }
  ImFont* font = theme::fonts().small;
  canvas->AddText(font, font->FontSize, {at.x + px(8), at.y + px(3)}, theme::colors().faint, "\xE2\x80\x93");
}

void matrix_row(Frame& frame, const MatrixPlace& place, int row, ImVec2 at) {
  const AssociationMatrix& matrix = frame.seen().association;
  const int person = matrix.person_ids[row];
  ImDrawList* canvas = ImGui::GetWindowDrawList();
  row_heading(frame, canvas, at, person);
  for (std::size_t c = 0; c < place.x.size(); ++c) {
    const int n = place.detections[c];
    const Cell cell{person,
                    n,
                    std::clamp(matrix.weight[row][n], 0.0f, 1.0f),
                    {place.x[c] + 1, at.y + 1},
                    {place.x[c] + place.cell - 1, at.y + px(kRowHeight) - 1}};
    draw_cell(frame, canvas, cell);
    ImGui::PushID(row * int(place.x.size()) + int(c));
    use_cell(frame, cell, {place.x[c], at.y}, {place.cell, px(kRowHeight)});
    ImGui::PopID();
    const bool crossed = frame.state.hovered.detection == n || frame.state.selected.detection == n;
    const bool assigned = person > 0 && frame.seen().detections[n].person_id == person;
    if (crossed && (assigned || frame.state.hovered.person == person))
      canvas->AddRect(cell.low, cell.high, IM_COL32_WHITE, px(2), 0, px(2));
  }
}

}  // namespace

void association_panel(Frame& frame) {
  const ReconstructedFrame& seen = frame.seen();
  widgets::heading("Association", frame.result->association_method);
  widgets::hint(
      "Rows are people, columns are the detections of each view. A filled cell: this detection is this "
      "person. A circle: it would be this person in the second best way to tell the people apart.");
  if (seen.association.weight.empty() || seen.detections.empty()) {
    widgets::muted(frame.result->partial ? "Not yet known." : "Nothing to associate.");
    return;
  }

  const float available = ImGui::GetContentRegionAvail().x;
  MatrixPlace place = place_matrix(seen, available);
  ImGui::BeginChild("matrix", {0, place.height + (place.total_width > available ? px(12) : 0)}, false,
                    ImGuiWindowFlags_HorizontalScrollbar);
  const ImVec2 origin = ImGui::GetCursorScreenPos();
  place.top = origin.y;
  for (float& x : place.x) x += origin.x;
  view_headings(frame, place);
  for (int row = 0; row < int(seen.association.weight.size()); ++row)
    matrix_row(frame, place, row, {origin.x, origin.y + px(kHeadingHeight) + px(kRowHeight) * float(row)});
  ImGui::SetCursorScreenPos({origin.x, origin.y + place.height});
  ImGui::Dummy({place.total_width, 0});
  ImGui::EndChild();
}

}  // namespace ahap
