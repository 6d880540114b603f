#include "reconstruction/training/targets.h"

#include <Eigen/Geometry>
#include <cmath>

#include "reconstruction/branches/compact/compact_detector.h"
#include "reconstruction/branches/compact/compact_scene.h"
#include "reconstruction/branches/compact/perspective_field.h"
#include "reconstruction/geometry/ray_frame.h"

namespace ahap {
namespace {

constexpr int kStride = 4;

Eigen::Matrix3d rotation_matrix(const Eigen::Vector3f& axis_angle) {
  const double angle = axis_angle.norm();
  if (angle < 1e-9) return Eigen::Matrix3d::Identity();
  return Eigen::AngleAxisd(angle, axis_angle.cast<double>() / angle).toRotationMatrix();
}

PersonTarget person_target(const GroundTruth::Person& person, const Camera& camera,
                           const SquarePlacement& placement, int keypoint_joint) {
  const Eigen::Isometry3d camera_from_world = camera.camera_from_world();
  const Eigen::Vector3d keypoint =
      camera_from_world * Eigen::Vector3d(person.joints[keypoint_joint].cast<double>());
  PersonTarget target;
  const double f = camera.K(0, 0) * placement.scale;
  const double z = std::max(0.1, keypoint.z());
  target.log_range = std::log(z * placement.size / f) - kLogDistance;
  target.camera_from_ray = camera_from_ray(Eigen::Matrix3d::Identity(), keypoint.head<2>() / z);
  for (int j = 0; j < kSmplJoints; ++j) {
    const Eigen::Vector3d X = camera_from_world * Eigen::Vector3d(person.joints[j].cast<double>());
    const Eigen::Vector3d x = camera.K * (X / std::max(0.1, X.z()));
    target.joints2d.push_back(placement.to_input(x.head<2>()) / placement.size);
    target.joints.push_back(target.camera_from_ray.transpose() * (X - keypoint));
    target.rotations.push_back(rotation_matrix(person.smpl.pose[j]));
  }
  target.rotations[0] = target.camera_from_ray.transpose() * camera_from_world.linear() * target.rotations[0];
  target.keypoint = target.joints2d[keypoint_joint];
  target.betas = person.smpl.betas;
  return target;
}

bool inside_picture(const Eigen::Vector2d& p) {
  return (p.array() > 0).all() && (p.array() < 1).all();
}

// One rendered view on its way into row v of a batch's maps.
struct ViewOfBatch {
  const RenderedView& view;
  int v = 0, size = 0;
  SquarePlacement placement;
  double focal = 0;           // pixels of the square
  Eigen::Vector3d camera_up;  // camera axes

