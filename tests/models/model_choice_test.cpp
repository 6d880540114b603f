#include "reconstruction/models/model_choice.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "reconstruction/models/model.h"
#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/small_chromm.h"
#include "tests/fixtures/small_human3r_model.h"
#include "tests/fixtures/small_mast3r.h"
#include "tests/fixtures/small_pi3.h"
#include "tests/fixtures/small_unish.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A user's folder for models with weights that mean nothing.
class ModelChoiceTest : public ::testing::Test {
 protected:
  ModelChoiceTest() {
    setenv("AHAP_MODELS", (place_ / "models").c_str(), 1);
    setenv("XDG_DATA_HOME", (place_ / "data").c_str(), 1);
    fs::create_directories(full_);
  }
  ~ModelChoiceTest() override {
    unsetenv("AHAP_MODELS");
    unsetenv("XDG_DATA_HOME");
  }
  void add_pi3(bool x, const std::string& name) {
    save_safetensors(small_pi3_checkpoint(x).tensors, {}, full_ / name);
  }
  void add_multi_hmr() {
    save_safetensors(outline_of(fs::path(AHAP_TEST_DATA) / "multi_hmr/672_S.keys.txt").tensors, {},
                     full_ / "people.safetensors");
  }
  void add_human3r() {
    save_safetensors(small_human3r_checkpoint().tensors, small_square_metadata(),
                     full_ / "video.safetensors");
  }
  static ModelChoice choice(const std::string& name) {
    for (const ModelChoice& choice : model_choices())
      if (choice.name == name) return choice;
    ADD_FAILURE() << "no choice is called " << name;
    return {};
  }

  TemporaryFolder place_;
  fs::path full_ = place_ / "models/full";
};

TEST_F(ModelChoiceTest, a_choice_is_ready_when_its_weights_lie_in_the_folder_of_full_models) {
  EXPECT_EQ(choice("pi3x+multi-hmr").missing, "Pi3X and Multi-HMR");
  EXPECT_EQ(choice("human3r").missing, "Human3R");
  add_pi3(true, "anything.safetensors");
  EXPECT_EQ(choice("pi3x+multi-hmr").missing, "Multi-HMR");
  add_multi_hmr();
  add_human3r();
  EXPECT_EQ(choice("pi3x+multi-hmr").missing, "");
  EXPECT_EQ(choice("pi3x+multi-hmr").holds, "Pi3X with Multi-HMR S 672");
  EXPECT_EQ(choice("pi3x+multi-hmr").options, "--scene pi3x --human multi-hmr");
  EXPECT_EQ(choice("pi3+multi-hmr").missing, "Pi3") << "Pi3X is another network";
  EXPECT_EQ(choice("human3r").missing, "");
  EXPECT_EQ(choice("unish").missing, "UniSH");
  save_safetensors(small_unish_checkpoint().tensors, {}, full_ / "clip.safetensors");
  EXPECT_EQ(choice("unish").missing, "");
  EXPECT_TRUE(describe_model("unish").takes_one_camera());
}

TEST_F(ModelChoiceTest, describes_the_networks_of_its_name) {
  add_pi3(true, "x.safetensors");
  add_pi3(false, "plain.safetensors");
  add_multi_hmr();
  const ModelDescription x = describe_model("pi3x+multi-hmr"), plain = describe_model("pi3+multi-hmr");
  EXPECT_EQ(x.kind, "full");
  EXPECT_EQ(x.name, "pi3x+multi-hmr");
  EXPECT_EQ(x.files.at("scene"), full_ / "x.safetensors");
  EXPECT_EQ(plain.files.at("scene"), full_ / "plain.safetensors");
  EXPECT_EQ(plain.files.at("human"), full_ / "people.safetensors");
  EXPECT_FALSE(x.reconstructs_ranges());
  add_human3r();
  const ModelDescription video = describe_model("human3r");
  EXPECT_TRUE(video.reconstructs_ranges());
  EXPECT_TRUE(video.takes_one_camera());
}

