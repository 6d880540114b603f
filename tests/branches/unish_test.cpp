#include "reconstruction/branches/unish/unish.h"

#include <gmock/gmock.h>

#include <cmath>

#include "reconstruction/branches/unish/clip_picture.h"
#include "reconstruction/networks/rotations.h"
#include "tests/fixtures/plain_layers.h"
#include "tests/fixtures/small_unish.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

void expect_rows(const torch::Tensor& mine, const plain::Rows& expected, double limit = 1e-5) {
  const plain::Rows rows = plain::rows_of(mine);
  ASSERT_EQ(rows.size(), expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_EQ(rows[i].size(), expected[i].size());
    for (std::size_t j = 0; j < rows[i].size(); ++j)
      EXPECT_NEAR(rows[i][j], expected[i][j], limit * std::max(1.0, std::abs(expected[i][j])))
          << i << " " << j;
  }
}

class SmallUnish : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    weights_ = small_unish_checkpoint();
    network_ = load_unish(weights_);
  }
  static void TearDownTestSuite() {
    network_ = nullptr;
    weights_ = {};
  }
  static torch::Tensor noise(std::vector<std::int64_t> shape) {
    auto generator = at::detail::createCPUGenerator(7);
    return torch::randn(shape, generator);
  }
  static Checkpoint weights_;
  static Unish network_;
};
Checkpoint SmallUnish::weights_;
Unish SmallUnish::network_{nullptr};

TEST_F(SmallUnish, its_AlignNet_is_what_plain_loops_compute) {
  const std::int64_t S = 3, R = 2, P = 4;
  const auto hidden = noise({S, R + P, 128}), person = noise({S, 32});
  const Alignment mine = network_->alignnet->forward(hidden, int(R), person, /*fps=*/9);

  const plain::Layers layers(weights_, "alignnet.");
  const auto adapted = [&](const torch::Tensor& x, const std::string& name) {
    return plain::mapped(layers.linear(layers.norm(plain::rows_of(x), name + ".0", 1e-5), name + ".1"),
                         plain::relu);
  };
  const std::vector<int> of_frame = {0, 1, 1};  // 6 v / 9, rounded
  std::vector<int> query_times = {0}, key_times;
  plain::Rows queries = layers.table("scale_token"), keys;
  for (const plain::Row& row : adapted(person, "cam_feature_adapter")) queries.push_back(row);
  for (std::int64_t v = 0; v < S; ++v) {
    query_times.push_back(of_frame[std::size_t(v)]);
    for (const plain::Row& row : adapted(hidden[v].slice(0, 0, R), "register_feature_adapter"))
      keys.push_back(row);
    for (const plain::Row& row : adapted(hidden[v].slice(0, R), "patch_feature_adapter")) keys.push_back(row);
    key_times.insert(key_times.end(), std::size_t(R + P), of_frame[std::size_t(v)]);
  }
  for (const std::string layer : {"decoder_layers.0.", "decoder_layers.1."}) {
    const auto attend = [&](const plain::Rows& x, const plain::Rows& y, const std::vector<int>& times_y,
                            const std::string& of) {
      const std::string name = layer + of;
      return layers.linear(plain::attention(plain::turned(layers.linear(x, name + "_q_proj"), query_times),
                                            plain::turned(layers.linear(y, name + "_k_proj"), times_y),
                                            layers.linear(y, name + "_v_proj")),
                           name + "_out_proj");
    };
    const plain::Rows q1 = layers.norm(plain::sum(queries, attend(queries, queries, query_times, "self")),
                                       layer + "norm1", 1e-5);
    const plain::Rows q2 =
        layers.norm(plain::sum(q1, attend(q1, keys, key_times, "cross")), layer + "norm2", 1e-5);
    const plain::Rows between = plain::mapped(layers.linear(q2, layer + "feed_forward.0"), plain::relu);
    const plain::Rows q3 =
        layers.norm(plain::sum(q2, layers.linear(between, layer + "feed_forward.3")), layer + "norm3", 1e-5);
    queries = plain::sum(q3, queries);
  }
  const plain::Rows scale = layers.linear({queries[0]}, "scale_head");
  EXPECT_NEAR(mine.scale.item<double>(), std::log1p(std::exp(scale[0][0])), 1e-5);
  plain::Rows places = layers.linear({queries.begin() + 1, queries.end()}, "trans_head");
  for (plain::Row& place : places)
    place = {place[0] * std::exp(place[2]), place[1] * std::exp(place[2]), std::exp(place[2])};
  expect_rows(mine.trans, places);
}

