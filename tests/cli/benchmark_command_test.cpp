#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "tests/capture/sample_files.h"
#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

TEST(BenchmarkCommand, measures_several_numbers_of_views_and_tells_how_far_it_is) {
  const TemporaryFolder place;
  write_picture(place / "view.png", corners(320, 240));
  const fs::path trace = place / "trace.json";
  Program ahap({"benchmark", (place / "view.png").string(), "--sweep", "1,2", "--repeat", "2", "--json",
                "--profile", trace.string()});
  ASSERT_EQ(ahap.status(), 0) << ahap.err();
  const auto all = nlohmann::json::parse(ahap.out());
  ASSERT_EQ(all.size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(all[i]["views"], i + 1);
    EXPECT_EQ(all[i]["runs"], 2);
    EXPECT_GT(all[i]["peak_memory_mib"], 0);
    double sum = 0;
    for (const auto& [stage, seconds] : all[i]["seconds"].items()) {
      EXPECT_LE(all[i]["least_seconds"][stage], seconds) << stage;
      EXPECT_GE(all[i]["most_seconds"][stage], seconds) << stage;
      sum += double(all[i]["least_seconds"][stage]);
    }
    EXPECT_GT(sum, 0);
    EXPECT_GT(all[i]["matrix_product_gflops"], 1);
    EXPECT_GT(all[i]["gflop"]["depth and cameras"], 1);
    EXPECT_LT(sum, double(all[i]["total_seconds"]));
  }
  const auto work = [&](int i) { return double(all[i]["gflop"]["depth and cameras"]); };
  EXPECT_NEAR(work(1) / work(0), 2, 1e-6) << "each view alone, and the second is the first again";
  const auto events = nlohmann::json::parse(read_bytes(trace))["traceEvents"];
  std::set<std::string> names;
  for (const auto& event : events) names.insert(event["name"].get<std::string>());
  EXPECT_THAT(names, ::testing::IsSupersetOf({"depth and cameras", "aten::convolution"}));
  EXPECT_THAT(ahap.err(), HasSubstr("load model\n"));
  EXPECT_THAT(ahap.err(),
              HasSubstr("1 view, warming up\n1 view, runs\n2 views, warming up\n2 views, runs\n"));
}

TEST(BenchmarkCommand, stops_within_a_second) {
  Program ahap({"benchmark", AHAP_ASSET_DIR "/sample", "--repeat", "1000"});
  ASSERT_TRUE(ahap.wait_for("4 views, runs"));
  ahap.interrupt();
  EXPECT_LT(ahap.seconds_to_end(20), 5) << "a second, on a machine that has nothing else to do";
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_EQ(ahap.out(), "");
}

TEST(BenchmarkCommand, takes_one_number_of_views_or_several) {
  for (const std::vector<std::string>& wrong : std::vector<std::vector<std::string>>{
           {"--views", "2", "--sweep", "1,2"}, {"--sweep", "0,2"}, {"--sweep", "a"}}) {
    std::vector<std::string> words = {"benchmark"};
    words.insert(words.end(), wrong.begin(), wrong.end());
    EXPECT_EQ(Program(words).status(), 2) << wrong[1];
  }
}

}  // namespace
}  // namespace ahap
