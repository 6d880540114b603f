#include "app/gui/identity_evidence.h"

#include <algorithm>
#include <cmath>

#include "reconstruction/corrections.h"

namespace ahap {
namespace {

double agreement_of(const ReconstructedFrame& seen, int detection, int person_id) {
  const AssociationMatrix& matrix = seen.association;
  for (std::size_t row = 0; row < matrix.person_ids.size(); ++row) {
    if (matrix.person_ids[row] == person_id) return matrix.weight[row].at(std::size_t(detection));
  }
  return 0;
}

// Of a person's detections in other views that count, the one that agrees best; those in views with a pose
// first.
int best_other(const Reconstruction& reconstruction, const ReconstructedFrame& seen, int detection,
               int person_id) {
  int best = -1;
  std::pair<bool, double> best_rank;
  for (const int n : detections_of(seen, person_id)) {
    const Detection& other = seen.detections[std::size_t(n)];
    if (other.view == seen.detections[std::size_t(detection)].view || !counts(reconstruction, other))
      continue;
    const auto rank = std::make_pair(reconstruction.views[std::size_t(other.view)].camera_estimated,
                                     agreement_of(seen, n, person_id) + 1e-3 * other.score);
    if (best >= 0 && rank <= best_rank) continue;
    best = n;
    best_rank = rank;
  }
  return best;
}

// What lies on the ray through a pixel, as another camera shows it; from near to far.
std::vector<Eigen::Vector2d> line_in(const Camera& other, const Camera& camera,
                                     const Eigen::Vector2d& pixel) {
  constexpr double kNear = 0.3, kFar = 60, kStep = 1.05;          // metres; each step so many times as far
  const double reach = 10 * std::max(other.width, other.height);  // beyond it nobody looks
  std::vector<Eigen::Vector2d> line;
  for (double distance = kNear; distance < kFar; distance *= kStep) {
    const auto seen = other.project(camera.center() + distance * camera.ray(pixel));
    if (seen && seen->cwiseAbs().maxCoeff() < reach) line.push_back(*seen);
  }
  return line;
}

std::optional<double> distance_to(const std::vector<Eigen::Vector2d>& line, const Eigen::Vector2d& place) {
  std::optional<double> nearest;
  for (std::size_t i = 1; i < line.size(); ++i) {
    const Eigen::Vector2d along = line[i] - line[i - 1];
    const double length = along.squaredNorm();
    const double share = length > 0 ? std::clamp((place - line[i - 1]).dot(along) / length, 0.0, 1.0) : 0;
    const double distance = (line[i - 1] + share * along - place).norm();
    nearest = std::min(nearest.value_or(distance), distance);
  }
  return nearest;
}

}  // namespace

IdentityEvidence identity_evidence(const Reconstruction& reconstruction, int frame, int detection,
                                   int person_id) {
  const ReconstructedFrame& seen = reconstruction.frames.at(std::size_t(frame));
  const Detection& here = seen.detections.at(std::size_t(detection));
  IdentityEvidence evidence;
  evidence.agreement = agreement_of(seen, detection, person_id);
  evidence.fit = photo_fit(reconstruction, frame, detection, person_id);
  for (const int id : seen.association.person_ids) {
    const double agreement = agreement_of(seen, detection, id);
    if (id <= 0 || id == person_id || agreement <= evidence.next_agreement) continue;
    evidence.next = id;
    evidence.next_agreement = agreement;
  }
  evidence.other = best_other(reconstruction, seen, detection, person_id);
  if (evidence.other < 0) return evidence;
  const Detection& other = seen.detections[std::size_t(evidence.other)];
  const ReconstructedView &from = reconstruction.views[std::size_t(here.view)],
                          &into = reconstruction.views[std::size_t(other.view)];
  if (!from.camera_estimated || !into.camera_estimated) return evidence;
  evidence.epipolar_line = line_in(into.camera(frame), from.camera(frame), here.keypoint);
  evidence.beside_line = distance_to(evidence.epipolar_line, other.keypoint);
  return evidence;
}

}  // namespace ahap