TEST_F(SmallUnish, its_head_is_what_plain_loops_compute) {
  const std::int64_t S = 2, N = 5;
  const auto crop_tokens = noise({S, N, 80}), boxes = noise({S, 3});
  const HeadBodies mine = network_->human_head(crop_tokens, boxes);

  const plain::Layers head(weights_, "human_head."), layers(weights_, "human_head.transformer.");
  plain::Row betas(10, 0);
  for (std::int64_t s = 0; s < S; ++s) {
    plain::Row query = plain::rows_of(boxes[s])[0];
    for (const char* mean : {"init_body_pose", "init_betas", "init_cam"})
      for (const double value : head.vector(mean)) query.push_back(value);
    plain::Rows x = plain::sum(layers.linear({query}, "to_token_embedding"), layers.table("pos_embedding"));
    for (const std::string layer : {"transformer.layers.0.", "transformer.layers.1."}) {
      const plain::Rows qkv =
          layers.linear(layers.norm(x, layer + "0.norm", 1e-5), layer + "0.fn.to_qkv", false);
      x = plain::sum(x, layers.linear({plain::columns(qkv[0], 256, 128)}, layer + "0.fn.to_out.0"));
      plain::Rows keys, values;
      for (const plain::Row& row :
           layers.linear(plain::rows_of(crop_tokens[s]), layer + "1.fn.to_kv", false)) {
        keys.push_back(plain::columns(row, 0, 128));
        values.push_back(plain::columns(row, 128, 128));
      }
      const plain::Rows queries =
          layers.linear(layers.norm(x, layer + "1.norm", 1e-5), layer + "1.fn.to_q", false);
      x = plain::sum(x, layers.linear(plain::attention(queries, keys, values), layer + "1.fn.to_out.0"));
      const plain::Rows between = plain::mapped(
          layers.linear(layers.norm(x, layer + "2.norm", 1e-5), layer + "2.fn.net.0"), plain::gelu);
      x = plain::sum(x, layers.linear(between, layer + "2.fn.net.3"));
    }
    expect_rows(mine.token[s], x);
    const plain::Row pose = plain::sum(head.linear(x, "decpose"), head.table("init_body_pose"))[0];
    for (std::size_t joint = 0; joint < 24; ++joint) {  // Gram and Schmidt on two columns
      const Eigen::Vector3d first(pose[6 * joint], pose[6 * joint + 1], pose[6 * joint + 2]),
          second(pose[6 * joint + 3], pose[6 * joint + 4], pose[6 * joint + 5]);
      const Eigen::Vector3d x_axis = first.normalized(),
                            y_axis = (second - x_axis * x_axis.dot(second)).normalized();
      const Eigen::Vector3d z_axis = x_axis.cross(y_axis);
      plain::Rows expected;
      for (int row = 0; row < 3; ++row) expected.push_back({x_axis[row], y_axis[row], z_axis[row]});
      expect_rows(mine.rotations[s][std::int64_t(joint)], expected);
    }
    const plain::Row shape = head.linear(x, "decshape")[0];
    for (std::size_t b = 0; b < betas.size(); ++b) betas[b] += shape[b] / double(S);
  }
  expect_rows(mine.betas, {betas});
}

TEST_F(SmallUnish, its_backbone_sees_the_middle_of_the_square) {
  auto crops = formula_crops(1);
  const auto seen = network_->backbone(crops);
  EXPECT_EQ(seen.sizes(), (std::vector<std::int64_t>{1, 192, 80}));
  crops.slice(3, 0, 32).fill_(0.5);
  crops.slice(3, 224).fill_(0.5);
  EXPECT_TRUE(torch::equal(network_->backbone(crops), seen));
  crops.slice(3, 32, 33).fill_(0.5);
  EXPECT_FALSE(torch::equal(network_->backbone(crops), seen));
}

