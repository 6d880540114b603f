#include "app/gui/icons.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <vector>

namespace ahap {

namespace {

// Draws in a square of 16 units whose origin is its top left corner.
class Pen {
 public:
  Pen(ImDrawList* canvas, ImVec2 centre, float size, ImU32 color)
      : canvas_(canvas),
        origin_(std::floor(centre.x - size / 2) + 0.5f, std::floor(centre.y - size / 2) + 0.5f),
        unit_(size / 16),
        color_(color),
        width_(std::max(1.0f, 1.4f * size / 16)) {}

  ImVec2 at(float x, float y) const { return {origin_.x + x * unit_, origin_.y + y * unit_}; }

  void line(std::initializer_list<ImVec2> points, bool closed = false) const {
    std::vector<ImVec2> on_screen;
    for (const ImVec2& p : points) on_screen.push_back(at(p.x, p.y));
    canvas_->AddPolyline(on_screen.data(), int(on_screen.size()), color_,
                         closed ? ImDrawFlags_Closed : ImDrawFlags_None, width_);
  }
  void circle(float x, float y, float radius) const {
    canvas_->AddCircle(at(x, y), radius * unit_, color_, 0, width_);
  }
  void dot(float x, float y, float radius) const {
    canvas_->AddCircleFilled(at(x, y), radius * unit_, color_);
  }
  void box(float x0, float y0, float x1, float y1, float rounding) const {
    canvas_->AddRect(at(x0, y0), at(x1, y1), color_, rounding * unit_, ImDrawFlags_None, width_);
  }
  void arc(float x, float y, float radius, float from, float to) const {
    canvas_->PathArcTo(at(x, y), radius * unit_, from, to);
    canvas_->PathStroke(color_, ImDrawFlags_None, width_);
  }

