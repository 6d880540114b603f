#include "reconstruction/models/model_file.h"

#include <gmock/gmock.h>

#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/models/published_weights.h"
#include "reconstruction/models/scene_network.h"
#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/small_chromm.h"
#include "tests/fixtures/small_human3r.h"
#include "tests/fixtures/small_mast3r.h"
#include "tests/fixtures/small_pi3.h"
#include "tests/fixtures/small_unish.h"
#include "tests/fixtures/smplx_body.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kData = AHAP_TEST_DATA;

// Files whose names tell nothing.
class RecognisedModelFile : public ::testing::Test {
 protected:
  fs::path scene(std::map<std::string, torch::Tensor> tensors) {
    save_safetensors(tensors, {}, folder_ / "file");
    return folder_ / "file";
  }
  static std::map<std::string, torch::Tensor> small() {
    return seeded_checkpoint(kData / "da3/small.keys.txt").tensors;
  }
  static std::map<std::string, torch::Tensor> multi_hmr() {
    return seeded_checkpoint(kData / "multi_hmr/672_S.keys.txt").tensors;
  }
  std::string refusal(const fs::path& file) {
    const std::string sentence = sentence_of([&] { recognise_model_file(file); });
    EXPECT_THAT(sentence, HasSubstr(file.string()));
    EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
    return sentence;
  }
  fs::path bytes(const std::string& content) {
    write_bytes(folder_ / "file", content);
    return folder_ / "file";
  }
  TemporaryFolder folder_;
};

TEST_F(RecognisedModelFile, NetworksAreToldWithTheirSizes) {
  const ModelFile depth = recognise_model_file(scene(small()));
  EXPECT_EQ(depth.part, "scene");
  EXPECT_EQ(depth.holds, "Depth Anything 3 Small");
  EXPECT_EQ(depth.input_size, 518);
  EXPECT_EQ(depth.bytes, fs::file_size(folder_ / "file"));

  for (const bool x : {false, true}) {
    const ModelFile points = recognise_model_file(scene(small_pi3_checkpoint(x).tensors));
    EXPECT_EQ(points.part, "scene");
    EXPECT_EQ(points.holds, x ? "Pi3X" : "Pi3");
    EXPECT_EQ(points.input_size, 518);
  }

  const ModelFile people = recognise_model_file(scene(multi_hmr()));
  EXPECT_EQ(people.part, "human");
  EXPECT_EQ(people.holds, "Multi-HMR S 672");
  EXPECT_EQ(people.input_size, 672);
}

TEST_F(RecognisedModelFile, ChrommHeadsAreToldByTheirTensorsAndChecked) {
  auto tensors = small_heads_checkpoint().tensors;
  const ModelFile heads = recognise_model_file(scene(tensors));
  EXPECT_EQ(heads.part, "chromm");
  EXPECT_EQ(heads.holds, "CHROMM heads");
  EXPECT_EQ(heads.width, 32);
  EXPECT_EQ(find_official_file(heads.holds), nullptr) << "nobody publishes any";
  tensors.erase("mean_pose");
  EXPECT_THAT(refusal(scene(tensors)), HasSubstr("missing mean_pose"));
}

TEST_F(RecognisedModelFile, Human3RIsToldFromCut3RWithoutPeopleAndFromItsHumanBranch) {
  auto tensors = small_human3r_checkpoint().tensors;
  const ModelFile video = recognise_model_file(scene(tensors));
  EXPECT_EQ(video.part, "human3r");
  EXPECT_EQ(video.holds, "Human3R");
  EXPECT_EQ(video.input_size, 896);
  EXPECT_EQ(find_official_file(video.holds)->file_name, "human3r.pth");

  auto broken = tensors;
  broken.erase("downstream_head.decpose.mlp.layers.2.bias");
  EXPECT_THAT(refusal(scene(broken)), HasSubstr("missing downstream_head.decpose.mlp.layers.2.bias"));
  tensors.erase("downstream_head.mlp_fuse.mlp.layers.0.weight");
  EXPECT_THAT(refusal(scene(tensors)), HasSubstr("looks like CUT3R (without people)"));
}

