#include "reconstruction/evaluation/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "reconstruction/geometry/assignment.h"

namespace ahap {

namespace {

void require_equal(std::size_t predicted, std::size_t truth, const char* what) {
  if (predicted != truth) {
    throw std::invalid_argument("metric: " + std::to_string(predicted) + " predicted " + what + " for " +
                                std::to_string(truth) + " true ones");
  }
}

Score mean_distance(std::span<const Joints> predicted, std::span<const Joints> truth,
                    const Similarity& align) {
  require_equal(predicted.size(), truth.size(), "people");
  Score score;
  for (std::size_t p = 0; p < predicted.size(); ++p) {
    require_equal(predicted[p].size(), truth[p].size(), "joints");
    for (std::size_t j = 0; j < predicted[p].size(); ++j)
      score.add((align * predicted[p][j] - truth[p][j]).norm());
  }
  return score;
}

Joints concatenated(std::span<const Joints> people) {
  Joints all;
  for (const auto& joints : people) all.insert(all.end(), joints.begin(), joints.end());
  return all;
}

// Distances of the aligned centres from the true ones; empty without an alignment.
std::vector<double> center_errors(const CameraPoses& predicted, const CameraPoses& truth,
                                  AlignmentGroup group) {
  require_equal(predicted.size(), truth.size(), "cameras");
  std::vector<double> errors;
  if (const auto align = align_trajectories(predicted, truth, group)) {
    for (std::size_t i = 0; i < predicted.size(); ++i) {
      errors.push_back(
          (*align * Eigen::Vector3d(predicted[i].translation()) - truth[i].translation()).norm());
    }
  }
  return errors;
}

Joints to_double(const std::vector<Eigen::Vector3f>& joints) {
  Joints result;
  for (const auto& joint : joints) result.push_back(joint.cast<double>());
  return result;
}

int keypoint_joint(const Reconstruction& reconstruction) {
  return reconstruction.primary_keypoint == "head" ? 15 : 0;
}

// Index into truth.views of each view, -1 where no name agrees.
std::vector<int> match_views(const Reconstruction& reconstruction, const GroundTruth& truth) {
  std::vector<int> match;
  for (const auto& view : reconstruction.views) {
    const auto found = std::find_if(truth.views.begin(), truth.views.end(),
                                    [&](const auto& t) { return t.name == view.name; });
    match.push_back(found == truth.views.end() ? -1 : int(found - truth.views.begin()));
  }
  if (std::all_of(match.begin(), match.end(), [](int v) { return v < 0; })) {
    throw std::runtime_error("none of the reconstruction's pictures is named in the ground truth");
  }
  return match;
}

// A true person as one view sees it.
struct TrueObservation {
  std::optional<Eigen::Vector2d> keypoint;
  double extent = 0;     // larger side of the box of its joints, pixels
  bool visible = false;  // must be found
};

TrueObservation observation(const GroundTruth& truth, int v, int p, int keypoint,
                            const MatchingRules& rules) {
  const auto& view = truth.views[v];
  TrueObservation result;
  Eigen::Vector2d low = Eigen::Vector2d::Constant(std::numeric_limits<double>::infinity()), high = -low;
  int inside = 0;
  const auto in_picture = [&](const Eigen::Vector2d& x) {
    return x.x() >= 0 && x.y() >= 0 && x.x() < view.camera.width && x.y() < view.camera.height;
  };
  const auto& joints = truth.people[p].joints;
  for (const auto& joint : joints) {
    if (const auto x = view.camera.project(joint.cast<double>())) {
      low = low.cwiseMin(*x);
      high = high.cwiseMax(*x);
      inside += in_picture(*x);
    }
  }
  if (inside == 0) return result;
  result.keypoint = view.camera.project(joints.at(keypoint).cast<double>());
  result.extent = (high - low).maxCoeff();
  const double pixels = double(view.camera.width) * view.camera.height;
  const bool seen = view.visible_pixels.empty() ? inside * 2 >= int(joints.size())
                                                : view.visible_pixels.at(p) >= rules.min_visible * pixels;
  result.visible = seen && result.keypoint && in_picture(*result.keypoint);
  return result;
}

// 1-based person on a pixel of the true mask, 0 for the scene or outside.
int masked_person(const GroundTruth::View& view, const Eigen::Vector2d& pixel) {
  const int x = int(std::floor(pixel.x())), y = int(std::floor(pixel.y()));
  const int width = view.camera.width, height = view.camera.height;
  if (view.person.size() != std::size_t(width) * height || x < 0 || y < 0 || x >= width || y >= height)
    return 0;
  return view.person[std::size_t(y) * width + x];
}

}  // namespace

Score mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth) {
  return mean_distance(predicted, truth, {});
}

