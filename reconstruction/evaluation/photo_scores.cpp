#include "reconstruction/evaluation/photo_scores.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "reconstruction/coco_joints.h"
#include "reconstruction/geometry/assignment.h"

namespace ahap {
namespace {

constexpr double kMinMatch = 0.4;        // of boxes or joints, for a detection to be a person
constexpr double kIgnoredOverlap = 0.3;  // IoU with an ignored box
constexpr double kIgnoredInside = 0.5;   // share of a detection in an ignored box
constexpr double kPckDistance = 0.2;     // of the trunk
constexpr double kMatchDistance = 0.5;   // of the trunk
constexpr int kMatchJoints = 4, kMatchDistances = 3;

// --- cameras ---

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

Eigen::Vector3d mean(const std::vector<Eigen::Vector3d>& points) {
  return std::accumulate(points.begin(), points.end(), Eigen::Vector3d(0, 0, 0)) / double(points.size());
}

// Umeyama 1991. Unlike align_points it also answers for points on a line: where they come to lie is unique.
Similarity nearest_similarity(const std::vector<Eigen::Vector3d>& from,
                              const std::vector<Eigen::Vector3d>& to, AlignmentGroup group) {
  const Eigen::Vector3d a = mean(from), b = mean(to);
  Eigen::Matrix3d covariance = Eigen::Matrix3d::Zero();
  double variance = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    covariance += (to[i] - b) * (from[i] - a).transpose();
    variance += (from[i] - a).squaredNorm();
  }
  Similarity align;
  align.R = nearest_rotation(covariance);
  constexpr double least_variance = 1e-12;  // square metres, per point
  if (group == AlignmentGroup::Sim3)
    align.scale =
        (align.R.transpose() * covariance).trace() / std::max(variance, least_variance * double(from.size()));
  align.t = b - align.scale * (align.R * a);
  return align;
}

std::vector<double> distances(const Similarity& align, const std::vector<Eigen::Vector3d>& from,
                              const std::vector<Eigen::Vector3d>& to) {
  std::vector<double> errors;
  for (std::size_t i = 0; i < from.size(); ++i) errors.push_back((align * from[i] - to[i]).norm());
  return errors;
}

PhotoCameraScores::Centres score_centres(const std::vector<Eigen::Vector3d>& predicted,
                                         const std::vector<Eigen::Vector3d>& truth,
                                         const std::vector<Eigen::Vector3d>& all_true) {
  PhotoCameraScores::Centres centres;
  const Similarity align = nearest_similarity(predicted, truth, AlignmentGroup::Sim3);
  centres.errors = distances(align, predicted, truth);
  centres.scale = align.scale;
  const Eigen::Vector3d middle = mean(all_true);
  for (const auto& centre : all_true)
    centres.scene_size = std::max(centres.scene_size, (centre - middle).norm());
  centres.s_cca10.count = double(all_true.size());
  for (const double error : centres.errors) centres.s_cca10.sum += error < 0.1 * centres.scene_size;
  centres.metric_error =
      mean(distances(nearest_similarity(predicted, truth, AlignmentGroup::SE3), predicted, truth));
  return centres;
}

std::optional<PhotoCameraScores> score_cameras(const Reconstruction& result, int frame,
                                               const LabelledItem& item) {
  PhotoCameraScores scores;
  CameraPoses predicted, truth;
  std::vector<Eigen::Vector3d> predicted_centres, true_centres, all_true;
  for (const LabelledView& view : item.views) {
    if (!view.camera) continue;
    ++scores.views;
    all_true.push_back(view.camera->center());
    const auto found =
        std::find_if(result.views.begin(), result.views.end(), [&](const ReconstructedView& candidate) {
          return candidate.name == view.name && candidate.camera_estimated;
        });
    if (found == result.views.end()) continue;
    const auto focal = [](const Camera& camera) { return (camera.K(0, 0) + camera.K(1, 1)) / 2; };
    const Camera& camera = found->camera(frame);
    scores.focal.add(std::abs(focal(camera) / focal(*view.camera) - 1));
    predicted.push_back(camera.world_from_camera);
    truth.push_back(view.camera->world_from_camera);
    predicted_centres.push_back(camera.center());
    true_centres.push_back(view.camera->center());
  }
  if (scores.views < 2) return std::nullopt;
  scores.estimated = int(predicted.size());
  scores.pairs = scores.views * (scores.views - 1) / 2;
  std::vector<std::vector<double>> of_camera(predicted.size());
  for (std::size_t a = 0; a < predicted.size(); ++a) {
    for (std::size_t b = a + 1; b < predicted.size(); ++b) {
      const double angle = 180 / M_PI *
                           rotation_angle(truth[a].linear().transpose() * truth[b].linear(),
                                          predicted[a].linear().transpose() * predicted[b].linear());
      scores.angles.push_back(angle);
      of_camera[a].push_back(angle);
      of_camera[b].push_back(angle);
    }
  }
  for (const auto& angles : of_camera) {
    if (!angles.empty()) scores.camera_angles.push_back(*median(angles));
  }
  for (const auto& [member, limit] :
       {std::pair(&PhotoCameraScores::rra5, 5), std::pair(&PhotoCameraScores::rra10, 10),
        std::pair(&PhotoCameraScores::rra15, 15)}) {
    const auto within = [limit = limit](double angle) { return angle < limit; };
    scores.*member = {double(std::count_if(scores.angles.begin(), scores.angles.end(), within)),
                      double(scores.pairs)};
  }
  constexpr int least_centres = 3;
  if (scores.estimated >= least_centres)
    scores.centres = score_centres(predicted_centres, true_centres, all_true);
  return scores;
}

// --- people in one view ---

double area(const Box& box) {
  return (box.x1 - box.x0) * (box.y1 - box.y0);
}

double intersection(const Box& a, const Box& b) {
  const double width = std::min(a.x1, b.x1) - std::max(a.x0, b.x0),
               height = std::min(a.y1, b.y1) - std::max(a.y0, b.y0);
  return std::max(width, 0.0) * std::max(height, 0.0);
}

double iou(const Box& a, const Box& b) {
  const double shared = intersection(a, b), all = area(a) + area(b) - shared;
  return all > 0 ? shared / all : 0;
}

double share_inside(const Box& a, const Box& b) {
  return intersection(a, b) / std::max(area(a), 1e-9);
}

Box clipped(const Box& box, const LabelledView& view) {
  const double w = view.width, h = view.height;
  return {std::clamp(box.x0, 0.0, w), std::clamp(box.y0, 0.0, h), std::clamp(box.x1, 0.0, w),
          std::clamp(box.y1, 0.0, h)};
}

// Mean length of the trunk's sides and diagonals, at least a fifth of the box's height.
double trunk(const LabelledPerson& person) {
  Score length;
  for (const auto& [a, b] : {std::pair(5, 11), std::pair(6, 12), std::pair(5, 12), std::pair(6, 11)}) {
    const LabelledJoint &from = (*person.joints)[a], &to = (*person.joints)[b];
    if (from.known && to.known) length.add((from.pixel - to.pixel).norm());
  }
  return std::max(length.value().value_or(0), 0.2 * (person.box.y1 - person.box.y0));
}

int common_joints(const LabelledPerson& person) {
  return int(std::count_if(kCocoAndSmplJoints.begin(), kCocoAndSmplJoints.end(),
                           [&](const auto& pair) { return (*person.joints)[pair.first].known; }));
}

// Distances of the known joints from `joints`, 24 of SMPL or none. A joint that is nowhere is endlessly far.
std::vector<double> joint_distances(const LabelledPerson& person, std::span<const Eigen::Vector2d> joints) {
  std::vector<double> distances;
  if (joints.size() != kSmplJoints) return distances;
  for (const auto& [coco, smpl] : kCocoAndSmplJoints) {
    const LabelledJoint& label = (*person.joints)[coco];
    if (!label.known) continue;
    const double distance = (label.pixel - joints[smpl]).norm();
    distances.push_back(std::isnan(distance) ? std::numeric_limits<double>::infinity() : distance);
  }
  return distances;
}

int count_within(const std::vector<double>& distances, double limit) {
  return int(
      std::count_if(distances.begin(), distances.end(), [&](double distance) { return distance < limit; }));
}

// How much a detection is this person, 0 to 1: by its box or, where more of them agree, by its joints.
double affinity(const LabelledPerson& person, const Detection& detection, const LabelledView& view) {
  const double boxes = iou(person.box, clipped(detection.box, view));
  if (!person.joints) return boxes;
  const auto known = std::count_if(person.joints->begin(), person.joints->end(),
                                   [](const auto& joint) { return joint.known; });
  const std::vector<double> distances = joint_distances(person, detection.joints2d);
  if (known < kMatchJoints || int(distances.size()) < kMatchDistances) return boxes;
  const double near =
      double(count_within(distances, kMatchDistance * trunk(person))) / double(distances.size());
  return near >= 0.5 ? std::max(boxes, near) : boxes;
}

// The detection of each person, null where there is none; the most similar first.
std::vector<const Detection*> match(const std::vector<LabelledPerson>& people,
                                    const std::vector<const Detection*>& detections,
                                    const LabelledView& view) {
  std::vector<std::tuple<double, int, int>> pairs;
  for (int i = 0; i < int(people.size()); ++i) {
    for (int j = 0; j < int(detections.size()); ++j) {
      const double similar = affinity(people[i], *detections[j], view);
      if (similar >= kMinMatch) pairs.emplace_back(similar, i, j);
    }
  }
  std::sort(pairs.rbegin(), pairs.rend());
  std::vector<const Detection*> matched(people.size(), nullptr);
  for (const auto& [similar, i, j] : pairs) {
    if (!matched[i] && std::find(matched.begin(), matched.end(), detections[j]) == matched.end())
      matched[i] = detections[j];
  }
  return matched;
}

// --- people of an item ---

// A labelled person in one view, with the identity that the result gives; negative: none.
struct Observation {
  std::size_t view;
  std::string true_id;
  int found_id;
};

// The joints of the detection's body as its camera shows them.
std::vector<Eigen::Vector2d> body_joints(const Detection& detection, const Reconstruction& result,
                                         int frame) {
  const auto found = find_person(result, frame, detection.person_id);
  const ReconstructedView& view = result.views.at(detection.view);
  if (!found || !view.camera_estimated) return {};
  std::vector<Eigen::Vector2d> joints;
  for (const auto& joint : found->body.joints) {
    constexpr double nowhere = std::numeric_limits<double>::quiet_NaN();
    joints.push_back(
        view.camera(frame).project(joint.cast<double>()).value_or(Eigen::Vector2d(nowhere, nowhere)));
  }
  return joints;
}

class PeopleScorer {
 public:
  PeopleScorer(const Reconstruction& result, int frame, const LabelledItem& item)
      : result_(result), frame_(frame), item_(item) {}