TEST_F(ModelChoiceTest, files_that_a_model_json_names_come_first) {
  add_pi3(true, "a.safetensors");
  add_pi3(true, "b.safetensors");
  add_multi_hmr();
  EXPECT_EQ(describe_model("pi3x+multi-hmr").files.at("scene"), full_ / "a.safetensors");
  write_bytes(full_ / "model.json", R"({"name": "full", "kind": "full",
      "files": {"scene": "b.safetensors", "human": "people.safetensors"}})");
  EXPECT_EQ(describe_model("pi3x+multi-hmr").files.at("scene"), full_ / "b.safetensors");
}

TEST_F(ModelChoiceTest, chromm_is_pi3x_and_multi_hmr_with_its_own_heads_where_somebody_has_them) {
  EXPECT_EQ(choice("chromm").title, "CHROMM");
  EXPECT_EQ(choice("chromm").missing, "Pi3X and Multi-HMR");
  EXPECT_THAT(
      sentence_of([] { describe_model("chromm"); }),
      AllOf(HasSubstr("The weights of Pi3X and Multi-HMR are not there"),
            HasSubstr("model.safetensors from https://huggingface.co/yyfz233/Pi3X and multiHMR_896_L.pt "
                      "from https://download.europe.naverlabs.com")));
  add_pi3(true, "x.safetensors");
  add_multi_hmr();
  EXPECT_EQ(choice("chromm").missing, "");
  EXPECT_EQ(choice("chromm").options, "--method chromm");
  const ModelDescription plain = describe_model("chromm");
  EXPECT_EQ(plain.kind, "chromm");
  EXPECT_TRUE(plain.reconstructs_ranges());
  EXPECT_FALSE(plain.takes_one_camera());
  EXPECT_FALSE(plain.files.contains("chromm"));
  const auto model = load_model({"chromm", Device::cpu, Precision::f32});
  ASSERT_TRUE(model->chromm);
  EXPECT_FALSE(model->chromm->people->has_own_heads());
  EXPECT_EQ(model->chromm->people->input_size(), 672);

  const auto add_heads = [&](int scene_dim) {
    const ChrommHeads heads(ChrommHeadsConfig{384, scene_dim, 32, 48});
    save_safetensors(seeded_tensors(*heads), {}, full_ / "heads.safetensors");
  };
  add_heads(2 * 64);
  EXPECT_EQ(describe_model("chromm").files.at("chromm"), full_ / "heads.safetensors");
  EXPECT_FALSE(describe_model("pi3x+multi-hmr").files.contains("chromm"));
  EXPECT_TRUE(load_model({"chromm", Device::cpu, Precision::f32})->chromm->people->has_own_heads());
  add_heads(77);
  EXPECT_THAT(
      sentence_of([] {
        load_model({"chromm", Device::cpu, Precision::f32});
      }),
      HasSubstr("heads.safetensors holds CHROMM heads for 77 channels of the scene, and Pi3X gives 128"));
}

TEST_F(ModelChoiceTest, chromm_by_a_model_json_needs_pi3x) {
  add_pi3(false, "plain.safetensors");
  add_multi_hmr();
  write_bytes(full_ / "model.json", R"({"name": "mine", "kind": "chromm",
      "files": {"scene": "plain.safetensors", "human": "people.safetensors"}})");
  EXPECT_THAT(sentence_of([&] {
                load_model({full_.string(), Device::cpu, Precision::f32});
              }),
              HasSubstr("plain.safetensors holds Pi3; CHROMM's scene branch is Pi3X."));
  write_bytes(full_ / "model.json",
              R"({"name": "mine", "kind": "chromm", "files": {"scene": "plain.safetensors"}})");
  EXPECT_THAT(sentence_of([&] {
                load_model({full_.string(), Device::cpu, Precision::f32});
              }),
              HasSubstr("names no file for \"human\""));
}

