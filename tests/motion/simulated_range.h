#pragma once

#include <functional>

#include "reconstruction/motion/tracked_frames.h"
#include "tests/multiview/simulated_capture.h"

namespace ahap {

// The people of a simulated capture as they walk about, in their poses, before cameras that stand still.
struct SimulatedRange {
  SimulatedCapture capture;  // cameras and views; the people as they stand at the start
  TrackedFrames frames;
  std::vector<int> true_person;  // of each tracklet

  // Nobody sees the person in that view from frame `first` to before `end`; afterwards it is a new tracklet.
  void hide(int person, int view, int first, int end) {
    int after = -1;
    for (int f = first; f < int(frames.size()); ++f) {
      TrackedFrame& frame = frames[f];
      for (int n = int(frame.people.size()) - 1; n >= 0; --n) {
        if (frame.people[n].view != view || true_person[frame.tracklets[n]] != person) continue;
        if (f < end) {
          frame.people.erase(frame.people.begin() + n);
          frame.tracklets.erase(frame.tracklets.begin() + n);
        } else {
          if (after < 0) {
            after = int(true_person.size());
            true_person.push_back(person);
          }
          frame.tracklets[n] = after;
        }
      }
    }
  }
};

// Where a camera is in a frame.
using CameraCarrier = std::function<Camera(const Camera& at_first, int view, int frame)>;

// Frames at 25 a second. Everybody walks at 1 m/s along a circle of its own.
inline SimulatedRange simulate_range(unsigned seed, int views, int people, int frames,
                                     const PoseNoise& noise = {}, const CameraCarrier& carry = {}) {
  RandomGeometry random(seed + 1000);
  SimulatedRange range{simulate_capture(seed, views, people, noise), {}, {}};
  range.true_person.resize(std::size_t(views) * people);
  for (int f = 0; f < frames; ++f) {
    TrackedFrame& frame = range.frames.emplace_back();
    frame.number = 100 + f;
    frame.time = f / 25.0;
    for (int p = 0; p < people; ++p) {
      const double turned = frame.time / 0.5;  // radius 0.5 m
      const Eigen::Matrix3d R = Eigen::AngleAxisd(turned, Eigen::Vector3d::UnitY()).toRotationMatrix();
      const BodyPoints& start = range.capture.bodies[p];
      const Eigen::Vector3d hips = 0.5 * (start[kLeftHip] + start[kRightHip]);
      const Eigen::Vector3d walked = 0.5 * (R * Eigen::Vector3d::UnitX() - Eigen::Vector3d::UnitX());
      BodyPoints body;
      for (int k = 0; k < kBodyPoints; ++k) body[k] = hips + walked + R * (start[k] - hips);
      for (int v = 0; v < views; ++v) {
        const Camera& first = range.capture.cameras[v];
        const Camera camera = carry ? carry(first, v, f) : first;
        frame.people.push_back(simulation::observe(random, body, camera, v, noise));
        frame.tracklets.push_back(v * people + p);
        range.true_person[std::size_t(v) * people + p] = p;
      }
    }
  }
  return range;
}

// The true cameras, as a calibration has them.
inline std::vector<AssociatedView> true_cameras(const SimulatedRange& range) {
  std::vector<AssociatedView> views;
  for (const Camera& camera : range.capture.cameras)
    views.push_back({.camera = camera, .k1 = 0, .estimated = true, .rotation_sigma = 0});
  return views;
}

}  // namespace ahap