  PhotoPeopleScores scores() {
    for (std::size_t v = 0; v < item_.views.size(); ++v) {
      if (item_.views[v].people) score_view(v);
    }
    const DetectionScores detections = detection_scores(scores_.found, scores_.false_alarms, scores_.missed);
    scores_.precision = detections.precision;
    scores_.recall = detections.recall;
    scores_.f1 = detections.f1;
    scores_.joints_labelled = scores_.pck_all.count > 0;
    if (item_.views.size() > 1 && !observations_.empty()) score_identities();
    score_heights();
    return scores_;
  }

 private:
  void score_view(std::size_t v) {
    const LabelledView& view = item_.views[v];
    std::vector<const Detection*> detections;
    for (const Detection& detection : result_.frames.at(frame_).detections) {
      if (result_.views.at(detection.view).name == view.name) detections.push_back(&detection);
    }
    std::vector<LabelledPerson> people;
    std::vector<Box> ignored = view.ignored_regions;
    for (const LabelledPerson& person : *view.people) {
      if (person.ignored)
        ignored.push_back(person.box);
      else
        people.push_back(person);
    }
    const std::vector<const Detection*> matched = match(people, detections, view);
    for (const Detection* detection : detections) {
      if (std::find(matched.begin(), matched.end(), detection) == matched.end())
        score_unmatched(*detection, view, ignored);
    }
    for (std::size_t i = 0; i < people.size(); ++i) {
      ++(matched[i] ? scores_.found : scores_.missed);
      if (!people[i].id.empty()) {
        const int id = matched[i] ? std::max(matched[i]->person_id, -1) : -1;
        observations_.push_back({v, people[i].id, id});
        if (id >= 0) found_ids_.insert(id);
      }
      if (people[i].joints) score_joints(people[i], matched[i]);
    }
  }

