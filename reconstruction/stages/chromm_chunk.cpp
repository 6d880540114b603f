#include "reconstruction/stages/chromm_chunk.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "reconstruction/chromm/head_position.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/stages/chromm_people.h"
#include "reconstruction/stages/unish_people.h"

namespace ahap {
namespace {

constexpr std::size_t kPictures = 100, kInstants = 25, kOverlap = 6;  // of a chunk; Pi3XVO's overlap
constexpr std::size_t kLeastInstants = 8;
constexpr float kLeastSure = 0.05f;    // of confidence, as Pi3XVO has it
constexpr float kNobodysMask = 0.5f;   // below it a pixel is the place's
constexpr double kFleshAround = 0.15;  // of the box around the joints, on every side
constexpr double kSceneOfChunk = 0.6;  // of the time

std::vector<const Image*> images_of_chunk(const std::vector<ViewsOfInstant>& instants, std::size_t first) {
  std::vector<const Image*> images;
  for (std::size_t t = first; t < instants.size(); ++t)
    for (const View& view : instants[t]) images.push_back(&view.image);
  return images;
}

bool is_focal_length(double focal) {
  return std::isfinite(focal) && focal > 0;
}

// Each view's intrinsics become the mean over all instants, in pixels of the squares. Where no focal length
// fits, a view of 60 degrees or so: the square's side.
void average_intrinsics(std::size_t views, const std::vector<SquarePlacement>& placements,
                        SceneEstimate& scene, std::vector<Eigen::Vector2d>& focal) {
  auto K = scene.K.to(torch::kCPU, torch::kFloat).contiguous();
  auto at = K.accessor<float, 3>();
  const std::size_t pictures = placements.size();
  for (std::size_t v = 0; v < views; ++v) {
    for (int axis = 0; axis < 2; ++axis) {
      double sum = 0;
      int count = 0;
      for (std::size_t n = v; n < pictures; n += views) {
        const double fitted = at[std::int64_t(n)][axis][axis];
        if (!is_focal_length(fitted)) continue;
        sum += fitted;
        ++count;
      }
      const double mean = count > 0 ? sum / count : double(scene.depth.size(2));
      focal[v][axis] = count > 0 ? mean / placements[v].scale : 0;
      for (std::size_t n = v; n < pictures; n += views) at[std::int64_t(n)][axis][axis] = float(mean);
    }
  }
  scene.K = K;
}

// Of the pictures from `first` on.
SceneEstimate part_of(const SceneEstimate& scene, std::int64_t first) {
  SceneEstimate part = scene;
  for (torch::Tensor* all : {&part.features, &part.depth, &part.depth_conf, &part.K, &part.world_from_camera})
    *all = all->slice(0, first);
  return part;
}

// Where a person's joints are in a picture's square, and how far away: what is there is not the place.
PersonRegion region_of(const PersonInView& person, const SquarePlacement& placement,
                       const Eigen::Matrix3d& K) {
  const Eigen::Vector3d head = point_at_depth(K, placement.to_input(person.head), person.depth);
  std::vector<Eigen::Vector3d> joints;
  Box box{1e9, 1e9, -1e9, -1e9};
  for (const Eigen::Vector3d& about_head : person.joints) {
    const Eigen::Vector3d& X = joints.emplace_back(head + about_head);
    if (X.z() <= 0) continue;
    const Eigen::Vector2d pixel = (K * X).hnormalized();
    box = {std::min(box.x0, pixel.x()), std::min(box.y0, pixel.y()), std::max(box.x1, pixel.x()),
           std::max(box.y1, pixel.y())};
  }
  const double x = kFleshAround * (box.x1 - box.x0), y = kFleshAround * (box.y1 - box.y0);
  return PersonRegion({box.x0 - x, box.y0 - y, box.x1 + x, box.y1 + y}, joints);
}

// The points of a picture's pixels.
class PictureMap {
 public:
  PictureMap(const ChunkEstimate& chunk, std::size_t picture)
      : side(int(chunk.scene.depth.size(2))),
        K(matrix3(chunk.scene.K[std::int64_t(picture)])),
        depth_(chunk.scene.depth[std::int64_t(picture)].contiguous()),
        confidence_(chunk.scene.depth_conf[std::int64_t(picture)].contiguous()),
        world_from_camera_(
            chunk.instants[picture / chunk.focal.size()].world_from_camera[picture % chunk.focal.size()]) {}
  float depth(int x, int y) const { return depth_.data_ptr<float>()[y * side + x]; }
  float confidence(int x, int y) const { return confidence_.data_ptr<float>()[y * side + x]; }
  bool sure(int x, int y) const {
    return std::isfinite(depth(x, y)) && depth(x, y) > 0 && confidence(x, y) > kLeastSure;
  }
  Eigen::Vector3d point(int x, int y) const {
    return world_from_camera_ * point_at_depth(K, {x + 0.5, y + 0.5}, depth(x, y));
  }

  const int side;
  const Eigen::Matrix3d K;

