#include "app/gui/panels/panels.h"

namespace ahap {

void hover_person(Frame& frame, int id) {
  frame.hovered.person = id;
}

void hover_detection(Frame& frame, int detection) {
  frame.hovered.detection = detection;
  frame.hovered.person = frame.seen().detections[detection].person_id;
  frame.hovered.view = frame.seen().detections[detection].view;
}

void hover_view(Frame& frame, int view) {
  frame.hovered.view = view;
}

void select_person(Frame& frame, int id) {
  frame.state.selected.person = id;
  frame.state.selected.detection = -1;
}

void select_detection(Frame& frame, int detection) {
  frame.state.selected.detection = detection;
  frame.state.selected.person = frame.seen().detections[detection].person_id;
  frame.state.selected.view = frame.seen().detections[detection].view;
}

void select_view(Frame& frame, int view) {
  frame.state.selected.view = view;
}

}  // namespace ahap
