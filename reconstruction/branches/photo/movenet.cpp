#include "reconstruction/branches/photo/movenet.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace ahap {
namespace {

// Constants of the published graphs, which store them as halves.
constexpr double kPeakTolerance = 1.0132789611816406e-06;
constexpr double kPixelScale = 0.007843017578125;  // 1 / 127.5
constexpr double kWindowWidth =
    0.300048828125;  // of the window about a regressed joint, square cells per cell of the map's shorter side
constexpr double kCountedScore = 0.126953125;          // joints below it do not count for a person's score
constexpr double kJointDistanceOffset = 1.7998046875;  // cells
constexpr double kCenterDistanceOffset = 1.8;          // cells

constexpr double kCellPixels = 4;        // a cell of the heads' maps, pixels of the input
constexpr float kMinPeakCenter = 0.05f;  // of a peak that may be a person
constexpr int kThunderSize = 256;
// In the guided choice of Thunder's person: how fast agreement with the expected joints falls, square cells.
constexpr double kGuideSquareCells = 32;

// A head's map on the CPU, one row of channels per cell.
struct Map {
  torch::Tensor values;
  const float* data;
  int height, width, channels;

  explicit Map(const torch::Tensor& head)
      : values(head[0].permute({1, 2, 0}).to(torch::kCPU, torch::kFloat).contiguous()),
        data(values.data_ptr<float>()),
        height(int(values.size(0))),
        width(int(values.size(1))),
        channels(int(values.size(2))) {}
  float operator()(int y, int x, int c = 0) const {
    return data[(std::size_t(y) * width + x) * channels + c];
  }
};

// Whether a cell is the largest of the 5 x 5 cells about it.
bool is_peak(const Map& map, int y, int x) {
  const float value = map(y, x);
  for (int v = std::max(0, y - 2); v <= std::min(map.height - 1, y + 2); ++v) {
    for (int u = std::max(0, x - 2); u <= std::min(map.width - 1, x + 2); ++u) {
      if (map(v, u) - value >= kPeakTolerance) return false;
    }
  }
  return true;
}

GraphNetwork load(const std::filesystem::path& json, const std::vector<std::string>& heads,
                  torch::Device device) {
  std::vector<std::string> names;
  for (const std::string& head : heads) names.push_back("StatefulPartitionedCall/" + head + "/BiasAdd");
  GraphNetwork network(read_tfjs_graph(json), "StatefulPartitionedCall/sub_1", names);
  network->to(device);
  return network;
}

std::vector<torch::Tensor> run(GraphNetwork& network, const torch::Tensor& pixels, torch::Device device) {
  torch::NoGradGuard no_grad;
  return network->forward(pixels.to(device) * kPixelScale - 1);
}

}  // namespace

MoveNetMultiPose::MoveNetMultiPose(const std::filesystem::path& graph_json, torch::Device device)
    : network_(load(graph_json,
                    {"center_0/conv2d_4", "kpt_heatmap_0/conv2d_7", "kpt_regress_0/conv2d_8",
                     "kpt_offset_0/conv2d_9", "box_scale_0/conv2d_5", "box_offset_0/conv2d_6"},
                    device)),
      device_(device) {}

std::vector<torch::Tensor> MoveNetMultiPose::heads(const torch::Tensor& pixels) const {
  return run(network_, pixels, device_);
}

std::vector<PoseCandidate> MoveNetMultiPose::decode(const std::vector<torch::Tensor>& heads) {
  const Map center(torch::sigmoid(heads[0])), heat(torch::sigmoid(heads[1])), regress(heads[2]),
      offset(heads[3]), box_size(heads[4]), box_offset(heads[5]);
  const double spread = kWindowWidth * std::min(center.height, center.width);  // square cells
  std::vector<PoseCandidate> people;
  for (int y = 0; y < center.height; ++y) {
    for (int x = 0; x < center.width; ++x) {
      if (center(y, x) < kMinPeakCenter || !is_peak(center, y, x)) continue;
      PoseCandidate person;
      person.center_score = center(y, x);
      const double cy = y + box_offset(y, x, 0), cx = x + box_offset(y, x, 1);
      const double half_height = 0.5 * std::max(0.0f, box_size(y, x, 0)),
                   half_width = 0.5 * std::max(0.0f, box_size(y, x, 1));
      const double top = std::clamp(cy - half_height, 0.0, double(center.height)),
                   bottom = std::clamp(cy + half_height, 0.0, double(center.height));
      const double left = std::clamp(cx - half_width, 0.0, double(center.width)),
                   right = std::clamp(cx + half_width, 0.0, double(center.width));
      person.box = {left * kCellPixels, top * kCellPixels, right * kCellPixels, bottom * kCellPixels};
      double sum = 0;
      int counted = 0;
      for (int k = 0; k < kCocoPoints; ++k) {
        const double py = y + regress(y, x, 2 * k), px = x + regress(y, x, 2 * k + 1);
        double best = 0;
        int by = 0, bx = 0;
        for (int i = int(std::ceil(top)); i < bottom && i < center.height; ++i) {
          for (int j = int(std::ceil(left)); j < right && j < center.width; ++j) {
            const double v = heat(i, j, k) * std::exp(-((i - py) * (i - py) + (j - px) * (j - px)) / spread);
            if (v > best) best = v, by = i, bx = j;
          }
        }
        person.pose[k] = {
            {kCellPixels * (bx + offset(by, bx, 2 * k + 1)), kCellPixels * (by + offset(by, bx, 2 * k))},
            best};
        if (best > kCountedScore) sum += best, ++counted;
      }
      person.person_score = counted ? person.center_score * sum / counted : 0;
      people.push_back(person);
    }
  }
  std::sort(people.begin(), people.end(),
            [](const auto& a, const auto& b) { return a.center_score > b.center_score; });
  return people;
}

