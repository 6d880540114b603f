#include "reconstruction/body/random_poses.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <numbers>

#include "reconstruction/body/poser.h"
#include "reconstruction/random.h"

namespace ahap {
namespace {

using namespace body_joints;
using Eigen::Matrix3f;
using Eigen::Vector3f;

enum class Arm { hang, hip, pocket, ear, screen, gesture, crossed, behind, wave, point, carry, head, count };

void pose_arm(Poser& body, Side side, Arm style, Random& random, float sway) {
  const auto u = [&](float low, float high) { return random.uniform(low, high); };
  switch (style) {
    case Arm::hang:
      arm_by_chest(body, side, u(0.4f, 0.62f), u(-1.0f, -0.9f), u(-0.1f, 0.25f) + 0.03f * sway,
                   {0.5f, 0, -1});
      break;
    case Arm::hip:
      arm_by_chest(body, side, u(0.4f, 0.48f), u(-0.8f, -0.7f), u(0, 0.12f), {1, 0, -0.6f});
      break;
    case Arm::pocket:
      arm_by_chest(body, side, u(0.4f, 0.45f), u(-0.9f, -0.85f), u(0.1f, 0.2f), {0.8f, 0, -1});
      break;
    case Arm::ear:
      arm_by_chest(body, side, u(0.2f, 0.27f), u(0.2f, 0.32f), u(0.12f, 0.25f), {0.8f, -1, 0.2f});
      break;
    case Arm::screen:
      arm_by_chest(body, side, u(0.02f, 0.2f), u(-0.4f, -0.15f), u(0.5f, 0.7f), {0.6f, -1, -0.3f});
      break;
    case Arm::gesture:
      arm_by_chest(body, side, u(0.3f, 0.75f), u(-0.5f, 0.1f) + 0.06f * sway, u(0.35f, 0.7f),
                   {0.8f, -1, -0.4f});
      break;
    case Arm::crossed:
      arm_by_chest(body, side, u(-0.3f, -0.15f), u(-0.4f, -0.3f), u(0.3f, 0.38f), {0.9f, -0.8f, 0.1f});
      break;
    case Arm::behind:
      arm_by_chest(body, side, u(0.02f, 0.15f), u(-0.85f, -0.75f), u(-0.35f, -0.28f), {1, 0, -0.5f});
      break;
    case Arm::wave:
      arm_by_chest(body, side, u(0.5f, 0.8f) + 0.1f * sway, u(0.3f, 0.75f), u(0.1f, 0.4f), {1, -0.6f, -0.3f});
      break;
    case Arm::point:
      arm_by_chest(body, side, u(0.1f, 0.9f), u(-0.2f, 0.3f), u(0.6f, 0.95f), {0.6f, -1, 0});
      break;
    case Arm::carry:
      arm_by_chest(body, side, u(0.1f, 0.3f), u(-0.6f, -0.35f), u(0.45f, 0.6f), {0.8f, -0.8f, -0.6f});
      break;
    default:
      arm_by_chest(body, side, u(0.18f, 0.3f), u(0.35f, 0.5f), u(-0.02f, 0.2f), {1, 0.2f, 0.2f});
      break;
  }
}

void free_arms(Poser& body, Random& random, float sway) {
  if (random.chance(0.25f)) {  // both alike
    const Arm styles[] = {Arm::hip,    Arm::crossed, Arm::behind, Arm::carry,
                          Arm::screen, Arm::gesture, Arm::pocket, Arm::head};
    const Arm style = styles[random.integer(0, 7)];
    pose_arm(body, left, style, random, sway);
    pose_arm(body, right, style, random, -sway);
    return;
  }
  for (const Side side : {left, right})
    pose_arm(body, side, random.chance(0.45f) ? Arm::hang : Arm(random.integer(0, int(Arm::count) - 1)),
             random, sway);
}

// Both hands (or one) busy at a point, relative to the pelvis.
void working_arms(Poser& body, const Vector3f& work, Random& random, float sway) {
  const bool both = random.chance(0.7f);
  const float apart = random.uniform(0.05f, 0.22f);
  const Side first = random.chance(0.5f) ? left : right;
  for (const Side side : {left, right}) {
    const float s = side == left ? 1.f : -1.f;
    if (both || side == first)
      body.arm(side, work + Vector3f(s * apart, 0.02f * sway, 0), Vector3f(s * 0.7f, 0.4f, -0.8f));
    else
      pose_arm(body, side, random.chance(0.6f) ? Arm::hang : Arm::hip, random, sway);
  }
}

Matrix3f foot_rotation(float toe_out, float pitch) {
  return rotation_y(toe_out) * rotation_x(pitch);
}

// Both feet flat below the pelvis, `drop` of the leg's length; the knees follow the toes.
void plant_feet(Poser& body, Random& random, float drop, float width, float stagger, const Vector3f& shift) {
  const float leg = body.leg_length();
  for (const Side side : {left, right}) {
    const float s = side == left ? 1.f : -1.f;
    const float toe_out = s * random.uniform(0, 22);
    const Vector3f hip = body.rest(left_hip + side);
    const Vector3f ankle = Vector3f(hip.x() + s * width, hip.y() - drop * leg, hip.z() + s * stagger) - shift;
    body.leg(side, ankle, rotation_y(toe_out * 1.3f) * Vector3f(0, 0.1f, 1), foot_rotation(toe_out, 0));
  }
}

void stand(Poser& body, Random& random, float sway) {
  const bool relaxed = random.chance(0.5f);
  const float hip_roll = relaxed ? random.uniform(-6, 6) : random.uniform(-1.5f, 1.5f);
  body.local[pelvis] =
      rotation_z(hip_roll) * rotation_x(random.uniform(-3, 5)) * rotation_y(random.normal(0, 4));
  bend_spine(body, random.normal(3, 5) + 0.8f * sway, random.normal(0, 8), -hip_roll + random.normal(0, 3));
  const float stance = random.uniform(-0.02f, 0.12f);
  plant_feet(body, random, random.uniform(0.95f, 0.99f), stance, random.normal(0, 0.05f),
             {relaxed ? -0.006f * hip_roll : 0.f, 0, random.uniform(-0.02f, 0.03f)});
}

// One foot during a gait cycle; phase 0 = heel strike, 60 % on the floor. Step length L, lift in metres.
struct FootOfGait {
  float z, lift, pitch;
};
FootOfGait gait(float phase, float length, float height) {
  phase -= std::floor(phase);
  const float pi = std::numbers::pi_v<float>;
  if (phase < 0.6f) {
    const float t = phase / 0.6f;
    const float heel_off = std::max(0.f, t - 0.65f) / 0.35f;
    return {length * (0.5f - t), 0.09f * heel_off * heel_off,
            t < 0.1f ? -12 * (1 - t / 0.1f) : 32 * heel_off * heel_off};
  }
  const float t = (phase - 0.6f) / 0.4f;
  const float eased = 0.5f - 0.5f * std::cos(pi * t);
  return {length * (eased - 0.5f), 0.09f * (1 - t) * (1 - t) + height * std::sin(pi * t),
          t < 0.6f ? 32 * (1 - t / 0.6f) : -12 * (t - 0.6f) / 0.4f};
}

void walk(Poser& body, Random& random, float seconds) {
  const float leg = body.leg_length(), length = leg * random.uniform(0.4f, 0.8f),
              height = random.uniform(0.04f, 0.1f);
  const float speed = length * random.uniform(1.0f, 1.7f), cycle = length / (0.6f * speed);
  const float phase = random.uniform() + seconds / cycle, turn = 2 * std::numbers::pi_v<float> * phase;
  const float drop = std::sqrt(1 - 0.25f * length * length / (leg * leg)) * 0.985f;
  const float swing = std::sin(turn), twist = 5 * length / leg * std::cos(turn);
  body.local[pelvis] = rotation_x(random.uniform(0, 6)) * rotation_y(-twist) * rotation_z(2.5f * swing);
  bend_spine(body, random.normal(4, 4), 2.2f * twist, -2.5f * swing);
  const float track = random.uniform(-0.03f, 0.02f);
  for (const Side side : {left, right}) {
    const float s = side == left ? 1.f : -1.f;
    const FootOfGait foot = gait(phase + (side == left ? 0.f : 0.5f), length, height);
    const Vector3f hip = body.rest(left_hip + side);
    const float toe_out = s * random.uniform(0, 12);
    body.leg(side, {hip.x() + s * track, hip.y() - drop * leg + foot.lift, foot.z},
             rotation_y(toe_out) * Vector3f::UnitZ(), foot_rotation(toe_out, foot.pitch));
    if (foot.pitch > 5) body.local[left_foot + side] = rotation_x(-0.7f * foot.pitch);
  }
  const float amplitude = random.uniform(0.1f, 0.35f) * length / leg * 1.4f;
  for (const Side side : {left, right}) {
    const float swing_forward = (side == left ? -1.f : 1.f) * std::cos(turn) * amplitude;
    Random style = random.fork();
    if (style.chance(0.75f))
      arm_by_chest(body, side, style.uniform(0.42f, 0.56f), -0.93f + 0.15f * std::abs(swing_forward),
                   swing_forward + 0.08f, {0.4f, 0, -1});
    else
      pose_arm(body, side, Arm(style.integer(0, int(Arm::count) - 1)), style, 0);
  }
}

void sit(Poser& body, Random& random, float sway) {
  const float lean = random.normal(4, 14);
  body.local[pelvis] = rotation_x(random.uniform(-18, 8) + 0.3f * lean) * rotation_y(random.normal(0, 3));
  bend_spine(body, lean + random.uniform(0, 14) + 0.6f * sway, random.normal(0, 10), random.normal(0, 4));
  const float leg = body.leg_length(), seat = random.uniform(0.44f, 0.54f) * leg;
  const bool crossed = random.chance(0.15f);
  for (const Side side : {left, right}) {
    const float s = side == left ? 1.f : -1.f, toe_out = s * random.uniform(-5, 25);
    const Vector3f hip = body.rest(left_hip + side);
    Vector3f ankle =
        hip + Vector3f(s * random.uniform(-0.02f, 0.14f), -seat, random.uniform(0.38f, 0.6f) * leg);
    const Vector3f knee(s * random.uniform(-0.1f, 0.45f), 0.8f, 0.6f);
    if (crossed && side == right) {
      ankle = hip + Vector3f(0.22f, -0.30f * leg, 0.62f * leg);
      body.leg(side, ankle, Vector3f(0.1f, 1, 0.3f), foot_rotation(0, 25));
      continue;
    }
    body.leg(side, ankle, knee, foot_rotation(toe_out, 0));
  }
}

void crouch(Poser& body, Random& random) {
  const float lean = random.uniform(20, 50);
  body.local[pelvis] = rotation_x(lean) * rotation_y(random.normal(0, 6));
  bend_spine(body, random.uniform(5, 35), random.normal(0, 10), random.normal(0, 5));
  const float leg = body.leg_length(), drop = random.uniform(0.4f, 0.7f);
  const float stagger = random.normal(0, 0.14f);
  for (const Side side : {left, right}) {
    const float s = side == left ? 1.f : -1.f, toe_out = s * random.uniform(5, 35);
    const Vector3f hip = body.position(left_hip + side);
    const Vector3f ankle(hip.x() + s * random.uniform(0.02f, 0.18f), hip.y() - drop * leg,
                         hip.z() + 0.16f + s * stagger);
    body.leg(side, ankle, rotation_y(toe_out) * Vector3f(0, 0.3f, 1),
             foot_rotation(toe_out, random.chance(0.3f) ? 20 : 0));
  }
}

void kneel(Poser& body, Random& random) {
  const bool both = random.chance(0.5f);
  const bool on_heels = both && random.chance(0.4f);
  body.local[pelvis] = rotation_x(random.uniform(0, 30)) * rotation_y(random.normal(0, 5));
  bend_spine(body, random.uniform(0, 40), random.normal(0, 10), random.normal(0, 5));
  const float leg = body.leg_length(), thigh = 0.52f * leg;
  for (const Side side : {left, right}) {
    const float s = side == left ? 1.f : -1.f;
    const Vector3f hip = body.position(left_hip + side);
    if (both || side == left) {
      // The shin lies on the floor behind the knee.
      const float fold = on_heels ? 0.45f : random.uniform(0.8f, 0.98f);
      const Vector3f knee =
          hip + thigh * Vector3f(s * 0.12f, -fold, std::sqrt(std::max(0.f, 1 - fold * fold)));
      const Vector3f ankle = knee + Vector3f(0, 0.03f, -0.47f * leg);
      body.leg(side, ankle, Vector3f(s * 0.1f, -0.4f, 1), rotation_x(70));
    } else {
      const Vector3f ankle = hip + Vector3f(s * 0.08f, -thigh + 0.02f, random.uniform(0.38f, 0.5f) * leg);
      body.leg(side, ankle, Vector3f(s * 0.15f, 0.8f, 0.5f), foot_rotation(s * 10, 0));
    }
  }
}

void bend(Poser& body, Random& random) {
  const float pitch = random.uniform(15, 65);
  body.local[pelvis] = rotation_x(pitch) * rotation_y(random.normal(0, 6));
  bend_spine(body, random.uniform(10, 45), random.normal(0, 12), random.normal(0, 5));
  const float leg = body.leg_length(), drop = random.uniform(0.8f, 0.97f), stagger = random.normal(0, 0.12f);
  for (const Side side : {left, right}) {
    const float s = side == left ? 1.f : -1.f, toe_out = s * random.uniform(0, 25);
    const Vector3f hip = body.position(left_hip + side);
    const Vector3f ankle(hip.x() + s * random.uniform(-0.02f, 0.14f), hip.y() - drop * leg,
                         hip.z() + 0.0018f * pitch * leg + s * stagger);
    body.leg(side, ankle, rotation_y(toe_out) * Vector3f(0, 0.1f, 1), foot_rotation(toe_out, 0));
  }
}

void reach(Poser& body, Random& random, float sway) {
  const float up = random.uniform(-0.7f, 1.1f);
  const float yaw = random.normal(0, 18);
  body.local[pelvis] = rotation_x(random.uniform(-2, 10)) * rotation_y(0.4f * yaw);
  bend_spine(body, random.uniform(0, 22) - 10 * up, yaw, random.normal(0, 5));
  plant_feet(body, random, random.uniform(0.92f, 0.99f), random.uniform(0, 0.12f), random.normal(0, 0.1f),
             {0, 0, 0.02f});
  const bool both = random.chance(0.5f);
  const Side first = random.chance(0.5f) ? left : right;
  for (const Side side : {left, right}) {
    if (both || side == first) {
      const float s = side == left ? 1.f : -1.f;
      body.local[left_collar + side] = rotation_z(s * std::max(0.f, up) * 18);
      body.forward();
      arm_by_chest(body, side, random.uniform(0.05f, 0.6f), up + 0.03f * sway, random.uniform(0.35f, 0.9f),
                   {0.9f, -0.9f, -0.2f});
    } else {
      pose_arm(body, side, random.chance(0.6f) ? Arm::hang : Arm(random.integer(0, int(Arm::count) - 1)),
               random, sway);
    }
  }
}

}  // namespace

BodyPose make_pose(Activity activity, const Skeleton& rest, std::uint64_t seed, double seconds,
                   float difficulty) {
  Random random(seed);
  Poser body(rest);
  BodyPose pose;
  const float rhythm = random.uniform(0.9f, 2.2f), start = random.uniform(0, 6.28f);
  const float sway =
      std::sin(start + rhythm * float(seconds)) - std::sin(start);  // zero at the picture's moment
  Random gaze = random.fork(), arms = random.fork(), jitter = random.fork();

  switch (activity) {
    case Activity::stand:
      stand(body, random, sway);
      break;
    case Activity::walk:
      walk(body, random, float(seconds));
      break;
    case Activity::sit:
      sit(body, random, sway);
      break;
    case Activity::crouch:
      crouch(body, random);
      break;
    case Activity::kneel:
      kneel(body, random);
      break;
    case Activity::bend:
      bend(body, random);
      break;
    case Activity::reach:
      reach(body, random, sway);
      break;
  }

  const bool low = activity == Activity::crouch || activity == Activity::kneel || activity == Activity::bend;
  pose.works = low ? arms.chance(0.8f) : activity == Activity::sit && arms.chance(0.3f);
  if (pose.works) {
    const Vector3f chest = body.position(spine3);
    const float floor = std::min(body.position(left_ankle).y(), body.position(right_ankle).y()) - 0.07f;
    const float reachable = body.arm_length() * arms.uniform(0.6f, 0.98f);
    const Vector3f toward = low ? Vector3f(arms.normal(0, 0.15f), -1, arms.uniform(0.1f, 0.9f))
                                : Vector3f(arms.normal(0, 0.2f), -0.45f, 1);
    pose.work = chest + reachable * toward.normalized();
    pose.work.y() = std::max(pose.work.y(), floor + 0.08f);
    working_arms(body, pose.work, arms, sway);
  } else if (activity == Activity::sit && arms.chance(0.5f)) {  // hands on the thighs
    for (const Side side : {left, right}) {
      const Vector3f knee = body.position(left_knee + side), hip = body.position(left_hip + side);
      body.arm(side, hip + arms.uniform(0.45f, 0.95f) * (knee - hip) + Vector3f(0, 0.1f, 0),
               Vector3f(side == left ? 1.f : -1.f, -0.2f, -0.6f));
    }
  } else if (activity != Activity::walk && activity != Activity::reach) {
    free_arms(body, arms, sway);
  }

  // People who bend look where they work; others look around.
  const float chest_pitch = std::asin(std::clamp(-body.orientation(spine3)(1, 2), -1.f, 1.f)) * 57.3f;
  const float pitch = low ? gaze.uniform(-25, 20) : gaze.normal(6, 10) - 0.5f * chest_pitch;
  look(body, std::clamp(pitch, -45.f, 40.f), gaze.normal(0, 18) + 4 * sway, gaze.normal(0, 5));

  const auto jittered = [&](int joint, float degrees) {
    const Vector3f axis(jitter.normal(0, 1), jitter.normal(0, 1), jitter.normal(0, 1));
    const float angle = std::clamp(jitter.normal(0, degrees * difficulty), -3 * degrees, 3 * degrees);
    body.local[joint] = body.local[joint] * rotation(angle, axis.normalized());
  };
  for (const int joint : {spine1, spine2, spine3, neck, head, left_collar, right_collar})
    jittered(joint, 2.5f);
  for (const int joint : {left_shoulder, right_shoulder, left_elbow, right_elbow}) jittered(joint, 5);
  for (const int joint : {left_wrist, right_wrist}) jittered(joint, 14);
  for (const int joint : {left_hip, right_hip, left_knee, right_knee}) jittered(joint, 1.5f);

  pose.rotations = body.local;
  return pose;
}

}  // namespace ahap
