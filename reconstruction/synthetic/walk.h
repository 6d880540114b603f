#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "reconstruction/body/random_poses.h"
#include "reconstruction/synthetic/path.h"

namespace ahap {

// A moving body at one time, world frame.
struct WalkPose {
  std::array<Eigen::Matrix3f, kSmplJoints> rotations;  // relative to the parent; [0] in the world
  Eigen::Vector3f pelvis{0, 0, 0};                     // metres
  std::array<bool, 2> foot_contact{};                  // left, right: the ball of the foot rests on the floor
};

// Where and how somebody walks.
struct WalkPlan {
  Path path;                 // of the pelvis on the floor plan
  float start = 0;           // metres along the path, where the walk is at 0 seconds, in full stride
  std::vector<float> stops;  // metres along the path, ascending, beyond `start`
  float stop_seconds = 1;    // how long each stop lasts, feet side by side
  std::uint64_t style = 0;   // seed of pace, stride, arms and gaze
};

// A walk made of footsteps: while a foot rests on the floor its ball does not move, by construction. The
// pelvis follows the steps smoothly, at a height from which both legs reach their feet; arms swing against
// the legs. At the path's end the walker stands.
class Walk {
 public:
  // rest: with the walker's betas; sole: y of the lowest point of that body in its rest pose.
  Walk(const Skeleton& rest, float sole, WalkPlan plan);

  Eigen::Vector2f place(double seconds) const;  // of the pelvis on the floor plan (x, z)
  WalkPose pose(double seconds) const;
  float speed() const;  // at full stride, metres per second
  // Whether the legs reach all footsteps: paths that turn too sharply are no good.
  bool in_reach() const { return in_reach_; }

 private:
  // The place of a foot's ball from `land` to `lift`, seconds.
  struct Footfall {
    Eigen::Vector2f ball{0, 0};
    float yaw = 0;  // degrees about Y
    double land = 0, lift = 0;
    float stride = 0;  // length of the swing that ended here, as a share of the longest
  };
  struct Foot {
    Eigen::Vector3f ankle;
    float yaw = 0, pitch = 0, toes = 0;  // degrees; toes bend against the foot
    bool contact = false;
  };
  struct Trunk {
    Eigen::Vector2f place;
    float heading = 0;       // degrees about Y
    float scissors = 0;      // left foot before the right one, leg lengths
    Eigen::Matrix3f pelvis;  // orientation
  };
  void draw_style();
  void step_along();
  void raise_pelvis();
  Footfall footfall(int side, float along, double land) const;
  Foot foot(int side, double seconds) const;
  Trunk trunk(double seconds) const;
  float highest_pelvis(double seconds) const;

  Skeleton rest_;
  WalkPlan plan_;
  float sole_, leg_;  // metres

  // Style.
  float step_ = 0;  // metres from foot to foot
  double step_seconds_ = 0;
  float track_ = 0, lift_ = 0, push_off_ = 0, strike_ = 0, toe_out_ = 0, lean_ = 0, stoop_ = 0;
  float arm_out_ = 0, arm_front_ = 0, arm_swing_ = 0, gaze_pitch_ = 0, gaze_yaw_ = 0, gaze_period_ = 1;
  std::array<Eigen::Matrix3f, 2> wrists_;

  double begin_ = 0;  // seconds: when the first step begins
  std::array<std::vector<Footfall>, 2> footfalls_;
  std::vector<float> along_;   // knots of the pelvis along the path, one per step
  std::vector<float> sway_;    // to the left, two per step
  std::vector<float> height_;  // of the pelvis, kHeightKnots per step
  bool in_reach_ = true;
};

}  // namespace ahap
