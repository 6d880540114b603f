#include "reconstruction/multiview/normalized_observations.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "reconstruction/camera.h"

namespace ahap {
namespace {

constexpr double kMinSigma =
    2e-4;  // of a point, share of the longer side: no network is better than 0.2 pixels in 1000

NormalizedView normalize(const ViewObservation& view) {
  if (view.width <= 0 || view.height <= 0) {
    throw std::invalid_argument("a view of " + std::to_string(view.width) + " x " +
                                std::to_string(view.height) + " pixels");
  }
  NormalizedView n;
  n.longer_side = std::max(view.width, view.height);
  n.size = Eigen::Vector2d(view.width, view.height);
  n.middle = n.size / 2;
  n.unit.setConstant(n.longer_side);
  if (std::isfinite(view.focal_length) && view.focal_length > 0) {
    n.focal = view.focal_length / n.longer_side;
    n.focal_sigma = std::max(view.focal_sigma, 1e-3);
  }
  if (view.K) {
    const Eigen::Vector2d f = view.K->diagonal().head<2>();
    n.middle = view.K->topRightCorner<2, 1>();
    n.unit = n.longer_side / mean_focal_length(*view.K) * f;
    n.focal = mean_focal_length(*view.K) / n.longer_side;
    n.focal_sigma = std::max(view.focal_sigma, 1e-3);
    n.keeps_lens = view.keeps_K;
  }
  n.camera_from_world = view.camera_from_world;
  n.keeps_pose = view.camera_from_world && view.keeps_pose;
  if (view.up && view.up->allFinite() && view.up->norm() > 0 && view.up_sigma > 0) {
    n.up = view.up->normalized();
    n.up_sigma = view.up_sigma;
  }
  return n;
}

NormalizedPerson normalize(const PersonObservation& person, const NormalizedView& view) {
  NormalizedPerson n;
  n.view = person.view;
  const auto normalized = [&](const Eigen::Vector2d& pixel) { return view.normalized(pixel); };
  for (int k = 0; k < kBodyPoints; ++k) {
    const ObservedPoint& point = person.points[k];
    const bool good = point.observed() && std::isfinite(point.sigma) && point.pixel.allFinite();
    n.located[k] = good || (point.pixel.allFinite() && !point.pixel.isZero());
    n.x[k] = n.located[k] ? normalized(point.pixel) : Eigen::Vector2d::Zero();
    n.sigma[k] = good ? std::max(point.sigma / view.longer_side, kMinSigma) : 0;
    n.observed += good;
    const bool posed = person.landmarks[k].allFinite() && std::isfinite(person.visibility[k]);
    n.landmarks[k] = posed ? person.landmarks[k] : Eigen::Vector3d::Zero();
    n.visibility[k] = posed ? std::clamp(person.visibility[k], 0.0, 1.0) : 0;
  }
  n.ray = person.ray_pixel.allFinite() ? normalized(person.ray_pixel) : Eigen::Vector2d::Zero();
  n.box_low = normalized({person.box.x0, person.box.y0});
  n.box_high = normalized({person.box.x1, person.box.y1});
  const double size = body_size(person);
  n.size = std::isfinite(size) ? std::max(size / view.longer_side, 0.01) : 0.01;
  return n;
}

}  // namespace

std::vector<std::vector<int>> NormalizedCapture::people_of_views() const {
  std::vector<std::vector<int>> of_view(views.size());
  for (int i = 0; i < int(people.size()); ++i) {
    if (people[i].usable()) of_view[people[i].view].push_back(i);
  }
  return of_view;
}

bool NormalizedCapture::same_format(int a, int b) const {
  constexpr double kTolerance = 20;  // pixels: codecs round 1080 up to 1088
  const auto sides = [&](int v) {
    return Eigen::Vector2d(views[v].size.minCoeff(), views[v].size.maxCoeff());
  };
  return (sides(a) - sides(b)).cwiseAbs().maxCoeff() < kTolerance;
}

int NormalizedCapture::known_poses() const {
  return int(std::count_if(views.begin(), views.end(),
                           [](const NormalizedView& view) { return view.camera_from_world.has_value(); }));
}

NormalizedCapture mirrored(NormalizedCapture capture, int view) {
  constexpr std::array<int, kBodyPoints> kOther = {0,  2,  1,  4,  3,  6,  5,  8,  7,  10, 9,  12, 11, 14,
                                                   13, 16, 15, 18, 17, 20, 19, 22, 21, 24, 23, 26, 25};
  for (NormalizedPerson& person : capture.people) {
    if (person.view != view) continue;
    const NormalizedPerson was = person;
    for (int k = 0; k < kBodyPoints; ++k) {
      person.x[k] = {-was.x[kOther[k]].x(), was.x[kOther[k]].y()};
      person.sigma[k] = was.sigma[kOther[k]];
      person.located[k] = was.located[kOther[k]];
      person.landmarks[k] = was.landmarks[kOther[k]];
      person.landmarks[k].x() *= -1;
      person.visibility[k] = was.visibility[kOther[k]];
    }
    person.ray.x() *= -1;
    person.box_low.x() = -was.box_high.x();
    person.box_high.x() = -was.box_low.x();
  }
  if (capture.views[view].up) capture.views[view].up->x() *= -1;
  return capture;
}

NormalizedCapture normalize(const std::vector<ViewObservation>& views,
                            const std::vector<PersonObservation>& people) {
  NormalizedCapture capture;
  for (const auto& view : views) capture.views.push_back(normalize(view));
  for (const auto& person : people) {
    if (person.view < 0 || person.view >= int(views.size())) {
      throw std::invalid_argument("a person in view " + std::to_string(person.view) + " of " +
                                  std::to_string(views.size()));
    }
    capture.people.push_back(normalize(person, capture.views[person.view]));
  }
  return capture;
}

}  // namespace ahap
