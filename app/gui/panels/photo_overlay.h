#pragma once

#include "app/gui/panels/panels.h"

namespace ahap {

// A view's picture as it lies on the screen.
struct ShownPhoto {
  int view = 0;
  ImVec2 low, size;  // of the whole picture; parts of it may be outside of what is seen
  const Camera& camera;

  // pixel: of the original picture
  ImVec2 on_screen(const Eigen::Vector2d& pixel) const {
    return {low.x + float(pixel.x() / camera.width) * size.x,
            low.y + float(pixel.y() / camera.height) * size.y};
  }
};

// The boxes of a picture that is the item before, with everybody's number: hovered, chosen, and with their
// menus; beside the boxes the menu is the picture's. True: the mouse is on a box.
bool photo_boxes(Frame& frame, const ShownPhoto& photo, ImDrawList* canvas);
// Joints where the picture shows them, and arrows to where the bodies have them, coloured by their length in
// the world. Of the person that is pointed at or chosen, else of all. hovered: the mouse is on the picture,
// and the joint under it is named.
void photo_joints(Frame& frame, const ShownPhoto& photo, ImDrawList* canvas, bool hovered);

// Of how far a body lies beside a person: good, poor or bad.
ImU32 fit_color(double metres);
// "left wrist", of an SMPL joint.
std::string readable_joint(int joint);

}  // namespace ahap
