#include "reconstruction/motion/smoothing.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <span>

#include "reconstruction/body_fit/body_kinematics.h"
#include "reconstruction/body_fit/pose_prior.h"
#include "reconstruction/frame_sequence.h"
#include "reconstruction/median.h"
#include "reconstruction/motion/foot_contact.h"
#include "reconstruction/motion/whittaker.h"

namespace ahap {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using Times = std::span<const double>;

constexpr double kShortestStep = 1e-3;  // seconds; frames closer than that have no times to speak of
// Hz, at strength 1: walks with the noise of bodies that are fitted frame by frame
// (tests/motion/walking_person.h) have the jitter of the true walk then, at 3.5 Hz half as much again.
constexpr double kCutoff = 3;
constexpr double kFastest = 8;            // metres per second: few people run faster
constexpr double kFastestTurn = 20;       // radians per second of a joint
constexpr double kTurnNoise = 0.4;        // radians, the most by which noise alone turns a joint
constexpr double kPlaceSigma = 0.015;     // metres per axis, of a body that several views see
constexpr double kVagueSigma = 0.06;      // of one that a single view sees, at least
constexpr double kRotationSigma = 0.052;  // radians: 3 degrees
constexpr double kOutlier = 3;            // residuals, in typical ones, at which a sample counts half
constexpr int kRobustRounds = 3;

double known_or_assumed_rate(const Reconstruction& reconstruction) {
  const double known = frame_rate(reconstruction);
  return known > 0 ? known : kAssumedFrameRate;
}

std::vector<double> frame_times(const Reconstruction& reconstruction) {
  std::vector<double> times;
  for (const ReconstructedFrame& frame : reconstruction.frames) times.push_back(frame.time);
  const auto too_early = [](double a, double b) { return !(b - a >= kShortestStep); };
  if (std::adjacent_find(times.begin(), times.end(), too_early) == times.end()) return times;
  for (std::size_t f = 0; f < times.size(); ++f) times[f] = double(f) / known_or_assumed_rate(reconstruction);
  return times;
}

// The bodies of a person from one long gap to the next.
struct Span {
  int first = 0;                           // frame
  std::vector<const BodyInFrame*> bodies;  // of each frame from there on; null: there is none
};

std::vector<Span> spans_of(const Person& person, Times times, double longest_gap) {
  std::vector<Span> spans;
  for (const BodyInFrame& body : person.bodies) {
    const int last = spans.empty() ? -1 : spans.back().first + int(spans.back().bodies.size()) - 1;
    if (last < 0 || times[body.frame] - times[last] > longest_gap) {
      spans.push_back({body.frame, {&body}});
    } else {
      spans.back().bodies.resize(body.frame - spans.back().first, nullptr);
      spans.back().bodies.push_back(&body);
    }
  }
  return spans;
}

bool finite(const BodyInFrame& body) {
  return body.transl.allFinite() &&
         std::all_of(body.pose.begin(), body.pose.end(), [](const auto& v) { return v.allFinite(); });
}

// Standard deviation of a body's place per axis, metres.
double place_sigma(const BodyInFrame& body) {
  if (body.detections.empty()) return kVagueSigma;
  if (body.position_sigma > 0) return std::clamp(body.position_sigma, kPlaceSigma, kVagueSigma);
  return body.triangulated ? kPlaceSigma : kVagueSigma;
}

// The longest series of samples in which each can follow the one before: what jumps away and back is not in
// it. weights are 0 where nothing is known; excess(i, j) > 0 says by how much the step from j to i is longer
// than any that a person makes in that time. Sets the weights of all other samples to 0.
template <class Excess>
void keep_credible(VectorXd& weights, const Excess& excess) {
  const int n = int(weights.size());
  std::vector<int> length(n), before(n, -1), longest(n);  // longest: of all series that end by then
  int last = 0;
  for (int i = 0; i < n; ++i) {
    length[i] = weights[i] > 0;
    for (int j = i - 1; length[i] > 0 && j >= 0 && longest[j] >= length[i]; --j) {
      if (length[j] < length[i] || excess(i, j) > 0) continue;
      length[i] = length[j] + 1;
      before[i] = j;
    }
    if (length[i] > length[last]) last = i;
    longest[i] = length[last];
  }
  VectorXd kept = VectorXd::Zero(n);
  for (int i = last; i >= 0; i = before[i]) kept[i] = weights[i];
  weights = kept;
}

// A row per time from the samples of weight above 0; before the first of them and after the last nothing
// moves. noise: the typical distance of a sample of weight 1 from the truth. Cauchy's loss, by iteratively
// reweighted least squares.
MatrixXd smoothed(Times times, const MatrixXd& samples, const VectorXd& weights, double noise,
                  double cutoff) {
  std::vector<int> known;
  for (int i = 0; i < int(weights.size()); ++i)
    if (weights[i] > 0) known.push_back(i);
  const int first = known.front(), count = known.back() - first + 1;
  const WhittakerSmoother smoother(times.subspan(first, count), cutoff, std::min<int>(3, known.size()));
  const MatrixXd y = samples.middleRows(first, count);
  const VectorXd w = weights.segment(first, count);
  MatrixXd x = smoother(y, w);
  for (int round = 0; round < kRobustRounds; ++round) {
    const VectorXd residuals = (y - x).rowwise().norm().cwiseProduct(w.cwiseSqrt());
    std::vector<double> of_known;
    for (const int i : known) of_known.push_back(residuals[i - first]);
    const double scale = kOutlier * std::max(noise, median(std::move(of_known)));
    x = smoother(y, w.array() / (1 + (residuals.array() / scale).square()));
  }
  MatrixXd all(samples.rows(), samples.cols());
  for (int i = 0; i < int(all.rows()); ++i) all.row(i) = x.row(std::clamp(i - first, 0, count - 1));
  return all;
}

MatrixXd smooth_places(Times times, const Span& span, const Eigen::Vector3d& rest_pelvis, VectorXd weights,
                       double cutoff) {
  MatrixXd places = MatrixXd::Zero(weights.size(), 3);
  for (int i = 0; i < int(weights.size()); ++i)
    if (weights[i] > 0) places.row(i) = span.bodies[i]->transl.cast<double>() + rest_pelvis;
  keep_credible(weights, [&](int i, int j) {
    const double noise = 4 * (place_sigma(*span.bodies[i]) + place_sigma(*span.bodies[j]));
    return (places.row(i) - places.row(j)).norm() - noise - kFastest * (times[i] - times[j]);
  });
  return smoothed(times, places, weights, std::sqrt(3) * kPlaceSigma, cutoff);
}

// Quaternions, (n, 4): x, y, z, w.
MatrixXd smooth_rotations(Times times, const Span& span, int joint, VectorXd weights, double cutoff) {
  MatrixXd rotations = MatrixXd::Zero(weights.size(), 4);
  for (int i = 0; i < int(weights.size()); ++i)
    if (weights[i] > 0)
      rotations.row(i) = Eigen::Quaterniond(rotation_of(span.bodies[i]->pose[joint].cast<double>())).coeffs();
  keep_credible(weights, [&](int i, int j) {
    const double angle = 2 * std::acos(std::min(std::abs(rotations.row(i).dot(rotations.row(j))), 1.0));
    return angle - kTurnNoise - kFastestTurn * (times[i] - times[j]);
  });
  // q and -q are one rotation; neighbours shall be near each other.
  int before = -1;
  for (int i = 0; i < int(weights.size()); ++i) {
    if (weights[i] == 0) continue;
    if (before >= 0 && rotations.row(i).dot(rotations.row(before)) < 0) rotations.row(i) *= -1;
    before = i;
  }
  // A quaternion's distance is half the angle.
  return smoothed(times, rotations, weights, 0.5 * kRotationSigma, cutoff).rowwise().normalized();
}

// Empty where no body of the span can be believed.
std::vector<BodyState> smooth_states(Times times, const Span& span, const Betas& betas,
                                     const Eigen::Vector3d& rest_pelvis, double cutoff) {
  const int n = int(span.bodies.size());
  VectorXd weights = VectorXd::Zero(n);
  for (int i = 0; i < n; ++i)
    if (span.bodies[i] && finite(*span.bodies[i]))
      weights[i] = std::pow(kPlaceSigma / place_sigma(*span.bodies[i]), 2);
  if (weights.isZero(0)) return {};
  std::vector<BodyState> states(n);
  const MatrixXd places = smooth_places(times, span, rest_pelvis, weights, cutoff);
  for (int i = 0; i < n; ++i) {
    states[i].betas = betas;
    states[i].root = places.row(i);
  }
  for (int joint = 0; joint < kSmplJoints; ++joint) {
    const MatrixXd rotations = smooth_rotations(times, span, joint, weights, cutoff);
    for (int i = 0; i < n; ++i)
      states[i].rotations[joint] = Eigen::Quaterniond(Eigen::Vector4d(rotations.row(i))).toRotationMatrix();
  }
  return states;
}

// The body of a frame as smoothed; `raw` null: filled in after `before`.
BodyInFrame smooth_body(const BodyInFrame* raw, const BodyInFrame& before, const FittedBodyModel& model,
                        const BodyState& state) {
  BodyInFrame body;
  if (raw) {
    body = *raw;
    body.mesh = {};
  } else {
    body.frame = before.frame + 1;
    body.reference_view = before.reference_view;
  }
  for (int j = 0; j < kSmplJoints; ++j) body.pose[j] = rotation_vector(state.rotations[j]).cast<float>();
  body.transl = (state.root - model.joints[0].at(state.betas)).cast<float>();
  const PosedBody posed = pose_body(model, state);
  body.joints.clear();
  for (const Eigen::Vector3d& joint : posed.joints) body.joints.push_back(joint.cast<float>());
  return body;
}

void smooth_person(const FittedBodyModel& model, Times times, double cutoff, const SmoothingOptions& options,
                   Person& person) {
  const Betas betas =
      Eigen::Map<const Eigen::Matrix<float, kSmplBetas, 1>>(person.betas.data()).cast<double>();
  const Eigen::Vector3d rest_pelvis = model.joints[0].at(betas);
  std::vector<BodyInFrame> bodies;
  for (const Span& span : spans_of(person, times, options.longest_gap)) {
    const Times span_times = times.subspan(span.first, span.bodies.size());
    std::vector<BodyState> states = smooth_states(span_times, span, betas, rest_pelvis, cutoff);
    if (states.empty()) {
      for (const BodyInFrame* body : span.bodies)
        if (body) bodies.push_back(*body);
      continue;
    }
    const FootContacts contacts = options.plant_feet ? plant_feet(model, span_times, states) : FootContacts();
    for (std::size_t i = 0; i < states.size(); ++i) {
      bodies.push_back(
          smooth_body(span.bodies[i], i == 0 ? *span.bodies[0] : bodies.back(), model, states[i]));
      if (options.plant_feet) bodies.back().foot_contact = contacts[i];
    }
  }
  person.bodies = std::move(bodies);
}

}  // namespace

Reconstruction with_smooth_motion(const Reconstruction& raw, const SmoothingOptions& options) {
  Reconstruction smooth = raw;
  if (raw.frames.size() < 2 || !raw.body_model) return smooth;
  const FittedBodyModel model = prepare_body(*raw.body_model);
  const std::vector<double> times = frame_times(raw);
  const double fastest_cutoff = known_or_assumed_rate(raw);  // nothing is smoothed any more
  for (Person& person : smooth.people) {
    const auto own = options.person_strength.find(person.id);
    const double strength = own == options.person_strength.end() ? options.strength : own->second;
    const bool smplx = std::any_of(person.bodies.begin(), person.bodies.end(),
                                   [](const BodyInFrame& body) { return body.smplx.has_value(); });
    if (strength <= 0 || smplx) continue;
    smooth_person(model, times, std::min(kCutoff / strength, fastest_cutoff), options, person);
  }
  return smooth;
}

}  // namespace ahap
