#include "reconstruction/branches/mast3r/mast3r.h"

#include <gmock/gmock.h>

#include "reconstruction/branches/mast3r/mast3r_branch.h"
#include "tests/fixtures/plain_mast3r.h"
#include "tests/fixtures/small_mast3r.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr Mast3rHeadKind kHeadKinds[] = {Mast3rHeadKind::dpt, Mast3rHeadKind::convolution,
                                         Mast3rHeadKind::linear};
constexpr double kPlainTolerance = 1e-5, kPlainDptTolerance = 3e-5;  // relative L2

Mast3rPair look(Mast3r& network, const torch::Tensor& pair) {
  return network->decode(network->encode(pair.slice(0, 0, 1)), network->encode(pair.slice(0, 1, 2)));
}

void expect_near_plain(const Mast3rView& mine, const PlainMast3r::View& plain, double tolerance) {
  ASSERT_EQ(mine.points.sizes(), plain.points.sizes());
  EXPECT_LT(relative_l2(mine.points, plain.points), tolerance);
  EXPECT_LT(relative_l2(mine.confidence, plain.confidence), tolerance);
  ASSERT_EQ(mine.descriptors.defined(), plain.descriptors.defined());
  if (!plain.descriptors.defined()) return;
  EXPECT_LT(relative_l2(mine.descriptors, plain.descriptors), kPlainTolerance);
  EXPECT_LT(relative_l2(mine.descriptor_confidence, plain.descriptor_confidence), kPlainTolerance);
}

TEST(Mast3r, EveryHeadAgreesWithAPlainImplementation) {
  for (const Mast3rHeadKind kind : kHeadKinds) {
    const Checkpoint weights = small_mast3r_checkpoint(kind);
    Mast3r network = load_mast3r(weights);
    PlainMast3r plain(weights.tensors);
    const double tolerance = kind == Mast3rHeadKind::dpt ? kPlainDptTolerance : kPlainTolerance;
    for (const auto& [height, width] : {std::pair(42, 28), {56, 56}}) {
      SCOPED_TRACE(std::to_string(int(kind)) + " at " + std::to_string(height));
      const auto images = formula_pair(height, width);
      const Mast3rPair mine = look(network, images);
      const auto expected = plain.pair(images);
      expect_near_plain(mine.first, expected[0], tolerance);
      expect_near_plain(mine.second, expected[1], tolerance);
    }
  }
}

TEST(Mast3r, DescriptorsAreUnitVectorsAndConfidencesAboveTheirBounds) {
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  const Mast3rPair pair = look(network, formula_pair(28, 42));
  for (const Mast3rView* view : {&pair.first, &pair.second}) {
    EXPECT_EQ(view->descriptors.sizes(), (std::vector<std::int64_t>{28, 42, 24}));
    EXPECT_LT((view->descriptors.norm(2, {-1}) - 1).abs().max().item<float>(), 1e-5);
    EXPECT_GT(view->confidence.min().item<float>(), 1);
    EXPECT_GT(view->descriptor_confidence.min().item<float>(), 0);
  }
}

TEST(Mast3r, TheOrderOfAPairMattersAndFeaturesServeForAllPairs) {
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  const auto images = formula_pair(28, 28);
  const Mast3rFeatures a = network->encode(images.slice(0, 0, 1)), b = network->encode(images.slice(0, 1, 2));
  const Mast3rPair forth = network->decode(a, b), back = network->decode(b, a), again = network->decode(a, b);
  EXPECT_GT(relative_l2(forth.first.points, back.second.points), 1e-3);
  EXPECT_TRUE(torch::equal(forth.second.points, again.second.points));
}

TEST(Mast3r, TheImagesOfAPairMayDifferInSize) {
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  const Mast3rPair pair = network->decode(network->encode(formula_pair(28, 42).slice(0, 0, 1)),
                                          network->encode(formula_pair(56, 14).slice(0, 1, 2)));
  EXPECT_EQ(pair.first.points.sizes(), (std::vector<std::int64_t>{28, 42, 3}));
  EXPECT_EQ(pair.second.points.sizes(), (std::vector<std::int64_t>{56, 14, 3}));
}

TEST(Mast3r, ImagesThatItCannotTakeAreRefusedWithASentence) {
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  const auto refusal = [&](const torch::Tensor& image) {
    return sentence_of([&] { network->encode(image); });
  };
  EXPECT_THAT(refusal(torch::zeros({1, 3, 28, 30})), HasSubstr("multiples of 14, not 30 x 28 pixels"));
  EXPECT_THAT(refusal(torch::zeros({2, 3, 28, 28})), HasSubstr("one image at a time"));
  EXPECT_THAT(refusal(torch::full({1, 3, 28, 28}, std::nan(""))), HasSubstr("no numbers"));
}

TEST(Mast3r, AStopEndsItWithinABlock) {
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  const auto image = formula_pair(28, 28).slice(0, 0, 1);
  const Mast3rFeatures features = network->encode(image);
  for (const int after : {0, 1, 3, 5}) {
    int asked = 0;
    Progress progress;
    progress.stop_requested = [&] { return asked++ == after; };
    EXPECT_THROW(network->decode(features, features, progress), Cancelled) << after;
  }
  Progress stopped;
  stopped.stop_requested = [] { return true; };
  EXPECT_THROW(network->encode(image, false, stopped), Cancelled);
}

