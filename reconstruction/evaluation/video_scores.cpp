#include "reconstruction/evaluation/video_scores.h"

#include <algorithm>

#include "reconstruction/evaluation/identity_metrics.h"
#include "reconstruction/evaluation/motion_metrics.h"

namespace ahap {
namespace {

// A frame of the result, as an index, beside what is true of it.
struct FramePair {
  int frame;
  const GroundTruth& truth;
};

std::vector<FramePair> frame_pairs(const Reconstruction& range, std::span<const GroundTruth> truth) {
  std::vector<FramePair> pairs;
  for (int i = 0; i < int(range.frames.size()); ++i) {
    const std::size_t number = truth.size() == 1 ? 0 : range.frames[i].number;
    if (number < truth.size()) pairs.push_back({i, truth[number]});
  }
  return pairs;
}

bool cameras_stand_still(const Reconstruction& range, const std::vector<FramePair>& pairs) {
  for (const ReconstructedView& view : range.views)
    if (view.cameras.size() > 1) return false;
  for (const FramePair& pair : pairs) {
    for (std::size_t v = 0; v < pair.truth.views.size(); ++v) {
      if (!pair.truth.views[v].camera.world_from_camera.isApprox(
              pairs[0].truth.views.at(v).camera.world_from_camera, 1e-9))
        return false;
    }
  }
  return true;
}

void pool_frames(const Reconstruction& range, const std::vector<FramePair>& pairs, const MatchingRules& rules,
                 CaptureScores& scores) {
  const bool cameras_once = cameras_stand_still(range, pairs);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    const CaptureScores one = score(range, pairs[i].frame, pairs[i].truth, rules);
    for (const ScoreColumn& column : score_columns()) {
      if (i > 0 && cameras_once && column.key.starts_with("/cameras/")) continue;
      scores.*column.member += one.*column.member;
    }
  }
}

// People of a frame in the views that both know. A true person's id is its place in the list, from 1.
void add_boxes(const Reconstruction& range, const FramePair& pair, const MatchingRules& rules,
               std::vector<IdentifiedBoxes>& predicted, std::vector<IdentifiedBoxes>& truth) {
  IdentifiedBoxes& p = predicted.emplace_back();
  IdentifiedBoxes& t = truth.emplace_back();
  for (int v = 0; v < int(range.views.size()); ++v) {
    const auto view = std::find_if(pair.truth.views.begin(), pair.truth.views.end(),
                                   [&](const auto& known) { return known.name == range.views[v].name; });
    if (view == pair.truth.views.end() || view->boxes.empty()) continue;
    const double least = rules.min_visible * view->camera.width * view->camera.height;
    for (std::size_t i = 0; i < view->boxes.size(); ++i)
      if (view->boxes[i]) t.push_back({v, int(i) + 1, *view->boxes[i], view->visible_pixels.at(i) < least});
    for (const Detection& detection : range.frames[pair.frame].detections)
      if (detection.view == v && detection.person_id != kNotAPerson)
        p.push_back({v, detection.person_id, detection.box});
  }
}

// One person as predicted and in truth, in the frames in which there is a body.
struct MatchedTrack {
  std::vector<int> frames;  // indices into the result's
  std::vector<double> times;
  std::vector<Joints> predicted, truth;
  std::vector<std::array<bool, 2>> contact;
};

MatchedTrack matched_track(const Reconstruction& range, const std::vector<FramePair>& pairs, int id,
                           int person) {
  const auto joints = [](const std::vector<Eigen::Vector3f>& from) {
    Joints to;
    for (const Eigen::Vector3f& joint : from) to.push_back(joint.cast<double>());
    return to;
  };
  MatchedTrack track;
  for (const FramePair& pair : pairs) {
    const auto found = find_person(range, pair.frame, id);
    if (!found || found->body.joints.empty()) continue;
    const GroundTruth::Person& exact = pair.truth.people.at(person);
    track.frames.push_back(pair.frame);
    track.times.push_back(pair.truth.time);
    track.predicted.push_back(joints(found->body.joints));
    track.truth.push_back(joints(exact.joints));
    track.contact.push_back(exact.foot_contact);
  }
  return track;
}

void score_track(const MatchedTrack& track, CaptureScores& scores) {
  scores.segment_wa_mpjpe += segment_mpjpe(track.predicted, track.truth, SegmentAlignment::all_frames);
  scores.segment_w_mpjpe += segment_mpjpe(track.predicted, track.truth, SegmentAlignment::first_two_frames);
  scores.rte += root_translation_error(track.predicted, track.truth);
  // Derivatives need frames without a gap, and their times.
  for (std::size_t first = 0, end; first < track.frames.size(); first = end) {
    end = first + 1;
    while (end < track.frames.size() && track.frames[end] == track.frames[end - 1] + 1) ++end;
    const double seconds = end > first + 1 ? track.times[first + 1] - track.times[first] : 0;
    if (!(seconds > 0)) continue;
    const std::size_t count = end - first;
    const std::span predicted = std::span(track.predicted).subspan(first, count),
                    truth = std::span(track.truth).subspan(first, count);
    const Score moved = jitter(predicted, seconds), exact = jitter(truth, seconds);
    scores.jitter += moved;
    scores.true_jitter += exact;
    scores.jitter_ratio += {moved.sum, exact.sum};
    scores.skating += foot_skating(predicted, std::span(track.contact).subspan(first, count), seconds);
  }
}

}  // namespace

CaptureScores score_video(const Reconstruction& range, std::span<const GroundTruth> truth,
                          const MatchingRules& rules) {
  CaptureScores scores;
  const std::vector<FramePair> pairs = frame_pairs(range, truth);
  pool_frames(range, pairs, rules, scores);
  std::vector<IdentifiedBoxes> predicted_boxes, true_boxes;
  for (const FramePair& pair : pairs) add_boxes(range, pair, rules, predicted_boxes, true_boxes);
  const IdentityScores identities = identity_scores(predicted_boxes, true_boxes);
  if (identities.true_boxes == 0) return scores;
  scores.id_precision = identities.precision;
  scores.id_recall = identities.recall;
  scores.idf1 = identities.f1;
  scores.mota = identities.mota;
  scores.id_switches.add(identities.switches);
  scores.box_misses.add(identities.misses);
  scores.box_false_alarms.add(identities.false_alarms);
  for (const auto& [id, person] : identities.names)
    score_track(matched_track(range, pairs, id, person - 1), scores);
  return scores;
}

}  // namespace ahap