TEST_F(SmallUnish, its_backbone_cuts_16_x_12_patches_from_two_pixels_outside_on) {
  const auto crops = noise({1, 3, 256, 256});
  std::map<std::string, torch::Tensor> told;
  network_->backbone->forward(
      crops, {}, [&](const std::string& name, const torch::Tensor& tensor) { told[name] = tensor; });
  const auto map = told.at("vit.patch")[0];
  ASSERT_EQ(map.sizes(), (std::vector<std::int64_t>{80, 16, 12}));
  const auto W = weights_.at("backbone.patch_embed.proj.weight"),
             b = weights_.at("backbone.patch_embed.proj.bias");
  for (const auto& [row, column] : {std::pair(0, 0), {7, 3}, {15, 11}}) {
    double sum = b[5].item<double>();
    for (int c = 0; c < 3; ++c)
      for (int dy = 0; dy < 16; ++dy)
        for (int dx = 0; dx < 16; ++dx) {
          const int y = 16 * row + dy - 2, x = 16 * column + dx - 2;
          if (y >= 0 && x >= 0 && y < 256 && x < 192)
            sum += W[5][c][dy][dx].item<double>() * crops[0][c][y][x + 32].item<double>();
        }
    EXPECT_NEAR(map[5][row][column].item<double>(), sum, 1e-4);
  }
}

TEST(TimeEmbedding, turns_pairs_of_channels_by_position_and_frequency) {
  const auto x = torch::arange(2 * 64, torch::kFloat).view({1, 1, 2, 64}) / 100;
  const auto mine = TimeEmbedding(torch::tensor({0, 7})).turn(x);
  expect_rows(mine, plain::turned(plain::rows_of(x), {0, 7}));
}

TEST(TimeEmbedding, stretches_the_tables_of_120_positions_where_there_are_more) {
  const TimeEmbedding time(torch::arange(131, torch::kLong));
  for (const int row : {0, 1, 64, 130}) {
    const double place = 119.0 * row / 130;
    const int below = std::min(int(place), 118);
    for (const int j : {0, 9, 31}) {
      const double f = std::pow(100.0, -j / 32.0), part = place - below;
      EXPECT_NEAR(time.cos[row][j].item<double>(),
                  (1 - part) * std::cos(below * f) + part * std::cos((below + 1) * f), 1e-6);
      EXPECT_NEAR(time.sin[row][j].item<double>(),
                  (1 - part) * std::sin(below * f) + part * std::sin((below + 1) * f), 1e-6);
    }
  }
}

// Depths of a wavy wall.
torch::Tensor wall(std::int64_t height, std::int64_t width) {
  const auto y = torch::arange(height, torch::kDouble).unsqueeze(1), x = torch::arange(width, torch::kDouble);
  return (3 + torch::sin(0.2 * x) + torch::cos(0.15 * y)).unsqueeze(0).to(torch::kFloat);
}

TEST(FocalShift, of_a_pinhole_cameras_points_is_the_cameras) {
  const std::int64_t H = 70, W = 98;
  const auto K = centered_intrinsics(torch::tensor({80.f}), H, W);
  auto points = points_of_depth(wall(H, W), K);
  points.select(-1, 2).sub_(0.4);  // known up to a shift
  auto mask = torch::ones({1, H, W}, torch::kBool);
  const FocalShift fit = fit_focal_shift(points, mask);
  EXPECT_NEAR(focal_pixels(fit.focal, H, W).item<double>(), 80, 0.1);
  EXPECT_NEAR(fit.shift.item<double>(), 0.4, 0.005);

  points.slice(2, 50).fill_(7);
  mask.slice(2, 50).fill_(false);
  EXPECT_NEAR(fit_focal_shift(points, mask).shift.item<double>(), 0.4, 0.005)
      << "what is masked does not count";
}

TEST(FocalShift, of_too_few_points_is_one_and_zero) {
  const auto points = torch::ones({2, 28, 28, 3});
  auto mask = torch::zeros({2, 28, 28}, torch::kBool);
  const FocalShift fit = fit_focal_shift(points, mask);
  EXPECT_TRUE(torch::equal(fit.focal, torch::ones({2})));
  EXPECT_TRUE(torch::equal(fit.shift, torch::zeros({2})));
}

