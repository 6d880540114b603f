#pragma once

#include <array>

#include "reconstruction/observations.h"

namespace ahap {

// What is known of every adult's body: how far apart two of its points are and which bones come in pairs.

struct Bone {
  BodyPoint a, b;
  double length;     // metres, mean of adults
  double log_sigma;  // standard deviation of the logarithm of the length
};

// Means of adults for the places that pose networks mark (joint centres, not bony landmarks): anthropometry,
// moved by what calibrated views show for MoveNet's and BlazePose's joints. log_sigma holds people's
// differences and those of marking; points of the head and the hands are small and therefore relatively
// uncertain.
constexpr std::array<Bone, 39> kBones = {{
    {kLeftShoulder, kRightShoulder, 0.36, 0.10},
    {kLeftHip, kRightHip, 0.21, 0.15},
    {kLeftShoulder, kLeftHip, 0.515, 0.08},
    {kRightShoulder, kRightHip, 0.515, 0.08},
    {kLeftShoulder, kRightHip, 0.58, 0.08},
    {kRightShoulder, kLeftHip, 0.58, 0.08},
    {kLeftShoulder, kLeftElbow, 0.28, 0.10},
    {kRightShoulder, kRightElbow, 0.28, 0.10},
    {kLeftElbow, kLeftWrist, 0.245, 0.10},
    {kRightElbow, kRightWrist, 0.245, 0.10},
    {kLeftHip, kLeftKnee, 0.40, 0.08},
    {kRightHip, kRightKnee, 0.40, 0.08},
    {kLeftKnee, kLeftAnkle, 0.378, 0.08},
    {kRightKnee, kRightAnkle, 0.378, 0.08},
    {kNose, kLeftEye, 0.045, 0.20},
    {kNose, kRightEye, 0.045, 0.20},
    {kLeftEye, kLeftEar, 0.08, 0.20},
    {kRightEye, kRightEar, 0.08, 0.20},
    {kLeftEye, kRightEye, 0.06, 0.15},
    {kLeftEar, kRightEar, 0.136, 0.12},
    {kLeftEar, kLeftShoulder, 0.22, 0.20},
    {kRightEar, kRightShoulder, 0.22, 0.20},
    {kNose, kLeftShoulder, 0.29, 0.15},
    {kNose, kRightShoulder, 0.29, 0.15},
    {kLeftAnkle, kLeftHeel, 0.066, 0.20},
    {kRightAnkle, kRightHeel, 0.066, 0.20},
    {kLeftHeel, kLeftToe, 0.213, 0.12},
    {kRightHeel, kRightToe, 0.213, 0.12},
    {kLeftAnkle, kLeftToe, 0.187, 0.12},
    {kRightAnkle, kRightToe, 0.187, 0.12},
    {kLeftWrist, kLeftIndex, 0.09, 0.15},
    {kRightWrist, kRightIndex, 0.09, 0.15},
    {kLeftWrist, kLeftPinky, 0.085, 0.15},
    {kRightWrist, kRightPinky, 0.085, 0.15},
    {kLeftIndex, kLeftPinky, 0.05, 0.25},
    {kRightIndex, kRightPinky, 0.05, 0.25},
    {kMouthLeft, kMouthRight, 0.05, 0.20},
    {kNose, kMouthLeft, 0.06, 0.20},
    {kNose, kMouthRight, 0.06, 0.20},
}};

// A left bone and the right one of the same length.
struct BonePair {
  BodyPoint left_a, left_b, right_a, right_b;
};
constexpr std::array<BonePair, 5> kBonePairs = {{
    {kLeftShoulder, kLeftHip, kRightShoulder, kRightHip},
    {kLeftShoulder, kLeftElbow, kRightShoulder, kRightElbow},
    {kLeftElbow, kLeftWrist, kRightElbow, kRightWrist},
    {kLeftHip, kLeftKnee, kRightHip, kRightKnee},
    {kLeftKnee, kLeftAnkle, kRightKnee, kRightAnkle},
}};
constexpr double kBonePairLogSigma = 0.06;  // of log(left / right), what joints of a network differ by

// The bones whose directions a single view suggests well enough to compare.
constexpr std::array<std::array<BodyPoint, 2>, 12> kLimbs = {{
    {kLeftShoulder, kRightShoulder},
    {kLeftHip, kRightHip},
    {kLeftShoulder, kLeftHip},
    {kRightShoulder, kRightHip},
    {kLeftShoulder, kLeftElbow},
    {kRightShoulder, kRightElbow},
    {kLeftElbow, kLeftWrist},
    {kRightElbow, kRightWrist},
    {kLeftHip, kLeftKnee},
    {kRightHip, kRightKnee},
    {kLeftKnee, kLeftAnkle},
    {kRightKnee, kRightAnkle},
}};

}  // namespace ahap