Score w_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth,
              const CameraPoses& predicted_cameras, const CameraPoses& true_cameras) {
  const auto align = align_trajectories(predicted_cameras, true_cameras, AlignmentGroup::SE3);
  return align ? mean_distance(predicted, truth, *align) : Score{};
}

Score ga_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth) {
  const auto align = align_points(concatenated(predicted), concatenated(truth), AlignmentGroup::Sim3);
  return align ? mean_distance(predicted, truth, *align) : Score{};
}

Score pa_mpjpe(std::span<const Joints> predicted, std::span<const Joints> truth) {
  require_equal(predicted.size(), truth.size(), "people");
  Score score;
  for (std::size_t p = 0; p < predicted.size(); ++p) {
    score += ga_mpjpe(predicted.subspan(p, 1), truth.subspan(p, 1));
  }
  return score;
}

Score translation_error(const CameraPoses& predicted, const CameraPoses& truth, AlignmentGroup group) {
  Score score;
  for (const double error : center_errors(predicted, truth, group)) score.add(error);
  return score;
}

std::vector<double> relative_rotation_errors(const CameraPoses& predicted, const CameraPoses& truth) {
  require_equal(predicted.size(), truth.size(), "cameras");
  std::vector<double> errors;
  for (std::size_t a = 0; a < predicted.size(); ++a) {
    for (std::size_t b = a + 1; b < predicted.size(); ++b) {
      errors.push_back(rotation_angle(predicted[a].linear().transpose() * predicted[b].linear(),
                                      truth[a].linear().transpose() * truth[b].linear()));
    }
  }
  return errors;
}

Score angle_error(const CameraPoses& predicted, const CameraPoses& truth) {
  Score score;
  for (const double error : relative_rotation_errors(predicted, truth)) score.add(error);
  return score;
}

Score relative_rotation_accuracy(const CameraPoses& predicted, const CameraPoses& truth, double threshold) {
  Score score;
  for (const double error : relative_rotation_errors(predicted, truth)) score.add(error < threshold);
  return score;
}

Score camera_center_accuracy(const CameraPoses& predicted, const CameraPoses& truth, AlignmentGroup group,
                             double share) {
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  for (const auto& pose : truth) mean += pose.translation() / double(truth.size());
  double scale = 0;
  for (const auto& pose : truth) scale = std::max(scale, (pose.translation() - mean).norm());
  Score score;
  if (!(scale > 0)) return score;
  for (const double error : center_errors(predicted, truth, group)) score.add(error < share * scale);
  return score;
}

Score up_error(const CameraPoses& predicted, const CameraPoses& truth) {
  require_equal(predicted.size(), truth.size(), "cameras");
  Score score;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const Eigen::Vector3d a = predicted[i].linear().row(1),
                          b = truth[i].linear().row(1);  // world Y, camera axes
    score.add(std::atan2(a.cross(b).norm(), a.dot(b)));
  }
  return score;
}

AssociationScores association_scores(std::span<const int> view, std::span<const int> predicted_id,
                                     std::span<const int> true_id) {
  require_equal(predicted_id.size(), true_id.size(), "identities");
  require_equal(predicted_id.size(), view.size(), "identities");
  AssociationScores scores;
  for (std::size_t a = 0; a < view.size(); ++a) {
    for (std::size_t b = a + 1; b < view.size(); ++b) {
      if (view[a] == view[b] || true_id[a] < 0 || true_id[b] < 0) continue;
      const bool same = true_id[a] == true_id[b];
      const bool said_same = predicted_id[a] > 0 && predicted_id[a] == predicted_id[b];
      if (said_same) scores.precision.add(same);
      if (same) scores.recall.add(said_same);
      scores.accuracy.add(same == said_same);
    }
  }
  return scores;
}