 private:
  ImDrawList* canvas_;
  ImVec2 origin_;
  float unit_;
  ImU32 color_;
  float width_;
};

constexpr float kPi = 3.14159265f;

}  // namespace

void draw_icon(ImDrawList* canvas, Icon icon, ImVec2 centre, float size, ImU32 color) {
  const Pen pen(canvas, centre, size, color);
  switch (icon) {
    case Icon::points:
      for (const ImVec2& p : {ImVec2(3, 4), ImVec2(8, 2.5f), ImVec2(12.5f, 5), ImVec2(5.5f, 8.5f),
                              ImVec2(10.5f, 9.5f), ImVec2(3, 12.5f), ImVec2(8, 13.5f), ImVec2(13.5f, 13)}) {
        pen.dot(p.x, p.y, 1.3f);
      }
      break;
    case Icon::camera:
      pen.box(1.5f, 4.5f, 14.5f, 13.5f, 2);
      pen.line({{5, 4.5f}, {6.3f, 2.3f}, {9.7f, 2.3f}, {11, 4.5f}});
      pen.circle(8, 9, 2.6f);
      break;
    case Icon::body:
      pen.circle(8, 3.8f, 2.4f);
      pen.arc(8, 13.6f, 5.2f, -kPi, 0);
      pen.line({{2.8f, 13.6f}, {13.2f, 13.6f}});
      break;
    case Icon::skeleton:
      pen.dot(8, 2.6f, 1.7f);
      pen.line({{8, 4}, {8, 9.5f}});
      pen.line({{3, 6}, {13, 6}});
      pen.line({{4.5f, 14.5f}, {8, 9.5f}, {11.5f, 14.5f}});
      break;
    case Icon::grid:
      pen.line({{4.8f, 3.5f}, {1.5f, 13}});
      pen.line({{8, 3.5f}, {8, 13}});
      pen.line({{11.2f, 3.5f}, {14.5f, 13}});
      pen.line({{4.8f, 3.5f}, {11.2f, 3.5f}});
      pen.line({{3.6f, 7.3f}, {12.4f, 7.3f}});
      pen.line({{1.5f, 13}, {14.5f, 13}});
      break;
    case Icon::sliders:
      pen.line({{2, 4.5f}, {14, 4.5f}});
      pen.line({{2, 11.5f}, {14, 11.5f}});
      pen.dot(10.5f, 4.5f, 2.1f);
      pen.dot(5.5f, 11.5f, 2.1f);
      break;
    case Icon::frame_all:
      pen.line({{2, 5.5f}, {2, 2}, {5.5f, 2}});
      pen.line({{10.5f, 2}, {14, 2}, {14, 5.5f}});
      pen.line({{14, 10.5f}, {14, 14}, {10.5f, 14}});
      pen.line({{5.5f, 14}, {2, 14}, {2, 10.5f}});
      pen.dot(8, 8, 1.6f);
      break;
    case Icon::eye:
    case Icon::eye_closed:
      pen.arc(8, 12.2f, 7.6f, -kPi + 0.65f, -0.65f);
      pen.arc(8, 3.8f, 7.6f, 0.65f, kPi - 0.65f);
      pen.circle(8, 8, 2);
      if (icon == Icon::eye_closed) pen.line({{3, 13.5f}, {13, 2.5f}});
      break;
    case Icon::close:
      pen.line({{4, 4}, {12, 12}});
      pen.line({{12, 4}, {4, 12}});
      break;
    case Icon::previous:
      pen.line({{10, 3.5f}, {5.5f, 8}, {10, 12.5f}});
      break;
    case Icon::next:
      pen.line({{6, 3.5f}, {10.5f, 8}, {6, 12.5f}});
      break;
    case Icon::undo:
      pen.line({{5.5f, 3}, {2.5f, 6}, {5.5f, 9}});
      pen.line({{2.5f, 6}, {10, 6}, {12.2f, 6.7f}, {13.3f, 9}, {12.2f, 11.3f}, {10, 12}, {6, 12}});
      break;
    case Icon::redo:
      pen.line({{10.5f, 3}, {13.5f, 6}, {10.5f, 9}});
      pen.line({{13.5f, 6}, {6, 6}, {3.8f, 6.7f}, {2.7f, 9}, {3.8f, 11.3f}, {6, 12}, {10, 12}});
      break;
    case Icon::warning:
      pen.line({{8, 2.2f}, {14.6f, 13.6f}, {1.4f, 13.6f}}, true);
      pen.line({{8, 6}, {8, 9.8f}});
      pen.dot(8, 11.7f, 0.9f);
      break;
    case Icon::check:
      pen.line({{3, 8.5f}, {6.5f, 12}, {13, 4.5f}});
      break;
    case Icon::pictures:
      pen.box(1.5f, 4.5f, 11.5f, 14, 1.5f);
      pen.line({{4.5f, 4.5f}, {4.5f, 2}, {14.5f, 2}, {14.5f, 11}, {11.5f, 11}});
      pen.line({{1.8f, 12}, {5, 8.6f}, {7.4f, 11}, {8.8f, 9.8f}, {11.3f, 12.2f}});
      break;
    case Icon::save:
      pen.line({{8, 2}, {8, 10.2f}});
      pen.line({{4.6f, 6.8f}, {8, 10.2f}, {11.4f, 6.8f}});
      pen.line({{2.2f, 10.5f}, {2.2f, 13.8f}, {13.8f, 13.8f}, {13.8f, 10.5f}});
      break;
    case Icon::help:
      pen.arc(8, 5.6f, 2.9f, -kPi, 0.6f);
      pen.line({{10.4f, 7.2f}, {8, 9.2f}, {8, 10.6f}});
      pen.dot(8, 13.4f, 1);
      break;
    case Icon::play:
      pen.line({{4.5f, 2.8f}, {13, 8}, {4.5f, 13.2f}}, true);
      break;
    case Icon::pause:
      pen.box(3.5f, 3, 6.5f, 13, 0.5f);
      pen.box(9.5f, 3, 12.5f, 13, 0.5f);
      break;
    case Icon::loop:
      pen.line({{10.8f, 1.6f}, {13.2f, 4}, {10.8f, 6.4f}});
      pen.line({{13.2f, 4}, {5, 4}, {3.2f, 4.8f}, {2.4f, 6.6f}, {2.4f, 7.6f}});
      pen.line({{5.2f, 9.6f}, {2.8f, 12}, {5.2f, 14.4f}});
      pen.line({{2.8f, 12}, {11, 12}, {12.8f, 11.2f}, {13.6f, 9.4f}, {13.6f, 8.4f}});
      break;
    case Icon::trail:
      pen.line({{1.8f, 13}, {4, 9.2f}, {6.5f, 8.4f}, {9, 9.2f}, {11, 7.6f}, {12.4f, 4.6f}});
      pen.dot(12.8f, 3.6f, 2);
      break;
    case Icon::smooth:
      pen.line({{1.6f, 10.4f},
                {3, 7},
                {4.6f, 5.2f},
                {6.2f, 6},
                {8, 9},
                {9.8f, 11.4f},
                {11.4f, 11.2f},
                {13, 9},
                {14.4f, 5.6f}});
      break;
    case Icon::ghosts:
      pen.circle(5, 4.4f, 1.8f);
      pen.arc(5, 12.8f, 3.6f, -kPi, -0.9f);
      pen.circle(10.6f, 4.4f, 1.8f);
      pen.arc(10.6f, 12.8f, 3.6f, -kPi, 0);
      pen.line({{1.4f, 12.8f}, {14.2f, 12.8f}});
      break;
    case Icon::tape:  // a ruler
      pen.line({{1.2f, 10.6f}, {10.6f, 1.2f}, {14.8f, 5.4f}, {5.4f, 14.8f}}, true);
      pen.line({{3.9f, 7.9f}, {5.6f, 9.6f}});
      pen.line({{6.1f, 5.7f}, {8.4f, 8}});
      pen.line({{8.3f, 3.5f}, {10, 5.2f}});
      break;
    case Icon::copy:
      pen.box(2, 5.2f, 10.8f, 14, 1.2f);
      pen.line({{5.6f, 5.2f}, {5.6f, 2}, {14, 2}, {14, 10.6f}, {10.8f, 10.6f}});
      break;
    case Icon::trash:
      pen.line({{2.2f, 4.2f}, {13.8f, 4.2f}});
      pen.line({{5.6f, 4.2f}, {6.2f, 2}, {9.8f, 2}, {10.4f, 4.2f}});
      pen.line({{3.6f, 4.2f}, {4.4f, 14}, {11.6f, 14}, {12.4f, 4.2f}});
      break;
    case Icon::lock:
      pen.box(3, 7, 13, 14.2f, 1.2f);
      pen.line({{5, 7}, {5, 4.6f}, {6, 2.6f}, {8, 1.8f}, {10, 2.6f}, {11, 4.6f}, {11, 7}});
      pen.line({{8, 9.6f}, {8, 11.6f}});
      break;
    case Icon::leave_out:
      pen.circle(8, 8, 6.2f);
      pen.line({{3.8f, 12.2f}, {12.2f, 3.8f}});
      break;
    case Icon::compare:  // two columns and what lies between them
      pen.box(1.6f, 3, 6.2f, 13, 1);
      pen.box(9.8f, 3, 14.4f, 13, 1);
      pen.line({{8, 1.2f}, {8, 14.8f}});
      break;
    case Icon::folder:
      pen.line({{1.8f, 13}, {1.8f, 3.2f}, {6, 3.2f}, {7.6f, 5.2f}, {14.2f, 5.2f}, {14.2f, 13}}, true);
      break;
  }
}

}  // namespace ahap
