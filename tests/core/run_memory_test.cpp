#include "reconstruction/run_memory.h"

#include <gmock/gmock.h>

#include "reconstruction/human/multi_hmr.h"
#include "reconstruction/scene/depth_anything3.h"

namespace ahap {
namespace {

DinoV2Config backbone(int dim, int depth) {
  return {.dim = dim, .depth = depth, .hidden = 4 * dim, .qk_norm_start = depth};
}

NetworkMemory scene(int dim, int depth, int fused, int side = 518) {
  DepthAnything3Config config;
  config.backbone.vit = backbone(dim, depth);
  config.head = {.feature_dim = 2 * dim, .stage_dims = {fused, fused, fused, fused}, .fused_dim = fused};
  return memory_of(DepthAnything3(config), side);
}

NetworkMemory human(int dim, int depth, int side = 672) {
  MultiHmrConfig config{.size = "",
                        .backbone = backbone(dim, depth),
                        .decoder = {.context_dim = dim + 99, .grid = side / kPatch}};
  return memory_of(MultiHmr(config), side);
}

ModelPart part(const std::string& name, const NetworkMemory& memory) {
  ModelPart part{.part = name, .file = name, .there = true, .bytes = 1};
  part.found = ModelFile{.file = name, .part = name, .memory = memory};
  return part;
}

InstalledModel full(const NetworkMemory& scene, const NetworkMemory& human) {
  return {.directory = "full",
          .name = "full",
          .kind = "full",
          .parts = {part("human", human), part("scene", scene)}};
}

TEST(RunMemory, EveryFurtherViewTakesTheSameAmount) {
  const InstalledModel model = full(scene(384, 12, 64), human(384, 12));
  const auto work = [&](int views) { return run_memory(model, views).work; };
  EXPECT_GT(work(1), 0u);
  EXPECT_GT(work(2), work(1));
  EXPECT_EQ(work(18) - work(17), work(17) - work(16)) << "once the views outweigh everything else";
  EXPECT_EQ(run_memory(model, 1).weights, run_memory(model, 8).weights);
}

TEST(RunMemory, LargerNetworksAndPicturesTakeMore) {
  const NetworkMemory small = scene(384, 12, 64), base = scene(768, 12, 128), people = human(384, 12);
  EXPECT_GT(run_memory(full(base, people)).weights, run_memory(full(small, people)).weights);
  EXPECT_GT(run_memory(full(base, people)).work, run_memory(full(small, people)).work);
  EXPECT_GT(scene(384, 12, 64, 700).work(4), small.work(4));
  EXPECT_GT(human(768, 12).work(4), people.work(4));
  EXPECT_GT(human(384, 12, 896).work(4), people.work(4));
}

TEST(RunMemory, NetworksFollowEachOther) {
  const NetworkMemory small = scene(384, 12, 64), people = human(384, 12);
  EXPECT_LT(run_memory(full(small, people)).work, small.work(kUsualViews) + people.work(kUsualViews));
}

TEST(RunMemory, WeightsCountAsFloat32) {
  EXPECT_EQ(run_memory(full({.weights = 4000}, {.weights = 800})).weights, 4800u);
  InstalledModel compact{.directory = "compact", .name = "compact", .kind = "compact"};
  compact.parts = {{.part = "scene", .file = "scene.safetensors", .there = true, .bytes = 1000}};
  EXPECT_EQ(run_memory(compact).weights, 2000u) << "its files hold float16";
}

TEST(RunMemory, NothingIsSaidOfAModelThatCannotRun) {
  InstalledModel model = full(scene(384, 12, 64), human(384, 12));
  model.parts[0].there = false;
  EXPECT_EQ(run_memory(model).total(), 0u);
}

TEST(MachineMemory, IsWhatTheKernelSays) {
  const MachineMemory memory = machine_memory();
  EXPECT_GT(memory.total, 100'000'000u);
  EXPECT_GT(memory.available, 0u);
  EXPECT_LE(memory.available, memory.total);
}

}  // namespace
}  // namespace ahap