TEST(Mast3r, WeightsAreFoundStrictlyAndWhatIsNotRunIsLeftOut) {
  Checkpoint file = small_mast3r_checkpoint();
  file.tensors["mast3r.mask_token"] = torch::zeros({1, 1, 128});
  file.tensors["imagenet_mean"] = torch::zeros({1, 3, 1, 1});
  EXPECT_NO_THROW(check_mast3r(file));
  for (const char* name :
       {"dune_backbone.register_tokens", "norm.weight", "mast3r.dec_blocks2.3.cross_attn.projk.bias",
        "mast3r.downstream_head2.dpt.head.4.weight",
        "mast3r.downstream_head1.head_local_features.fc2.weight"}) {
    for (const auto& replacement : {torch::Tensor(), torch::zeros({7})}) {
      Checkpoint bad = file;
      bad.tensors.erase(name);
      if (replacement.defined()) bad.tensors[name] = replacement;
      EXPECT_THAT(sentence_of([&] { check_mast3r(bad); }), AllOf(HasSubstr("small_mast3r"), HasSubstr(name)));
    }
  }
}

TEST(Mast3r, ThePublishedConfigurationsTensorsHaveTheirPlace) {
  const Checkpoint file =
      outline_of(std::filesystem::path(AHAP_TEST_DATA) / "mast3r_dune/vitbase_catmlpdpt.keys.txt");
  EXPECT_EQ(describe(file.kind()), "MASt3R with DUNE");
  check_mast3r(file);
  const Mast3rConfig config = mast3r_config(file);
  EXPECT_EQ(config.encoder.size(), "B");
  EXPECT_EQ(config.encoder.grid, 32);
  EXPECT_EQ(config.encoder.depth, 12);
  EXPECT_EQ(config.decoder_depth, 12);
  EXPECT_EQ(config.head.stage_dims, (std::array<int, 4>{96, 192, 384, 768}));
}

TEST(Mast3r, WeightsOfAnotherNetworkAreNamed) {
  const auto refusal = [](std::initializer_list<const char*> tensors) {
    Checkpoint file{"weights.pth", {}, {}};
    for (const char* name : tensors) file.tensors[name] = torch::zeros({1});
    return sentence_of([&] { load_mast3r(file); });
  };
  EXPECT_THAT(refusal({"dec_blocks2.0.norm1.weight", "enc_blocks.0.norm1.weight"}),
              HasSubstr("weights.pth holds DUSt3R with its own encoder, not MASt3R with DUNE"));
  EXPECT_THAT(
      refusal({"model.dec_blocks2.0.norm1.weight", "model.downstream_head1.head_local_features.fc1.weight"}),
      AllOf(HasSubstr("holds MASt3R with its own encoder"), HasSubstr("ViT-L, patch 16) is not run here")));
  EXPECT_EQ(refusal({"pose_retriever.mem"}),
            "weights.pth holds CUT3R (without people), not MASt3R with DUNE");
  EXPECT_EQ(refusal({"pose_retriever.mem", "downstream_head.mlp_fuse.mlp.layers.0.weight"}),
            "weights.pth holds Human3R, not MASt3R with DUNE");
  EXPECT_THAT(refusal({"encoder.blocks.0.0.norm1.weight", "encoder.register_tokens"}),
              HasSubstr("holds the encoder DUNE, not MASt3R with DUNE"));
}

TEST(Mast3r, TheEncoderMayComeFromDunesFile) {
  const Checkpoint whole = small_mast3r_checkpoint(), dune = small_dune_checkpoint();
  Checkpoint rest = whole;
  std::erase_if(rest.tensors, [](const auto& item) { return item.first.starts_with("dune_backbone"); });
  EXPECT_TRUE(lacks_encoder(rest));
  EXPECT_NO_THROW(check_mast3r(rest)) << "the rest is whole";
  EXPECT_THAT(sentence_of([&] { load_mast3r(rest); }), HasSubstr("without the encoder"));
  Mast3r one = load_mast3r(whole), other = load_mast3r(with_encoder(rest, dune));
  const auto images = formula_pair(28, 28);
  EXPECT_TRUE(torch::equal(look(one, images).second.points, look(other, images).second.points));

  Checkpoint narrow = dune;
  narrow.tensors["encoder.pos_embed"] = torch::zeros({1, 17, 128});
  EXPECT_THAT(sentence_of([&] { with_encoder(rest, narrow); }), HasSubstr("small_dune.safetensors"));
  EXPECT_THAT(sentence_of([&] { with_encoder(rest, whole); }), HasSubstr("not the encoder DUNE"));
}

