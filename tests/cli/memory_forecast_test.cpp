#include <gmock/gmock.h>

#include "app/memory_text.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "tests/cli/program.h"
#include "tests/fixtures/seeded_weights.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kSample = AHAP_ASSET_DIR "/sample", kData = AHAP_TEST_DATA;
constexpr double kTolerance = 0.25;  // of the memory that a run really takes

// Runs the model in this folder on the first pictures of the sample, beside what is forecast of it.
void expect_forecast(const fs::path& model, int views) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer takes memory of its own";
#endif
  const TemporaryFolder place;
  std::vector<std::string> arguments = {
      "reconstruct", "-q",      "--export",     "json", "--precision",
      "f32",         "--model", model.string(), "-o",   (place / "out").string()};
  for (int v = 1; v <= views; ++v)
    arguments.push_back((kSample / ("cam0" + std::to_string(v) + ".jpg")).string());
  Program ahap(arguments);
  const double peak = double(ahap.peak_memory());
  ASSERT_EQ(ahap.status(), 0) << ahap.err();
  const double forecast = double(memory_estimate(inspect_model(model), views).total());
  ::testing::Test::RecordProperty("measured", bytes_text(std::uint64_t(peak)));
  EXPECT_NEAR(forecast, peak, kTolerance * peak);
}

TEST(MemoryForecast, agrees_with_the_compact_model_at_work) {
  expect_forecast(AHAP_ASSET_DIR "/models/compact", 4);
}

TEST(MemoryForecast, agrees_with_published_networks_at_work) {
  const TemporaryFolder place;
  save_safetensors(seeded_checkpoint(kData / "da3/small.keys.txt").tensors, {}, place / "scene.safetensors");
  save_safetensors(seeded_checkpoint(kData / "multi_hmr/672_S.keys.txt").tensors, {},
                   place / "human.safetensors");
  write_bytes(place / "model.json",
              R"({"name": "mine", "kind": "full", "networks": {"detection": {"threshold": 0.8}},
                  "files": {"scene": "scene.safetensors", "human": "human.safetensors"}})");
  expect_forecast(place.path(), 2);
}

TEST(MemoryForecast, is_told_with_the_number_of_views) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"models"}, {"info", AHAP_ASSET_DIR "/models/compact"}}) {
    Program ahap(command);
    ASSERT_EQ(ahap.status(), 0) << ahap.err();
    EXPECT_THAT(ahap.out(), AllOf(HasSubstr(" for a run with 4 views: weights "), HasSubstr(" are free")));
  }
}

TEST(MemoryForecast, warns_where_too_little_is_free) {
  const MemoryEstimate needed = {.weights = 3'000'000'000, .work = 1'000'000'000, .program = 200'000'000};
  EXPECT_EQ(memory_text(needed, 2), "about 4.2 GB for a run with 2 views");
  EXPECT_EQ(memory_parts(needed), "weights 3.0 GB, networks at work 1.0 GB, program 200 MB");
  EXPECT_TRUE(fits(needed, {.total = 8'000'000'000, .available = 4'200'000'000}));
  EXPECT_FALSE(fits(needed, {.total = 8'000'000'000, .available = 4'100'000'000}));
  EXPECT_TRUE(fits(needed, {})) << "where the machine says nothing";
  EXPECT_THAT(memory_warning({.total = 8'000'000'000, .available = 4'100'000'000}),
              HasSubstr("more than the 4.1 GB"));
}

}  // namespace
}  // namespace ahap