DetectionScores detection_scores(int true_positives, int false_positives, int false_negatives) {
  const double tp = true_positives, fp = false_positives, fn = false_negatives;
  return {{tp, tp + fp}, {tp, tp + fn}, {2 * tp, 2 * tp + fp + fn}};
}

DepthScores depth_scores(std::span<const float> predicted, std::span<const float> truth) {
  require_equal(predicted.size(), truth.size(), "depths");
  DepthScores scores;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double p = predicted[i], t = truth[i];
    if (!(t > 0) || !(p > 0) || !std::isfinite(p)) continue;
    scores.abs_rel.add(std::abs(p - t) / t);
    scores.delta.add(std::max(p / t, t / p) < 1.25);
  }
  return scores;
}

std::vector<int> match_detections(const Reconstruction& reconstruction, int frame, const GroundTruth& truth,
                                  const MatchingRules& rules) {
  const std::vector<Detection>& detected_people = reconstruction.frames.at(frame).detections;
  const std::vector<int> true_view = match_views(reconstruction, truth);
  std::vector<int> match(detected_people.size(), -1);
  for (std::size_t v = 0; v < reconstruction.views.size(); ++v) {
    if (true_view[v] < 0) continue;
    std::vector<int> here;
    for (std::size_t n = 0; n < detected_people.size(); ++n) {
      if (detected_people[n].view == int(v)) here.push_back(int(n));
    }
    Eigen::MatrixXd cost =
        Eigen::MatrixXd::Constant(here.size(), truth.people.size(), std::numeric_limits<double>::infinity());
    for (std::size_t p = 0; p < truth.people.size(); ++p) {
      const TrueObservation person =
          observation(truth, true_view[v], int(p), keypoint_joint(reconstruction), rules);
      if (!person.keypoint || !(person.extent > 0)) continue;
      for (std::size_t i = 0; i < here.size(); ++i) {
        const Eigen::Vector2d& keypoint = detected_people[here[i]].keypoint;
        const double distance = (keypoint - *person.keypoint).norm() / person.extent;
        const bool on_person = masked_person(truth.views[true_view[v]], keypoint) == int(p) + 1;
        if (on_person || distance < rules.max_distance) cost(i, p) = distance;
      }
    }
    const std::vector<int> person = assign(cost);
    for (std::size_t i = 0; i < here.size(); ++i) match[here[i]] = person[i];
  }
  return match;
}

namespace {

// One frame of a result beside what is true of it.
struct ScoredFrame {
  const Reconstruction& reconstruction;
  int frame;
  const GroundTruth& truth;
  const MatchingRules& rules;
  std::vector<int> true_view = match_views(reconstruction, truth);
  std::vector<int> true_person = match_detections(reconstruction, frame, truth, rules);

