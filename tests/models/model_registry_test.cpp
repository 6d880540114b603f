#include "reconstruction/models/model_registry.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "reconstruction/installation/packaged_model.h"
#include "reconstruction/models/memory_estimate.h"
#include "tests/fixtures/seeded_weights.h"
#include "tests/fixtures/small_pi3.h"
#include "tests/fixtures/smplx_body.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A user's folder for models, beside files that were fetched into another one.
class ModelShelf : public ::testing::Test {
 protected:
  ModelShelf() {
    setenv("AHAP_MODELS", (place_ / "models").c_str(), 1);
    setenv("XDG_DATA_HOME", (place_ / "data").c_str(), 1);
    fs::create_directories(place_ / "fetched");
  }
  ~ModelShelf() override {
    unsetenv("AHAP_MODELS");
    unsetenv("XDG_DATA_HOME");
  }
  fs::path body(const std::string& name) {
    save_smplx_model(seeded_smplx(60, 10, 10), place_ / "fetched" / name);
    return place_ / "fetched" / name;
  }
  fs::path scene() {
    const fs::path file = place_ / "fetched/model.safetensors";
    save_safetensors(seeded_checkpoint(fs::path(AHAP_TEST_DATA) / "da3/small.keys.txt").tensors, {}, file);
    return file;
  }
  fs::path place(const fs::path& file, InstallMethod placing = InstallMethod::copy) {
    return place_model_file(recognise_model_file(file), placing);
  }
  nlohmann::json description() {
    return nlohmann::json::parse(read_bytes(place_ / "models/full/model.json"));
  }
  const InstalledModel* full() {
    models_ = inspect_models();
    for (const InstalledModel& model : models_)
      if (model.name == "full") return &model;
    return nullptr;
  }
  TemporaryFolder place_;
  std::vector<InstalledModel> models_;
};

TEST_F(ModelShelf, TheNetworksOfThePhotoModelAreComparedWithThePublishedOnes) {
  const fs::path photo = place_ / "models/photo";
  fs::create_directories(photo);
  write_bytes(photo / "model.json", photo_model().texts.at("model.json"));
  write_bytes(photo / "movenet-thunder.json", "{}");
  write_bytes(photo / "movenet-thunder.bin", "weights");
  write_bytes(photo / "blazepose-heavy.json", "{}");
  const InstalledModel model = inspect_model(photo);
  EXPECT_FALSE(model.usable());
  EXPECT_THAT(model.licence, HasSubstr("Apache 2.0"));
  ASSERT_EQ(model.parts.size(), 3u);
  EXPECT_FALSE(model.part("detector")->there);
  EXPECT_FALSE(model.part("landmarks")->there) << "its weights are missing";
  EXPECT_EQ(model.part("landmarks")->file, photo / "blazepose-heavy.bin");
  EXPECT_TRUE(model.part("pose")->there);
  EXPECT_EQ(model.part("pose")->found->holds, "MoveNet Thunder");
  EXPECT_EQ(model.part("pose")->bytes, 9u);
  EXPECT_THAT(model.part("pose")->problem, HasSubstr("movenet-thunder.json is damaged"));
}

TEST_F(ModelShelf, TheFirstFileMakesTheFolderAndNamesWhatIsStillMissing) {
  const fs::path target = place(scene());
  EXPECT_EQ(target, place_ / "models/full/Depth-Anything-3-Small.safetensors");
  EXPECT_EQ(read_bytes(target), read_bytes(place_ / "fetched/model.safetensors"));
  EXPECT_EQ(description()["files"]["scene"], "Depth-Anything-3-Small.safetensors");

  const InstalledModel* model = full();
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->usable());
  ASSERT_TRUE(model->part("scene"));
  EXPECT_EQ(model->part("scene")->found->holds, "Depth Anything 3 Small");
  ASSERT_TRUE(model->part("human"));
  EXPECT_FALSE(model->part("human")->there);
  EXPECT_EQ(model->part("human")->file.filename(), "multiHMR_896_L.pt");
  EXPECT_EQ(memory_estimate(*model).total(), 0u) << "nothing can be said before it is complete";
}

TEST_F(ModelShelf, ASceneNetworkIsNamedByWhatItIs) {
  save_safetensors(small_pi3_checkpoint(true).tensors, {}, place_ / "fetched/model.safetensors");
  EXPECT_EQ(place(place_ / "fetched/model.safetensors"), place_ / "models/full/Pi3X.safetensors");
  const InstalledModel* model = full();
  ASSERT_TRUE(model && model->part("scene"));
  EXPECT_EQ(model->part("scene")->found->holds, "Pi3X");
  EXPECT_EQ(model->part("scene")->licence, "CC BY-NC 4.0");
}

TEST_F(ModelShelf, ALinkTakesNoSpace) {
  const fs::path target = place(body("SMPLX_NEUTRAL.npz"), InstallMethod::link);
  EXPECT_TRUE(fs::is_symlink(target));
  EXPECT_TRUE(fs::equivalent(target, place_ / "fetched/SMPLX_NEUTRAL.npz"));
  EXPECT_EQ(description()["files"]["smplx"], "SMPLX_NEUTRAL.npz");
}

