#pragma once

#include <array>
#include <string_view>

namespace ahap {

constexpr int kSmplJoints = 24;
constexpr int kSmplBetas = 10;

// SMPL-X: joints 0 to 21 as SMPL; 22 jaw; 23, 24 left, right eye; 25 to 39 left hand; 40 to 54 right.
constexpr int kSmplxJoints = 55;
constexpr int kSharedJoints = 22;
constexpr int kSmplxExpressions = 10;

// SMPL's joint order, names and tree.
constexpr std::array<std::string_view, kSmplJoints> kSmplJointNames = {
    "pelvis",     "left_hip",    "right_hip",    "spine1",      "left_knee",     "right_knee",
    "spine2",     "left_ankle",  "right_ankle",  "spine3",      "left_foot",     "right_foot",
    "neck",       "left_collar", "right_collar", "head",        "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist",   "right_wrist", "left_hand",     "right_hand"};

constexpr std::array<int, kSmplJoints> kSmplParents = {-1, 0, 0, 0,  1,  2,  3,  4,  5,  6,  7,  8,
                                                       9,  9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21};

// The joint on the other side of the body; joints of the spine are their own.
constexpr std::array<int, kSmplJoints> kMirroredJoints = {0,  2,  1,  3,  5,  4,  6,  8,  7,  9,  11, 10,
                                                          12, 14, 13, 15, 17, 16, 19, 18, 21, 20, 23, 22};

}  // namespace ahap