 private:
  torch::Tensor depth_, confidence_;
  Eigen::Isometry3d world_from_camera_;
};

}  // namespace

ChunkLength chunk_length(std::size_t views) {
  const std::size_t instants =
      std::clamp(kPictures / std::max<std::size_t>(1, views), kLeastInstants, kInstants);
  return {instants, std::min(kOverlap, instants / 2)};
}

ChunkEstimate estimate_chunk(const ChrommModel& model, const std::vector<ViewsOfInstant>& instants,
                             std::size_t seen_before, double threshold, const Progress& progress) {
  const std::size_t views = instants.front().size();
  const auto part = [&](double from, double to) {
    Progress inner = progress;
    if (progress.report)
      inner.report = [&progress, from, to](const std::string& stage, double done) {
        progress.report(stage, from + (to - from) * done);
      };
    return inner;
  };
  ChunkEstimate chunk;
  chunk.seen_before = seen_before;
  SquareInput input =
      square_input(images_of_chunk(instants, 0), model.scene->input_size(), model.scene->input_filter());
  chunk.placements = std::move(input.placements);
  chunk.scene = model.scene->estimate(input.images, part(0, kSceneOfChunk));
  chunk.focal.assign(views, Eigen::Vector2d::Zero());
  average_intrinsics(views, chunk.placements, chunk.scene, chunk.focal);
  for (std::size_t t = 0; t < instants.size(); ++t) {
    SeenInstant& instant = chunk.instants.emplace_back();
    instant.time = instants[t].front().time;
    for (std::size_t v = 0; v < views; ++v)
      instant.world_from_camera.push_back(
          isometry3(chunk.scene.world_from_camera[std::int64_t(t * views + v)]));
  }

  const std::size_t first = seen_before * views;
  const SceneEstimate scene = part_of(chunk.scene, std::int64_t(first));
  const SquareInput squares =
      square_input(images_of_chunk(instants, seen_before), model.people->input_size(), SquareFilter::bicubic);
  std::vector<PictureArea> areas;
  const std::vector<SquarePlacement> placements(chunk.placements.begin() + std::ptrdiff_t(first),
                                                chunk.placements.end());
  for (std::size_t n = 0; n < squares.placements.size(); ++n) {
    const SquarePlacement& placement = squares.placements[n];
    const Image& image = instants[seen_before + n / views][n % views].image;
    const Eigen::Vector2d low = placement.to_input({0, 0}),
                          high = placement.to_input({double(image.width), double(image.height)});
    areas.push_back({low.x(), low.y(), high.x(), high.y()});
  }
  const ChrommPeople found =
      model.people->find(squares.images, areas, scene, threshold, part(kSceneOfChunk, 1));
  chunk.mask = found.mask;
  for (PersonInView& person : people_in_pictures(found, scene, placements, model)) {
    const std::size_t picture = first + std::size_t(person.view);
    person.view = int(picture % views);
    chunk.instants[picture / views].people.push_back(std::move(person));
  }
  return chunk;
}

std::vector<Eigen::Vector3d> sampled_points(const ChunkEstimate& chunk, std::size_t picture, int stride) {
  const PictureMap map(chunk, picture);
  std::vector<Eigen::Vector3d> points;
  for (int y = stride / 2; y < map.side; y += stride)
    for (int x = stride / 2; x < map.side; x += stride)
      points.push_back(map.sure(x, y) ? map.point(x, y)
                                      : Eigen::Vector3d::Constant(std::numeric_limits<double>::quiet_NaN()));
  return points;
}

std::optional<Similarity> join_chunks(const std::vector<Eigen::Vector3d>& chunk_points,
                                      const std::vector<Eigen::Vector3d>& known_points,
                                      const std::vector<Eigen::Isometry3d>& chunk_cameras,
                                      const std::vector<Eigen::Isometry3d>& known_cameras) {
  constexpr std::size_t kFewest = 10;  // as Pi3XVO has it
  std::vector<Eigen::Vector3d> from, to;
  for (std::size_t i = 0; i < chunk_points.size(); ++i) {
    if (!chunk_points[i].allFinite() || !known_points[i].allFinite()) continue;
    from.push_back(chunk_points[i]);
    to.push_back(known_points[i]);
  }
  if (from.size() >= kFewest)
    if (auto found = align_points(from, to, AlignmentGroup::Sim3); found && found->scale > 0) return found;
  return align_trajectories(chunk_cameras, known_cameras, AlignmentGroup::Sim3);
}

void add_scene_points(const ChunkEstimate& chunk, std::size_t instant, std::size_t view, const Image& image,
                      std::size_t most, std::size_t limit, PointCloud& points) {
  const std::size_t views = chunk.focal.size(), picture = instant * views + view;
  const PictureMap map(chunk, picture);
  const SquarePlacement& placement = chunk.placements[picture];
  const double shown =
      placement.scale * image.width * placement.scale * image.height;  // pixels of the square
  const int stride = std::max(1, int(std::ceil(std::sqrt(shown / double(std::max<std::size_t>(1, most))))));
  torch::Tensor mask;
  std::vector<PersonRegion> somebody;
  if (chunk.mask.defined()) {
    mask = chunk.mask[std::int64_t(picture - chunk.seen_before * views)].contiguous();
  } else {
    for (const PersonInView& person : chunk.instants[instant].people)
      if (person.view == int(view) && person.depth > 0)
        somebody.push_back(region_of(person, placement, map.K));
  }
  for (int y = stride / 2; y < map.side; y += stride) {
    for (int x = stride / 2; x < map.side; x += stride) {
      const Eigen::Vector2d pixel(x + 0.5, y + 0.5), original = placement.to_original(pixel);
      const int column = int(std::floor(original.x())), row = int(std::floor(original.y()));
      if (column < 0 || row < 0 || column >= image.width || row >= image.height || !map.sure(x, y)) continue;
      if (mask.defined() && mask.data_ptr<float>()[y * map.side + x] >= kNobodysMask) continue;
      if (std::any_of(somebody.begin(), somebody.end(), [&](const PersonRegion& region) {
            return region.holds(pixel, double(map.depth(x, y)));
          }))
        continue;
      if (points.size() >= limit) return;
      const std::uint8_t* color = image.pixel(column, row);
      points.positions.push_back(map.point(x, y).cast<float>());
      points.colors.push_back({color[0], color[1], color[2]});
      points.confidence.push_back(map.confidence(x, y));
      points.view.push_back(std::uint16_t(view));
      points.person.push_back(0);
    }
  }
}

}  // namespace ahap