  void score_unmatched(const Detection& detection, const LabelledView& view,
                       const std::vector<Box>& ignored) {
    const Box box = clipped(detection.box, view);
    const bool excused = std::any_of(ignored.begin(), ignored.end(), [&](const Box& region) {
      return iou(box, region) >= kIgnoredOverlap || share_inside(box, region) >= kIgnoredInside;
    });
    if (excused || !view.everybody) return;
    ++scores_.false_alarms;
    if (detection.person_id >= 0) found_ids_.insert(detection.person_id);
  }

  void score_joints(const LabelledPerson& person, const Detection* detection) {
    const double limit = kPckDistance * trunk(person);
    const int labelled = common_joints(person);
    scores_.pck_all.count += labelled;
    scores_.pck_bodies.count += labelled;
    if (!detection) return;
    const int right = count_within(joint_distances(person, detection->joints2d), limit);
    scores_.pck += {double(right), double(labelled)};
    scores_.pck_all.sum += right;
    scores_.pck_bodies.sum +=
        count_within(joint_distances(person, body_joints(*detection, result_, frame_)), limit);
  }

  void score_identities() {
    PhotoPeopleScores::Identities identities;
    std::map<std::string, int> row;
    std::map<int, int> column;
    int named = 0;
    for (const Observation& observation : observations_) {
      row.emplace(observation.true_id, int(row.size()));
      if (observation.found_id < 0) continue;
      column.emplace(observation.found_id, int(column.size()));
      ++named;
    }
    Eigen::MatrixXd agreement = Eigen::MatrixXd::Zero(row.size(), column.size());
    for (const Observation& observation : observations_) {
      if (observation.found_id >= 0)
        agreement(row.at(observation.true_id), column.at(observation.found_id)) += 1;
    }
    double right = 0;
    const std::vector<int> naming = assign(-agreement);
    for (std::size_t r = 0; r < naming.size(); ++r) right += naming[r] < 0 ? 0 : agreement(r, naming[r]);
    identities.accuracy = {right, double(observations_.size())};
    identities.accuracy_found = {right, double(std::max(named, 1))};
    for (std::size_t a = 0; a < observations_.size(); ++a) {
      for (std::size_t b = a + 1; b < observations_.size(); ++b) {
        if (observations_[a].view == observations_[b].view) continue;
        const bool same = observations_[a].true_id == observations_[b].true_id;
        const bool said_same =
            observations_[a].found_id >= 0 && observations_[a].found_id == observations_[b].found_id;
        if (said_same) identities.pair_precision.add(same);
        if (same) identities.pair_recall.add(said_same);
        identities.swapped |= said_same && !same;
      }
    }
    identities.true_people = int(row.size());
    identities.found_people = int(found_ids_.size());
    scores_.identities = identities;
  }

