#include "app/lab/method_comparison.h"

#include <gmock/gmock.h>

#include "tests/capture/sample_files.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MethodTable, has_a_line_for_each_method_and_says_why_one_is_missing) {
  ResultDifference difference{.cameras = 4,
                              .rotation = 0.0349066,
                              .centres = 0.123,
                              .focal = 0.05,
                              .scale = 1.1,
                              .people = 3,
                              .joints = {}};
  const std::string table = method_table("party", 4,
                                         {{.method = "photo",
                                           .load_seconds = 0.5,
                                           .run_seconds = 3.25,
                                           .peak_memory = 900,
                                           .cameras = 4,
                                           .people = 3,
                                           .points = 1000},
                                          {.method = "pi3x+multi-hmr", .problem = "weights are missing"},
                                          {.method = "compact",
                                           .load_seconds = 0.1,
                                           .run_seconds = 1,
                                           .cameras = 4,
                                           .people = 3,
                                           .points = 10,
                                           .difference = difference}});
  EXPECT_THAT(table, HasSubstr("# Methods on party, 4 views"));
  EXPECT_THAT(table, HasSubstr("| photo | 0.5 s | 3.2 s | 900 MiB | 4 | 3 | 1000 |"));
  EXPECT_THAT(table, HasSubstr("| pi3x+multi-hmr | weights are missing | | | | | |"));
  EXPECT_THAT(table, HasSubstr("| compact | 0.1 s | 1.0 s | - | 4 | 3 | 10 |"));
  EXPECT_THAT(table, HasSubstr("| compact | 4 | 2.0\xC2\xB0 | 12 cm | 5.0 % | 1.10 | 3 | - |"));
}

class MethodComparisonTest : public ::testing::Test {
 protected:
  MethodComparisonTest() {
    for (int i = 0; i < 2; ++i)
      write_picture(place_ / "party" / ("cam" + std::to_string(i) + ".png"), corners(320, 240));
  }
  MethodComparison with(std::vector<std::string> methods) const {
    return {.capture = place_ / "party",
            .output = place_ / "out",
            .methods = std::move(methods),
            .options = {},
            .quiet = true};
  }
  TemporaryFolder place_;
};

TEST_F(MethodComparisonTest, writes_a_result_per_method_and_the_table) {
  const std::string table = compare_methods(with({"compact", "nowhere"}));
  EXPECT_THAT(table, HasSubstr("| compact |"));
  EXPECT_THAT(table, HasSubstr("| nowhere | "));
  EXPECT_TRUE(std::filesystem::exists(place_ / "out/methods.md"));
  EXPECT_TRUE(std::filesystem::exists(place_ / "out/compact/reconstruction.json"));
  EXPECT_TRUE(std::filesystem::exists(place_ / "out/compact/scene.glb"));
  EXPECT_FALSE(std::filesystem::exists(place_ / "out/nowhere"));
  compare_methods(with({"compact"}));
  EXPECT_TRUE(std::filesystem::exists(place_ / "out/compact/scene.glb")) << "its own results may be replaced";
}

TEST_F(MethodComparisonTest, is_refused_where_nothing_runs_or_other_files_are_in_the_way) {
  EXPECT_THROW(compare_methods(with({"nowhere"})), std::runtime_error);
  EXPECT_FALSE(std::filesystem::exists(place_ / "out/methods.md"));
  write_picture(place_ / "out/compact/scene.glb.png", corners(32, 32));
  std::filesystem::rename(place_ / "out/compact/scene.glb.png", place_ / "out/compact/scene.glb");
  EXPECT_THROW(compare_methods(with({"compact"})), std::runtime_error) << "somebody's own file";
}

}  // namespace
}  // namespace ahap