TEST_F(RecognisedModelFile, Mast3rWithDuneIsToldFromItsEncoderAndFromMast3rWithAnotherOne) {
  const SceneNetwork published =
      scene_network_of(outline_of(kData / "mast3r_dune/vitbase_catmlpdpt.keys.txt"));
  EXPECT_EQ(published.holds(), "MASt3R with DUNE B");
  EXPECT_EQ(find_official_file(published.holds())->file_name, "dunemast3r_cvpr25_vitbase.pth");
  EXPECT_GT(published.memory.work(4), published.memory.work(1));
  EXPECT_EQ(recognise_model_file(scene(small_mast3r_checkpoint().tensors)).part, "scene");

  const ModelFile encoder = recognise_model_file(scene(small_dune_checkpoint().tensors));
  EXPECT_EQ(encoder.part, "dune");
  EXPECT_EQ(encoder.holds, "DUNE");

  auto decoder = small_mast3r_checkpoint().tensors;
  std::erase_if(decoder, [](const auto& item) { return item.first.starts_with("dune_backbone"); });
  EXPECT_EQ(recognise_model_file(scene(decoder)).holds, "MASt3R with DUNE");
  decoder.erase("mast3r.dec_norm.bias");
  EXPECT_THAT(refusal(scene(decoder)), HasSubstr("missing mast3r.dec_norm.bias"));

  const auto one = torch::zeros({1});
  EXPECT_THAT(refusal(scene({{"dec_blocks2.0.norm1.weight", one},
                             {"downstream_head1.head_local_features.fc1.weight", one}})),
              HasSubstr("looks like MASt3R with its own encoder, which is not run"));
  EXPECT_THAT(refusal(scene({{"dec_blocks2.0.norm1.weight", one}})),
              HasSubstr("looks like DUSt3R with its own encoder; this program reads"));
}

TEST_F(RecognisedModelFile, unish_is_told_from_the_pi3_in_it) {
  auto tensors = small_unish_checkpoint().tensors;
  const ModelFile clip = recognise_model_file(scene(tensors));
  EXPECT_EQ(clip.part, "unish");
  EXPECT_EQ(clip.holds, "UniSH");
  EXPECT_EQ(clip.input_size, 518);
  EXPECT_EQ(find_official_file(clip.holds)->file_name, "unish_release.safetensors");
  tensors.erase("human_head.decpose.bias");
  EXPECT_THAT(refusal(scene(tensors)), HasSubstr("missing human_head.decpose.bias"));
}

TEST_F(RecognisedModelFile, BodiesAreToldByTheirJoints) {
  save_smplx_model(seeded_smplx(120, 10, 10), folder_ / "file");
  const ModelFile whole = recognise_model_file(folder_ / "file");
  EXPECT_EQ(whole.part, "smplx");
  EXPECT_EQ(whole.holds, "SMPL-X body");

  Npz arrays = read_npz(folder_ / "file");
  arrays["kintree_table"] = NpyArray::of(std::vector<std::int64_t>(2 * 52, 0), {2, 52});
  write_npz(arrays, folder_ / "file");
  EXPECT_THAT(refusal(folder_ / "file"), HasSubstr("looks like SMPL-H with 52 joints"));
}

TEST_F(RecognisedModelFile, AHeadsFileIsOfTheFullModelsWidth) {
  EXPECT_EQ(recognise_model_file(scene({{"fusion.mlp.fc1.weight", torch::zeros({1024, 4096})}})).part,
            "ahap");
  EXPECT_THAT(refusal(scene({{"fusion.mlp.fc1.weight", torch::zeros({256, 633})}})),
              HasSubstr("looks like AHAP heads of another width"));
  EXPECT_THAT(refusal(scene({{"fusion.mlp.fc1.weight", torch::zeros({1024})}})),
              HasSubstr("fusion.mlp.fc1.weight"));
}

TEST_F(RecognisedModelFile, AnotherNetworkIsNamed) {
  EXPECT_THAT(refusal(scene({{"model.backbone.pretrained.cls_token", torch::zeros({1})}})),
              HasSubstr("looks like Depth Anything 3 Mono or Metric"));
  EXPECT_THAT(refusal(scene({{"encoder.mlp_det.0.weight", torch::zeros({1})}})), HasSubstr("Anny"));
  EXPECT_THAT(refusal(scene({{"aggregator.camera_token", torch::zeros({1})}})), HasSubstr("looks like VGGT"));
  EXPECT_THAT(refusal(scene({{"conv1.weight", torch::zeros({1})}})),
              AllOf(HasSubstr("an unknown network"), HasSubstr("Multi-HMR")));
}

