// `ahap reconstruct --method human3r` on small videos, with a small network whose weights mean nothing, and
// the choice of networks by name.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/capture/video_files.h"
#include "tests/cli/program.h"
#include "tests/fixtures/small_human3r_model.h"
#include "tests/fixtures/small_pi3.h"

namespace ahap {
namespace {

using namespace testing;
using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class OneCamera : public ::testing::Test {
 protected:
  OneCamera() {
    fs::create_directories(full_);
    save_safetensors(small_human3r_checkpoint().tensors, small_square_metadata(),
                     full_ / "video.safetensors");
  }
  static cv::Mat wide(int frame, int width) {
    const View view = wide_frame(frame, width);
    cv::Mat rgb(view.image.height, view.image.width, CV_8UC3,
                const_cast<std::uint8_t*>(view.image.rgb.data())),
        bgr;
    cv::cvtColor(rgb, bgr, cv::COLOR_RGB2BGR);
    return bgr;
  }
  fs::path film(const std::string& name, int frames, int width = 320) {
    write_video(place_ / name, {.frames = frames, .width = width, .height = 32, .picture = [=](int frame) {
                                  return wide(frame, width);
                                }});
    return place_ / name;
  }
  std::unique_ptr<Program> run(std::vector<std::string> words) {
    words.insert(words.begin(), "reconstruct");
    words.insert(words.end(), {"-o", (place_ / "out").string()});
    return std::make_unique<Program>(
        words, Conditions{.environment = {{"AHAP_MODELS", (place_ / "models").string()}}});
  }
  json result() const { return json::parse(read_bytes(place_ / "out/reconstruction.json")); }

  TemporaryFolder place_;
  fs::path full_ = place_ / "models/full";
};

TEST_F(OneCamera, of_a_video_is_one_result_of_all_frames_with_a_pose_in_each) {
  const auto program = run({film("film.mp4", 6).string(), "--method", "human3r", "--json"});
  ASSERT_EQ(program->status(), 0) << program->err();
  const json summary = json::parse(program->out())["range"];
  EXPECT_EQ(summary["count"], 6);
  EXPECT_EQ(summary["model"], "human3r");
  EXPECT_EQ(summary["stopped_early"], false);
  EXPECT_EQ(result()["views"][0]["cameras"].size(), 6u);
  EXPECT_EQ(result()["frames"].size(), 6u);
  EXPECT_FALSE(result()["people"].empty());
  EXPECT_TRUE(fs::exists(place_ / "out/scene.glb"));
  EXPECT_THAT(program->err(), HasSubstr("SMPLX_NEUTRAL.npz (https://smpl-x.is.tue.mpg.de)"));
}

TEST_F(OneCamera, takes_the_frames_that_are_chosen_and_single_ones) {
  const std::string video = film("film.mp4", 6).string();
  ASSERT_EQ(run({video, "--method", "human3r", "--frames", "1:6:2"})->status(), 0);
  EXPECT_EQ(result()["frames"][1]["frame"], 3);
  EXPECT_EQ(result()["frames"].size(), 3u);
  ASSERT_EQ(run({video, "--method", "human3r", "--frames", "4"})->status(), 0);
  EXPECT_TRUE(fs::exists(place_ / "out/people/01.obj"));
}

TEST_F(OneCamera, of_a_folder_of_photos_takes_them_in_their_order) {
  for (const int frame : {1, 2, 10})
    write_picture(place_ / "walk" / (std::to_string(frame) + ".png"), wide(frame, 320));
  const auto program = run({(place_ / "walk").string(), "--method", "human3r"});
  ASSERT_EQ(program->status(), 0) << program->err();
  EXPECT_EQ(result()["views"][0]["name"], "walk/1.png");
  EXPECT_EQ(result()["views"][0]["cameras"].size(), 3u);
}

TEST_F(OneCamera, refuses_two_cameras_before_anything_is_computed) {
  film("two/a.mp4", 3);
  film("two/b.mp4", 3, 352);
  const auto program = run({(place_ / "two").string(), "--method", "human3r"});
  EXPECT_EQ(program->status(), 1);
  EXPECT_THAT(program->last_line(), AllOf(HasSubstr("one camera that moves"), HasSubstr("(a.mp4, b.mp4)")));
  EXPECT_FALSE(fs::exists(place_ / "out"));
}

TEST_F(OneCamera, that_is_interrupted_keeps_the_frames_that_are_done) {
  const auto program = run({film("film.mp4", 1500).string(), "--method", "human3r", "--json"});
  ASSERT_TRUE(program->wait_for("cameras and people"));
  std::this_thread::sleep_for(std::chrono::milliseconds(2500));
  program->interrupt();
  EXPECT_LT(program->seconds_to_end(60), 15) << "the machine may be busy";
  ASSERT_EQ(program->status(), 0) << program->err();
  EXPECT_EQ(json::parse(program->out())["range"]["stopped_early"], true);
  EXPECT_GE(result()["frames"].size(), 1u);
  EXPECT_LT(result()["frames"].size(), 1500u);
  EXPECT_THAT(program->err(), HasSubstr("of 1500 frames: the result ends with frame"));
}

TEST_F(OneCamera, names_weights_that_are_missing_or_somebody_elses) {
  auto tensors = small_human3r_checkpoint().tensors;
  std::erase_if(tensors, [](const auto& item) {
    return item.first.starts_with("backbone.") || item.first.starts_with("downstream_head.mlp_");
  });
  save_safetensors(tensors, {}, full_ / "video.safetensors");
  const auto neighbours = run({film("film.mp4", 3).string(), "--method", "human3r"});
  EXPECT_EQ(neighbours->status(), 1);
  EXPECT_THAT(neighbours->last_line(),
              AllOf(HasSubstr("human3r.pth from https://huggingface.co/faneggg/human3r"),
                    HasSubstr("video.safetensors looks like CUT3R (without people)")));
}

TEST_F(OneCamera, and_branches_are_chosen_by_names_that_exclude_each_other) {
  const std::string video = film("film.mp4", 1).string();
  const auto unknown = run({video, "--scene", "vggt"});
  EXPECT_EQ(unknown->status(), 2);
  EXPECT_THAT(unknown->err(), HasSubstr("\"vggt\" is none of da3|pi3x|pi3"));
  for (const std::string other : {"--method=human3r", "--model=photo"})
    EXPECT_EQ(run({video, "--scene", "pi3x", other})->status(), 2) << other;
  save_safetensors(small_pi3_checkpoint(true).tensors, {}, full_ / "scene.safetensors");
  const auto missing = run({video, "--scene", "pi3x", "--human", "multi-hmr"});
  EXPECT_EQ(missing->status(), 1);
  EXPECT_THAT(missing->last_line(), AllOf(HasSubstr("The weights of Multi-HMR are not there"),
                                          HasSubstr("There: Pi3X and Human3R.")));
}

TEST_F(OneCamera, and_the_choices_are_listed_with_what_is_ready) {
  Program program({"models"}, {.environment = {{"AHAP_MODELS", (place_ / "models").string()}}});
  ASSERT_EQ(program.status(), 0) << program.err();
  EXPECT_THAT(program.out(),
              AllOf(HasSubstr("human3r           ready     Human3R: ahap reconstruct --method human3r"),
                    HasSubstr("pi3x+multi-hmr    missing   Pi3X and Multi-HMR")));
}

}  // namespace
}  // namespace ahap
