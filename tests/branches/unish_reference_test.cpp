#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>

#include "reconstruction/branches/unish/clip_picture.h"
#include "reconstruction/branches/unish/unish.h"
#include "reconstruction/networks/rotations.h"
#include "tests/fixtures/small_unish.h"

// UniSH at full size against the recorded outputs. Minutes and gigabytes: run by hand with AHAP_REFERENCES (a
// folder with unish/).
namespace ahap {
namespace {

using namespace testing;

constexpr double kUnishTokens = 1e-5, kUnishPoints = 3e-5;  // relative L2
constexpr double kCropDifference = 1e-6;                    // absolute

std::filesystem::path unish_data(const std::string& name) {
  return std::filesystem::path(std::getenv("AHAP_REFERENCES")) / "unish" / name;
}

using UnishTensors = std::map<std::string, torch::Tensor>;

TensorObserver gathered_in(UnishTensors& told) {
  return [&told](const std::string& name, const torch::Tensor& tensor) { told[name] = tensor; };
}

class UnishReference : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!std::getenv("AHAP_REFERENCES"))
      GTEST_SKIP() << "AHAP_REFERENCES names the folder of the large references";
  }
  static Checkpoint recorded(const std::string& name) {
    return read_checkpoint(unish_data(name + ".safetensors"));
  }
  // Seeded tensors whose names begin with one of these.
  static Checkpoint weights(const std::vector<std::string>& parts) {
    Checkpoint checkpoint = outline_of(unish_data("keys.txt"));
    std::erase_if(checkpoint.tensors, [&](const auto& item) {
      return std::none_of(parts.begin(), parts.end(),
                          [&](const std::string& part) { return item.first.starts_with(part); });
    });
    for (auto& [name, tensor] : checkpoint.tensors) tensor = seeded_tensor(name, tensor.sizes().vec());
    const Checkpoint units = recorded("units");
    for (const std::string part : {"human_head.", "alignnet."}) {
      if (std::find(parts.begin(), parts.end(), part) == parts.end()) continue;
      checkpoint.tensors[part + "init_body_pose"] = units.at("mean.pose").view({1, -1});
      checkpoint.tensors[part + "init_betas"] = units.at("mean.betas").view({1, -1});
      checkpoint.tensors[part + "init_cam"] = units.at("mean.cam").view({1, -1});
    }
    return checkpoint;
  }

  static void expect_near(const std::string& name, const torch::Tensor& mine, const torch::Tensor& expected,
                          double limit) {
    ASSERT_EQ(mine.sizes(), expected.sizes()) << name;
    const double difference = relative_l2(mine, expected);
    std::cout << "  " << name << " " << difference << ", limit " << limit << "\n";
    EXPECT_LE(difference, limit) << name;
  }

  // Every recorded tensor of which something of its name was told.
  static std::set<std::string> compare(const Checkpoint& reference, const UnishTensors& told) {
    std::set<std::string> compared;
    for (const auto& [name, expected] : reference.tensors) {
      std::string base = name, kind;
      for (const std::string end : {"corner", "stats", "mean_std"})
        if (base.ends_with("." + end)) kind = end, base = base.substr(0, base.size() - end.size() - 1);
      const auto found = told.find(base);
      if (found == told.end()) continue;
      compared.insert(name);
      expect_near(name, sampled(name, kind, found->second, expected), expected, limit_of(name));
    }
    return compared;
  }

 private:
  static double limit_of(const std::string& name) {
    for (const char* part : {"points", "conf_logit", "depth", "point_map"})
      if (name.find(part) != std::string::npos) return kUnishPoints;
    return kUnishTokens;
  }

  static torch::Tensor statistics(const torch::Tensor& tensor) {
    const auto x = tensor.to(torch::kDouble);
    return torch::stack({x.mean(), x.std(/*unbiased=*/false), x.min(), x.max()}).to(torch::kFloat);
  }

  // What the reference keeps of a whole tensor.
  static torch::Tensor sampled(const std::string& name, const std::string& kind, torch::Tensor whole,
                               const torch::Tensor& expected) {
    if (name == "raw.hidden.stats") {
      const auto halves = whole.chunk(2, -1);
      return torch::stack({statistics(halves[0]), statistics(halves[1])});
    }
    if (name == "raw.hidden.corner") {
      const auto halves = whole.slice(1, 0, 16).chunk(2, -1);
      return torch::cat({halves[0].slice(-1, 0, 32), halves[1].slice(-1, 0, 32)}, -1);
    }
    if (name == "vit.block.corner")
      return whole.select(1, 0).index_select(1, torch::tensor({0, 1, 13, 191})).slice(2, 0, 16);
    if (kind == "mean_std") {
      const auto x = whole.flatten(1).to(torch::kDouble);
      return torch::stack({x.mean(1), x.std(1, /*unbiased=*/false)}, 1).to(torch::kFloat);
    }
    if (kind == "stats") return statistics(whole);
    if (whole.dim() >= 3 && whole.size(1) > expected.size(1) && kind.empty() && name != "head.token")
      whole = every_third(whole);
    for (std::int64_t axis = 0; axis < expected.dim(); ++axis)
      whole = whole.slice(axis, 0, expected.size(axis));
    return whole;
  }
  static torch::Tensor every_third(const torch::Tensor& map) {
    return map.slice(1, 0, c10::nullopt, 3).slice(2, 0, c10::nullopt, 3);
  }
};

