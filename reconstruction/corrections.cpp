#include "reconstruction/corrections.h"

#include <algorithm>
#include <stdexcept>

namespace ahap {

std::shared_ptr<const Reconstruction> with_identities(const Reconstruction& reconstruction,
                                                      const std::vector<int>& person_ids,
                                                      const Progress& progress) {
  if (!reconstruction.run)
    throw std::runtime_error("Results of the model " + reconstruction.model_name +
                             " cannot be corrected; those of the model \"photo\" can.");
  auto corrected =
      std::make_shared<Reconstruction>(*reconstruction.run->with_identities(person_ids, progress));
  for (Person& person : corrected->people) {
    for (const Person& before : reconstruction.people) {
      if (before.id == person.id) person.name = before.name;
    }
  }
  return corrected;
}

std::vector<int> identities(const ReconstructedFrame& frame) {
  std::vector<int> ids;
  for (const Detection& detection : frame.detections) ids.push_back(detection.person_id);
  return ids;
}

int new_person_id(const ReconstructedFrame& frame) {
  int largest = 0;
  for (const Detection& detection : frame.detections) largest = std::max(largest, detection.person_id);
  return largest + 1;
}

std::vector<int> with_detection_assigned(const ReconstructedFrame& frame, int detection, int person_id) {
  std::vector<int> ids = identities(frame);
  const int before = ids.at(detection);
  for (std::size_t n = 0; n < ids.size() && person_id > 0; ++n) {
    if (ids[n] == person_id && frame.detections[n].view == frame.detections[detection].view) ids[n] = before;
  }
  ids[detection] = person_id;
  return ids;
}

std::optional<int> common_view(const ReconstructedFrame& frame, int person_a, int person_b) {
  for (const Detection& a : frame.detections) {
    for (const Detection& b : frame.detections) {
      if (a.person_id == person_a && b.person_id == person_b && a.view == b.view) return a.view;
    }
  }
  return std::nullopt;
}

std::vector<int> with_people_merged(const Reconstruction& reconstruction, int frame, int from, int into) {
  const ReconstructedFrame& seen = reconstruction.frames.at(frame);
  if (const auto view = common_view(seen, from, into)) {
    throw std::runtime_error(person_label(reconstruction, from) + " and " +
                             person_label(reconstruction, into) + " are both in " +
                             reconstruction.views.at(*view).name + ": they are two people.");
  }
  std::vector<int> ids = identities(seen);
  std::replace(ids.begin(), ids.end(), from, into);
  return ids;
}

std::vector<int> without_person(const ReconstructedFrame& frame, int person_id) {
  std::vector<int> ids = identities(frame);
  std::replace(ids.begin(), ids.end(), person_id, kNotAPerson);
  return ids;
}

std::shared_ptr<const Reconstruction> with_name(const Reconstruction& reconstruction, int person_id,
                                                const std::string& name) {
  auto renamed = std::make_shared<Reconstruction>(reconstruction);
  for (Person& person : renamed->people) {
    if (person.id == person_id) person.name = name;
  }
  return renamed;
}

}  // namespace ahap