  const ReconstructedFrame& seen() const { return reconstruction.frames.at(frame); }
  bool is_visible(int v, int p) const {
    return observation(truth, v, p, keypoint_joint(reconstruction), rules).visible;
  }
};

// Somebody hardly visible need not be found, and finding them is no false alarm.
void score_detections(const ScoredFrame& of, CaptureScores& scores) {
  const std::vector<Detection>& detections = of.seen().detections;
  int found = 0, missed = 0, false_alarms = int(std::count(of.true_person.begin(), of.true_person.end(), -1));
  for (std::size_t v = 0; v < of.true_view.size(); ++v) {
    for (std::size_t p = 0; of.true_view[v] >= 0 && p < of.truth.people.size(); ++p) {
      if (!of.is_visible(of.true_view[v], int(p))) continue;
      bool detected = false;
      for (std::size_t n = 0; n < of.true_person.size(); ++n)
        detected |= detections[n].view == int(v) && of.true_person[n] == int(p);
      ++(detected ? found : missed);
    }
  }
  std::vector<int> view, person_id;
  for (const auto& detection : detections) {
    if (of.true_view[detection.view] < 0) --false_alarms;  // nothing is known about that view
    view.push_back(detection.view);
    person_id.push_back(detection.person_id);
  }
  const DetectionScores found_scores = detection_scores(found, false_alarms, missed);
  scores.precision = found_scores.precision;
  scores.recall = found_scores.recall;
  scores.f1 = found_scores.f1;
  const AssociationScores association = association_scores(view, person_id, of.true_person);
  scores.association_precision = association.precision;
  scores.association_recall = association.recall;
  scores.association_accuracy = association.accuracy;
}

// The estimated cameras of a frame and what they are in truth.
struct CameraPairs {
  CameraPoses predicted, truth;
};

// What has no pose cannot be aligned and fails the accuracies.
CameraPairs score_cameras(const ScoredFrame& of, CaptureScores& scores) {
  CameraPairs cameras;
  int known_views = 0;
  for (std::size_t v = 0; v < of.true_view.size(); ++v) {
    if (of.true_view[v] < 0) continue;
    ++known_views;
    const ReconstructedView& view = of.reconstruction.views[v];
    scores.cameras_estimated.add(view.camera_estimated);
    if (!view.camera_estimated) continue;
    const Camera &predicted = view.camera(of.frame), &exact = of.truth.views[of.true_view[v]].camera;
    cameras.predicted.push_back(predicted.world_from_camera);
    cameras.truth.push_back(exact.world_from_camera);
    scores.focal.add(std::abs(std::log(predicted.K(0, 0) / exact.K(0, 0))));
  }
  scores.te = translation_error(cameras.predicted, cameras.truth, AlignmentGroup::SE3);
  scores.s_te = translation_error(cameras.predicted, cameras.truth, AlignmentGroup::Sim3);
  scores.ae = angle_error(cameras.predicted, cameras.truth);
  // Measured cameras have a world with axes of its own.
  if (!of.truth.only_cameras) scores.up = up_error(cameras.predicted, cameras.truth);
  const double pairs = 0.5 * known_views * (known_views - 1);
  for (const auto& [member, degrees] :
       {std::pair(&CaptureScores::rra5, 5), std::pair(&CaptureScores::rra10, 10),
        std::pair(&CaptureScores::rra15, 15)}) {
    scores.*member = relative_rotation_accuracy(cameras.predicted, cameras.truth, degrees * M_PI / 180);
    (scores.*member).count = pairs;
  }
  if (known_views > 1) {
    scores.cca10 = camera_center_accuracy(cameras.predicted, cameras.truth, AlignmentGroup::SE3, 0.1);
    scores.s_cca10 = camera_center_accuracy(cameras.predicted, cameras.truth, AlignmentGroup::Sim3, 0.1);
    scores.cca10.count = scores.s_cca10.count = known_views;
  }
  return cameras;
}

// The true person most of whose detections are this person's, -1 for nobody; one-to-one.
std::vector<int> match_people(const ScoredFrame& of, const std::vector<PersonInFrame>& people) {
  Eigen::MatrixXd votes = Eigen::MatrixXd::Zero(people.size(), of.truth.people.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    for (std::size_t n = 0; n < of.true_person.size(); ++n) {
      if (of.true_person[n] >= 0 && of.seen().detections[n].person_id == people[i].person.id)
        votes(i, of.true_person[n]) += 1;
    }
  }
  return assign(
      votes.unaryExpr([](double n) { return n > 0 ? -n : std::numeric_limits<double>::infinity(); }));
}

void score_people(const ScoredFrame& of, const CameraPairs& cameras, CaptureScores& scores) {
  const std::vector<PersonInFrame> people = people_in(of.reconstruction, of.frame);
  std::vector<Joints> predicted, truth;
  std::vector<bool> has_body(of.truth.people.size(), false);
  const std::vector<int> match = match_people(of, people);
  for (std::size_t i = 0; i < match.size(); ++i) {
    if (match[i] < 0 || people[i].body.joints.empty()) continue;
    has_body[match[i]] = true;
    predicted.push_back(to_double(people[i].body.joints));
    truth.push_back(to_double(of.truth.people[match[i]].joints));
  }
  for (std::size_t p = 0; p < of.truth.people.size(); ++p) {
    bool visible = has_body[p];
    for (int v : of.true_view) visible |= v >= 0 && of.is_visible(v, int(p));
    if (visible) scores.people_found.add(has_body[p]);
  }
  if (predicted.empty()) return;
  scores.mpjpe = mpjpe(predicted, truth);
  scores.w_mpjpe = w_mpjpe(predicted, truth, cameras.predicted, cameras.truth);
  scores.ga_mpjpe = ga_mpjpe(predicted, truth);
  scores.pa_mpjpe = pa_mpjpe(predicted, truth);
}

// The cloud's points, each in the view it came from.
void score_depth(const ScoredFrame& of, CaptureScores& scores) {
  const PointCloud& points = *of.seen().points;
  std::vector<float> predicted, truth;
  for (std::size_t i = 0; i < points.view.size(); ++i) {
    const int v = points.view[i];
    if (v >= int(of.true_view.size()) || of.true_view[v] < 0) continue;
    const Camera& camera = of.reconstruction.views[v].camera(of.frame);
    const GroundTruth::View& exact = of.truth.views[of.true_view[v]];
    const int width = exact.camera.width, height = exact.camera.height;
    if (exact.depth.size() != std::size_t(width) * height) continue;
    const Eigen::Vector3d X = points.positions[i].cast<double>();
    const auto pixel = camera.project(X);
    if (!pixel || pixel->x() < 0 || pixel->y() < 0 || pixel->x() >= width || pixel->y() >= height) continue;
    predicted.push_back(float((camera.camera_from_world() * X).z()));
    truth.push_back(exact.depth[std::size_t(pixel->y()) * width + std::size_t(pixel->x())]);
  }
  const DepthScores depth = depth_scores(predicted, truth);
  scores.depth_abs_rel = depth.abs_rel;
  scores.depth_delta = depth.delta;
}

}  // namespace

