#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/capture/sample_files.h"
#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const fs::path kSample = AHAP_ASSET_DIR "/sample";
const fs::path kModel = AHAP_ASSET_DIR "/models/compact";

cv::Mat sample_picture(int number) {
  return cv::imread((kSample / ("cam0" + std::to_string(number) + ".jpg")).string());
}

// Every test reconstructs place_/"capture" or other inputs into place_/"out".
class BadInput : public ::testing::Test {
 protected:
  BadInput() { fs::create_directories(capture_); }

  Program reconstruct(std::vector<std::string> inputs = {}, const Conditions& conditions = {},
                      const std::vector<std::string>& options = {}) {
    if (inputs.empty()) inputs = {capture_.string()};
    std::vector<std::string> arguments = {"reconstruct", "-o", out_.string(), "--export", "json,ply"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), inputs.begin(), inputs.end());
    return Program(arguments, conditions);
  }

  // The run fails with one sentence, which is returned, and leaves nothing behind.
  std::string refusal(Program&& ahap) {
    EXPECT_EQ(ahap.status(), 1) << ahap.err();
    EXPECT_THAT(ahap.last_line(), StartsWith("ahap: "));
    EXPECT_EQ(ahap.out(), "");
    EXPECT_FALSE(fs::exists(out_));
    return ahap.last_line();
  }
  // The run succeeds; its reconstruction.json, and what it said in `log_`.
  nlohmann::json result(Program&& ahap) {
    EXPECT_EQ(ahap.status(), 0) << ahap.err();
    log_ = ahap.err();
    EXPECT_TRUE(fs::exists(out_ / "points.ply"));
    return nlohmann::json::parse(read_bytes(out_ / "reconstruction.json"));
  }

  void use_sample(int views) {
    for (int i = 1; i <= views; ++i) {
      const std::string name = "cam0" + std::to_string(i) + ".jpg";
      fs::copy_file(kSample / name, capture_ / name);
    }
  }
  // A copy of the shipped model that may be broken.
  fs::path own_model() {
    fs::copy(kModel, place_ / "model");
    return place_ / "model";
  }

  const TemporaryFolder place_;
  const fs::path capture_ = place_ / "capture", out_ = place_ / "out";
  std::string log_;
};

TEST_F(BadInput, an_empty_folder_is_named) {
  EXPECT_EQ(refusal(reconstruct()), "ahap: " + capture_.string() + ": is an empty folder");
}

TEST_F(BadInput, a_folder_without_images_is_named) {
  write_bytes(capture_ / "notes.txt", "text");
  EXPECT_EQ(refusal(reconstruct()), "ahap: " + capture_.string() + ": has neither pictures nor videos in it");
}

TEST_F(BadInput, a_missing_path_is_named) {
  EXPECT_EQ(refusal(reconstruct({capture_ / "photo.jpg"})),
            "ahap: " + (capture_ / "photo.jpg").string() + ": does not exist");
}

TEST_F(BadInput, a_text_file_named_png_is_named) {
  write_bytes(capture_ / "photo.png", "Dear diary");
  EXPECT_THAT(refusal(reconstruct()), HasSubstr("photo.png: is not a picture"));
}

TEST_F(BadInput, a_picture_of_one_pixel_is_too_small) {
  write_picture(capture_ / "dot.png", cv::Mat(1, 1, CV_8UC3, kRed));
  EXPECT_THAT(refusal(reconstruct()), HasSubstr("dot.png: is too small: 1 x 1 pixels, at least 32"));
}

TEST_F(BadInput, a_picture_beyond_all_sizes_is_refused_before_it_is_decoded) {
  const std::string chunk =
      "IHDR" + big_endian(30000, 4) + big_endian(20000, 4) + std::string("\x08\x02\0\0\0", 5);
  write_bytes(capture_ / "huge.png", "\x89PNG\r\n\x1A\n" + big_endian(13, 4) + chunk + std::string(4, '\0'));
  EXPECT_THAT(refusal(reconstruct()),
              HasSubstr("huge.png: is too large: 30000 x 20000 pixels; at most 100 megapixels"));
}

