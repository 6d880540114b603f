#include "app/lab/method_comparison.h"

#include <gmock/gmock.h>

#include "tests/capture/sample_files.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::Not;

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
