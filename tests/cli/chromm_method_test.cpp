// `ahap reconstruct --method chromm` where something that it needs is not there.

#include <gmock/gmock.h>

#include "tests/capture/video_files.h"
#include "tests/cli/program.h"
#include "tests/fixtures/small_chromm.h"
#include "tests/fixtures/small_pi3.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ChrommMethod : public ::testing::Test {
 protected:
  ChrommMethod() { fs::create_directories(place_ / "models/full"); }
  std::unique_ptr<Program> run(std::vector<std::string> words) {
    return std::make_unique<Program>(
        words, Conditions{.environment = {{"AHAP_MODELS", (place_ / "models").string()}}});
  }
  std::unique_ptr<Program> reconstruct() {
    for (const char* name : {"a.mp4", "b.mp4"})
      write_video(place_ / name, {.frames = 3, .width = 96, .height = 64});
    return run({"reconstruct", (place_ / "a.mp4").string(), (place_ / "b.mp4").string(), "--method", "chromm",
                "--frames", "0:2", "-o", (place_ / "out").string()});
  }
  void add(const std::string& file, const std::map<std::string, torch::Tensor>& tensors) {
    save_safetensors(tensors, {}, place_ / "models/full" / file);
  }
  TemporaryFolder place_;
};

TEST_F(ChrommMethod, names_weights_that_are_missing_and_what_lies_there) {
  const auto nothing = reconstruct();
  EXPECT_EQ(nothing->status(), 1);
  EXPECT_THAT(nothing->last_line(),
              AllOf(HasSubstr("model.safetensors from https://huggingface.co/yyfz233/Pi3X"),
                    HasSubstr("multiHMR_896_L.pt from https://download.europe.naverlabs.com")));
  add("scene.safetensors", small_pi3_checkpoint(true).tensors);
  const auto people = reconstruct();
  EXPECT_EQ(people->status(), 1);
  EXPECT_THAT(people->last_line(),
              AllOf(HasSubstr("The weights of Multi-HMR are not there"), HasSubstr("There: Pi3X.")));
  EXPECT_FALSE(fs::exists(place_ / "out"));
}

TEST_F(ChrommMethod, is_ready_with_pi3x_and_multi_hmr_and_refuses_heads_that_do_not_fit) {
  add("scene.safetensors", small_pi3_checkpoint(true).tensors);
  add("people.safetensors", outline_of(fs::path(AHAP_TEST_DATA) / "multi_hmr/672_S.keys.txt").tensors);
  add("heads.safetensors", small_heads_checkpoint().tensors);
  const auto listed = run({"models"});
  ASSERT_EQ(listed->status(), 0) << listed->err();
  EXPECT_THAT(listed->out(),
              HasSubstr("chromm            ready     Pi3X with Multi-HMR S 672: ahap reconstruct "
                        "--method chromm"));
  const auto refused = reconstruct();
  EXPECT_EQ(refused->status(), 1);
  EXPECT_THAT(refused->last_line(), HasSubstr("heads.safetensors holds CHROMM heads for 24 channels"));
  EXPECT_FALSE(fs::exists(place_ / "out"));
}

}  // namespace
}  // namespace ahap
