#include "reconstruction/model_shelf.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "reconstruction/run_memory.h"
#include "tests/core/seeded_weights.h"
#include "tests/core/smplx_body.h"
#include "tests/values/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A user's folder for models.
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
  void describe(const std::string& files) {
    fs::create_directories(place_ / "models/full");
    write_bytes(place_ / "models/full/model.json",
                R"({"name": "full", "kind": "full", "files": )" + files + "}");
  }
  const InstalledModel* full() {
    models_ = look_at_models();
    for (const InstalledModel& model : models_)
      if (model.name == "full") return &model;
    return nullptr;
  }
  TemporaryFolder place_;
  std::vector<InstalledModel> models_;
};

TEST_F(ModelShelf, WhatIsThereIsToldAndWhatIsMissingIsNamed) {
  describe(R"({"scene": "scene.safetensors", "human": "multiHMR_896_L.pt"})");
  fs::rename(scene(), place_ / "models/full/scene.safetensors");
  const InstalledModel* model = full();
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->usable());
  ASSERT_TRUE(model->part("scene"));
  EXPECT_EQ(model->part("scene")->found->holds, "Depth Anything 3 Small");
  EXPECT_EQ(model->part("scene")->bytes, fs::file_size(place_ / "models/full/scene.safetensors"));
  ASSERT_TRUE(model->part("human"));
  EXPECT_FALSE(model->part("human")->there);
  EXPECT_EQ(least_run_memory(*model), 0u) << "nothing can be said before it is complete";

  save_safetensors(seeded_checkpoint(fs::path(AHAP_TEST_DATA) / "multi_hmr/672_S.keys.txt").tensors, {},
                   place_ / "models/full/multiHMR_896_L.pt");
  model = full();
  EXPECT_TRUE(model->usable());
  EXPECT_EQ(model->part("human")->found->holds, "Multi-HMR S 672") << "told from the tensors, not the name";
  EXPECT_EQ(least_run_memory(*model), model->part("scene")->bytes + model->part("human")->bytes);
}

TEST_F(ModelShelf, FilesGoWhereTheModelIsOrFirstOnTheSearchPath) {
  EXPECT_EQ(full_model_folder(), place_ / "models/full");
  fs::create_directories(place_ / "data/ahap/models/full");
  write_bytes(place_ / "data/ahap/models/full/model.json", "{}");
  EXPECT_EQ(full_model_folder(), place_ / "data/ahap/models/full");
}

TEST_F(ModelShelf, AWrongFileIsSaidWithItsModel) {
  describe(R"({"scene": "scene.safetensors", "human": "human.pt"})");
  fs::rename(body("body.npz"), place_ / "models/full/human.pt");
  write_bytes(place_ / "models/full/scene.safetensors", "damaged");
  fs::create_directories(place_ / "models/broken");
  write_bytes(place_ / "models/broken/model.json", "{");

  const InstalledModel* model = full();
  ASSERT_TRUE(model);
  EXPECT_FALSE(model->usable());
  EXPECT_THAT(model->part("scene")->problem, HasSubstr("scene.safetensors is neither"));
  EXPECT_THAT(model->part("human")->problem,
              AllOf(HasSubstr("human.pt holds SMPL-X body"), HasSubstr("names it as human")));
  EXPECT_EQ(models_.front().name, "broken");
  EXPECT_THAT(models_.front().problem, HasSubstr("broken/model.json cannot be understood"));
}

TEST(MachineMemory, IsWhatTheKernelSays) {
  const MachineMemory memory = machine_memory();
  EXPECT_GT(memory.total, 100'000'000u);
  EXPECT_GT(memory.available, 0u);
  EXPECT_LE(memory.available, memory.total);
}

}  // namespace
}  // namespace ahap
