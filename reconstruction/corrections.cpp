#include "reconstruction/corrections.h"

#include <algorithm>
#include <stdexcept>

namespace ahap {

std::shared_ptr<const Reconstruction> with_decisions(const Reconstruction& reconstruction,
                                                     const Decisions& decisions, const Progress& progress) {
  if (!reconstruction.run)
    throw std::runtime_error("Results of the model " + reconstruction.model_name +
                             " cannot be corrected; those of the model \"photo\" can.");
  auto corrected = std::make_shared<Reconstruction>(*reconstruction.run->with_decisions(decisions, progress));
  for (Person& person : corrected->people) {
    for (const Person& before : reconstruction.people) {
      if (before.id == person.id) person.name = before.name;
    }
  }
  std::vector<Detection>& detections = corrected->frames.front().detections;
  for (std::size_t n = 0; n < detections.size(); ++n)
    detections[n].locked = reconstruction.frames.front().detections[n].locked;
  return corrected;
}

std::shared_ptr<const Reconstruction> with_identities(const Reconstruction& reconstruction,
                                                      const std::vector<int>& person_ids,
                                                      const Progress& progress) {
  Decisions others = decisions(reconstruction);
  others.person_ids = person_ids;
  return with_decisions(reconstruction, others, progress);
}

Decisions decisions(const Reconstruction& reconstruction) {
  Decisions decisions;
  decisions.person_ids = identities(reconstruction.frames.front());
  for (const Detection& detection : reconstruction.frames.front().detections)
    decisions.left_out.push_back(detection.left_out);
  for (const ReconstructedView& view : reconstruction.views)
    decisions.views_left_out.push_back(view.left_out);
  return decisions;
}

bool counts(const Reconstruction& reconstruction, const Detection& detection) {
  return !detection.left_out && !reconstruction.views.at(detection.view).left_out;
}

Decisions with_detection_left_out(const Reconstruction& reconstruction, int detection, bool left_out) {
  const std::vector<Detection>& detections = reconstruction.frames.front().detections;
  const Detection& seen = detections.at(detection);
  const auto others = std::count_if(detections.begin(), detections.end(), [&](const Detection& other) {
    return other.person_id == seen.person_id && counts(reconstruction, other);
  });
  if (left_out && seen.person_id > 0 && others == 1 && counts(reconstruction, seen))
    throw std::runtime_error(person_label(reconstruction, seen.person_id) +
                             " is in no other picture: without this one there is no body.");
  Decisions decided = decisions(reconstruction);
  decided.left_out[detection] = left_out;
  return decided;
}

Decisions with_view_left_out(const Reconstruction& reconstruction, int view, bool left_out) {
  Decisions decided = decisions(reconstruction);
  decided.views_left_out.at(view) = left_out;
  const auto& views = decided.views_left_out;
  if (std::find(views.begin(), views.end(), false) == views.end())
    throw std::runtime_error(reconstruction.views[view].name + " is the last picture that counts.");
  return decided;
}

std::vector<int> identities(const ReconstructedFrame& frame) {
  std::vector<int> ids;
  for (const Detection& detection : frame.detections) ids.push_back(detection.person_id);
  return ids;
}

std::vector<int> detections_of(const ReconstructedFrame& frame, int person_id) {
  std::vector<int> theirs;
  for (std::size_t n = 0; n < frame.detections.size(); ++n) {
    if (frame.detections[n].person_id == person_id) theirs.push_back(int(n));
  }
  return theirs;
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

std::shared_ptr<const Reconstruction> with_locks(const Reconstruction& reconstruction,
                                                 const std::vector<int>& detections, bool locked) {
  auto result = std::make_shared<Reconstruction>(reconstruction);
  for (const int n : detections) result->frames.front().detections.at(n).locked = locked;
  return result;
}

int locked_against(const ReconstructedFrame& frame, const std::vector<int>& person_ids) {
  for (std::size_t n = 0; n < frame.detections.size(); ++n) {
    if (frame.detections[n].locked && frame.detections[n].person_id != person_ids.at(n)) return int(n);
  }
  return -1;
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
