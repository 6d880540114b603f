#pragma once

#include <torch/torch.h>

#include <optional>

#include "reconstruction/box.h"
#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/branches/unish/clip_picture.h"
#include "reconstruction/stages/person_tracker.h"
#include "reconstruction/view.h"

namespace ahap {

// A frame of a clip for UniSH.
struct ClipFrame {
  int number = 0;         // of the capture
  double time = 0;        // seconds
  torch::Tensor picture;  // (3, H, W)
  // Whom it shows, pixels of the original; the last frame's box where the person is not found, nothing before
  // the first that shows somebody.
  std::optional<Box> box;
  double score = 0;  // 0 where the person is not found
};

// Follows one person through a clip: the surest of the first frame that shows somebody.
class OnePerson {
 public:
  // high_threshold: score above which somebody counts.
  OnePerson(const PeopleFinder& networks, double high_threshold) : tracker_(networks, high_threshold) {}

  // Box and score of a frame, in the order of their times.
  void find(const View& view, ClipFrame& frame);

 private:
  const TrackedPerson* among(const std::vector<TrackedPerson>& people) const;

  PersonTracker tracker_;
  std::optional<int> tracklet_;
  Box box_;
};

// Chooses six frames a second, those at which the network was trained; frames without times count all.
class ClipRate {
 public:
  // Whether the frame of this time, after the ones before, is one of them.
  bool takes(double time);

 private:
  std::optional<double> first_, last_;
  double due_ = 0;
};

// The box in a picture at that size, made of an original of width x height pixels.
Box box_in_picture(const Box& box, const ClipSize& size, int width, int height);

// What the network is shown of the person, likewise. Where there is no box, the middle of the
// picture.
PersonSquare square_of(const ClipFrame& frame, const ClipSize& size, int width, int height);

}  // namespace ahap
