// MoveNet and BlazePose against the outputs that TensorFlow.js itself gives (tests/data/movenet), where their
// weights are installed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "reconstruction/branches/photo/photo_people.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/models/model_directory.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

class PhotoNetworksTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const fs::path& folder : installed_models()) {
      if (folder.filename() == "photo") weights_ = folder;
    }
    if (weights_.empty())
      GTEST_SKIP() << "the people networks are not installed (`ahap models --install people`)";
  }
  static Checkpoint reference(const std::string& name) {
    return read_safetensors(fs::path(AHAP_TEST_DATA) / "movenet" / (name + ".safetensors"));
  }
  static torch::Tensor pixels_of(const Checkpoint& file) {  // (1, 3, H, W)
    return file.at("input").permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat);
  }
  // Largest deviation from a map (1, h, w, C) of which every step-th row and column was kept.
  static double deviation(const torch::Tensor& ours, const torch::Tensor& theirs, int step) {
    const auto kept =
        ours.permute({0, 2, 3, 1}).slice(1, 0, c10::nullopt, step).slice(2, 0, c10::nullopt, step);
    EXPECT_EQ(kept.sizes(), theirs.sizes());
    return (kept - theirs).abs().max().item<double>();
  }

  fs::path weights_;
};

constexpr double kHeadTolerance = 0.01, kPixelTolerance = 0.02, kScoreTolerance = 1e-4;

TEST_F(PhotoNetworksTest, MultiPoseGivesTheReferencesHeadsAndPeople) {
  const Checkpoint file = reference("movenet-multipose_sample_384x512");
  const MoveNetMultiPose network(weights_ / "movenet-multipose.json", torch::kCPU);
  const auto heads = network.heads(pixels_of(file));
  const char* names[] = {"centre", "heat", "regress", "offset", "box_scale", "box_offset"};
  for (int i = 0; i < 6; ++i)
    EXPECT_LT(deviation(heads[i], file.at(std::string(names[i]) + ".every4"), 4), kHeadTolerance) << names[i];

  // The reference keeps the six best by centre; rows: 17 x (y, x, score), box, score; all as shares of the
  // input.
  const auto people = MoveNetMultiPose::decode(heads);
  const auto theirs = file.at("output").contiguous();
  const auto rows = theirs.accessor<float, 3>();
  int compared = 0;
  for (int p = 0; p < 6 && p < int(people.size()); ++p) {
    if (people[p].center_score < 0.1) continue;
    ++compared;
    for (int k = 0; k < kCocoPoints; ++k) {
      EXPECT_NEAR(people[p].pose[k].pixel.y(), rows[0][p][3 * k] * 384, kPixelTolerance)
          << "person " << p << " joint " << k;
      EXPECT_NEAR(people[p].pose[k].pixel.x(), rows[0][p][3 * k + 1] * 512, kPixelTolerance)
          << "person " << p << " joint " << k;
    }
    EXPECT_NEAR(people[p].box.y0, rows[0][p][51] * 384, kPixelTolerance);
    EXPECT_NEAR(people[p].box.x1, rows[0][p][54] * 512, kPixelTolerance);
  }
  EXPECT_GE(compared, 2);
}

TEST_F(PhotoNetworksTest, ThunderGivesTheReferencesHeadsAndJoints) {
  const Checkpoint file = reference("movenet-thunder_sample_256x256");
  const MoveNetThunder network(weights_ / "movenet-thunder.json", torch::kCPU);
  const auto heads = network.heads(pixels_of(file));
  const char* names[] = {"centre", "heat", "regress", "offset"};
  for (int i = 0; i < 4; ++i)
    EXPECT_LT(deviation(heads[i], file.at(std::string(names[i]) + ".every2"), 2), kHeadTolerance) << names[i];

  const CocoPose pose = MoveNetThunder::decode(heads, nullptr);
  const auto theirs = file.at("output").contiguous();
  const auto rows = theirs.accessor<float, 4>();
  for (int k = 0; k < kCocoPoints; ++k) {
    EXPECT_NEAR(4 * pose[k].pixel.y(), rows[0][0][k][0] * 256, kPixelTolerance) << k;
    EXPECT_NEAR(4 * pose[k].pixel.x(), rows[0][0][k][1] * 256, kPixelTolerance) << k;
    EXPECT_NEAR(pose[k].score, rows[0][0][k][2], kScoreTolerance) << k;
  }
}

TEST_F(PhotoNetworksTest, BlazePoseGivesTheReferencesLandmarks) {
  int compared = 0;
  for (const std::string name : {"blazepose-full", "blazepose-heavy"}) {  // one of them is installed
    if (!fs::exists(weights_ / (name + ".json"))) continue;
    ++compared;
    const Checkpoint file = reference(name + "_sample_256x256");
    const auto heads = BlazePose(weights_ / (name + ".json"), torch::kCPU).heads(pixels_of(file));
    EXPECT_LT((heads[0] - file.at("landmarks")).abs().max().item<double>(), kPixelTolerance) << name;
    EXPECT_LT((heads[1] - file.at("flag")).abs().max().item<double>(), kScoreTolerance) << name;
    EXPECT_LT(deviation(heads[2], file.at("heat_sigmoid.every2"), 2), 1e-3) << name;
    EXPECT_LT(deviation(heads[3], file.at("mask_sigmoid.every4"), 4), 2e-3) << name;
    EXPECT_LT((heads[4] - file.at("world")).abs().max().item<double>(), 1e-4) << name;
  }
  EXPECT_GT(compared, 0);
}

TEST_F(PhotoNetworksTest, ABatchGivesWhatItsPicturesGiveAlone) {
  const MoveNetThunder network(weights_ / "movenet-thunder.json", torch::kCPU);
  torch::manual_seed(3);
  const auto pixels = torch::rand({2, 3, 256, 256}) * 255;
  const auto both = network.heads(pixels), second = network.heads(pixels.slice(0, 1));
  for (std::size_t i = 0; i < both.size(); ++i)
    EXPECT_LT((both[i].slice(0, 1) - second[i]).abs().max().item<double>(), 1e-3);
}

}  // namespace
}  // namespace ahap