TEST(FocalShift, of_points_that_are_no_numbers_ends) {
  const auto points = torch::full({1, 28, 28, 3}, NAN);
  const FocalShift fit = fit_focal_shift(points, torch::ones({1, 28, 28}, torch::kBool));
  EXPECT_EQ(fit.focal.size(0), 1);
}

TEST(ClipPicture, has_518_pixels_on_its_longer_side_and_multiples_of_14_on_the_other) {
  const auto size_of = [](int width, int height) {
    const ClipSize size = clip_size(width, height);
    return std::pair(size.width, size.height);
  };
  EXPECT_EQ(size_of(1920, 1080), std::pair(518, 294));
  EXPECT_EQ(size_of(1080, 1920), std::pair(294, 518));
  EXPECT_EQ(size_of(640, 480), std::pair(518, 392));
  EXPECT_EQ(size_of(300, 300), std::pair(518, 518));
  EXPECT_EQ(clip_size(128, 72, 112).height, 56) << "4.5 patches: half to even";
  EXPECT_THAT(sentence_of([] { clip_size(2000, 10); }),
              HasSubstr("2000 x 10 pixels is too narrow for UniSH"));
}

TEST(ClipPicture, takes_the_pixels_around_each_place_without_smoothing) {
  Image image(280, 112);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) image.pixel(x, y)[0] = std::uint8_t(x % 10 == 4 ? 200 : 0);
  const auto picture = clip_picture(image, {.width = 56, .height = 14});
  EXPECT_EQ(picture.sizes(), (std::vector<std::int64_t>{3, 14, 56}));
  EXPECT_NEAR(picture[0][3][0].item<double>(), 0, 1e-6) << "the middle of five pixels is the third";
  EXPECT_NEAR(picture[0][3][1].item<double>(), 0, 1e-6);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) image.pixel(x, y)[0] = std::uint8_t(x % 10 == 2 ? 200 : 0);
  EXPECT_NEAR(clip_picture(image, {.width = 56, .height = 14})[0][3][2].item<double>(), 200 / 255.0, 1e-6);
}

TEST(PersonCrop, reads_a_picture_at_places_rounded_to_a_32nd_of_a_pixel) {
  const auto x = torch::arange(90, torch::kFloat), y = torch::arange(60, torch::kFloat).unsqueeze(1);
  const auto picture = torch::stack({x.expand({60, 90}), y.expand({60, 90}), torch::ones({60, 90})});
  const PersonSquare square = person_square({20, 10, 40, 47.7});
  EXPECT_NEAR(square.side, 37.7, 1e-12) << "the longer side";
  const auto crop = person_crop(picture, square);
  for (const int i : {0, 17, 128, 255}) {
    const double column = std::nearbyint(32 * (30 + (i - 128) * 37.7 / 256)) / 32,
                 row = std::nearbyint(32 * (28.85 + (i - 128) * 37.7 / 256)) / 32;
    EXPECT_NEAR(crop[0][128][i].item<double>(), column, 1e-5);
    EXPECT_NEAR(crop[1][i][128].item<double>(), row, 1e-5);
    EXPECT_NEAR(crop[2][i][i].item<double>(), 1, 1e-6);
  }
  const auto numbers = square.numbers({.width = 90, .height = 60});
  EXPECT_TRUE(torch::allclose(numbers, torch::tensor({-15.f, -1.15f, 37.7f})));
}

TEST(PersonCrop, is_black_outside_the_picture) {
  const auto crop = person_crop(torch::ones({3, 40, 40}), {.center = {0, 20}, .side = 64});
  EXPECT_EQ(crop[0][128][64].item<float>(), 0) << "16 pixels beside it";
  EXPECT_EQ(crop[0][128][126].item<float>(), 0.5f) << "half a pixel beside it";
  EXPECT_EQ(crop[0][128][128].item<float>(), 1);
  EXPECT_EQ(crop[0][0][200].item<float>(), 0);
  EXPECT_EQ(person_crop(torch::ones({3, 40, 40}), {.center = {-900, 20}, .side = 64}).max().item<float>(), 0);
}

