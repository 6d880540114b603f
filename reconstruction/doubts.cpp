#include "reconstruction/doubts.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/corrections.h"
#include "reconstruction/doubt.h"

namespace ahap {
namespace {

// How doubtful; 1 is as much as a body that lies badly or as two ways that are equally likely.
double weight_of(const Doubt& doubt, double margin) {
  double weight = 0;
  if (doubt.fit) weight = doubt.fit->metres / kBadFit;
  if (doubt.runner_up) weight = std::max(weight, 1 - margin / kDoubtfulMargin);
  return weight;
}

// A person of other photos in one without a pose.
bool is_guess(const Reconstruction& reconstruction, const ReconstructedFrame& seen,
              const Detection& detection) {
  return !reconstruction.views.at(detection.view).camera_estimated &&
         std::any_of(seen.detections.begin(), seen.detections.end(), [&](const Detection& other) {
           return other.person_id == detection.person_id && other.view != detection.view;
         });
}

std::string who(const Reconstruction& reconstruction, int id) {
  const bool known = std::any_of(reconstruction.people.begin(), reconstruction.people.end(),
                                 [&](const Person& person) { return person.id == id; });
  return known ? person_label(reconstruction, id) : id == kNobody ? "nobody" : "somebody new";
}

}  // namespace

std::vector<Doubt> doubts(const Reconstruction& reconstruction, int frame) {
  const ReconstructedFrame& seen = reconstruction.frames.at(frame);
  const RunnerUp& other = seen.runner_up;
  const bool close = !other.person_ids.empty() && other.margin < kDoubtfulMargin;
  std::vector<Doubt> doubts;
  for (int n = 0; n < int(seen.detections.size()); ++n) {
    const Detection& detection = seen.detections[n];
    if (detection.locked || !counts(reconstruction, detection) || detection.person_id == kNotAPerson)
      continue;
    Doubt doubt;
    doubt.detection = n;
    if (close && other.person_ids[n] != detection.person_id) doubt.runner_up = other.person_ids[n];
    const auto fit = photo_fit(reconstruction, frame, n);
    if (fit && fit->metres > kPoorFit) doubt.fit = fit;
    doubt.guessed = detection.person_id > 0 && is_guess(reconstruction, seen, detection);
    if (doubt.runner_up || doubt.fit || doubt.guessed) doubts.push_back(doubt);
  }
  std::stable_sort(doubts.begin(), doubts.end(), [&](const Doubt& a, const Doubt& b) {
    return weight_of(a, other.margin) > weight_of(b, other.margin);
  });
  return doubts;
}

std::string doubt_text(const Reconstruction& reconstruction, const Doubt& doubt) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  if (doubt.runner_up) add("may be " + who(reconstruction, *doubt.runner_up));
  if (doubt.fit) add("the body lies " + std::to_string(std::lround(100 * doubt.fit->metres)) + " cm beside");
  if (doubt.guessed) add("a guess: the photo has no camera pose");
  return text;
}

}  // namespace ahap