CaptureScores score(const Reconstruction& reconstruction, int frame, const GroundTruth& truth,
                    const MatchingRules& rules) {
  const ScoredFrame of{reconstruction, frame, truth, rules};
  CaptureScores scores;
  const CameraPairs cameras = score_cameras(of, scores);
  if (truth.only_cameras) return scores;
  score_detections(of, scores);
  score_people(of, cameras, scores);
  score_depth(of, scores);
  return scores;
}

const std::vector<ScoreColumn>& score_columns() {
  constexpr double kDegrees = 180 / M_PI;
  static const std::vector<ScoreColumn> columns = {
      {"precision", "/detection/precision", "", &CaptureScores::precision, 1, true},
      {"recall", "/detection/recall", "", &CaptureScores::recall, 1, true},
      {"F1", "/detection/f1", "", &CaptureScores::f1, 1, true},
      {"association precision", "/association/precision", "", &CaptureScores::association_precision, 1, true},
      {"association recall", "/association/recall", "", &CaptureScores::association_recall, 1, true},
      {"association accuracy", "/association/accuracy", "", &CaptureScores::association_accuracy, 1, true},
      {"people found", "/people/found", "", &CaptureScores::people_found, 1, true},
      {"MPJPE", "/people/mpjpe", "m", &CaptureScores::mpjpe, 1, false},
      {"W-MPJPE", "/people/w_mpjpe", "m", &CaptureScores::w_mpjpe, 1, false},
      {"GA-MPJPE", "/people/ga_mpjpe", "m", &CaptureScores::ga_mpjpe, 1, false},
      {"PA-MPJPE", "/people/pa_mpjpe", "m", &CaptureScores::pa_mpjpe, 1, false},
      {"TE", "/cameras/te", "m", &CaptureScores::te, 1, false},
      {"s-TE", "/cameras/s_te", "m", &CaptureScores::s_te, 1, false},
      {"AE", "/cameras/ae", "deg", &CaptureScores::ae, kDegrees, false},
      {"RRA@5", "/cameras/rra5", "", &CaptureScores::rra5, 1, true},
      {"RRA@10", "/cameras/rra10", "", &CaptureScores::rra10, 1, true},
      {"RRA@15", "/cameras/rra15", "", &CaptureScores::rra15, 1, true},
      {"CCA@10", "/cameras/cca10", "", &CaptureScores::cca10, 1, true},
      {"s-CCA@10", "/cameras/s_cca10", "", &CaptureScores::s_cca10, 1, true},
      {"cameras estimated", "/cameras/estimated", "", &CaptureScores::cameras_estimated, 1, true},
      {"up error", "/cameras/up", "deg", &CaptureScores::up, kDegrees, false},
      {"focal error", "/cameras/focal", "log", &CaptureScores::focal, 1, false},
      {"depth AbsRel", "/depth/abs_rel", "", &CaptureScores::depth_abs_rel, 1, false},
      {"depth delta<1.25", "/depth/delta1", "", &CaptureScores::depth_delta, 1, true},
      {"IDF1", "/identities/idf1", "", &CaptureScores::idf1, 1, true},
      {"ID precision", "/identities/precision", "", &CaptureScores::id_precision, 1, true},
      {"ID recall", "/identities/recall", "", &CaptureScores::id_recall, 1, true},
      {"MOTA", "/identities/mota", "", &CaptureScores::mota, 1, true},
      {"ID switches", "/identities/switches", "per capture", &CaptureScores::id_switches, 1, false},
      {"missed boxes", "/identities/misses", "per capture", &CaptureScores::box_misses, 1, false},
      {"false boxes", "/identities/false_alarms", "per capture", &CaptureScores::box_false_alarms, 1, false},
      {"WA-MPJPE of segments", "/motion/wa_mpjpe", "m", &CaptureScores::segment_wa_mpjpe, 1, false},
      {"W-MPJPE of segments", "/motion/w_mpjpe", "m", &CaptureScores::segment_w_mpjpe, 1, false},
      {"RTE", "/motion/rte", "%", &CaptureScores::rte, 100, false},
      {"jitter", "/motion/jitter", "m/s^3", &CaptureScores::jitter, 1, false},
      {"true jitter", "/motion/true_jitter", "m/s^3", &CaptureScores::true_jitter, 1, false},
      {"jitter / true jitter", "/motion/jitter_ratio", "", &CaptureScores::jitter_ratio, 1, false},
      {"foot skating", "/motion/skating", "cm/s", &CaptureScores::skating, 100, false},
  };
  return columns;
}