  // Of the identity that most of a person's observations have.
  void score_heights() {
    scores_.heights_known = !item_.heights.empty();
    for (const auto& [id, height] : item_.heights) {
      std::map<int, int> votes;
      for (const Observation& observation : observations_) {
        if (observation.true_id == id && observation.found_id >= 0) ++votes[observation.found_id];
      }
      if (votes.empty()) continue;
      const auto most = std::max_element(votes.begin(), votes.end(),
                                         [](const auto& a, const auto& b) { return a.second < b.second; });
      for (const Person& person : result_.people) {
        if (person.id == most->first) scores_.height.add(std::abs(person.height - height));
      }
    }
  }

  const Reconstruction& result_;
  const int frame_;
  const LabelledItem& item_;
  PhotoPeopleScores scores_;
  std::vector<Observation> observations_;
  std::set<int> found_ids_;
};

}  // namespace

std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::sort(values.begin(), values.end());
  return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
}

Score PhotoCameraScores::ae_mean() const {
  return {std::accumulate(angles.begin(), angles.end(), 0.0), double(angles.size())};
}

std::optional<double> PhotoCameraScores::ae_median() const {
  return median(angles);
}

PhotoItemScores score_photographs(const Reconstruction& result, int frame, const LabelledItem& item) {
  return {item.name, item.several_views, score_cameras(result, frame, item),
          PeopleScorer(result, frame, item).scores()};
}

std::vector<LabelledItem> view_subsets(const LabelledItem& item, int size) {
  std::vector<LabelledView> measured;
  std::copy_if(item.views.begin(), item.views.end(), std::back_inserter(measured),
               [](const LabelledView& view) { return view.camera.has_value(); });
  std::vector<LabelledItem> subsets;
  if (int(measured.size()) < size) return subsets;
  std::vector<bool> chosen(measured.size(), false);
  std::fill_n(chosen.begin(), size, true);
  do {
    LabelledItem& subset = subsets.emplace_back(item);
    subset.views.clear();
    for (std::size_t i = 0; i < measured.size(); ++i) {
      if (chosen[i]) subset.views.push_back(measured[i]);
    }
  } while (std::prev_permutation(chosen.begin(), chosen.end()));
  return subsets;
}

}  // namespace ahap