TEST_F(RecognisedModelFile, ANetworkThatIsNotWholeIsRefusedByCheckingAlone) {
  auto tensors = small();
  tensors.erase("model.head.projects.3.bias");
  EXPECT_THAT(refusal(scene(tensors)), HasSubstr("missing model.head.projects.3.bias"));
  EXPECT_EQ(recognise_model_file(folder_ / "file", ValidationLevel::quick).holds, "Depth Anything 3 Small");
  tensors["model.head.projects.3.bias"] = torch::zeros({7});
  EXPECT_THAT(refusal(scene(tensors)),
              AllOf(HasSubstr("model.head.projects.3.bias"), HasSubstr("(7)"), HasSubstr("(384)")));

  auto points = small_pi3_checkpoint(true).tensors;
  points.erase("ray_embed.proj.bias");
  EXPECT_THAT(refusal(scene(points)), HasSubstr("missing ray_embed.proj.bias"));

  auto people = multi_hmr();
  people.erase("mlp_offset.2.bias");
  EXPECT_THAT(refusal(scene(people)), HasSubstr("missing mlp_offset.2.bias"));
}

TEST_F(RecognisedModelFile, ACheckpointOfPyTorchIsLookedAtWithoutReadingItsWeights) {
  EXPECT_THAT(refusal(kData / "pickles/checkpoint.pt"), HasSubstr("an unknown network"));
  const Checkpoint outline = read_checkpoint_outline(kData / "pickles/checkpoint.pt");
  const torch::Tensor& transposed = outline.at("model_state_dict.transposed");
  EXPECT_TRUE(transposed.is_meta());
  EXPECT_EQ(transposed.sizes(), torch::IntArrayRef({6, 4}));
  EXPECT_THAT(refusal(kData / "pickles/legacy.pt"), HasSubstr("old format"));
}

TEST_F(RecognisedModelFile, WhatIsNoModelFileIsRefused) {
  EXPECT_THAT(refusal(bytes("")), HasSubstr("is empty"));
  EXPECT_THAT(refusal(folder_ / "nowhere"), HasSubstr("does not exist"));
  EXPECT_THAT(refusal(folder_.path()), HasSubstr("is a folder"));
  EXPECT_THAT(refusal(bytes("\x89PNG\r\n\x1a\n and so on")), HasSubstr("neither a safetensors file"));
  EXPECT_THAT(refusal(bytes("\x80\x02}q\x01.")), HasSubstr("is a pickle, but no body model"));
  EXPECT_THAT(refusal(bytes("\x80\x02}q\x01(U\rkintree_tableK\x07u.")), HasSubstr("kintree_table"));
  EXPECT_THAT(refusal(bytes("\x80\x02"
                            "cos\nsystem\n(U\x04trueq\x01tR.")),
              HasSubstr("os.system"));
  write_npz({{"pose", NpyArray::of(std::vector<float>(144), {144})}}, folder_ / "file");
  EXPECT_THAT(refusal(folder_ / "file"), HasSubstr("is a numpy archive, but no body model"));
  write_zip(folder_ / "file", {{"readme.txt", {'h', 'i'}}});
  EXPECT_THAT(refusal(folder_ / "file"), HasSubstr("no PyTorch checkpoint"));
}

TEST_F(RecognisedModelFile, EveryCutIsRefusedWithTheFilesName) {
  save_smplx_model(seeded_smplx(60, 10, 10), folder_ / "body");
  save_safetensors({{"mlp_classif.0.weight", torch::rand({40, 40})}}, {}, folder_ / "weights");
  for (const fs::path& whole : {folder_ / "body", folder_ / "weights", kData / "pickles/checkpoint.pt"}) {
    const std::string content = read_bytes(whole);
    for (const double part : {0.001, 0.1, 0.5, 0.9, 0.999})
      refusal(bytes(content.substr(0, std::size_t(part * double(content.size())))));
  }
}

TEST(ModelFileName, SaysWhatADropIsMeantAs) {
  for (const char* name : {"model.safetensors", "multiHMR_896_L.pt", "SMPL_NEUTRAL.PKL", "SMPLX_NEUTRAL.npz",
                           "multi_hmr.pth.tar"})
    EXPECT_TRUE(is_named_like_a_model_file(name)) << name;
  for (const char* name : {"photo.jpg", "clip.mp4", "folder", "scene.pt/photo.png"})
    EXPECT_FALSE(is_named_like_a_model_file(name)) << name;
}

}  // namespace
}  // namespace ahap
