#include "reconstruction/branches/mast3r/mast3r_branch.h"

#include <algorithm>
#include <tuple>

#include "reconstruction/branches/mast3r/descriptor_matches.h"
#include "reconstruction/multiview/pointmap_alignment.h"
#include "reconstruction/multiview/view_pairs.h"
#include "reconstruction/networks/eigen_conversion.h"

namespace ahap {
namespace {

constexpr const char* kStage = "depth and cameras";
constexpr double kEncodingShare = 0.15, kPairsShare = 0.95;  // of the time

// Rows or columns of a square, `lit` (S), that are black at both ends.
std::int64_t black_border(const torch::Tensor& lit) {
  const auto flags = lit.to(torch::kCPU, torch::kBool).contiguous();
  const bool* values = flags.data_ptr<bool>();
  const std::int64_t S = flags.size(0);
  std::int64_t border = 0;
  while (2 * border < S && !values[border] && !values[S - 1 - border]) ++border;
  return border;
}

// The cells between borders of so many pixels; all where nothing would be left.
std::pair<std::int64_t, std::int64_t> cells_between(std::int64_t border, std::int64_t cells) {
  const std::int64_t cut = (border + kPatch - 1) / kPatch;
  return 2 * cut < cells ? std::pair(cut, cells - 2 * cut) : std::pair(std::int64_t(0), cells);
}

std::vector<Eigen::Vector3f> points_of(const torch::Tensor& map) {
  const auto flat = map.cpu().contiguous();
  const auto* first = reinterpret_cast<const Eigen::Vector3f*>(flat.data_ptr<float>());
  return {first, first + flat.numel() / 3};
}

std::vector<float> numbers_of(const torch::Tensor& map) {
  const auto flat = map.cpu().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

PointmapPair pair_of(int first, int second, const Mast3rPair& seen, const Progress& progress) {
  PointmapPair pair{first,
                    second,
                    points_of(seen.first.points),
                    points_of(seen.second.points),
                    numbers_of(seen.first.confidence),
                    numbers_of(seen.second.confidence),
                    {}};
  if (first != second && seen.first.descriptors.defined())
    pair.matches = match_descriptors(seen.first, seen.second, {}, progress);
  return pair;
}

std::vector<std::pair<int, int>> ordered_pairs(int views) {
  std::vector<std::pair<int, int>> pairs;
  for (const auto& [a, b] : view_pairs(views)) {
    pairs.emplace_back(a, b);
    pairs.emplace_back(b, a);
  }
  if (views == 1) pairs.emplace_back(0, 0);
  return pairs;
}

torch::Tensor matrix_of(const Eigen::Isometry3d& pose) {
  auto matrix = torch::eye(4);
  matrix.slice(0, 0, 3).slice(1, 0, 3).copy_(tensor_of(Eigen::Matrix3d(pose.linear())));
  for (int k = 0; k < 3; ++k) matrix[k][3] = pose.translation()[k];
  return matrix;
}

// A map of the cells' pixels in the square, 0 elsewhere.
torch::Tensor in_square(const std::vector<float>& map, const PictureCells& cells, std::int64_t size) {
  auto square = torch::zeros({size, size});
  const auto part =
      torch::from_blob(const_cast<float*>(map.data()), {cells.rows * kPatch, cells.columns * kPatch});
  square.narrow(0, cells.top * kPatch, cells.rows * kPatch)
      .narrow(1, cells.left * kPatch, cells.columns * kPatch)
      .copy_(part);
  return square;
}

torch::Tensor features_in_square(const Mast3rFeatures& features, const PictureCells& cells,
                                 std::int64_t grid) {
  const auto map = features.tokens.transpose(1, 2).unflatten(2, {features.rows, features.columns});
  auto square = torch::zeros({map.size(1), grid, grid}, map.options());
  square.narrow(1, cells.top, cells.rows).narrow(2, cells.left, cells.columns).copy_(map[0]);
  return square;
}

}  // namespace

PictureCells picture_cells(const torch::Tensor& image) {
  const auto lit = image.amax(0) > 0;
  const std::int64_t cells = image.size(1) / kPatch;
  PictureCells picture;
  std::tie(picture.top, picture.rows) = cells_between(black_border(lit.any(1)), cells);
  std::tie(picture.left, picture.columns) = cells_between(black_border(lit.any(0)), cells);
  return picture;
}

SceneEstimate Mast3rBranch::estimate(const torch::Tensor& images, const Progress& progress) {
  const torch::NoGradGuard no_grad;
  const int V = int(images.size(0));
  const std::int64_t S = images.size(2);
  const Progress quiet{.report = {}, .stop_requested = progress.stop_requested, .publish = {}};
  std::vector<PictureCells> cells;
  std::vector<Mast3rFeatures> features;
  std::vector<PointmapView> pictures;
  for (int v = 0; v < V; ++v) {
    step(progress, kStage, kEncodingShare * v / V);
    const PictureCells cell = picture_cells(images[v]);
    const auto part = images.slice(0, v, v + 1)
                          .narrow(2, cell.top * kPatch, cell.rows * kPatch)
                          .narrow(3, cell.left * kPatch, cell.columns * kPatch);
    features.push_back(network_->encode(2 * part.to(device_) - 1, bf16_, quiet));
    cells.push_back(cell);
    const double width = double(cell.columns * kPatch), height = double(cell.rows * kPatch);
    pictures.push_back({int(width), int(height), {width / 2, height / 2}});
  }

  PointmapAlignment alignment(pictures);
  const auto pairs = ordered_pairs(V);
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    step(progress, kStage,
         kEncodingShare + (kPairsShare - kEncodingShare) * double(i) / double(pairs.size()));
    const auto [a, b] = pairs[i];
    alignment.add(
        pair_of(a, b, network_->decode(features[std::size_t(a)], features[std::size_t(b)], quiet), quiet));
  }
  step(progress, kStage, kPairsShare);
  const std::vector<AlignedView> aligned = alignment.solve();

  std::vector<torch::Tensor> maps, depth, confidence, K, poses;
  for (std::size_t v = 0; v < aligned.size(); ++v) {
    const AlignedView& view = aligned[v];
    maps.push_back(features_in_square(features[v], cells[v], S / kPatch));
    depth.push_back(in_square(view.depth, cells[v], S));
    const auto certain = in_square(view.confidence, cells[v], S);
    confidence.push_back((1 - 1 / certain.clamp_min(1)));
    K.push_back(torch::tensor({view.focal, 0.0, double(S) / 2, 0.0, view.focal, double(S) / 2, 0.0, 0.0, 1.0})
                    .view({3, 3})
                    .to(torch::kFloat));
    poses.push_back(matrix_of(view.world_from_camera));
  }
  return {.features = torch::stack(maps),
          .depth = torch::stack(depth),
          .depth_conf = torch::stack(confidence),
          .K = torch::stack(K),
          .world_from_camera = torch::stack(poses),
          .up = {},
          .focal_known = {},
          .metric = true};
}

}  // namespace ahap
