#include "reconstruction/branches/photo/blazepose.h"

#include <algorithm>
#include <cmath>

namespace ahap {
namespace {

constexpr int kInputSize = 256, kHeatSize = 64;
constexpr int kStoredLandmarks = 39, kStoredNumbers = 5;  // x, y, z, visibility, presence
constexpr int kWindow = 3;        // cells about a landmark that refine it, each way (MediaPipe)
constexpr float kMinHeat = 0.5f;  // of a heat map that may refine (MediaPipe)
// Chosen on real pictures by PCK@0.2: 0.73, against 0.63 to 0.65 for upright squares about a box.
constexpr double kReachMargin = 1.05, kSidePerRadius = 2.5;
constexpr double kCountedLandmarkScore = 0.2;  // of a joint that the circle must hold

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

GraphNetwork load_landmarks(const std::filesystem::path& json, torch::Device device) {
  const TensorGraph graph = read_tfjs_graph(json);
  std::vector<std::string> outputs;
  for (const char* key :
       {"ld_3d", "output_poseflag", "activation_heatmap", "activation_segmentation", "world_3d"}) {
    const auto output = graph.outputs.find(key);
    if (output == graph.outputs.end()) {
      throw std::runtime_error(json.string() + " has no output " + key +
                               "; it is not a BlazePose landmark network");
    }
    outputs.push_back(output->second);
  }
  GraphNetwork network(graph, "input_1", outputs);
  network->to(device);
  return network;
}

// The mean of the heat about a landmark, in pixels of the input, where the map is sure enough.
Eigen::Vector2d refined(const Eigen::Vector2d& at, const torch::TensorAccessor<float, 2>& heat) {
  const int column = int(std::floor(at.x() / 4)), row = int(std::floor(at.y() / 4));
  if (column < 0 || row < 0 || column >= kHeatSize || row >= kHeatSize) return at;
  double sum = 0, x = 0, y = 0;
  float largest = 0;
  for (int v = std::max(0, row - kWindow); v <= std::min(kHeatSize - 1, row + kWindow); ++v) {
    for (int u = std::max(0, column - kWindow); u <= std::min(kHeatSize - 1, column + kWindow); ++u) {
      const float weight = heat[v][u];
      largest = std::max(largest, weight);
      sum += weight;
      x += weight * u;
      y += weight * v;
    }
  }
  if (largest < kMinHeat) return at;
  return {4 * x / sum, 4 * y / sum};
}

}  // namespace

PictureRegion landmark_region(const CocoPose& pose) {
  const Eigen::Vector2d hips = 0.5 * (pose[kLeftHip].pixel + pose[kRightHip].pixel);
  const Eigen::Vector2d up = 0.5 * (pose[kLeftShoulder].pixel + pose[kRightShoulder].pixel) - hips;
  double radius = 0;
  for (int k = 0; k < kCocoPoints; ++k) {
    if (pose[k].score > kCountedLandmarkScore || k >= kLeftHip)
      radius = std::max(radius, (pose[k].pixel - hips).norm());
  }
  return {.center = hips,
          .side = std::max(kSidePerRadius * kReachMargin * radius, 8.0),
          .angle = std::atan2(up.x(), -up.y())};
}

BlazePose::BlazePose(const std::filesystem::path& graph_json, torch::Device device)
    : network_(load_landmarks(graph_json, device)), device_(device) {}

std::vector<torch::Tensor> BlazePose::heads(const torch::Tensor& pixels) const {
  torch::NoGradGuard no_grad;
  return network_->forward(pixels.to(device_) / 255);
}

BodyLandmarks BlazePose::decode(const std::vector<torch::Tensor>& heads, const PictureRegion& region) {
  std::vector<torch::Tensor> cpu;
  for (const torch::Tensor& head : heads) cpu.push_back(head[0].to(torch::kCPU, torch::kFloat).contiguous());
  const auto stored = cpu[0].view({kStoredLandmarks, kStoredNumbers});
  const auto numbers = stored.accessor<float, 2>();
  const auto heat = cpu[2].accessor<float, 3>();
  const auto world_tensor = cpu[4].view({kStoredLandmarks, 3});
  const auto world = world_tensor.accessor<float, 2>();
  BodyLandmarks result;
  result.region = region;
  result.person_score = cpu[1].item<float>();
  const double c = std::cos(region.angle), s = std::sin(region.angle);
  for (int i = 0; i < kLandmarks; ++i) {
    Landmark& point = result.points[i];
    point.pixel = region.to_picture(refined({numbers[i][0], numbers[i][1]}, heat[i]), kInputSize);
    point.visibility = sigmoid(numbers[i][3]);
    point.body = {c * world[i][0] - s * world[i][1], s * world[i][0] + c * world[i][1], world[i][2]};
  }
  const torch::Tensor mask = cpu[3].flatten();
  result.mask.assign(mask.data_ptr<float>(), mask.data_ptr<float>() + mask.numel());
  return result;
}

BodyLandmarks BlazePose::locate(const Image& image, const PictureRegion& region) const {
  return decode(heads(sample_region(image, region, kInputSize, Outside::edge).unsqueeze(0)), region);
}

}  // namespace ahap
