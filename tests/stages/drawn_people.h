#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <mutex>
#include <vector>

#include "reconstruction/branches/photo/photo_people.h"

namespace ahap {

// Somebody as a picture of 640 x 480 shows him.
struct DrawnPerson {
  double x = 0, y = 0;  // of the hips, pixels
  double score = 0.9;
};

inline CocoPose pose_at(double x, double y) {
  // In COCO's order: the head, shoulders, elbows, wrists, hips, knees, ankles.
  constexpr double offsets[kCocoPoints][2] = {
      {0, -90},  {-4, -94}, {4, -94}, {-9, -90}, {9, -90},  {-20, -65}, {20, -65}, {-28, -35}, {28, -35},
      {-30, -5}, {30, -5},  {-13, 0}, {13, 0},   {-14, 45}, {14, 45},   {-15, 90}, {15, 90}};
  CocoPose pose;
  for (int k = 0; k < kCocoPoints; ++k) pose[k] = {{x + offsets[k][0], y + offsets[k][1]}, 0.9};
  return pose;
}

// Finds people who are drawn by a function of what the picture says in its first pixels: its number.
class DrawnPeople : public PeopleFinder {
 public:
  using Draw = std::function<std::vector<DrawnPerson>(int picture, int view)>;
  explicit DrawnPeople(Draw draw) : draw_(std::move(draw)) {}

  static Image picture(int number, int width = 64, int height = 48) {
    Image picture(width, height);
    for (std::size_t i = 0; i < picture.rgb.size(); ++i)
      picture.rgb[i] = std::uint8_t(60 + 40 * (i / 97 % 3));
    picture.rgb[0] = std::uint8_t(number % 256);
    picture.rgb[1] = std::uint8_t(number / 256);
    return picture;
  }
  static int number_of(const Image& picture) { return picture.rgb[0] + 256 * picture.rgb[1]; }

  std::vector<PhotoPerson> find_in(const Image& image, int view, double least_score) const override {
    const std::scoped_lock lock(mutex_);
    ++finds;
    std::vector<PhotoPerson> found;
    for (const DrawnPerson& person : draw_(number_of(image), view)) {
      if (person.score >= least_score) found.push_back(seen(person, view));
    }
    return found;
  }
  // The nearest; where nobody is near, something that does not look like a person.
  PhotoPerson look_for(const Image& image, int view, const CocoPose& expected) const override {
    const std::scoped_lock lock(mutex_);
    ++looks;
    const Eigen::Vector2d hips = 0.5 * (expected[kLeftHip].pixel + expected[kRightHip].pixel);
    PhotoPerson best = seen({hips.x(), hips.y(), 0.05}, view);
    double least = 60;
    for (const DrawnPerson& person : draw_(number_of(image), view)) {
      const double distance = std::hypot(person.x - hips.x(), person.y - hips.y());
      if (distance >= least) continue;
      least = distance;
      best = seen(person, view);
    }
    return best;
  }

  mutable int finds = 0, looks = 0;

 private:
  static PhotoPerson seen(const DrawnPerson& drawn, int view) {
    PhotoPerson person;
    person.pose = pose_at(drawn.x, drawn.y);
    person.observation.view = view;
    person.observation.score = drawn.score;
    person.observation.box = {drawn.x - 35, drawn.y - 100, drawn.x + 35, drawn.y + 95};
    for (int k = 0; k < kCocoPoints; ++k) person.observation.points[k] = {person.pose[k].pixel, 2};
    person.observation.landmarks.fill(Eigen::Vector3d::Zero());
    person.observation.ray_pixel = {drawn.x, drawn.y};
    return person;
  }

  Draw draw_;
  mutable std::mutex mutex_;
};

}  // namespace ahap
