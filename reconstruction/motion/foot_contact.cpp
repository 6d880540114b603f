#include "reconstruction/motion/foot_contact.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>

#include "reconstruction/body_fit/pose_prior.h"
#include "reconstruction/median.h"
#include "reconstruction/motion/whittaker.h"

namespace ahap {
namespace {

using Eigen::Matrix3d;
using Eigen::MatrixXd;
using Eigen::Vector3d;
using Eigen::VectorXd;
using Times = std::span<const double>;

// Where no other reason is given, what worked best on walks with known contacts and the noise of bodies that
// are fitted frame by frame (tests/motion/walking_person.h).
constexpr double kLow = 0.05;             // metres over the floor, of a sole that stands
constexpr double kSlow = 0.4;             // metres per second, of a sole that stands
constexpr double kSpeedWindow = 0.1;      // seconds
constexpr double kLevel = 0.025;          // metres between the heights of heel and toe of a level foot
constexpr double kLoose = 2;              // times both while it goes on standing
constexpr double kShortestContact = 0.1;  // seconds
constexpr double kSamePlace = 0.08;       // metres that noise moves a standing sole
constexpr double kSoleDown = 0.3;         // cosine between the foot's up and the world's, at least
constexpr double kFlat = 0.75;            // the same, of a foot whose heel and toe stand
constexpr double kBlend = 3;              // Hz, of the transition between standing and moving
constexpr double kCertain = 1e5;          // weight of what a standing foot demands, of a moving one's 1
constexpr double kPelvis = 3;             // Hz, of the shift of the pelvis
constexpr double kReach = 0.998;          // of the leg's length: the knee stays bent by 7 degrees

enum End { heel, toe };

// One leg in the world.
struct Leg {
  Vector3d hip, knee, ankle;
  Matrix3d thigh, shin, foot;
};
using Legs = std::vector<Leg>;  // by frame

// Under the heel and under the toe, in the frame of the ankle.
using Sole = std::array<Vector3d, 2>;

Sole sole_of(const FittedBodyModel& model, const Betas& betas, int side) {
  Sole sole;
  for (const End end : {heel, toe}) {
    const int point = (end == heel ? kLeftHeel : kLeftToe) + side;
    const AttachedPoint& attached = model.points[point];
    sole[end] = attached.position.at(betas) - model.joints[attached.joint].at(betas);
    sole[end].y() -= model.clearance[point];
  }
  return sole;
}

// Heel or toe on one place of the floor, from frame `first` to frame `last`.
struct Contact {
  int first = 0, last = 0;
  Vector3d place = Vector3d::Zero();
};
using Contacts = std::vector<Contact>;  // by frame, apart

double floor_distance(const Vector3d& a, const Vector3d& b) {
  return std::hypot(a.x() - b.x(), a.z() - b.z());
}

// Metres per second, over kSpeedWindow before and after.
std::vector<double> speeds_of(Times times, const std::vector<Vector3d>& points) {
  const int n = int(points.size());
  std::vector<double> speeds(n);
  for (int i = 0; i < n; ++i) {
    int before = std::max(i - 1, 0), after = std::min(i + 1, n - 1);
    while (before > 0 && times[i] - times[before - 1] <= kSpeedWindow) --before;
    while (after < n - 1 && times[after + 1] - times[i] <= kSpeedWindow) ++after;
    if (before < after) speeds[i] = (points[after] - points[before]).norm() / (times[after] - times[before]);
  }
  return speeds;
}

// Of one end of a foot. Hysteresis: a contact goes on as long as the end is rather low and rather slow and
// near one place, and there is a frame in it where it is low and slow. The higher end only stands where the
// foot is about level: that is what tells a rolling foot from a flat one.
Contacts find_contacts(Times times, const Legs& legs, const Sole& sole, End end) {
  const int n = int(legs.size());
  std::vector<Vector3d> ends(n);
  for (int i = 0; i < n; ++i) ends[i] = legs[i].ankle + legs[i].foot * sole[end];
  const std::vector<double> speeds = speeds_of(times, ends);
  const auto stands = [&](int i, double tolerance) {
    const double above_other_end = (legs[i].foot * (sole[end] - sole[1 - end])).y();
    return ends[i].y() < tolerance * kLow && speeds[i] < tolerance * kSlow && above_other_end < kLevel &&
           legs[i].foot(1, 1) > kSoleDown;
  };
  Contacts contacts;
  for (int i = 0; i < n;) {
    if (!stands(i, kLoose)) {
      ++i;
      continue;
    }
    Contact contact{i, i, {}};
    Vector3d sum = Vector3d::Zero();
    std::vector<double> x, z;
    for (; i < n && stands(i, kLoose); ++i) {
      if (i > contact.first && floor_distance(ends[i], sum / (i - contact.first)) > kSamePlace) break;
      sum += ends[i];
      contact.last = i;
      if (!stands(i, 1)) continue;
      x.push_back(ends[i].x());
      z.push_back(ends[i].z());
    }
    if (x.empty()) continue;
    contact.place = {median(x), 0, median(z)};
    const auto misplaced = [&](int frame) {
      return floor_distance(ends[frame], contact.place) > kSamePlace ||
             (!contacts.empty() && times[frame] - times[contacts.back().last] < kShortestContact);
    };
    while (contact.first < contact.last && misplaced(contact.first)) ++contact.first;
    while (contact.first < contact.last && misplaced(contact.last)) --contact.last;
    if (times[contact.last] - times[contact.first] >= kShortestContact) contacts.push_back(contact);
  }
  return contacts;
}

// Heel and toe of one foot at one time keep the distance that they have: both places move towards or from
// each other.
void fit_to_sole(const Sole& sole, std::array<Contacts, 2>& contacts) {
  const double length = floor_distance(sole[heel], sole[toe]);
  for (Contact& a : contacts[heel]) {
    for (Contact& b : contacts[toe]) {
      if (a.last < b.first || b.last < a.first) continue;
      const Vector3d middle = 0.5 * (a.place + b.place),
                     half = 0.5 * length * (b.place - a.place).normalized();
      a.place = middle - half;
      b.place = middle + half;
    }
  }
}

// The contact of each frame; null: none.
std::vector<const Contact*> by_frame(const Contacts& contacts, int n) {
  std::vector<const Contact*> frames(n, nullptr);
  for (const Contact& contact : contacts)
    std::fill(frames.begin() + contact.first, frames.begin() + contact.last + 1, &contact);
  return frames;
}

// What one foot should do.
struct FootPlan {
  std::vector<bool> stands;
  std::vector<Matrix3d> rotation;  // world_from_foot
  MatrixXd shift;                  // (n, 3) of the ankle, metres
};

// World_from_foot of a foot flat on the floor whose heel and toe stand on these places.
Matrix3d flat_foot(const Sole& sole, const Contact& at_heel, const Contact& at_toe) {
  const auto heading = [](const Vector3d& from, const Vector3d& to) {
    return std::atan2(to.x() - from.x(), to.z() - from.z());
  };
  const double yaw = heading(at_heel.place, at_toe.place) - heading(sole[heel], sole[toe]);
  return Eigen::AngleAxisd(yaw, Vector3d::UnitY()).toRotationMatrix();
}

// Corrections that are what `wanted` says where weights are kCertain and fade in between, (n, k).
MatrixXd faded(Times times, const MatrixXd& wanted, const VectorXd& weights) {
  return WhittakerSmoother(times, kBlend, std::min(3, int(times.size())))(wanted, weights);
}

// Adds to the vertical shift what keeps heel and toe over the floor.
void lift_out_of_floor(Times times, const Sole& sole, const Legs& legs, const VectorXd& standing,
                       FootPlan& plan) {
  const int n = int(legs.size());
  VectorXd wanted = plan.shift.col(1).cwiseProduct((standing.array() > 1).cast<double>().matrix());
  VectorXd weights = standing;
  for (int i = 0; i < n; ++i) {
    const Matrix3d& R = plan.rotation[i];
    const double lowest = legs[i].ankle.y() + std::min((R * sole[heel]).y(), (R * sole[toe]).y());
    if (weights[i] > 1 || lowest + plan.shift(i, 1) >= 0) continue;
    wanted[i] = -lowest;
    weights[i] = kCertain;
  }
  plan.shift.col(1) = faded(times, wanted, weights);
}

FootPlan plan_foot(Times times, const Sole& sole, const Legs& legs) {
  const int n = int(legs.size());
  std::array<Contacts, 2> contacts;
  for (const End end : {heel, toe}) contacts[end] = find_contacts(times, legs, sole, end);
  fit_to_sole(sole, contacts);
  const auto at_heel = by_frame(contacts[heel], n), at_toe = by_frame(contacts[toe], n);

  MatrixXd turn = MatrixXd::Zero(n, 3), shift = MatrixXd::Zero(n, 3);
  VectorXd flat = VectorXd::Ones(n), standing = VectorXd::Ones(n);
  for (int i = 0; i < n; ++i) {
    if (!at_heel[i] || !at_toe[i] || legs[i].foot(1, 1) < kFlat) continue;
    turn.row(i) = rotation_vector(flat_foot(sole, *at_heel[i], *at_toe[i]) * legs[i].foot.transpose());
    flat[i] = kCertain;
  }
  turn = faded(times, turn, flat);

  FootPlan plan{std::vector<bool>(n), std::vector<Matrix3d>(n), {}};
  for (int i = 0; i < n; ++i) {
    plan.rotation[i] = rotation_of(turn.row(i)) * legs[i].foot;
    plan.stands[i] = at_heel[i] || at_toe[i];
    if (!plan.stands[i]) continue;
    Vector3d ankle = Vector3d::Zero();
    if (at_heel[i]) ankle += at_heel[i]->place - plan.rotation[i] * sole[heel];
    if (at_toe[i]) ankle += at_toe[i]->place - plan.rotation[i] * sole[toe];
    shift.row(i) = ankle / (at_heel[i] && at_toe[i] ? 2 : 1) - legs[i].ankle;
    standing[i] = kCertain;
  }
  plan.shift = faded(times, shift, standing);
  lift_out_of_floor(times, sole, legs, standing, plan);
  return plan;
}

double longest_reach(const Leg& leg) {
  return std::max(kReach * ((leg.knee - leg.hip).norm() + (leg.ankle - leg.knee).norm()),
                  (leg.ankle - leg.hip).norm());
}

// How the pelvis follows its feet, (n, 3): by what both ask for, and so far that both reach where they should
// be.
MatrixXd pelvis_shift(Times times, const std::array<Legs, 2>& legs, const std::array<FootPlan, 2>& plans) {
  const int n = int(times.size());
  MatrixXd shift(n, 3);
  for (int i = 0; i < n; ++i) {
    for (int axis = 0; axis < 3; ++axis) {
      const double left = plans[0].shift(i, axis), right = plans[1].shift(i, axis);
      shift(i, axis) = left * right <= 0 ? 0 : std::abs(left) < std::abs(right) ? left : right;
    }
    Vector3d direction = Vector3d::Zero();
    double farthest = 0;
    for (const int side : {0, 1}) {
      const Leg& leg = legs[side][i];
      const Vector3d reach = leg.ankle + (plans[side].shift.row(i) - shift.row(i)).transpose() - leg.hip;
      const double excess = reach.norm() - longest_reach(leg);
      if (excess <= 0) continue;
      direction += excess * reach.normalized();
      farthest = std::max(farthest, excess);
    }
    shift.row(i) += farthest * direction.normalized().transpose();
  }
  return WhittakerSmoother(times, kPelvis, std::min(3, n))(shift, VectorXd::Ones(n));
}

// Two-bone inverse kinematics: the leg with its ankle at `target`, or on the way there as far as it reaches.
// The knee leaves the line from hip to ankle where it did; what it bends more, it bends forwards.
Leg reaching(const Leg& leg, const Vector3d& target, const Matrix3d& foot) {
  const double upper = (leg.knee - leg.hip).norm(), lower = (leg.ankle - leg.knee).norm();
  const Vector3d line = (leg.ankle - leg.hip).normalized(), new_line = (target - leg.hip).normalized();
  const double length =
      std::clamp((target - leg.hip).norm(), std::abs(upper - lower) + 1e-3, longest_reach(leg));
  const double along = (upper * upper - lower * lower + length * length) / (2 * length);
  const double out = std::sqrt(std::max(upper * upper - along * along, 0.0));
  const Vector3d was_out = leg.knee - leg.hip - line.dot(leg.knee - leg.hip) * line;
  Vector3d pole = Eigen::Quaterniond::FromTwoVectors(line, new_line) * was_out +
                  std::max(out - was_out.norm(), 0.0) * leg.thigh.col(2);
  pole -= new_line.dot(pole) * new_line;

  Leg next = leg;
  next.knee = leg.hip + along * new_line + out * pole.normalized();
  next.ankle = leg.hip + length * new_line;
  next.thigh =
      Eigen::Quaterniond::FromTwoVectors(leg.knee - leg.hip, next.knee - next.hip).toRotationMatrix() *
      leg.thigh;
  next.shin =
      Eigen::Quaterniond::FromTwoVectors(leg.ankle - leg.knee, next.ankle - next.knee).toRotationMatrix() *
      leg.shin;
  next.foot = foot;
  return next;
}

Leg leg_of(const PosedBody& body, int side) {
  const int hip = 1 + side, knee = 4 + side, ankle = 7 + side;
  return {body.joints[hip],           body.joints[knee],           body.joints[ankle],
          body.world_from_joint[hip], body.world_from_joint[knee], body.world_from_joint[ankle]};
}

}  // namespace

FootContacts plant_feet(const FittedBodyModel& model, Times times, std::vector<BodyState>& states) {
  const int n = int(states.size());
  std::array<Legs, 2> legs;
  for (const BodyState& state : states) {
    const PosedBody posed = pose_body(model, state);
    for (const int side : {0, 1}) legs[side].push_back(leg_of(posed, side));
  }
  std::array<FootPlan, 2> plans;
  for (const int side : {0, 1})
    plans[side] = plan_foot(times, sole_of(model, states.front().betas, side), legs[side]);
  const MatrixXd pelvis = pelvis_shift(times, legs, plans);

  FootContacts contacts(n);
  for (int i = 0; i < n; ++i) {
    BodyState& state = states[i];
    state.root += pelvis.row(i).transpose();
    for (const int side : {0, 1}) {
      contacts[i][side] = plans[side].stands[i];
      Leg leg = legs[side][i];
      const Vector3d target = leg.ankle + plans[side].shift.row(i).transpose();
      for (Vector3d* joint : {&leg.hip, &leg.knee, &leg.ankle}) *joint += pelvis.row(i).transpose();
      leg = reaching(leg, target, plans[side].rotation[i]);
      state.rotations[1 + side] = state.rotations[0].transpose() * leg.thigh;
      state.rotations[4 + side] = leg.thigh.transpose() * leg.shin;
      state.rotations[7 + side] = leg.shin.transpose() * leg.foot;
    }
  }
  return contacts;
}

}  // namespace ahap
