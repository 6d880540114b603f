#include "reconstruction/tape.h"

#include <algorithm>

namespace ahap {

std::optional<Eigen::Vector3f> place_of(const TapeEnd& end, const Reconstruction& reconstruction, int frame) {
  if (end.kind == TapeEnd::Kind::point) return end.place;
  const auto person = find_person(reconstruction, frame, end.person_id);
  if (!person) return std::nullopt;
  const BodyInFrame& body = person->body;
  const auto& places = end.kind == TapeEnd::Kind::joint ? body.joints : body.mesh.positions;
  if (end.index < 0 || end.index >= int(places.size())) return std::nullopt;
  return places[std::size_t(end.index)];
}

std::optional<double> length_of(const Tape& tape, const Reconstruction& reconstruction, int frame) {
  const auto from = place_of(tape.from, reconstruction, frame), to = place_of(tape.to, reconstruction, frame);
  if (!from || !to) return std::nullopt;
  return double((*to - *from).norm());
}

Tape moved(Tape tape, const Eigen::Affine3d& new_from_old) {
  for (TapeEnd* end : {&tape.from, &tape.to})
    if (end->kind == TapeEnd::Kind::point)
      end->place = (new_from_old * end->place.cast<double>()).cast<float>();
  return tape;
}

std::string end_label(const TapeEnd& end, const Reconstruction& reconstruction) {
  if (end.kind == TapeEnd::Kind::point) return "point";
  const std::string person = person_label(reconstruction, end.person_id);
  if (end.kind == TapeEnd::Kind::vertex) return person + ", surface";
  std::string joint(kSmplJointNames.at(std::size_t(end.index)));
  std::replace(joint.begin(), joint.end(), '_', ' ');
  return person + ", " + joint;
}

}  // namespace ahap