TEST_F(BadInput, an_unreadable_file_and_an_unreadable_folder_are_named) {
  use_sample(1);
  fs::permissions(capture_ / "cam01.jpg", fs::perms::none);
  const Conditions unprivileged = {.unprivileged = true};
  // The output cannot be made either, but the input is looked at first.
  EXPECT_THAT(refusal(reconstruct({}, unprivileged)),
              HasSubstr("cam01.jpg: cannot be opened: Permission denied"));
  fs::permissions(capture_, fs::perms::none);
  EXPECT_THAT(refusal(reconstruct({}, unprivileged)),
              HasSubstr("capture: cannot be read: Permission denied"));
  fs::permissions(capture_, fs::perms::owner_all);
}

TEST_F(BadInput, what_is_unusable_is_named_and_the_rest_goes_on) {
  use_sample(2);
  fs::copy_file(kSample / "cam03.jpg", capture_ / "cam03.jpg");
  cut_to(capture_ / "cam03.jpg", 0.6);
  write_bytes(capture_ / "text.png", "text");
  const auto json = result(reconstruct());
  EXPECT_EQ(json["views"].size(), 2u);
  EXPECT_THAT(log_, HasSubstr("cam03.jpg: is damaged: the file ends before the picture does"));
  EXPECT_THAT(log_, HasSubstr("text.png: is not a picture"));
}

TEST_F(BadInput, pictures_of_all_sizes_depths_and_orientations_work_together) {
  cv::Mat half, deep, grey, turned, transparent;
  cv::resize(sample_picture(1), half, {}, 0.5, 0.5, cv::INTER_AREA);
  write_picture(capture_ / "half.png", half);
  sample_picture(2).convertTo(deep, CV_16U, 257);
  write_picture(capture_ / "deep.png", deep);
  cv::cvtColor(sample_picture(3), grey, cv::COLOR_BGR2GRAY);
  write_picture(capture_ / "grey.png", grey);
  cv::rotate(sample_picture(4), turned, cv::ROTATE_90_COUNTERCLOCKWISE);
  write_picture(capture_ / "turned.jpg", turned);
  add_exif_to_jpeg(capture_ / "turned.jpg", exif(6));
  cv::cvtColor(half, transparent, cv::COLOR_BGR2BGRA);
  write_picture(capture_ / "alpha.png", transparent);

  const auto json = result(reconstruct());
  std::map<std::string, std::pair<int, int>> sizes;
  for (const auto& view : json["views"]) sizes[view["name"]] = {view["width"], view["height"]};
  const std::pair whole(sample_picture(1).cols, sample_picture(1).rows);
  const std::pair halved(half.cols, half.rows);
  EXPECT_EQ(sizes, (std::map<std::string, std::pair<int, int>>{{"alpha.png", halved},
                                                               {"deep.png", whole},
                                                               {"grey.png", whole},
                                                               {"half.png", halved},
                                                               {"turned.jpg", whole}}));
  EXPECT_THAT(log_, Not(HasSubstr("note: /"))) << "nothing is wrong with any of them";
}

// A baseline JPEG of one grey, written block by block: every block is "same as before, nothing more".
std::string grey_jpeg(int width, int height) {
  std::vector<std::uint8_t> small;
  cv::imencode(".jpg", cv::Mat(16, 16, CV_8U, cv::Scalar(128)), small);
  std::string bytes(small.begin(), small.end());
  const std::size_t frame = bytes.find("\xFF\xC0"), scan = bytes.find("\xFF\xDA");
  bytes.replace(frame + 5, 4, big_endian(height, 2) + big_endian(width, 2));
  bytes.resize(scan + 2 + std::size_t(bytes[scan + 3]));
  const std::size_t blocks = std::size_t((width + 7) / 8) * std::size_t((height + 7) / 8);
  const std::string four_blocks = "\x28\xA2\x8A";  // 00 1010, four times
  for (std::size_t i = 0; i < (blocks + 3) / 4; ++i) bytes += four_blocks;
  return bytes + "\xFF\xD9";
}