TEST_F(ModelChoiceTest, missing_weights_are_refused_with_their_page_and_what_is_there) {
  EXPECT_THAT(sentence_of([] { describe_model("human3r"); }),
              AllOf(HasSubstr("Human3R are not there"),
                    HasSubstr("human3r.pth from https://huggingface.co/faneggg/human3r"),
                    HasSubstr(full_.string()), HasSubstr("No published weights are there.")));
  add_pi3(true, "x.safetensors");
  add_human3r();
  EXPECT_THAT(sentence_of([] { load_model({"pi3x+multi-hmr"}); }),
              AllOf(HasSubstr("Multi-HMR are not there"), HasSubstr("multiHMR_896_L.pt"),
                    HasSubstr("There: Pi3X and Human3R.")));
}

TEST_F(ModelChoiceTest, weights_of_cut3r_are_named_for_what_they_are) {
  auto tensors = small_human3r_checkpoint().tensors;
  std::erase_if(tensors, [](const auto& item) {
    return item.first.starts_with("backbone.") || item.first.starts_with("downstream_head.mlp_");
  });
  save_safetensors(tensors, {}, full_ / "human3r.safetensors");
  EXPECT_THAT(sentence_of([] { describe_model("human3r"); }),
              AllOf(HasSubstr("Human3R are not there"), HasSubstr((full_ / "human3r.safetensors").string() +
                                                                  " looks like CUT3R (without people)")));
}

TEST_F(ModelChoiceTest, branches_are_a_model_where_they_run_together) {
  EXPECT_EQ(model_of_branches("pi3x", "multi-hmr"), "pi3x+multi-hmr");
  EXPECT_EQ(model_of_branches("pi3", ""), "pi3+multi-hmr");
  EXPECT_EQ(model_of_branches("", "photo"), "photo");
  EXPECT_EQ(model_of_branches("", "multi-hmr"), "da3+multi-hmr");
  add_pi3(false, "pi3.safetensors");
  EXPECT_EQ(model_of_branches("", "multi-hmr"), "pi3+multi-hmr") << "the first that is there";
  EXPECT_THAT(sentence_of([] { model_of_branches("pi3x", "photo"); }),
              HasSubstr("does not run with the scene branch pi3x"));
}

TEST_F(ModelChoiceTest, mast3r_takes_the_encoder_that_lies_beside_it) {
  save_safetensors(small_mast3r_checkpoint().tensors, {}, full_ / "a.safetensors");
  add_multi_hmr();
  EXPECT_EQ(choice("mast3r+multi-hmr").holds, "MASt3R with DUNE with Multi-HMR S 672");
  EXPECT_FALSE(describe_model("mast3r+multi-hmr").files.contains("dune"));
  save_safetensors(small_dune_checkpoint().tensors, {}, full_ / "encoder.safetensors");
  EXPECT_EQ(describe_model("mast3r+multi-hmr").files.at("dune"), full_ / "encoder.safetensors");
  EXPECT_EQ(model_of_branches("mast3r", "multi-hmr"), "mast3r+multi-hmr");
}

TEST_F(ModelChoiceTest, is_loaded_by_its_name) {
  add_pi3(true, "x.safetensors");
  add_multi_hmr();
  const auto model = load_model({"pi3x+multi-hmr", Device::cpu, Precision::f32});
  EXPECT_EQ(model->name, "pi3x+multi-hmr");
  EXPECT_TRUE(model->scene->relates_cameras());
  EXPECT_EQ(model->human->input_size(), 672);
  EXPECT_EQ(model->body->num_joints(), kSmplJoints);
  add_human3r();
  save_smplx_model(seeded_smplx(60, 10, 10), full_ / "SMPLX_NEUTRAL.npz");
  const auto video = load_model({"human3r", Device::cpu, Precision::f32});
  ASSERT_TRUE(video->human3r);
  EXPECT_EQ(video->human3r->network->config.square_side, kSmallSquareSide);
  EXPECT_TRUE(video->human3r->smplx) << "a body file beside the weights is taken";
}

}  // namespace
}  // namespace ahap
