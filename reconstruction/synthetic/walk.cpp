#include "reconstruction/synthetic/walk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "reconstruction/body/poser.h"
#include "reconstruction/random.h"

namespace ahap {
namespace {

using namespace body_joints;
using Eigen::Matrix3f;
using Eigen::Vector2f;
using Eigen::Vector3f;

// Shares of a step's time. A foot swings for four fifths of a step, so that both stand on the floor for the
// rest: 60 % of the gait cycle is stance (Perry and Burnfield 2010).
constexpr double kDoubleSupport = 0.2;
constexpr double kFlatAfter = 0.15;     // from the heel's strike to the flat foot
constexpr double kHeelOffBefore = 0.7;  // from the heel's rise to the toes' lift
constexpr int kHeightKnots = 8;         // per step
constexpr float kStraightest = 0.985f;  // of the leg's length, hip to ankle: knees never lock

// 0 to 1 with no speed and no acceleration at both ends.
float eased(double x) {
  const float u = float(std::clamp(x, 0.0, 1.0));
  return u * u * u * (10 - u * (15 - 6 * u));
}

float degrees(const Vector2f& direction) {
  return std::atan2(direction.x(), direction.y()) * 180 / std::numbers::pi_v<float>;
}

float nearest_turn(float from, float to) {
  return std::remainder(to - from, 360.f);
}

Vector2f to_the_left(const Vector2f& forward) {
  return {forward.y(), -forward.x()};
}

Vector2f floor_plan(const Vector3f& X) {
  return {X.x(), X.z()};
}

}  // namespace

Walk::Walk(const Skeleton& rest, float sole, WalkPlan plan)
    : rest_(rest), plan_(std::move(plan)), sole_(sole), leg_(Poser(rest).leg_length()) {
  draw_style();
  step_along();
  raise_pelvis();
}

void Walk::draw_style() {
  Random random(plan_.style);
  step_ = leg_ * random.uniform(0.55f, 0.8f);
  step_seconds_ = random.uniform(0.46f, 0.58f);
  track_ = random.uniform(0.7f, 1.f);
  lift_ = random.uniform(0.05f, 0.09f);
  push_off_ = random.uniform(32, 45);
  strike_ = random.uniform(8, 18);
  toe_out_ = random.uniform(0, 12);
  lean_ = random.uniform(0, 4);
  stoop_ = random.normal(3, 3);
  arm_out_ = random.uniform(0.42f, 0.52f);
  arm_front_ = random.uniform(0.04f, 0.12f);
  arm_swing_ = random.uniform(0.2f, 0.5f);
  gaze_pitch_ = random.normal(6, 6);
  gaze_yaw_ = random.uniform(5, 25);
  gaze_period_ = random.uniform(2.5f, 6);
  for (Matrix3f& wrist : wrists_)
    wrist =
        rotation(random.normal(0, 10), Vector3f(random.normal(0, 1), random.normal(0, 1), 1).normalized());
}

Walk::Footfall Walk::footfall(int side, float along, double land) const {
  const float s = side == left ? 1.f : -1.f;
  const Vector2f forward = plan_.path.direction(along);
  const Vector3f ankle = rest_[left_ankle + side] - rest_[pelvis],
                 ball = rest_[left_foot + side] - rest_[left_ankle + side];
  Footfall result;
  result.yaw = degrees(forward) + s * toe_out_;
  result.ball = plan_.path.at(along) + track_ * ankle.x() * to_the_left(forward) + ankle.z() * forward +
                floor_plan(rotation_y(result.yaw) * ball);
  result.land = land;
  result.lift = std::numeric_limits<double>::infinity();
  return result;
}

// Lays out the footsteps: from standing to full stride, to a stand at every stop, and on.
void Walk::step_along() {
  const float end = plan_.path.length();
  std::vector<float> stops = plan_.stops;
  stops.push_back(end);
  float feet[2] = {0, 0};  // along the path
  Random random(plan_.style + 1);
  int side = random.integer(0, 1);
  for (const int foot : {0, 1})
    footfalls_[foot].push_back(footfall(foot, 0, -std::numeric_limits<double>::infinity()));
  along_ = {0};
  sway_ = {0};
  auto stop = stops.begin();
  const int pause = std::max(1, int(std::lround(plan_.stop_seconds / step_seconds_)));
  int at_start = -1;  // the step at which the walk's 0 seconds are
  while (stop != stops.end()) {
    const float target = std::min(feet[1 - side] + step_, *stop), swing = target - feet[side];
    const int step = int(along_.size()) - 1;
    Footfall next = footfall(side, target, (step + 1) * step_seconds_);
    next.stride = swing / (2 * step_);
    footfalls_[side].back().lift = (step + kDoubleSupport) * step_seconds_;
    footfalls_[side].push_back(next);
    feet[side] = target;
    along_.push_back(0.5f * (feet[0] + feet[1]));
    const float s = side == left ? -1.f : 1.f;  // the weight is on the other foot
    sway_.push_back(s * 0.03f * next.stride);
    sway_.push_back(0);
    side = 1 - side;
    if (at_start < 0 && along_.back() >= plan_.start) at_start = step + 1;
    if (feet[0] < *stop || feet[1] < *stop) continue;
    for (int i = 0; i < pause; ++i) {
      along_.push_back(along_.back());
      sway_.insert(sway_.end(), {0, 0});
    }
    ++stop;
  }
  // The walk's beginning falls anywhere in a step.
  begin_ = -(std::max(at_start, 0) + random.uniform()) * step_seconds_;
  for (auto& footfalls : footfalls_)
    for (Footfall& f : footfalls) f.land += begin_, f.lift += begin_;
}

Walk::Foot Walk::foot(int side, double seconds) const {
  const auto& falls = footfalls_[side];
  const auto next = std::upper_bound(falls.begin() + 1, falls.end(), seconds,
                                     [](double t, const Footfall& fall) { return t < fall.land; });
  const Footfall& here = *(next - 1);
  const Vector3f ball_from_ankle = rest_[left_foot + side] - rest_[left_ankle + side];
  const float ball_height = rest_[left_foot + side].y() - sole_;
  // The heel lies about as far behind the ankle as the ankle lies above the floor.
  const float heel = ball_from_ankle.z() + 0.6f * (rest_[left_ankle + side].y() - sole_);

  Foot foot;
  Vector3f ball(here.ball.x(), ball_height, here.ball.y());
  foot.yaw = here.yaw;
  if (seconds < here.lift) {
    const double flat = here.land + kFlatAfter * step_seconds_,
                 rise = here.lift - kHeelOffBefore * step_seconds_;
    const float rolling = 1 - eased((seconds - here.land) / (kFlatAfter * step_seconds_));
    const float push = next == falls.end() ? 0.f : next->stride * push_off_;
    foot.pitch =
        -here.stride * strike_ * rolling + push * eased((seconds - rise) / (kHeelOffBefore * step_seconds_));
    foot.toes = -std::max(0.f, foot.pitch);
    foot.contact = seconds >= flat;
  } else {
    const double u = (seconds - here.lift) / (next->land - here.lift);
    // 1.5 times the mean speed in the middle, as feet have it.
    const float way = float(u * u * (3 - 2 * u)), push = next->stride * push_off_,
                strike = next->stride * strike_;
    const Vector2f place = here.ball + way * (next->ball - here.ball);
    const float up = float(u * u * (1 - u) * (1 - u)) * 16;  // 1 in the middle
    ball = {place.x(), ball_height + lift_ * std::max(next->stride, 0.3f) * up, place.y()};
    foot.yaw = here.yaw + way * nearest_turn(here.yaw, next->yaw);
    foot.pitch = push * (1 - eased(u / 0.7)) - strike * eased((u - 0.5) / 0.5);
    foot.toes = -push * (1 - eased(u / 0.35));
  }
  // Toes up: the heel is what touches the floor.
  if (foot.pitch < 0) ball.y() += heel * std::sin(-foot.pitch * std::numbers::pi_v<float> / 180);
  foot.ankle = ball - rotation_y(foot.yaw) * (rotation_x(foot.pitch) * ball_from_ankle);
  return foot;
}

Walk::Trunk Walk::trunk(double seconds) const {
  const double steps = (seconds - begin_) / step_seconds_;
  const float along = smooth_curve(along_, steps), sway = smooth_curve(sway_, 2 * steps);
  const Vector2f forward = plan_.path.direction(along);
  Trunk trunk;
  trunk.place = plan_.path.at(along) + sway * to_the_left(forward);
  trunk.heading = degrees(forward);
  const Vector2f apart = floor_plan(foot(left, seconds).ankle - foot(right, seconds).ankle);
  trunk.scissors = apart.dot(forward) / leg_;
  trunk.pelvis = rotation_y(trunk.heading - 7 * trunk.scissors) * rotation_x(lean_);
  return trunk;
}

// From which both legs reach their feet.
float Walk::highest_pelvis(double seconds) const {
  const Trunk body = trunk(seconds);
  float highest = std::numeric_limits<float>::infinity();
  for (const Side side : {left, right}) {
    const Vector3f hip = body.pelvis * (rest_[left_hip + side] - rest_[pelvis]),
                   ankle = foot(side, seconds).ankle;
    const float reach = kStraightest * leg_,
                across = (floor_plan(ankle) - body.place - floor_plan(hip)).norm();
    const float down = std::sqrt(std::max(0.f, reach * reach - across * across));
    highest = std::min(highest, ankle.y() + down - hip.y());
  }
  return highest;
}

// The knots of a smooth curve that stays below highest_pelvis: each is the least of it over the time in which
// the knot has any weight. Half of the rise and fall within steps is taken away, which leaves 2 to 4 cm.
void Walk::raise_pelvis() {
  const int count = kHeightKnots * (int(along_.size()) - 1) + 1;
  std::vector<float> highest;  // twice as dense as the knots
  for (int i = 0; i < 2 * count; ++i)
    highest.push_back(highest_pelvis(begin_ + 0.5 * i * step_seconds_ / kHeightKnots));
  const auto least = [&](int knot, int around) {
    const int low = std::max(0, 2 * knot - around), high = std::min(2 * count - 1, 2 * knot + around);
    return *std::min_element(highest.begin() + low, highest.begin() + high + 1);
  };
  for (int knot = 0; knot < count; ++knot)
    height_.push_back(0.5f * (least(knot, 4) + least(knot, 2 * kHeightKnots)));
  in_reach_ = *std::min_element(height_.begin(), height_.end()) > 0.95f * leg_;
}

Vector2f Walk::place(double seconds) const {
  return trunk(seconds).place;
}

float Walk::speed() const {
  return step_ / float(step_seconds_);
}

WalkPose Walk::pose(double seconds) const {
  const Trunk moving = trunk(seconds);
  WalkPose pose;
  pose.pelvis = {moving.place.x(), smooth_curve(height_, kHeightKnots * (seconds - begin_) / step_seconds_),
                 moving.place.y()};
  Poser body(rest_);
  body.local[pelvis] = moving.pelvis;
  bend_spine(body, stoop_ - lean_, 15 * moving.scissors, 0);
  for (const Side side : {left, right}) {
    const Foot f = foot(side, seconds);
    body.leg(side, f.ankle - pose.pelvis, rotation_y(f.yaw) * Vector3f::UnitZ(),
             rotation_y(f.yaw) * rotation_x(f.pitch));
    body.local[left_foot + side] = rotation_x(f.toes);
    pose.foot_contact[side] = f.contact;
    const float swing = (side == left ? -1.f : 1.f) * arm_swing_ * moving.scissors;
    arm_by_chest(body, side, arm_out_, -0.93f + 0.25f * std::abs(swing) * std::abs(swing), arm_front_ + swing,
                 {0.4f, 0, -1});
    body.local[left_wrist + side] = wrists_[side];
  }
  const float turn = 2 * std::numbers::pi_v<float> * float(seconds) / gaze_period_;
  look(body, gaze_pitch_ - stoop_, gaze_yaw_ * std::sin(turn), 0);
  pose.rotations = body.local;
  return pose;
}

}  // namespace ahap
