#pragma once

#include <array>
#include <utility>

namespace ahap {

// Joints that COCO's 17 key points and SMPL's 24 joints both have: wrists, elbows, shoulders, hips, knees,
// ankles. (COCO, SMPL)
constexpr std::array<std::pair<int, int>, 12> kCocoAndSmplJoints = {{{5, 16},
                                                                     {6, 17},
                                                                     {7, 18},
                                                                     {8, 19},
                                                                     {9, 20},
                                                                     {10, 21},
                                                                     {11, 1},
                                                                     {12, 2},
                                                                     {13, 4},
                                                                     {14, 5},
                                                                     {15, 7},
                                                                     {16, 8}}};

}  // namespace ahap