TEST_F(UnishReference, its_functions_agree) {
  const Checkpoint units = recorded("units");
  const auto rotations = matrix_from_6d(units.at("rot6d.in"));
  expect_near("rot6d.rotmat", rotations, units.at("rot6d.rotmat"), kUnishTokens);
  expect_near("rot6d.axis_angle", matrix_from_axis_angle(axis_angle_from_matrix(rotations)),
              matrix_from_axis_angle(units.at("rot6d.axis_angle")), kUnishTokens);
  expect_near("aa.rotmat", matrix_from_axis_angle(units.at("aa.in")), units.at("aa.rotmat"), kUnishTokens);
  expect_near("aa.back", matrix_from_axis_angle(axis_angle_from_matrix(units.at("aa.rotmat"))),
              matrix_from_axis_angle(units.at("aa.back")), kUnishTokens);
  for (const std::int64_t n : {6, 130}) {
    const std::string name = "time_rope." + std::to_string(n) + ".out_last4";
    const auto input = torch::sin(0.37 * (torch::arange(2 * n * 64, torch::kDouble) + 1))
                           .to(torch::kFloat)
                           .view({1, 2, n, 64});
    const auto turned = TimeEmbedding(torch::arange(n, torch::kLong)).turn(input);
    expect_near(name, turned[0].slice(1, n - 4), units.at(name), kUnishTokens);
  }
  const auto root = world_root(torch::inverse(units.at("world.w2c")),
                               matrix_from_axis_angle(units.at("world.pose_cam").slice(1, 0, 3)),
                               units.at("world.trans_cam"));
  expect_near("world.pose_world", root.rotation,
              matrix_from_axis_angle(units.at("world.pose_world").slice(1, 0, 3)), kUnishTokens);
  expect_near("world.trans_world", root.trans, units.at("world.trans_world"), kUnishTokens);
}

TEST_F(UnishReference, focal_lengths_and_shifts_agree) {
  const Checkpoint units = recorded("units");
  const auto points = units.at("fit.points"), mask = units.at("fit.mask") > 0;
  const FocalShift fit = fit_focal_shift(points, mask);
  expect_near("fit.official", torch::stack({fit.focal, fit.shift}), units.at("fit.official"), kUnishTokens);
  const auto K = centered_intrinsics(focal_pixels(fit.focal, 84, 112), 84, 112);
  expect_near("fit.intrinsics", K, units.at("fit.intrinsics"), kUnishTokens);
  const auto depth = points.select(-1, 2) + fit.shift.view({-1, 1, 1});
  const auto every_seventh = [](const torch::Tensor& map) {
    return map.slice(1, 0, c10::nullopt, 7).slice(2, 0, c10::nullopt, 7);
  };
  expect_near("fit.depth", every_seventh(depth), units.at("fit.depth.sub"), kUnishPoints);
  expect_near("fit.point_map", every_seventh(points_of_depth(depth, K)), units.at("fit.point_map.sub"),
              kUnishPoints);
}

TEST_F(UnishReference, pictures_and_crops_agree) {
  const Checkpoint units = recorded("units");
  const auto rule = units.at("frame_rule");
  for (std::int64_t i = 0; i < rule.size(0); ++i) {
    const auto number = [&](int column) { return rule[i][column].item<int>(); };
    const ClipSize size = clip_size(number(0), number(1));
    EXPECT_EQ(size.width, number(2)) << i;
    EXPECT_EQ(size.height, number(3)) << i;
  }
  const auto bytes = units.at("frame.in_u8").contiguous();
  Image image(int(bytes.size(1)), int(bytes.size(0)));
  std::copy_n(bytes.data_ptr<std::uint8_t>(), bytes.numel(), image.rgb.begin());
  const ClipSize size = clip_size(image.width, image.height, 112);
  const auto picture = clip_picture(image, size);
  expect_near("frame.out_112", picture, units.at("frame.out_112"), 1e-6);
  for (const auto& [name, scale] : {std::pair<std::string, double>("crop", 1.0), {"crop2", 1.2}}) {
    const auto box = units.at(name + ".box_xyxy");
    const auto at = [&](int i, int side) { return double(box[i].item<float>()) * side; };
    const PersonSquare square =
        person_square({at(0, size.width), at(1, size.height), at(2, size.width), at(3, size.height)}, scale);
    expect_near(name + ".bbox_px", square.numbers(size), units.at(name + ".bbox_px"), 1e-6);
    const auto crop = person_crop(picture, square).slice(1, 0, c10::nullopt, 4).slice(2, 0, c10::nullopt, 4);
    const double most = (crop - units.at(name + ".patch.sub")).abs().max().item<double>();
    std::cout << "  " << name << " " << most << "\n";
    EXPECT_LE(most, kCropDifference) << name;
  }
}

