#include "reconstruction/models/memory_estimate.h"

#include <gmock/gmock.h>

#include "reconstruction/branches/depth_anything3/depth_anything3.h"
#include "reconstruction/branches/multi_hmr/multi_hmr.h"
#include "reconstruction/branches/pi3/pi3.h"

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

TEST(MemoryEstimate, EveryFurtherViewTakesTheSameAmount) {
  const InstalledModel model = full(scene(384, 12, 64), human(384, 12));
  const auto work = [&](int views) { return memory_estimate(model, views).work; };
  EXPECT_GT(work(1), 0u);
  EXPECT_GT(work(2), work(1));
  EXPECT_EQ(work(18) - work(17), work(17) - work(16)) << "once the views outweigh everything else";
  EXPECT_EQ(memory_estimate(model, 1).weights, memory_estimate(model, 8).weights);
}

TEST(MemoryEstimate, LargerNetworksAndPicturesTakeMore) {
  const NetworkMemory small = scene(384, 12, 64), base = scene(768, 12, 128), people = human(384, 12);
  EXPECT_GT(memory_estimate(full(base, people)).weights, memory_estimate(full(small, people)).weights);
  EXPECT_GT(memory_estimate(full(base, people)).work, memory_estimate(full(small, people)).work);
  EXPECT_GT(scene(384, 12, 64, 700).work(4), small.work(4));
  EXPECT_GT(human(768, 12).work(4), people.work(4));
  EXPECT_GT(human(384, 12, 896).work(4), people.work(4));
}

TEST(MemoryEstimate, OfPi3xCountsWhatPicturesAlonePassThrough) {
  Pi3Config config;
  config.conditions = false;
  const NetworkMemory pi3x = memory_of(Pi3(config), 518);
  EXPECT_EQ(pi3x.weights, 4u * (1'360'032'439 - 6 - 304'171'008 - 1'024 - 402'432 - 62'992'640));
  EXPECT_GT(pi3x.work(4), pi3x.work(1));
}

TEST(MemoryEstimate, NetworksFollowEachOther) {
  const NetworkMemory small = scene(384, 12, 64), people = human(384, 12);
  EXPECT_LT(memory_estimate(full(small, people)).work, small.work(kUsualViews) + people.work(kUsualViews));
}

TEST(MemoryEstimate, WeightsCountAsFloat32) {
  EXPECT_EQ(memory_estimate(full({.weights = 4000}, {.weights = 800})).weights, 4800u);
  InstalledModel compact{.directory = "compact", .name = "compact", .kind = "compact"};
  compact.parts = {{.part = "scene", .file = "scene.safetensors", .there = true, .bytes = 1000}};
  EXPECT_EQ(memory_estimate(compact).weights, 2000u) << "its files hold float16";
}

TEST(MemoryEstimate, NothingIsSaidOfAModelThatCannotRun) {
  InstalledModel model = full(scene(384, 12, 64), human(384, 12));
  model.parts[0].there = false;
  EXPECT_EQ(memory_estimate(model).total(), 0u);
}

TEST(MachineMemory, IsWhatTheKernelSays) {
  const MachineMemory memory = machine_memory();
  EXPECT_GT(memory.total, 100'000'000u);
  EXPECT_GT(memory.available, 0u);
  EXPECT_LE(memory.available, memory.total);
}

}  // namespace
}  // namespace ahap