TEST_F(SmallUnish, a_clip_has_one_scale_one_shape_and_the_first_cameras_world) {
  const UnishInput clip = formula_clip(3, 42, 56);
  std::map<std::string, torch::Tensor> told;
  const UnishOutput out = network_->forward(
      clip, {}, {}, [&](const std::string& name, const torch::Tensor& tensor) { told[name] = tensor; });
  EXPECT_TRUE(torch::allclose(out.world_from_camera[0], torch::eye(4), 0, 1e-6));
  EXPECT_TRUE(torch::allclose(torch::matmul(out.world_from_camera[2], out.camera_from_world[2]),
                              torch::eye(4), 1e-4, 1e-4));
  const auto R = out.world_from_camera[2].slice(0, 0, 3).slice(1, 0, 3),
             t = out.world_from_camera[2].slice(0, 0, 3).select(1, 3);
  EXPECT_TRUE(
      torch::allclose(out.world_points[2][8][30], torch::mv(R, out.local_points[2][8][30]) + t, 1e-4, 1e-4));
  EXPECT_LT(relative_l2(out.local_points, told.at("raw.local_points") * out.scale), 1e-6);
  EXPECT_EQ(out.betas.sizes(), (std::vector<std::int64_t>{1, 10}));
  EXPECT_LT(relative_l2(out.betas, told.at("head.decshape").mean(0, true)), 1e-5);
  EXPECT_EQ(out.rotations.sizes(), (std::vector<std::int64_t>{3, 24, 3, 3}));
  const auto shift = told.at("fit2.focal_shift")[1];
  EXPECT_LT(relative_l2(out.trans.select(1, 2) - shift, told.at("trans_cam").select(1, 2) * out.scale), 1e-4);
  EXPECT_TRUE(torch::equal(out.points.select(-1, 2), out.depth));
}

TEST_F(SmallUnish, points_that_count_lie_at_the_scales_distance_on_average) {
  UnishOptions options;
  std::vector<torch::Tensor> masks;
  options.fit = [&](const torch::Tensor& points, const torch::Tensor& mask) {
    masks.push_back(mask);
    const auto S = points.size(0);
    // The first fit puts half of the first frame behind its camera.
    const auto median = points[0].select(-1, 2).median();
    const auto shift = masks.size() == 1 ? torch::stack({-median, torch::zeros({})}) : torch::zeros({S});
    return FocalShift{torch::ones({S}), shift};
  };
  std::map<std::string, torch::Tensor> told;
  const UnishOutput out =
      network_->forward(formula_clip(2, 28, 42), options, {},
                        [&](const std::string& name, const torch::Tensor& tensor) { told[name] = tensor; });
  ASSERT_EQ(masks.size(), 2u);
  EXPECT_LT(masks[1].sum().item<int>(), masks[0].sum().item<int>());
  const auto distance = out.local_points.norm(2, {-1});
  EXPECT_NEAR(distance.index({masks[1]}).mean().item<double>(), told.at("scale").item<double>(),
              1e-4 * told.at("scale").item<double>());
}

TEST_F(SmallUnish, input_of_other_shapes_and_a_single_frame_are_refused) {
  const auto refusal = [&](const UnishInput& input) {
    return sentence_of([&] { network_->forward(input); });
  };
  EXPECT_THAT(refusal(formula_clip(1, 28, 42)), HasSubstr("two or more"));
  UnishInput clip = formula_clip(2, 28, 42);
  clip.crops = formula_crops(3);
  EXPECT_THAT(refusal(clip), HasSubstr("crops (S, 3, 256, 256)"));
  clip = formula_clip(2, 28, 42);
  clip.boxes = torch::zeros({2, 4});
  EXPECT_THAT(refusal(clip), HasSubstr("boxes (S, 3)"));
  clip = formula_clip(2, 28, 42);
  clip.images = torch::rand({2, 3, 28, 40});
  EXPECT_THAT(refusal(clip), HasSubstr("multiples of 14"));
}

TEST_F(SmallUnish, a_stop_ends_it_in_the_scene_and_among_the_people) {
  for (const std::string stage : {"depth and cameras", "people"}) {
    bool reached = false;
    Progress progress;
    progress.report = [&](const std::string& name, double) { reached = reached || name == stage; };
    progress.stop_requested = [&] { return reached; };
    EXPECT_THROW(network_->forward(formula_clip(2, 28, 42), {}, progress), Cancelled) << stage;
  }
}

