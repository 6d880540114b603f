#include "renderer/point_normals.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace ahap {

namespace {

// The points of one view in their places on the picture, one a cell.
class PictureGrid {
 public:
  PictureGrid(const Camera& camera, std::size_t points) {
    cell_ = std::sqrt(double(camera.width) * camera.height / double(points));
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

}  // namespace

std::vector<Eigen::Vector3f> point_normals(const PointCloud& points, std::span<const Camera> cameras) {
  std::vector<std::vector<int>> of_view(cameras.size());
  for (std::size_t i = 0; i < points.size(); ++i) of_view[points.view[i]].push_back(int(i));

  std::vector<Eigen::Vector3f> normals(points.size(), Eigen::Vector3f::Zero());
  for (std::size_t v = 0; v < cameras.size(); ++v) {
    if (of_view[v].empty()) continue;
    const Camera& camera = cameras[v];
    const Eigen::Isometry3d camera_from_world = camera.camera_from_world();
    PictureGrid grid(camera, of_view[v].size());
    std::vector<std::array<int, 2>> places;
    places.reserve(of_view[v].size());
    for (const int i : of_view[v]) {
      const Eigen::Vector3d x = camera.K * (camera_from_world * points.positions[i].cast<double>());
      places.push_back(grid.place(x.head<2>() / x.z()));
      grid.put(places.back(), i);
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
      const Eigen::Vector3f n = along(1, 0).cross(along(0, 1)).normalized();
      normals[of_view[v][k]] = n.dot(eye - X) < 0 ? Eigen::Vector3f(-n) : n;
    }
  }
  return normals;
}

}  // namespace ahap
