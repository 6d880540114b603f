#include "reconstruction/evaluation/study.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

TEST(Study, EveryWayIsARowWithItsIntervals) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "a.json")
      << R"({"people": {"pa_mpjpe": 0.1}, "intervals": {"people": {"pa_mpjpe": [0.09, 0.11]}},
                                         "seconds": {"total": 12.25}})";
  std::ofstream(folder / "b.json") << R"({"people": {"pa_mpjpe": null}, "seconds": {"total": 1}})";
  const std::string text =
      study_markdown("Title", {{"Question",
                                "Explained.",
                                {"/people/pa_mpjpe", "/seconds/total"},
                                {{"first", folder / "a.json"}, {"second", folder / "b.json"}}}});
  EXPECT_EQ(text,
            "# Title\n\n## Question\n\nExplained.\n\n| | PA-MPJPE (m) | seconds |\n|---|---|---|\n"
            "| first | 0.100 (0.090 to 0.110) | 12.2 |\n| second | - | 1.000 |\n");
}

TEST(Study, AReportThatCannotBeReadIsNamed) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "broken.json") << "{";
  const auto message = [&](const char* file) -> std::string {
    try {
      study_markdown("T", {{"Q", "", {"/people/pa_mpjpe"}, {{"row", folder / file}}}});
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_NE(message("missing.json").find("missing.json"), std::string::npos);
  EXPECT_NE(message("broken.json").find("broken.json is not JSON"), std::string::npos);
}

}  // namespace
}  // namespace ahap
