#include "app/cli/unish_network.h"

#include <gmock/gmock.h>

#include "reconstruction/branches/unish/clip_picture.h"
#include "tests/cli/program.h"
#include "tests/fixtures/small_unish.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

NetworkTensors run_small_unish(const NetworkTensors& tensors,
                               const std::map<std::string, std::string>& metadata = {}) {
  static const Checkpoint weights = small_unish_checkpoint();
  return run_unish(weights, {"clip.safetensors", tensors, metadata}, /*bf16=*/false, {});
}

NetworkTensors clip_tensors(std::int64_t frames) {
  const UnishInput clip = formula_clip(frames, 28, 42);
  return {{"images", clip.images}, {"patches", clip.crops}, {"bbox_px", clip.boxes}};
}

TEST(UnishNetwork, tensors_are_whole_and_named_as_the_references) {
  const NetworkTensors output = run_small_unish(clip_tensors(3));
  using Shape = std::vector<std::int64_t>;
  const std::map<std::string, Shape> expected = {{"raw.hidden", {3, 11, 128}},
                                                 {"raw.local_points", {3, 28, 42, 3}},
                                                 {"raw.point_conf_logit", {3, 28, 42}},
                                                 {"raw.c2ws", {3, 4, 4}},
                                                 {"raw.c2ws_cano", {3, 4, 4}},
                                                 {"fit1.focal_shift", {2, 3}},
                                                 {"fit2.focal_shift", {2, 3}},
                                                 {"bbox_info", {3, 3}},
                                                 {"vit.patch", {3, 80, 16, 12}},
                                                 {"vit.out", {3, 192, 80}},
                                                 {"head.token", {3, 32}},
                                                 {"head.layers", {2, 3, 3, 32}},
                                                 {"head.decpose", {3, 144}},
                                                 {"head.decshape", {3, 10}},
                                                 {"token_out", {3, 32}},
                                                 {"pose_rotmat", {3, 24, 3, 3}},
                                                 {"betas", {1, 10}},
                                                 {"align.cam_adapted", {3, 128}},
                                                 {"align.patch_adapted", {3, 6, 128}},
                                                 {"align.register_adapted", {3, 5, 128}},
                                                 {"align.layer1.norm3", {4, 128}},
                                                 {"align.scale_logit", {1}},
                                                 {"align.trans_raw", {3, 3}},
                                                 {"scale", {1}},
                                                 {"trans_cam", {3, 3}},
                                                 {"out.scale", {1}},
                                                 {"out.trans_cam", {3, 3}},
                                                 {"out.pose_cam", {3, 72}},
                                                 {"out.betas", {3, 10}},
                                                 {"out.c2ws_cano", {3, 4, 4}},
                                                 {"out.w2cs_cano", {3, 4, 4}},
                                                 {"out.intrinsics", {3, 3, 3}},
                                                 {"out.local_points", {3, 28, 42, 3}},
                                                 {"out.world_points", {3, 28, 42, 3}},
                                                 {"out.depth_map", {3, 28, 42}},
                                                 {"out.point_map", {3, 28, 42, 3}},
                                                 {"out.masks", {3, 28, 42}},
                                                 {"out.mask_count", {1}},
                                                 {"world.pose_aa", {3, 72}},
                                                 {"world.trans", {3, 3}}};
  for (const auto& [name, shape] : expected) {
    ASSERT_TRUE(output.contains(name)) << name;
    EXPECT_EQ(output.at(name).sizes(), shape) << name;
  }
  EXPECT_FALSE(output.contains("vit.block"));
  EXPECT_FALSE(torch::equal(output.at("raw.local_points"), output.at("out.local_points")));
}

TEST(UnishNetwork, crops_that_are_not_given_are_cut_from_the_images) {
  NetworkTensors cut = clip_tensors(2);
  cut.erase("patches");
  NetworkTensors given = clip_tensors(2);
  for (std::int64_t s = 0; s < 2; ++s) {
    const auto box = given["bbox_px"][s];
    const auto number = [&](int column) { return double(box[column].item<float>()); };
    const PersonSquare square = {.center = {21 + number(0), 14 + number(1)}, .side = number(2)};
    given["patches"][s] = person_crop(given["images"][s], square);
  }
  EXPECT_TRUE(torch::allclose(run_small_unish(cut).at("token_out"), run_small_unish(given).at("token_out"),
                              /*rtol=*/1e-5, /*atol=*/1e-6));
}