TEST_F(BadInput, a_gigantic_photo_is_read_at_a_fraction_of_its_size) {
  write_bytes(capture_ / "wall.jpg", grey_jpeg(30000, 20000));
  const auto json = result(reconstruct());
  EXPECT_THAT(log_, HasSubstr("wall.jpg: is very large and was read at 1/4 of its size"));
  EXPECT_EQ(json["views"][0]["width"], 7500);
}

TEST_F(BadInput, one_image_alone_works_and_says_that_nothing_is_triangulated) {
  use_sample(1);
  const auto json = result(reconstruct());
  EXPECT_EQ(json["views"].size(), 1u);
  for (const auto& person : json["people"]) EXPECT_FALSE(person["triangulated"]);
  EXPECT_THAT(log_, HasSubstr("triangulated")) << "a sentence says so";
}

TEST_F(BadInput, pictures_without_anybody_give_the_scene_only) {
  for (int i = 0; i < 2; ++i) {
    cv::Mat gravel(480, 640, CV_8UC3);
    cv::randu(gravel, 60, 200);
    cv::GaussianBlur(gravel, gravel, {}, 4);
    write_picture(capture_ / ("gravel" + std::to_string(i) + ".png"), gravel);
  }
  const auto json = result(reconstruct());
  EXPECT_TRUE(json["people"].empty());
  EXPECT_EQ(json["views"].size(), 2u);
  EXPECT_THAT(log_, HasSubstr("0 people"));
}

TEST_F(BadInput, forty_views_work) {
  for (int i = 0; i < 40; ++i) {
    cv::Mat small;
    cv::resize(sample_picture(1 + i % 4), small, {256, 192});
    small.at<cv::Vec3b>(0, 0) = {std::uint8_t(i), 0, 0};  // the same picture twice counts once
    write_picture(capture_ / ("cam" + std::to_string(i) + ".png"), small);
  }
  EXPECT_EQ(result(reconstruct())["views"].size(), 40u);
}

TEST_F(BadInput, more_views_than_fit_are_refused_before_anything_is_computed) {
  for (int i = 0; i < 101; ++i)
    write_picture(capture_ / (std::to_string(i) + ".png"), cv::Mat(32, 32, CV_8UC1, cv::Scalar(i)));
  EXPECT_THAT(refusal(reconstruct()), HasSubstr("101 pictures"));
}

TEST_F(BadInput, a_video_that_is_cut_off_gives_what_can_be_decoded) {
  write_video(capture_ / "walk.avi", 30, 128, 96);
  cut_to(capture_ / "walk.avi", 0.6);
  EXPECT_EQ(result(reconstruct({(capture_ / "walk.avi").string()}))["views"].size(), 1u);
}

TEST_F(BadInput, an_output_folder_that_cannot_be_written_is_named_before_anything_is_computed) {
  use_sample(1);
  Program ahap({"reconstruct", capture_.string(), "-o", "/usr/ahap-results"}, {.unprivileged = true});
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(), AllOf(HasSubstr("/usr/ahap-results"), HasSubstr("Permission denied")));
  EXPECT_THAT(ahap.err(), Not(HasSubstr("depth and cameras")));
}

TEST_F(BadInput, a_file_where_the_output_folder_should_be_stays) {
  use_sample(1);
  write_bytes(out_, "in the way");
  Program ahap = reconstruct();
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(), HasSubstr(out_.string()));
  EXPECT_EQ(read_bytes(out_), "in the way");
}

