#include "renderer/surfels.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ahap {

namespace {

// Cosine between normal and ray from which discs grow no more: at edges normals are noise.
constexpr float kMinSquareness = 0.4f;

// The points of one view in their places on the picture, one a cell.
class PictureGrid {
 public:
  PictureGrid(const Camera& camera, double cell) : cell_(cell) {
    columns_ = int(camera.width / cell_) + 1;
    rows_ = int(camera.height / cell_) + 1;
    point_.assign(std::size_t(columns_) * std::size_t(rows_), -1);
  }

  std::array<int, 2> place(const Eigen::Vector2d& pixel) const {
    return {std::clamp(int(pixel.x() / cell_), 0, columns_ - 1),
            std::clamp(int(pixel.y() / cell_), 0, rows_ - 1)};
  }
  void put(const std::array<int, 2>& place, int point) { point_[index(place[0], place[1])] = point; }

  // The next point in this direction; cells may be empty where rounding has put two points into one.
  int next(const std::array<int, 2>& place, int dx, int dy) const {
    for (int step = 1; step <= 2; ++step) {
      const int x = place[0] + step * dx, y = place[1] + step * dy;
      if (x < 0 || y < 0 || x >= columns_ || y >= rows_) return -1;
      if (const int point = point_[index(x, y)]; point >= 0) return point;
    }
    return -1;
  }

 private:
  std::size_t index(int x, int y) const { return std::size_t(y) * std::size_t(columns_) + std::size_t(x); }

  double cell_;
  int columns_, rows_;
  std::vector<int> point_;
};

// Pixels between neighbouring points of one view, which come row by row.
double cell_of(const std::vector<Eigen::Vector2d>& pixels, const Camera& camera) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < pixels.size(); ++i) {
    const Eigen::Vector2d step = pixels[i] - pixels[i - 1];
    if (step.x() > 0 && std::abs(step.y()) < 0.1 * step.x()) steps.push_back(step.x());
  }
  const double spread = std::sqrt(double(camera.width) * camera.height / double(pixels.size()));
  if (2 * steps.size() < pixels.size()) return spread;
  std::nth_element(steps.begin(), steps.begin() + std::ptrdiff_t(steps.size() / 2), steps.end());
  return std::max(steps[steps.size() / 2], 0.1 * spread);
}

}  // namespace

Surfels surfels_of(const PointCloud& points, std::span<const Camera> cameras) {
  std::vector<std::vector<int>> of_view(cameras.size());
  for (std::size_t i = 0; i < points.size(); ++i) of_view[points.view[i]].push_back(int(i));

  Surfels surfels;
  surfels.normals.resize(points.size(), Eigen::Vector3f::Zero());
  surfels.diameters.resize(points.size(), 0);
  for (std::size_t v = 0; v < cameras.size(); ++v) {
    if (of_view[v].empty()) continue;
    const Camera& camera = cameras[v];
    const Eigen::Isometry3d camera_from_world = camera.camera_from_world();
    std::vector<Eigen::Vector2d> pixels;
    for (const int i : of_view[v])
      pixels.push_back((camera.K * (camera_from_world * points.positions[i].cast<double>())).hnormalized());
    const double cell = cell_of(pixels, camera);
    PictureGrid grid(camera, cell);
    std::vector<std::array<int, 2>> places;
    for (std::size_t k = 0; k < pixels.size(); ++k) {
      places.push_back(grid.place(pixels[k]));
      grid.put(places.back(), of_view[v][k]);
    }
    const Eigen::Vector3f eye = camera.center().cast<float>();
    for (std::size_t k = 0; k < places.size(); ++k) {
      const Eigen::Vector3f& X = points.positions[of_view[v][k]];
      // From the neighbour before to the one after; where one is much farther it lies across an edge and does
      // not count.
      const auto along = [&](int dx, int dy) -> Eigen::Vector3f {
        const int after = grid.next(places[k], dx, dy), before = grid.next(places[k], -dx, -dy);
        const Eigen::Vector3f none = Eigen::Vector3f::Zero();
        const Eigen::Vector3f on = after < 0 ? none : points.positions[after] - X;
        const Eigen::Vector3f back = before < 0 ? none : X - points.positions[before];
        const bool only_on = before < 0 || (after >= 0 && 2 * on.norm() < back.norm());
        const bool only_back = after < 0 || (before >= 0 && 2 * back.norm() < on.norm());
        return only_on ? on : only_back ? back : on + back;
      };
      const Eigen::Vector3f to_eye = eye - X;
      const Eigen::Vector3f across = along(1, 0).cross(along(0, 1)).normalized();
      const Eigen::Vector3f n = across.dot(to_eye) < 0 ? Eigen::Vector3f(-across) : across;
      const float squareness = n.isZero() ? 1 : std::max(kMinSquareness, n.dot(to_eye.normalized()));
      surfels.normals[of_view[v][k]] = n;
      surfels.diameters[of_view[v][k]] =
          std::sqrt(2.0f) * float(cell / camera.K(0, 0)) * to_eye.norm() / squareness;
    }
  }
  return surfels;
}

}  // namespace ahap
