// `ahap reconstruct --scene mast3r` on two photos, with networks whose weights mean nothing.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/capture/sample_files.h"
#include "tests/cli/program.h"
#include "tests/fixtures/small_mast3r.h"

namespace ahap {
namespace {

using namespace testing;
using nlohmann::json;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

// A narrow photo, which has few pixels to match, of stripes that lie elsewhere in each.
cv::Mat stripes(int shift) {
  cv::Mat image(32, 400, CV_8UC3);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x)
      image.at<cv::Vec3b>(y, x) = {uchar(60 + (7 * (x + shift)) % 190), uchar(40 + (11 * x + 5 * y) % 200),
                                   120};
  return image;
}

TEST(Mast3rReconstruct, RelatesPhotosWithTheNetworksThatAreChosenByName) {
  TemporaryFolder place;
  const fs::path full = place / "models/full";
  fs::create_directories(full);
  save_safetensors(small_mast3r_checkpoint().tensors, {}, full / "pairs.safetensors");
  Checkpoint people = seeded_checkpoint(fs::path(AHAP_TEST_DATA) / "multi_hmr/672_S.keys.txt");
  people.tensors["mlp_classif.2.bias"] = torch::full({1}, -30.f);  // nobody
  save_safetensors(people.tensors, {}, full / "people.safetensors");
  write_picture(place / "photos/a.png", stripes(0));
  write_picture(place / "photos/b.png", stripes(9));

  Program program({"reconstruct", (place / "photos").string(), "--export", "json", "--scene", "mast3r",
                   "--human", "multi-hmr", "-o", (place / "out").string()},
                  {.environment = {{"AHAP_MODELS", (place / "models").string()}}});
  ASSERT_EQ(program.status(), 0) << program.err();
  const json result = json::parse(read_bytes(place / "out/reconstruction.json"));
  ASSERT_EQ(result["views"].size(), 2u);
  for (const json& view : result["views"]) EXPECT_EQ(view["camera_estimated"], true);
  EXPECT_EQ(result["model"], "mast3r+multi-hmr");
}

}  // namespace
}  // namespace ahap
