#pragma once

#include <cmath>
#include <vector>

#include "reconstruction/motion/synchronisation.h"
#include "tests/multiview/simulated_capture.h"

namespace ahap {

// Somebody who goes from pose to pose, and from place to place, at any time of the capture.
class MovingPerson {
 public:
  // A new pose about twice a second; `moves`: 0 stands still.
  MovingPerson(unsigned seed, double seconds, double moves = 1) {
    RandomGeometry random(seed);
    const Eigen::Vector3d place(random.uniform(-1, 1), 0.83, random.uniform(-1, 1));
    const BodyPoints first = simulation::random_body(random);
    Eigen::Vector3d here = place;
    double heading = random.uniform(0, 6);
    for (double time = -2; time < seconds + 2; time += random.uniform(0.3, 0.7)) {
      const BodyPoints pose = simulation::random_body(random);
      here += moves * Eigen::Vector3d(random.normal(0.15), random.normal(0.03), random.normal(0.15));
      here = place + 0.8 * (here - place);
      heading += moves * random.normal(0.3);
      const Eigen::AngleAxisd turn(heading, Eigen::Vector3d::UnitY());
      BodyPoints body;
      for (int k = 0; k < kBodyPoints; ++k) body[k] = here + turn * (first[k] + moves * (pose[k] - first[k]));
      keys_.push_back({time, body});
    }
  }
  // The same poses again and again.
  static MovingPerson repeating(unsigned seed, double seconds, double period) {
    MovingPerson person(seed, period);
    std::vector<Key> once;
    for (const Key& key : person.keys_) {
      if (key.time >= 0 && key.time < period) once.push_back(key);
    }
    person.keys_.clear();
    for (int turn = -3; turn * period < seconds + 3 * period; ++turn) {
      for (const Key& key : once) person.keys_.push_back({key.time + turn * period, key.body});
    }
    return person;
  }

  BodyPoints at(double time) const {
    std::size_t i = 1;
    while (i + 1 < keys_.size() && keys_[i].time < time) ++i;
    const Key &a = keys_[i - 1], &b = keys_[i];
    const double u = (time - a.time) / (b.time - a.time), w = u * u * (3 - 2 * u);
    BodyPoints body;
    for (int k = 0; k < kBodyPoints; ++k) body[k] = (1 - w) * a.body[k] + w * b.body[k];
    return body;
  }

 private:
  struct Key {
    double time;
    BodyPoints body;
  };
  std::vector<Key> keys_;
};

// How a camera films: its frame n shows the capture's time start + n / fps * (1 + drift).
struct Filming {
  double start = 0, fps = 30, drift = 0;
};

// What a camera sees of somebody until the capture's time `end`.
inline MotionTrack filmed(const MovingPerson& person, const Camera& camera, int number,
                          const Filming& filming, double end, unsigned seed, double unseen = 0.05) {
  RandomGeometry random(seed * 100 + unsigned(number));
  MotionTrack track{.camera = number, .times = {}, .points = {}};
  const PoseNoise noise{.pixels = 0.006, .landmark_turn = 0, .landmarks = 0, .unseen = unseen};
  for (int n = 0;; ++n) {
    const double time = n / filming.fps, shown = filming.start + time * (1 + filming.drift);
    if (shown > end) return track;
    track.times.push_back(time);
    track.points.push_back(simulation::observe(random, person.at(shown), camera, number, noise).points);
  }
}

}  // namespace ahap