std::vector<PoseCandidate> MoveNetMultiPose::detect(const Image& image, int longer) const {
  const ScaledPicture scaled = scale_picture(image, longer);
  std::vector<PoseCandidate> people = decode(heads(scaled.pixels.unsqueeze(0)));
  for (PoseCandidate& person : people) {
    for (double* edge : {&person.box.x0, &person.box.y0, &person.box.x1, &person.box.y1})
      *edge /= scaled.scale;
    for (ScoredPoint& joint : person.pose) joint.pixel /= scaled.scale;
  }
  return people;
}

MoveNetThunder::MoveNetThunder(const std::filesystem::path& graph_json, torch::Device device)
    : network_(load(
          graph_json,
          {"center_0/conv2d_4", "kpt_heatmap_0/conv2d_5", "kpt_regress_0/conv2d_6", "kpt_offset_0/conv2d_7"},
          device)),
      device_(device) {}

std::vector<torch::Tensor> MoveNetThunder::heads(const torch::Tensor& pixels) const {
  return run(network_, pixels, device_);
}

CocoPose MoveNetThunder::decode(const std::vector<torch::Tensor>& heads, const CocoPose* expected) {
  const Map center(torch::sigmoid(heads[0])), heat(torch::sigmoid(heads[1])), regress(heads[2]),
      offset(heads[3]);
  int py = 0, px = 0;
  double best = -1;
  for (int y = 0; y < center.height; ++y) {
    for (int x = 0; x < center.width; ++x) {
      double value;
      if (expected) {
        if (center(y, x) < kMinPeakCenter || !is_peak(center, y, x)) continue;
        double agreement = 0, weight = 1e-9;
        for (int k = 0; k < kCocoPoints; ++k) {
          const Eigen::Vector2d regressed(x + regress(y, x, 2 * k + 1), y + regress(y, x, 2 * k));
          const ScoredPoint& joint = (*expected)[k];
          agreement += joint.score * std::exp(-(regressed - joint.pixel).squaredNorm() / kGuideSquareCells);
          weight += joint.score;
        }
        value = std::sqrt(center(y, x)) * agreement / weight;
      } else {
        value =
            center(y, x) / (std::hypot(y - center.height / 2, x - center.width / 2) + kCenterDistanceOffset);
      }
      if (value > best) best = value, py = y, px = x;
    }
  }
  if (best < 0) return decode(heads, nullptr);
  CocoPose pose;
  for (int k = 0; k < kCocoPoints; ++k) {
    const double jy = py + regress(py, px, 2 * k), jx = px + regress(py, px, 2 * k + 1);
    double value = -1;
    int by = 0, bx = 0;
    for (int y = 0; y < heat.height; ++y) {
      for (int x = 0; x < heat.width; ++x) {
        const double v = heat(y, x, k) / (std::hypot(y - jy, x - jx) + kJointDistanceOffset);
        if (v > value) value = v, by = y, bx = x;
      }
    }
    pose[k] = {{bx + offset(by, bx, 2 * k + 1), by + offset(by, bx, 2 * k)}, heat(by, bx, k)};
  }
  return pose;
}

CocoPose MoveNetThunder::locate(const Image& image, const PictureRegion& region,
                                const CocoPose* expected) const {
  const double cells = kThunderSize / kCellPixels;
  CocoPose guide;
  if (expected) {
    guide = *expected;
    for (ScoredPoint& joint : guide) joint.pixel = region.from_picture(joint.pixel, cells);
  }
  const torch::Tensor pixels = sample_region(image, region, kThunderSize, Outside::black).unsqueeze(0);
  CocoPose pose = decode(heads(pixels), expected ? &guide : nullptr);
  for (ScoredPoint& joint : pose) joint.pixel = region.to_picture(joint.pixel, cells);
  return pose;
}

}  // namespace ahap
