#include <algorithm>
#include <array>
#include <cmath>
#include <iomanip>
#include <iterator>
#include <limits>
#include <optional>
#include <random>

#include "reconstruction/export/colmap_pictures.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/safe_write.h"

// The text model of COLMAP, https://colmap.github.io/format.html. Its pixels and camera axes are ours; its
// windows show Y down, so the world is turned by 180 degrees about X.

namespace ahap {
namespace {

constexpr std::size_t kMaxPoints = 50'000;
constexpr std::size_t kEnoughViews = 3;  // COLMAP's window hides points with shorter tracks
constexpr double kNominalError = 0.5;    // pixels; the points come from depth maps, not from matched features

const Eigen::Vector3d kColmapFromWorld(1, -1, -1);  // the diagonal of Rx(180 degrees)

struct Projection {
  Eigen::Vector2d pixel;
  double depth = 0;  // along the optical axis
};

// What hides what in one picture: the nearest depth of the cloud in each cell of a coarse grid.
class VisibilityGrid {
 public:
  VisibilityGrid(const Camera& camera, const PointCloud& points)
      : camera_(camera), camera_from_world_(camera.camera_from_world()) {
    std::vector<Projection> projections;
    for (const Eigen::Vector3f& X : points.positions) {
      if (const auto projection = project(X)) projections.push_back(*projection);
    }
    constexpr double points_per_cell = 4;
    cell_ = std::max(1.0, std::sqrt(double(camera.width) * camera.height * points_per_cell /
                                    std::max<std::size_t>(1, projections.size())));
    nearest_.setConstant(int(camera.height / cell_) + 1, int(camera.width / cell_) + 1, kEmpty);
    for (const Projection& projection : projections) {
      double& nearest = nearest_(row(projection.pixel), column(projection.pixel));
      nearest = std::min(nearest, projection.depth);
    }
  }

  // Nothing for a point outside the picture.
  std::optional<Projection> project(const Eigen::Vector3f& X_world) const {
    const Eigen::Vector3d X = camera_from_world_ * X_world.cast<double>();
    if (X.z() <= 1e-6) return std::nullopt;
    const Eigen::Vector2d pixel = (camera_.K * X).hnormalized();
    if ((pixel.array() < 0).any() || pixel.x() >= camera_.width || pixel.y() >= camera_.height)
      return std::nullopt;
    return Projection{pixel, X.z()};
  }

  // A slanted surface has more than one depth within a cell: as much as it gains towards its neighbours.
  bool shows(const Projection& projection) const {
    const int i = row(projection.pixel), j = column(projection.pixel);
    const double nearest = nearest_(i, j);
    const double slant =
        gain(nearest, depth(i - 1, j), depth(i + 1, j)) + gain(nearest, depth(i, j - 1), depth(i, j + 1));
    return projection.depth <= 1.03 * nearest + 0.02 + slant;
  }

 private:
  static constexpr double kEmpty = std::numeric_limits<double>::infinity();

  int row(const Eigen::Vector2d& pixel) const { return int(pixel.y() / cell_); }
  int column(const Eigen::Vector2d& pixel) const { return int(pixel.x() / cell_); }
  double depth(int i, int j) const {
    return i >= 0 && j >= 0 && i < nearest_.rows() && j < nearest_.cols() ? nearest_(i, j) : kEmpty;
  }
  // The smaller step to one of two opposite neighbours: the other one may lie beyond an edge.
  static double gain(double here, double before, double after) {
    const double step = std::min(std::abs(before - here), std::abs(after - here));
    return step < kEmpty ? step : 0;
  }

  Camera camera_;
  Eigen::Isometry3d camera_from_world_;
  double cell_ = 1;
  Eigen::ArrayXXd nearest_;
};

// Which views show which points of a cloud.
class Visibility {
 public:
  Visibility(const PointCloud& points, const std::vector<ReconstructedView>& all_views, int frame)
      : points_(points) {
    for (std::size_t i = 0; i < all_views.size(); ++i) {
      if (!all_views[i].camera_estimated) continue;
      grids_.emplace_back(all_views[i].camera(frame), points);
      view_of_image_.push_back(i);
    }
  }

  // Calls see(image, pixel) for every image that shows the point; the one it was made from does.
  template <typename See>
  void for_each_image(std::size_t point, See see) const {
    for (std::size_t image = 0; image < grids_.size(); ++image) {
      const auto projection = grids_[image].project(points_.positions[point]);
      if (!projection) continue;
      if (points_.view[point] == view_of_image_[image] || grids_[image].shows(*projection)) {
        see(image, projection->pixel);
      }
    }
  }