TEST_F(ModelShelf, AFileThatIsThereIsNeverReplaced) {
  place(body("SMPLX_NEUTRAL.npz"));
  const std::string before = read_bytes(place_ / "models/full/model.json");
  write_bytes(place_ / "models/full/SMPLX_NEUTRAL.npz", "mine");
  for (const InstallMethod placing : {InstallMethod::copy, InstallMethod::link}) {
    EXPECT_THAT(
        sentence_of([&] { place(place_ / "fetched/SMPLX_NEUTRAL.npz", placing); }),
        AllOf(HasSubstr((place_ / "models/full/SMPLX_NEUTRAL.npz").string()), HasSubstr("not replaced")));
  }
  EXPECT_EQ(read_bytes(place_ / "models/full/SMPLX_NEUTRAL.npz"), "mine");
  EXPECT_EQ(read_bytes(place_ / "models/full/model.json"), before);
}

TEST_F(ModelShelf, AnotherFileOfAPartTakesItsPlaceInTheDescriptionAlone) {
  place(body("first.npz"));
  place(body("second.npz"));
  EXPECT_EQ(description()["files"]["smplx"], "second.npz");
  EXPECT_TRUE(fs::exists(place_ / "models/full/first.npz"));
}

TEST_F(ModelShelf, AFileInTheFolderIsOnlyNamed) {
  place(body("first.npz"));
  fs::rename(body("second.npz"), place_ / "models/full/second.npz");
  EXPECT_EQ(place(place_ / "models/full/second.npz"), place_ / "models/full/second.npz");
  EXPECT_EQ(description()["files"]["smplx"], "second.npz");
}

TEST_F(ModelShelf, ADescriptionKeepsWhatElseItSays) {
  fs::create_directories(place_ / "models/full");
  write_bytes(place_ / "models/full/model.json",
              R"({"name": "mine", "kind": "full", "files": {"scene": "a", "human": "b"},
                  "networks": {"scene": {"size": "Giant"}, "detection": {"threshold": 0.4}}})");
  place(scene());
  EXPECT_EQ(description()["name"], "mine");
  EXPECT_EQ(description()["files"]["human"], "b");
  EXPECT_EQ(description()["networks"], nlohmann::json::parse(R"({"detection": {"threshold": 0.4}})"))
      << "the size was said of the file before";
}

TEST_F(ModelShelf, ADescriptionOfSomethingElseIsLeftAlone) {
  const fs::path file = body("SMPLX_NEUTRAL.npz"), description = place_ / "models/full/model.json";
  fs::create_directories(place_ / "models/full");
  for (const char* json : {R"({"name": "full", "kind": "compact", "files": {}})", "{", "[]"}) {
    write_bytes(description, json);
    EXPECT_THAT(sentence_of([&] { place(file); }), HasSubstr(description.string())) << json;
    EXPECT_EQ(read_bytes(description), json);
    EXPECT_FALSE(fs::exists(place_ / "models/full/SMPLX_NEUTRAL.npz"));
  }
}

TEST_F(ModelShelf, ANetworkOfAnotherSizeOrWithATensorMissingIsSaid) {
  fs::create_directories(place_ / "models/full");
  fs::copy(scene(), place_ / "models/full/scene.safetensors");
  auto tensors = seeded_checkpoint(fs::path(AHAP_TEST_DATA) / "multi_hmr/672_S.keys.txt").tensors;
  tensors.erase("mlp_offset.2.bias");
  save_safetensors(tensors, {}, place_ / "models/full/human.pt");
  write_bytes(
      place_ / "models/full/model.json",
      R"({"name": "full", "kind": "full", "files": {"scene": "scene.safetensors", "human": "human.pt"},
                  "networks": {"scene": {"size": "Giant"}, "human": {"size": "S"}}})");
  const InstalledModel* model = full();
  ASSERT_TRUE(model);
  EXPECT_THAT(model->part("scene")->problem,
              HasSubstr("scene.safetensors holds Depth Anything 3 Small, but its model.json says Giant"));
  EXPECT_THAT(model->part("human")->problem, AllOf(HasSubstr("human.pt"), HasSubstr("mlp_offset.2.bias")));
}

TEST_F(ModelShelf, AStoppedCopyLeavesNothing) {
  const ModelFile file = recognise_model_file(body("SMPLX_NEUTRAL.npz"));
  Progress progress;
  progress.stop_requested = [] { return true; };
  EXPECT_THROW(place_model_file(file, InstallMethod::copy, progress), Cancelled);
  EXPECT_TRUE(fs::is_empty(place_ / "models/full"));
}

TEST_F(ModelShelf, AWrongFileIsSaidWithItsModel) {
  fs::create_directories(place_ / "models/full");
  fs::copy(body("SMPLX_NEUTRAL.npz"), place_ / "models/full/human.pt");
  write_bytes(place_ / "models/full/scene.safetensors", "damaged");
  write_bytes(
      place_ / "models/full/model.json",
      R"({"name": "full", "kind": "full", "files": {"scene": "scene.safetensors", "human": "human.pt"}})");
  fs::create_directories(place_ / "models/broken");
  write_bytes(place_ / "models/broken/model.json", "{");

  const InstalledModel* model = full();
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->usable());
  EXPECT_THAT(model->part("scene")->problem, HasSubstr("scene.safetensors is neither"));
  EXPECT_THAT(model->part("human")->problem,
              AllOf(HasSubstr("human.pt holds SMPL-X body"), HasSubstr("human")));
  EXPECT_EQ(models_.front().name, "broken");
  EXPECT_THAT(models_.front().problem, HasSubstr("broken/model.json cannot be understood"));
}

}  // namespace
}  // namespace ahap