TEST(UnishNetwork, names_may_stand_behind_input_and_the_rate_in_the_metadata) {
  NetworkTensors named;
  for (const auto& [name, tensor] : clip_tensors(3)) named["input." + name] = tensor;
  const NetworkTensors six = run_small_unish(clip_tensors(3)), slow = run_small_unish(named, {{"fps", "2"}});
  EXPECT_TRUE(torch::equal(six.at("token_out"), slow.at("token_out")));
  EXPECT_FALSE(torch::equal(six.at("scale"), slow.at("scale")));
}

TEST(UnishNetwork, bad_input_is_refused_with_its_file) {
  const auto refusal = [](const NetworkTensors& changed,
                          const std::map<std::string, std::string>& metadata = {}) {
    NetworkTensors tensors = clip_tensors(2);
    for (const auto& [name, tensor] : changed) {
      if (tensor.defined())
        tensors[name] = tensor;
      else
        tensors.erase(name);
    }
    const std::string sentence = sentence_of([&] { run_small_unish(tensors, metadata); });
    EXPECT_THAT(sentence, HasSubstr("clip.safetensors"));
    return sentence;
  };
  EXPECT_THAT(refusal({{"images", {}}}), HasSubstr("tensor images is missing"));
  EXPECT_THAT(refusal({{"images", torch::rand({2, 3, 28, 40})}}), HasSubstr("multiples of 14"));
  EXPECT_THAT(refusal({{"images", torch::rand({1, 3, 28, 42})}}), HasSubstr("one frame"));
  EXPECT_THAT(refusal({{"images", 255 * torch::rand({2, 3, 28, 42})}}), HasSubstr("colours in 0..1"));
  EXPECT_THAT(refusal({{"bbox_px", {}}}), HasSubstr("tensor bbox_px is missing"));
  EXPECT_THAT(refusal({{"bbox_px", torch::ones({3, 3})}}), HasSubstr("instead of (2, 3)"));
  EXPECT_THAT(refusal({{"bbox_px", torch::zeros({2, 3})}}), HasSubstr("the side, more than 0"));
  EXPECT_THAT(refusal({{"bbox_px", torch::full({2, 3}, INFINITY)}}), HasSubstr("the side, more than 0"));
  EXPECT_THAT(refusal({{"patches", torch::rand({2, 3, 224, 224})}}),
              HasSubstr("instead of (2, 3, 256, 256)"));
  EXPECT_THAT(refusal({}, {{"fps", "fast"}}), HasSubstr("\"fast\""));
  EXPECT_THAT(refusal({}, {{"fps", "0"}}), HasSubstr("more than 0"));
}

TEST(UnishNetwork, the_program_writes_its_tensors_and_names_weights_of_another_network) {
  TemporaryFolder folder;
  const auto file = [&](const char* name) { return (folder / name).string(); };
  save_safetensors(small_unish_checkpoint().tensors, {}, folder / "weights.safetensors");
  save_safetensors(small_pi3_checkpoint(false).tensors, {}, folder / "pi3.safetensors");
  save_safetensors(clip_tensors(2), {}, folder / "clip.safetensors");
  Program program({"network", "unish", "--weights", file("weights.safetensors"), "--input",
                   file("clip.safetensors"), "--output", file("out.safetensors")});
  ASSERT_EQ(program.status(), 0) << program.err();
  const Checkpoint written = read_checkpoint(folder / "out.safetensors");
  EXPECT_EQ(written.metadata.at("network"), "UniSH");
  EXPECT_EQ(written.at("out.masks").scalar_type(), torch::kByte);
  Program wrong({"network", "unish", "--weights", file("pi3.safetensors"), "--input",
                 file("clip.safetensors"), "--output", file("none.safetensors")});
  EXPECT_EQ(wrong.status(), 1);
  EXPECT_THAT(wrong.last_line(), HasSubstr("pi3.safetensors holds Pi3, not UniSH"));
  EXPECT_FALSE(fs::exists(folder / "none.safetensors"));
}

}  // namespace
}  // namespace ahap