 private:
  const PointCloud& points_;
  std::vector<VisibilityGrid> grids_;
  std::vector<std::size_t> view_of_image_;
};

// At most kMaxPoints points that are seen at all: first those that enough images show, then those with
// fewer; a fair draw among equals. Ascending.
std::vector<std::size_t> choose_points(const PointCloud& points, const Visibility& visibility) {
  std::array<std::vector<std::size_t>, kEnoughViews + 1> points_by_views;
  for (std::size_t i = 0; i < points.size(); ++i) {
    std::size_t views = 0;
    visibility.for_each_image(i, [&](std::size_t, const Eigen::Vector2d&) { ++views; });
    points_by_views[std::min(views, kEnoughViews)].push_back(i);
  }
  std::vector<std::size_t> chosen;
  std::mt19937 random(0);
  for (std::size_t views = kEnoughViews; views > 0; --views) {
    std::sample(points_by_views[views].begin(), points_by_views[views].end(), std::back_inserter(chosen),
                kMaxPoints - chosen.size(), random);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

}  // namespace

void write_colmap(const Reconstruction& reconstruction, int frame, const std::filesystem::path& folder,
                  std::span<const View> decoded) {
  require_finite(reconstruction, frame);
  const PointCloud& points = *reconstruction.frames.at(frame).points;
  std::vector<const ReconstructedView*> views;
  std::vector<ColmapPicture> pictures;
  const std::vector<ColmapPicture> all_pictures = colmap_pictures(reconstruction.views, decoded);
  for (std::size_t i = 0; i < reconstruction.views.size(); ++i) {
    if (!reconstruction.views[i].camera_estimated) continue;
    views.push_back(&reconstruction.views[i]);
    pictures.push_back(all_pictures[i]);
    if (!decoded.empty() && !all_pictures[i].view)
      throw std::runtime_error(reconstruction.views[i].path + ": its picture cannot be read any more");
  }
  const Visibility visibility(points, reconstruction.views, frame);
  const std::vector<std::size_t> chosen = choose_points(points, visibility);

  // POINTS2D of each image, and each point's track into them. Ids start at 1, places in POINTS2D at 0.
  struct Point2d {
    Eigen::Vector2d pixel;
    std::size_t point_id;
  };
  struct TrackElement {
    std::size_t image_id, place;
  };
  std::vector<std::vector<Point2d>> points2d(views.size());
  std::vector<std::vector<TrackElement>> tracks(chosen.size());
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    visibility.for_each_image(chosen[i], [&](std::size_t image, const Eigen::Vector2d& pixel) {
      tracks[i].push_back({image + 1, points2d[image].size()});
      points2d[image].push_back({pixel, i + 1});
    });
  }

  for (const ColmapPicture& picture : pictures) {
    if (picture.view) write_colmap_picture(picture, folder / "images");
  }
  const std::filesystem::path model = folder / "sparse" / "0";
  create_folder(model);
  safe_write(model / "cameras.txt", [&](std::ostream& out) {
    out << "# CAMERA_ID, MODEL, WIDTH, HEIGHT, fx, fy, cx, cy\n" << std::setprecision(17);
    for (std::size_t i = 0; i < views.size(); ++i) {
      const Camera& camera = views[i]->camera(frame);
      const Eigen::Matrix3d& K = camera.K;
      out << i + 1 << " PINHOLE " << camera.width << " " << camera.height << " " << K(0, 0) << " " << K(1, 1)
          << " " << K(0, 2) << " " << K(1, 2) << "\n";
    }
  });
  safe_write(model / "images.txt", [&](std::ostream& out) {
    out << "# IMAGE_ID, QW, QX, QY, QZ, TX, TY, TZ, CAMERA_ID, NAME\n# POINTS2D[] as (X, Y, POINT3D_ID)\n";
    for (std::size_t i = 0; i < views.size(); ++i) {
      const Eigen::Isometry3d camera_from_world = views[i]->camera(frame).camera_from_world();
      Eigen::Quaterniond q(Eigen::Matrix3d(camera_from_world.linear() * kColmapFromWorld.asDiagonal()));
      q.normalize();
      if (q.w() < 0) q.coeffs() = -q.coeffs();
      const Eigen::Vector3d t = camera_from_world.translation();
      out << std::setprecision(17) << i + 1 << " " << q.w() << " " << q.x() << " " << q.y() << " " << q.z()
          << " " << t.x() << " " << t.y() << " " << t.z() << " " << i + 1 << " " << pictures[i].name << "\n"
          << std::setprecision(10);
      const char* separator = "";
      for (const auto& [pixel, point_id] : points2d[i]) {
        out << separator << pixel.x() << " " << pixel.y() << " " << point_id;
        separator = " ";
      }
      out << "\n";
    }
  });
  safe_write(model / "points3D.txt", [&](std::ostream& out) {
    out << "# POINT3D_ID, X, Y, Z, R, G, B, ERROR, TRACK[] as (IMAGE_ID, POINT2D_IDX)\n"
        << std::setprecision(9);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      const Eigen::Vector3d X = kColmapFromWorld.cwiseProduct(points.positions[chosen[i]].cast<double>());
      const auto [r, g, b] = points.colors[chosen[i]];
      out << i + 1 << " " << X.x() << " " << X.y() << " " << X.z() << " " << int(r) << " " << int(g) << " "
          << int(b) << " " << kNominalError;
      for (const auto& [image_id, place] : tracks[i]) out << " " << image_id << " " << place;
      out << "\n";
    }
  });
}

}  // namespace ahap