  // The picture's pixel under a pixel of the square, -1 in the padding.
  int picture_index(int x, int y) const {
    const Eigen::Vector2d p = placement.to_original({x + 0.5, y + 0.5});
    const int px = int(std::floor(p.x())), py = int(std::floor(p.y()));
    const Camera& camera = view.camera;
    return px < 0 || py < 0 || px >= camera.width || py >= camera.height ? -1 : py * camera.width + px;
  }
};

DenseBatch empty_batch(int views, int size) {
  const int n = size / kStride;
  DenseBatch batch;
  for (auto* map : {&batch.heat, &batch.mask, &batch.log_range, &batch.log_depth, &batch.depth_valid,
                    &batch.height, &batch.latitude}) {
    *map = torch::zeros({views, n, n});
  }
  for (auto* map : {&batch.vote, &batch.up}) *map = torch::zeros({views, 2, n, n});
  batch.person_ids = torch::zeros({views, size, size}, torch::kUInt8);
  batch.canonical = torch::zeros({views, 3, size, size});
  return batch;
}

void write_pixels(const ViewOfBatch& of, DenseBatch& batch) {
  auto canonical = batch.canonical.accessor<float, 4>();
  auto ids = batch.person_ids.accessor<std::uint8_t, 3>();
  for (int y = 0; y < of.size; ++y) {
    for (int x = 0; x < of.size; ++x) {
      const int at = of.picture_index(x, y);
      if (at < 0 || of.view.person[at] == 0) continue;
      ids[of.v][y][x] = of.view.person[at];
      for (int k = 0; k < 3; ++k) canonical[of.v][k][y][x] = of.view.canonical[at][k];
    }
  }
}

// Which way is up in each cell, and what is seen there: how far and how high above the floor.
void write_scene_cells(const ViewOfBatch& of, DenseBatch& batch) {
  auto depth = batch.log_depth.accessor<float, 3>(), valid = batch.depth_valid.accessor<float, 3>(),
       height = batch.height.accessor<float, 3>(), latitude = batch.latitude.accessor<float, 3>();
  auto up = batch.up.accessor<float, 4>();
  const int v = of.v, size = of.size;
  const double f = of.focal;
  for (int y = 0; y < size / kStride; ++y) {
    for (int x = 0; x < size / kStride; ++x) {
      const Eigen::Vector2d center((x + 0.5) * kStride, (y + 0.5) * kStride);
      const FieldAt field = perspective_field(of.camera_up, f, size, center.x(), center.y());
      latitude[v][y][x] = float(field.latitude);
      up[v][0][y][x] = float(field.up.x());
      up[v][1][y][x] = float(field.up.y());
      const int at = of.picture_index(int(center.x()), int(center.y()));
      if (at < 0 || of.view.depth[at] <= 0) continue;
      const double z = of.view.depth[at];
      const Eigen::Vector3d X((center.x() - size / 2.0) / f * z, (center.y() - size / 2.0) / f * z, z);
      valid[v][y][x] = 1;
      depth[v][y][x] = float(std::log(z * size / f) - kLogDistance);
      height[v][y][x] = float((of.view.camera.world_from_camera * X).y());
    }
  }
}

// How much of each cell people cover; of the one who covers most the range, and where the key point lies.
void write_people_cells(const ViewOfBatch& of, const std::vector<PersonTarget>& people, DenseBatch& batch) {
  auto mask = batch.mask.accessor<float, 3>(), range = batch.log_range.accessor<float, 3>();
  auto vote = batch.vote.accessor<float, 4>();
  const auto ids = batch.person_ids.accessor<std::uint8_t, 3>();
  const int v = of.v;
  for (int y = 0; y < of.size / kStride; ++y) {
    for (int x = 0; x < of.size / kStride; ++x) {
      std::array<std::uint8_t, 256> count{};
      int shown = 0, most = 0;
      for (int dy = 0; dy < kStride; ++dy) {
        for (int dx = 0; dx < kStride; ++dx) {
          const int id = ids[v][y * kStride + dy][x * kStride + dx];
          if (id == 0) continue;
          ++shown;
          if (++count[id] > count[most]) most = id;
        }
      }
      mask[v][y][x] = float(shown) / (kStride * kStride);
      if (most == 0) continue;
      const PersonTarget& person = people[most - 1];
      const Eigen::Vector2d center((x + 0.5) * kStride, (y + 0.5) * kStride);
      const Eigen::Vector2d to_keypoint = (person.keypoint - center / of.size) / kVoteUnit;
      range[v][y][x] = float(person.log_range);
      vote[v][0][y][x] = float(to_keypoint.x());
      vote[v][1][y][x] = float(to_keypoint.y());
    }
  }
}

// A peak of 10 cm about the key point.
void write_heat(const PersonTarget& person, int v, int n, DenseBatch& batch) {
  auto heat = batch.heat.accessor<float, 3>();
  const Eigen::Vector2d p = person.keypoint * n;
  const double sigma = std::max(0.8, 0.1 * n * std::exp(-(person.log_range + kLogDistance)));
  const int reach = int(std::ceil(3 * sigma));
  for (int y = std::max(0, int(p.y()) - reach); y <= std::min(n - 1, int(p.y()) + reach); ++y) {
    for (int x = std::max(0, int(p.x()) - reach); x <= std::min(n - 1, int(p.x()) + reach); ++x) {
      const double d2 = (Eigen::Vector2d(x + 0.5, y + 0.5) - p).squaredNorm();
      heat[v][y][x] = std::max(heat[v][y][x], float(std::exp(-d2 / (2 * sigma * sigma))));
    }
  }
  heat[v][std::min(n - 1, int(p.y()))][std::min(n - 1, int(p.x()))] = 1;
}

}  // namespace

std::vector<const Image*> pictures_of(const std::vector<RenderedCapture>& captures) {
  std::vector<const Image*> pictures;
  for (const RenderedCapture& capture : captures) {
    for (const RenderedView& view : capture.views) pictures.push_back(&view.image);
  }
  return pictures;
}

DenseBatch dense_batch(const std::vector<RenderedCapture>& captures, int size, int keypoint_joint,
                       SquareFilter filter) {
  int V = 0;
  for (const auto& capture : captures) V += int(capture.views.size());
  DenseBatch batch = empty_batch(V, size);
  int v = 0;
  for (std::size_t c = 0; c < captures.size(); ++c) {
    for (const RenderedView& view : captures[c].views) {
      const Camera& camera = view.camera;
      const SquarePlacement placement = square_placement(camera.width, camera.height, size, filter);
      const ViewOfBatch of{view,
                           v,
                           size,
                           placement,
                           camera.K(0, 0) * placement.scale,
                           camera.world_from_camera.linear().transpose() * Eigen::Vector3d::UnitY()};
      batch.capture_of_view.push_back(int(c));
      batch.focal.push_back(of.focal);
      batch.camera_up.push_back(of.camera_up);

      std::vector<PersonTarget> people;
      for (std::size_t i = 0; i < captures[c].people.size(); ++i) {
        people.push_back(person_target(captures[c].people[i], camera, placement, keypoint_joint));
        people.back().view = v;
        people.back().person = int(i);
        people.back().visible_pixels = int(view.visible_pixels[i] * placement.scale * placement.scale);
      }
      write_pixels(of, batch);
      write_scene_cells(of, batch);
      write_people_cells(of, people, batch);
      for (const PersonTarget& person : people) {
        if (person.visible_pixels < kVisiblePixels || !inside_picture(person.keypoint)) continue;
        write_heat(person, v, size / kStride, batch);
        batch.people.push_back(person);
      }
      ++v;
    }
  }
  batch.images = square_input(pictures_of(captures), size, filter).images;
  return batch;
}

DenseBatch to(DenseBatch batch, torch::Device device) {
  for (auto* tensor :
       {&batch.images, &batch.heat, &batch.mask, &batch.vote, &batch.log_range, &batch.log_depth,
        &batch.depth_valid, &batch.height, &batch.up, &batch.latitude, &batch.person_ids, &batch.canonical}) {
    *tensor = tensor->to(device);
  }
  return batch;
}

}  // namespace ahap
