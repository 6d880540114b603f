#include "reconstruction/reconstruction.h"

#include "reconstruction/median.h"

namespace ahap {

std::vector<PersonInFrame> people_in(const Reconstruction& reconstruction, int frame) {
  std::vector<PersonInFrame> people;
  for (const Person& person : reconstruction.people) {
    for (const BodyInFrame& body : person.bodies) {
      if (body.frame == frame) people.push_back({person, body});
    }
  }
  return people;
}

std::optional<PersonInFrame> find_person(const Reconstruction& reconstruction, int frame, int id) {
  for (const PersonInFrame& found : people_in(reconstruction, frame)) {
    if (found.person.id == id) return found;
  }
  return std::nullopt;
}

double frame_rate(const Reconstruction& reconstruction) {
  std::vector<double> times;
  for (const ReconstructedFrame& frame : reconstruction.frames) times.push_back(frame.time);
  return median_rate(times);
}

std::string person_label(const Person& person) {
  return person.name.empty() ? "Person " + std::to_string(person.id) : person.name;
}

std::string person_label(const Reconstruction& reconstruction, int id) {
  for (const Person& person : reconstruction.people) {
    if (person.id == id) return person_label(person);
  }
  return "Person " + std::to_string(id);
}

}  // namespace ahap