TEST_F(UnishReference, the_human_branch_agrees) {
  const Checkpoint reference = recorded("human_synth_2");
  const UnishConfig config;
  CropBackbone backbone(config.backbone);
  BodyHead head(config.head);
  load_into(*backbone, weights({"backbone."}), {.prefix = "backbone."});
  load_into(*head, weights({"human_head."}), {.prefix = "human_head."});
  const torch::NoGradGuard no_grad;
  const auto crops = formula_crops(2);
  expect_near("input.sub", crops.slice(2, 0, c10::nullopt, 8).slice(3, 0, c10::nullopt, 8),
              reference.at("input.sub"), 1e-6);
  UnishTensors told;
  const HeadBodies bodies = head->forward(backbone->forward(crops, {}, gathered_in(told)),
                                          reference.at("input.bbox_info"), gathered_in(told));
  told["token_out"] = bodies.token;
  told["pose_rotmat"] = bodies.rotations;
  told["betas"] = bodies.betas;
  EXPECT_EQ(compare(reference, told).size(), 13u);
  expect_near("pose_axis_angle", matrix_from_axis_angle(axis_angle_from_matrix(bodies.rotations)),
              matrix_from_axis_angle(reference.at("pose_axis_angle")), kUnishTokens);
}

TEST_F(UnishReference, AlignNet_agrees) {
  AlignNet network(AlignNetConfig{});
  load_into(*network, weights({"alignnet."}), {.prefix = "alignnet.", .ignored = {"init_"}});
  const torch::NoGradGuard no_grad;
  for (const std::string name : {"align_3v_fps6", "align_4v_fps9", "align_130v_fps6"}) {
    std::cout << name << "\n";
    const Checkpoint reference = recorded(name);
    const auto number = [&](const char* key) { return std::stod(reference.metadata.at(key)); };
    const std::int64_t S = std::int64_t(number("views")), T = std::int64_t(number("patches")) + 5;
    const auto i = torch::arange(S * T * 2048, torch::kLong), j = torch::arange(S * 1024, torch::kLong);
    const auto hidden = (1.5 * torch::sin(0.0137 * (7 * i).remainder(65521).to(torch::kDouble) +
                                          0.5 * i.remainder(13).to(torch::kDouble)))
                            .to(torch::kFloat)
                            .view({S, T, 2048});
    const auto person = torch::sin(0.021 * (11 * j).remainder(32749).to(torch::kDouble) +
                                   0.3 * j.remainder(7).to(torch::kDouble))
                            .to(torch::kFloat)
                            .view({S, 1024});
    UnishTensors told = {{"input.hidden", hidden}, {"input.cam", person}};
    const Alignment alignment = network->forward(hidden, 5, person, number("fps"), gathered_in(told));
    told["scale"] = alignment.scale;
    told["trans_cam"] = alignment.trans;
    EXPECT_EQ(compare(reference, told).size(), reference.tensors.size());
  }
}

TEST_F(UnishReference, a_clip_agrees_from_end_to_end) {
  Unish network = load_unish(weights({"pi3.", "backbone.", "human_head.", "alignnet."}));
  for (const std::string name : {"e2e_synth_2v_126x154", "e2e_synth_3v_140x98"}) {
    std::cout << name << "\n";
    const Checkpoint reference = recorded(name);
    const auto number = [&](const char* key) { return std::stoll(reference.metadata.at(key)); };
    const UnishInput clip = formula_clip(number("views"), number("height"), number("width"));
    expect_near("input.bbox_px", clip.boxes, reference.at("input.bbox_px"), 1e-6);
    // The fit is ill-posed under seeded weights: the recorded ones stand in its place.
    std::vector<std::string> fits = {"fit1.focal_shift", "fit2.focal_shift"};
    UnishOptions options;
    options.fit = [&, at = 0](const torch::Tensor&, const torch::Tensor&) mutable {
      const auto recorded_fit = reference.at(fits.at(std::size_t(at++)));
      return FocalShift{recorded_fit[0].clone(), recorded_fit[1].clone()};
    };
    UnishTensors told;
    const UnishOutput out = network->forward(clip, options, {}, gathered_in(told));
    for (const char* angles : {"out.pose_cam", "world.pose_aa", "fit1.focal_shift", "fit2.focal_shift"})
      told.erase(angles);
    EXPECT_GE(compare(reference, told).size(), 30u);
    for (const auto& [angles, mine] :
         {std::pair("out.pose_cam", out.rotations.flatten(1)),
          {"world.pose_aa",
           world_root(out.world_from_camera, out.rotations.select(1, 0), out.trans).rotation.flatten(1)}}) {
      const auto expected = matrix_from_axis_angle(reference.at(angles).unflatten(1, {24, 3})).flatten(1);
      expect_near(angles, mine, expected.slice(1, 0, mine.size(1)), kUnishTokens);
    }
    auto unshifted = out.trans.clone();
    unshifted.select(1, 2).sub_(reference.at(fits[1])[1]);
    expect_near("out.trans_world",
                world_root(out.world_from_camera, out.rotations.select(1, 0), unshifted).trans,
                reference.at("out.trans_world"), kUnishTokens);
  }
}

}  // namespace
}  // namespace ahap
