#include "app/gui/visible_result.h"

#include <map>

namespace ahap {
namespace {

std::shared_ptr<const PointCloud> visible_points(const PointCloud& points, const ViewState& state) {
  auto visible = std::make_shared<PointCloud>();
  if (!state.points) return visible;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (points.confidence[i] < state.min_confidence) continue;
    if (points.person[i] != 0 && !state.shows_points_on_people()) continue;
    visible->positions.push_back(points.positions[i]);
    visible->colors.push_back(points.colors[i]);
    visible->confidence.push_back(points.confidence[i]);
    visible->view.push_back(points.view[i]);
    visible->person.push_back(points.person[i]);
  }
  return visible;
}

void forget_people(ReconstructedFrame& frame, const std::set<int>& hidden) {
  for (Detection& detection : frame.detections)
    if (hidden.contains(detection.person_id)) detection.person_id = kNobody;
  for (int& id : frame.runner_up.person_ids)
    if (hidden.contains(id)) id = kNobody;
  AssociationMatrix& matrix = frame.association;
  for (std::size_t row = matrix.person_ids.size(); row-- > 0;) {
    if (!hidden.contains(matrix.person_ids[row])) continue;
    matrix.person_ids.erase(matrix.person_ids.begin() + std::ptrdiff_t(row));
    matrix.weight.erase(matrix.weight.begin() + std::ptrdiff_t(row));
  }
}

}  // namespace

std::shared_ptr<const Reconstruction> visible_result(const Reconstruction& result, const ViewState& state) {
  auto visible = std::make_shared<Reconstruction>(result);
  std::erase_if(visible->people, [&](const Person& person) { return !state.shows_person(person.id); });
  std::map<const PointCloud*, std::shared_ptr<const PointCloud>> clouds;  // frames share them
  for (ReconstructedFrame& frame : visible->frames) {
    forget_people(frame, state.hidden_people);
    std::shared_ptr<const PointCloud>& cloud = clouds[frame.points.get()];
    if (!cloud) cloud = visible_points(*frame.points, state);
    frame.points = cloud;
  }
  return visible;
}

}  // namespace ahap