TEST(WorldRoot, lays_the_body_right_where_the_turned_pelvis_is_made_up_for) {
  const auto turn = matrix_from_axis_angle(torch::tensor({{0.3f, -0.8f, 0.5f}}));
  auto pose = torch::eye(4).unsqueeze(0);
  pose.slice(1, 0, 3).slice(2, 0, 3).copy_(turn);
  pose.slice(1, 0, 3).select(2, 3).copy_(torch::tensor({1.f, 2.f, -3.f}));
  const auto root = matrix_from_axis_angle(torch::tensor({{-0.2f, 1.f, 0.1f}}));
  const auto trans = torch::tensor({{0.4f, -0.1f, 2.5f}}), pelvis = torch::tensor({0.f, -0.22f, 0.03f});
  const auto posed = [&](const torch::Tensor& R, const torch::Tensor& t) {  // of a point of the body at rest
    return torch::mv(R[0], torch::tensor({0.2f, 0.9f, 0.1f}) - pelvis) + pelvis + t[0];
  };
  const WorldRoot world = world_root(pose, root, trans);
  const auto made_up = world.trans + torch::mv(turn[0], pelvis) - pelvis;
  const auto expected = torch::mv(turn[0], posed(root, trans)) + torch::tensor({1.f, 2.f, -3.f});
  EXPECT_TRUE(torch::allclose(posed(world.rotation, made_up), expected, 1e-5, 1e-5));
}

TEST_F(SmallUnish, weights_are_found_strictly) {
  check_unish(weights_);
  for (const char* name :
       {"pi3.register_token", "backbone.blocks.1.attn.qkv.bias", "backbone.last_norm.weight",
        "human_head.transformer.pos_embedding", "human_head.init_body_pose", "human_head.decshape.weight",
        "alignnet.decoder_layers.1.norm3.bias", "alignnet.register_feature_adapter.0.weight"}) {
    for (const auto& replacement : {torch::Tensor(), torch::zeros({7})}) {
      Checkpoint bad = weights_;
      bad.tensors.erase(name);
      if (replacement.defined()) bad.tensors[name] = replacement;
      EXPECT_THAT(sentence_of([&] { check_unish(bad); }),
                  AllOf(HasSubstr(weights_.file.string()), HasSubstr(name)));
    }
  }
  Checkpoint more = weights_;
  more.tensors["segmentation.weight"] = torch::zeros({1});
  EXPECT_THAT(sentence_of([&] { check_unish(more); }), HasSubstr("no place for segmentation.weight"));
}

TEST(Unish, the_published_files_tensors_all_have_their_place) {
  const std::filesystem::path data = AHAP_TEST_DATA;
  Checkpoint file = outline_of(data / "unish/keys.txt");
  for (const auto& [name, tensor] : outline_of(data / "pi3/pi3.keys.txt").tensors)
    file.tensors["pi3." + name] = tensor;
  std::int64_t sum = 0;
  for (const auto& [name, tensor] : file.tensors) sum += tensor.numel();
  EXPECT_EQ(file.tensors.size(), 1783u);
  EXPECT_EQ(sum, 1'637'210'874);
  check_unish(file);
  std::erase_if(file.tensors, [](const auto& item) { return item.first.starts_with("backbone.blocks.31."); });
  EXPECT_THAT(sentence_of([&] { check_unish(file); }), HasSubstr("31 layers of backbone are not the 32"));
}

TEST(Unish, weights_of_another_network_are_named) {
  const auto refusal = [](const char* tensor) {
    const Checkpoint file{"weights.pt", {{tensor, torch::zeros({1})}}, {}};
    return sentence_of([&] { load_unish(file); });
  };
  EXPECT_EQ(refusal("camera_head.fc_rot.weight"), "weights.pt holds Pi3, not UniSH");
  EXPECT_EQ(refusal("pose_retriever.mem"), "weights.pt holds CUT3R (without people), not UniSH");
  EXPECT_EQ(refusal("something.else"), "weights.pt holds an unknown network, not UniSH");
}

}  // namespace
}  // namespace ahap