std::vector<ScoreSummary> summarise(std::span<const CaptureScores> captures, int draws) {
  std::vector<ScoreSummary> rows;
  for (const auto& column : score_columns()) {
    std::vector<Score> scores;
    std::vector<double> values;
    Score total;
    for (const auto& capture : captures) {
      const Score& score = capture.*column.member;
      if (!score.value()) continue;
      scores.push_back(score);
      values.push_back(*score.value() * column.factor);
      total += score;
    }
    if (scores.empty()) continue;
    std::mt19937 engine(1);
    std::uniform_int_distribution<std::size_t> any(0, scores.size() - 1);
    std::vector<double> means;
    for (int draw = 0; draw < draws; ++draw) {
      Score sample;
      for (std::size_t i = 0; i < scores.size(); ++i) sample += scores[any(engine)];
      means.push_back(*sample.value() * column.factor);
    }
    const auto quantile = [](std::vector<double>& sorted, double q) {
      std::sort(sorted.begin(), sorted.end());
      const double at = q * double(sorted.size() - 1);
      const std::size_t below = std::size_t(at);
      const double above = sorted[std::min(below + 1, sorted.size() - 1)];
      return sorted[below] + (at - double(below)) * (above - sorted[below]);
    };
    ScoreSummary row{column, *total.value() * column.factor, 0, 0, quantile(values, 0.5), int(scores.size())};
    row.low = means.empty() ? row.mean : quantile(means, 0.025);
    row.high = means.empty() ? row.mean : quantile(means, 0.975);
    rows.push_back(row);
  }
  return rows;
}

}  // namespace ahap
