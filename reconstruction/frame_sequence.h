#pragma once

#include <functional>
#include <vector>

#include "reconstruction/progress.h"
#include "reconstruction/view.h"

namespace ahap {

// Frames per second that are assumed where nothing tells: of pictures in a folder, for instance.
constexpr double kAssumedFrameRate = 30;

// Frames of a capture.
struct FrameSequence {
  std::vector<int> numbers;  // ascending
  // The views of one of them. Called for all of them in their order, then for a few once more; from one
  // thread at a time, not always the same.
  std::function<std::vector<View>(int number, const Progress& progress)> read;
  // What the microphones of all cameras heard, whatever frames are chosen: samples -1..1 of each camera, the
  // first at the time of its first frame; none where it has no sound. Empty: nobody knows.
  std::function<std::vector<std::vector<float>>(const Progress& progress)> sounds = {};
  int sound_rate = 0;  // samples per second
};

}  // namespace ahap