TEST(Dune, FeaturesAndTeachersTokensAgreeWithAPlainImplementation) {
  const Checkpoint file = small_dune_checkpoint();
  Dune dune = load_dune(file);
  const auto images = normalize_colors(plain_formula_images(1, 42, 28));
  const DuneOutput output = dune.look(images);
  PlainMast3r plain(file.tensors);
  const auto tokens = plain.encoder(images[0].to(torch::kDouble), "encoder.");
  const auto features = torch::cat({tokens.slice(0, 0, 1), tokens.slice(0, 5)});
  EXPECT_LT(relative_l2(output.features[0], features), kPlainTolerance);

  ASSERT_EQ(output.teacher.size(), 2u);
  for (const auto& [teacher, mine] : output.teacher) {
    const std::string of = "projectors." + teacher + ".",
                      norms = "teacher_norms." + teacher + ".normalizers.";
    auto expected = plain.linear(plain.encoder_block(features, of + "blocks.0."), of + "linear");
    for (std::int64_t n = 0; n < expected.size(0); ++n) {
      const std::string part = n == 0 ? "cls." : "patch.";
      expected[n] = expected[n] * file.at(norms + part + "std").flatten().clamp_min(1e-3) +
                    file.at(norms + part + "mean").flatten();
    }
    EXPECT_LT(relative_l2(mine[0], expected), kPlainTolerance) << teacher;
  }
}

TEST(Dune, AFileThatIsNotWholeIsRefused) {
  for (const char* name : {"encoder.blocks.0.1.ls2.gamma", "projectors.mast3r_vitlarge_16.linear.bias",
                           "teacher_norms.dino2reg_vitlarge_14.normalizers.patch.std"}) {
    Checkpoint bad = small_dune_checkpoint();
    bad.tensors.erase(name);
    EXPECT_THAT(sentence_of([&] { check_dune(bad); }), AllOf(HasSubstr("small_dune"), HasSubstr(name)));
  }
  EXPECT_THAT(sentence_of([] { load_dune(small_mast3r_checkpoint()); }),
              HasSubstr("holds MASt3R with DUNE, not the encoder DUNE"));
}

TEST(Mast3rScene, BlackBordersAreCutAtWholePatchesAboutTheMiddle) {
  auto image = torch::full({3, 140, 140}, 0.5f);
  const auto cells = [&] {
    const PictureCells c = picture_cells(image);
    return std::vector<std::int64_t>{c.top, c.left, c.rows, c.columns};
  };
  EXPECT_EQ(cells(), (std::vector<std::int64_t>{0, 0, 10, 10}));
  image.slice(1, 0, 20).zero_();
  EXPECT_EQ(cells(), (std::vector<std::int64_t>{0, 0, 10, 10})) << "a dark top alone is no border";
  image.slice(1, 121).zero_();
  EXPECT_EQ(cells(), (std::vector<std::int64_t>{2, 0, 6, 10}));
  image.zero_();
  EXPECT_EQ(cells(), (std::vector<std::int64_t>{0, 0, 10, 10})) << "a black picture";
}

TEST(Mast3rScene, ItGivesCamerasInOneWorldAndDepthWhereThePictureIs) {
  Mast3rBranch branch(load_mast3r(small_mast3r_checkpoint()), torch::kCPU, /*bf16=*/false);
  EXPECT_EQ(branch.input_size(), 518);
  EXPECT_TRUE(branch.relates_cameras());
  auto images = 0.1 + 0.8 * plain_formula_images(3, 70, 70);
  images.slice(2, 0, 10).zero_();
  images.slice(2, 60).zero_();
  const SceneEstimate scene = branch.estimate(images, {});
  EXPECT_EQ(scene.features.sizes(), (std::vector<std::int64_t>{3, 64, 5, 5}));
  EXPECT_EQ(scene.depth.sizes(), (std::vector<std::int64_t>{3, 70, 70}));
  EXPECT_EQ(scene.depth_conf.sizes(), (std::vector<std::int64_t>{3, 70, 70}));
  EXPECT_EQ(scene.world_from_camera.sizes(), (std::vector<std::int64_t>{3, 4, 4}));
  EXPECT_TRUE(torch::isfinite(scene.world_from_camera).all().item<bool>());
  EXPECT_EQ(scene.depth.slice(1, 0, 14).abs().max().item<float>(), 0);
  EXPECT_GT(scene.depth_conf.slice(1, 14, 56).min().item<float>(), 0);
  EXPECT_GT(scene.K.select(1, 0).select(1, 0).min().item<float>(), 0);
  EXPECT_FLOAT_EQ(scene.K[0][0][2].item<float>(), 35);
}

TEST(Mast3rScene, AViewAloneIsAPairWithItself) {
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  Mast3rBranch branch(network, torch::kCPU, /*bf16=*/false);
  const auto image = 0.1 + 0.8 * plain_formula_images(1, 70, 70);
  const SceneEstimate scene = branch.estimate(image, {});
  const Mast3rFeatures features = network->encode(2 * image - 1);
  const auto depth = network->decode(features, features).first.points.select(-1, 2);
  EXPECT_LT(relative_l2(scene.depth[0], depth.clamp_min(0)), 1e-5);
  EXPECT_TRUE(torch::equal(scene.world_from_camera[0], torch::eye(4)));
}

}  // namespace
}  // namespace ahap
