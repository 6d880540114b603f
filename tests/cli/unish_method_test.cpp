// `ahap reconstruct --method unish` where something that it needs is not there.

#include <gmock/gmock.h>

#include "tests/capture/video_files.h"
#include "tests/cli/program.h"
#include "tests/fixtures/small_unish.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class UnishMethod : public ::testing::Test {
 protected:
  UnishMethod() { fs::create_directories(place_ / "models/full"); }
  std::unique_ptr<Program> run(std::vector<std::string> words) {
    return std::make_unique<Program>(
        words, Conditions{.environment = {{"AHAP_MODELS", (place_ / "models").string()}}});
  }
  std::unique_ptr<Program> reconstruct() {
    write_video(place_ / "clip.mp4", {.frames = 3, .width = 96, .height = 64});
    return run({"reconstruct", (place_ / "clip.mp4").string(), "--method", "unish", "-o",
                (place_ / "out").string()});
  }
  TemporaryFolder place_;
};

TEST_F(UnishMethod, names_weights_that_are_missing_and_what_lies_there) {
  save_safetensors(small_pi3_checkpoint(false).tensors, {}, place_ / "models/full/scene.safetensors");
  const auto program = reconstruct();
  EXPECT_EQ(program->status(), 1);
  EXPECT_THAT(program->last_line(),
              AllOf(HasSubstr("unish_release.safetensors from https://huggingface.co/Murphyyyy/UniSH"),
                    HasSubstr("There: Pi3.")));
}

TEST_F(UnishMethod, needs_the_people_networks_and_says_how_they_are_installed) {
  save_safetensors(small_unish_checkpoint().tensors, {}, place_ / "models/full/clip.safetensors");
  const auto program = reconstruct();
  EXPECT_EQ(program->status(), 1);
  EXPECT_THAT(program->last_line(), HasSubstr("`ahap models --install people`"));
  EXPECT_FALSE(fs::exists(place_ / "out"));
  const auto listed = run({"models"});
  ASSERT_EQ(listed->status(), 0) << listed->err();
  EXPECT_THAT(listed->out(),
              AllOf(HasSubstr("unish             ready     UniSH: ahap reconstruct --method unish"),
                    HasSubstr("unish_release.safetensors")));
}

}  // namespace
}  // namespace ahap