TEST_F(BadInput, a_full_disk_leaves_nothing_half_written) {
  use_sample(1);
  EXPECT_THAT(refusal(reconstruct({}, {.largest_file = 10'000})),
              AllOf(HasSubstr("cannot write"), HasSubstr("File too large")));
}

TEST_F(BadInput, a_missing_model_is_named_with_the_places_that_were_looked_at) {
  use_sample(1);
  EXPECT_THAT(refusal(reconstruct({}, {}, {"--model", "enormous"})),
              AllOf(HasSubstr("there is no model 'enormous'"), HasSubstr((kModel.parent_path()).string())));
  EXPECT_THAT(refusal(reconstruct({}, {}, {"--model", capture_.string()})), HasSubstr("has no model.json"));
}

TEST_F(BadInput, a_model_without_one_of_its_files_is_refused_with_the_files_name) {
  use_sample(1);
  const fs::path model = own_model();
  fs::remove(model / "human.safetensors");
  EXPECT_THAT(refusal(reconstruct({}, {}, {"--model", model.string()})), HasSubstr("human.safetensors"));
}

TEST_F(BadInput, a_truncated_weight_file_is_named) {
  use_sample(1);
  const fs::path model = own_model();
  cut_to(model / "scene.safetensors", 0.5);
  EXPECT_THAT(refusal(reconstruct({}, {}, {"--model", model.string()})), HasSubstr("scene.safetensors"));
}

TEST_F(BadInput, weights_of_another_network_are_refused_with_the_files_name) {
  use_sample(1);
  const fs::path model = own_model();
  fs::copy_file(model / "ahap.safetensors", model / "scene.safetensors",
                fs::copy_options::overwrite_existing);
  EXPECT_THAT(refusal(reconstruct({}, {}, {"--model", model.string()})), HasSubstr("scene.safetensors"));
}

TEST_F(BadInput, weights_of_a_wrong_shape_are_refused_with_the_tensor_and_both_shapes) {
  use_sample(1);
  const fs::path model = own_model();
  auto json = nlohmann::json::parse(read_bytes(model / "model.json"));
  const int dim = json["networks"]["head"]["projected_scene_dim"];
  json["networks"]["head"]["projected_scene_dim"] = dim + 8;
  write_bytes(model / "model.json", json.dump());
  EXPECT_THAT(refusal(reconstruct({}, {}, {"--model", model.string()})),
              AllOf(HasSubstr("ahap.safetensors"), HasSubstr("tensor"), HasSubstr(std::to_string(dim)),
                    HasSubstr(std::to_string(dim + 8))));
}

TEST_F(BadInput, a_model_description_that_is_no_json_is_named) {
  use_sample(1);
  const fs::path model = own_model();
  write_bytes(model / "model.json", "{ \"name\": ");
  EXPECT_THAT(refusal(reconstruct({}, {}, {"--model", model.string()})), HasSubstr("model.json"));
}

TEST_F(BadInput, ctrl_c_in_the_middle_stops_within_a_second_or_so_and_leaves_nothing) {
  for (int i = 0; i < 30; ++i) {
    const fs::path file = capture_ / (std::to_string(i) + ".jpg");
    fs::copy_file(kSample / "cam01.jpg", file);
    write_bytes(file, read_bytes(file) + std::to_string(i));
  }
  Program ahap = reconstruct();
  ASSERT_TRUE(ahap.wait_for("depth and cameras")) << ahap.err();
  ahap.interrupt();
  const auto start = std::chrono::steady_clock::now();
  EXPECT_THAT(refusal(std::move(ahap)), HasSubstr("stopped before it was complete"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << "the machine may be busy";
}

TEST_F(BadInput, ctrl_c_keeps_the_results_of_the_run_before) {
  use_sample(1);
  const std::string before = result(reconstruct()).dump();
  Program ahap = reconstruct();
  ASSERT_TRUE(ahap.wait_for("depth and cameras"));
  ahap.interrupt();
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_EQ(nlohmann::json::parse(read_bytes(out_ / "reconstruction.json")).dump(), before);
  for (const auto& entry : fs::directory_iterator(out_)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with(".")) << entry.path();
  }
}

}  // namespace
}  // namespace ahap
