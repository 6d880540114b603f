#include "app/gui/picture_desk.h"

#include <gmock/gmock.h>
#include <imgui_internal.h>

#include <cstdlib>
#include <opencv2/imgcodecs.hpp>

#include "reconstruction/capture/file_kind.h"
#include "reconstruction/capture/picture.h"
#include "reconstruction/capture/video.h"
#include "tests/capture/sample_files.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/walking_people.h"
#include "tests/gui/identity_pixels.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

TEST(PictureDesk, films_have_even_sides) {
  PictureDesk desk;
  desk.size = PictureSize::view;
  EXPECT_EQ(desk.pixels({355, 301}), Eigen::Vector2i(355, 301));
  desk.kind = PictureKind::turntable;
  EXPECT_EQ(desk.pixels({355, 301}), Eigen::Vector2i(354, 300));
}

// The window of pictures and films beside a result with two people; files named by the time go to a folder
// of the test.
class PictureDeskTest : public StudioTest {
 protected:
  PictureDeskTest() {
    if (const char* home = std::getenv("HOME")) home_ = home;
    setenv("HOME", place_.path().c_str(), 1);
  }
  ~PictureDeskTest() override { home_.empty() ? unsetenv("HOME") : setenv("HOME", home_.c_str(), 1); }

  void open() {
    open_window([](const std::vector<View>&, const Options&, const Progress&) {
      return std::make_shared<const Reconstruction>(sample_reconstruction());
    });
    drop({fs::path(AHAP_ASSET_DIR "/sample")});
    ASSERT_TRUE(finished());
    ASSERT_TRUE(eventually([&] { return studio_->session().pictures_are_here(); }));
    settle();
  }
  void open_desk() {
    open();
    press(GLFW_KEY_F12, GLFW_MOD_SHIFT);
    settle();
    ASSERT_TRUE(desk().open);
  }
  void settle() {
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  }

  PictureDesk& desk() { return studio_->pictures(); }
  // In the window, from its left edge, and from its upper edge or (negative) its lower one.
  void click_in_window(double x, double y) {
    const ImGuiWindow* window = ImGui::FindWindowByName("Pictures and films");
    ASSERT_NE(window, nullptr);
    click(window->Pos.x + x, y >= 0 ? window->Pos.y + y : window->Pos.y + window->Size.y + y);
  }
  void click_kind(PictureKind kind) { click_in_window(16 + 57 + 119 * int(kind), 70); }
  void click_make() { click_in_window(200, -34); }
  void click_cancel() { click_in_window(16 + 352 - 55, -32); }
  void click_transparent() { click_in_window(270, 315); }

  fs::path folder() const { return place_ / "AHAP/sample"; }
  std::vector<fs::path> files() const {
    std::vector<fs::path> found;
    if (fs::exists(folder()))
      for (const auto& entry : fs::directory_iterator(folder())) found.push_back(entry.path());
    return found;
  }
  bool told(const std::string& beginning) {
    for (const Notice& notice : studio_->session().notices())
      if (notice.text.starts_with(beginning)) return true;
    return false;
  }
  // The only file that is there in the end.
  fs::path saved(const std::string& beginning) {
    EXPECT_TRUE(eventually([&] { return told(beginning); }));
    studio_->session().notices().clear();
    const std::vector<fs::path> found = files();
    EXPECT_EQ(found.size(), 1u);
    return found.empty() ? fs::path() : found.front();
  }
  Image film_picture(Video& film, int frame) {
    const auto decoded = film.frame(frame);
    EXPECT_TRUE(decoded.has_value());
    return decoded ? decoded->image : Image(1, 1);
  }

  std::string home_;
};

TEST_F(PictureDeskTest, saves_a_picture_with_a_clear_background_by_mouse) {
  open_desk();
  click_transparent();
  ASSERT_TRUE(desk().transparent);
  click_make();
  const fs::path file = saved("The view is saved as");
  EXPECT_EQ(kind_of_file(file), FileKind::own_picture);
  const cv::Mat picture = cv::imread(file.string(), cv::IMREAD_UNCHANGED);
  ASSERT_EQ(picture.channels(), 4);
  EXPECT_EQ(picture.cols % 2, 0) << "twice the view";
  EXPECT_GT(picture.cols, 600);
  EXPECT_EQ(picture.at<cv::Vec4b>(0, 0)[3], 0);
  EXPECT_EQ(picture.at<cv::Vec4b>(0, picture.cols - 1)[3], 0);
  int solid = 0;
  for (int y = 0; y < picture.rows; ++y)
    for (int x = 0; x < picture.cols; ++x) solid += picture.at<cv::Vec4b>(y, x)[3] == 255;
  EXPECT_GT(solid, picture.rows * picture.cols / 50);
}

TEST_F(PictureDeskTest, a_picture_has_nothing_of_the_mouse_the_window_or_messages_in_it) {
  open();
  const auto quick = [&] {
    press(GLFW_KEY_F12);
    const fs::path file = saved("The view is saved as");
    const Image picture = decode_picture(read_file(file)).image;
    fs::remove(file);
    return picture;
  };
  glfwSetCursorPos(studio_->window(), 5, 5);
  settle();
  const Image plain = quick();
  // A place where a body is: it lights up there.
  const Image window = studio_->picture();
  double x = 0, y = 0;
  for (int j = 150; j < 480 && x == 0; j += 2)
    for (int i = 310; i < 640 && x == 0; i += 2)
      if (identity_pixels(window, 2, (i - 3) / 1000.0, (j - 3) / 700.0, (i + 4) / 1000.0, (j + 4) / 700.0) >
          45)
        x = i, y = j;
  ASSERT_GT(x, 0);
  glfwSetCursorPos(studio_->window(), x, y);
  for (int i = 0; i < 6; ++i) draw();
  press(GLFW_KEY_F12, GLFW_MOD_SHIFT);
  studio_->session().tell(Notice::Kind::info, "A message over the view");
  for (int i = 0; i < 6; ++i) draw();
  EXPECT_EQ(quick().rgb, plain.rgb);
}

TEST_F(PictureDeskTest, films_a_turntable_by_mouse_while_the_window_goes_on) {
  open_desk();
  click_kind(PictureKind::turntable);
  ASSERT_EQ(desk().kind, PictureKind::turntable);
  desk().size = PictureSize::view;
  desk().seconds = 0.8f;
  desk().frames_per_second = 25;
  settle();
  click_make();
  int frames_of_window = 0;
  ASSERT_TRUE(eventually([&] { return ++frames_of_window, told("The film is saved as"); }));
  EXPECT_GT(frames_of_window, 3) << "a few pictures of the film in each";
  const fs::path file = saved("The film is saved as");
  EXPECT_EQ(kind_of_file(file), FileKind::own_picture);
  Video film(file);
  ASSERT_EQ(film.index().frame_count(), 20);
  const Image first = film_picture(film, 0), middle = film_picture(film, 10);
  EXPECT_EQ(Eigen::Vector2i(first.width, first.height), desk().pixels({356, first.height}));
  EXPECT_NE(first.rgb, middle.rgb);
  for (const Image& picture : {first, middle})
    for (const int person : {1, 2}) EXPECT_GT(identity_pixels(picture, person), 150);
}

TEST_F(PictureDeskTest, a_film_that_is_cancelled_leaves_nothing) {
  open_desk();
  click_kind(PictureKind::turntable);
  desk().size = PictureSize::view;
  desk().seconds = 300;
  settle();
  click_make();
  ASSERT_TRUE(eventually([&] { return !files().empty(); })) << "it is written beside its place";
  EXPECT_THAT(files().front().filename().string(), HasSubstr(".partial"));
  click_cancel();
  settle();
  EXPECT_TRUE(files().empty());
  EXPECT_FALSE(told("The film is saved as"));
  click_make();
  EXPECT_TRUE(eventually([&] { return !files().empty(); })) << "another can be begun";
}

TEST_F(PictureDeskTest, a_window_that_is_closed_while_it_films_leaves_nothing) {
  open_desk();
  click_kind(PictureKind::turntable);
  desk().seconds = 300;
  settle();
  click_make();
  ASSERT_TRUE(eventually([&] { return !files().empty(); }));
  studio_.reset();
  EXPECT_TRUE(files().empty());
}

TEST_F(PictureDeskTest, a_camera_goes_through_the_views_that_are_added) {
  open_desk();
  click_kind(PictureKind::way);
  const auto add_from = [&](int key) {
    press(key);
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 40; }, 20ms)) << "it has arrived";
    click_in_window(200, desk().stops.empty() ? 400 : 338 + 44.0 * double(desk().stops.size()) + 24);
  };
  add_from(GLFW_KEY_F2);
  ASSERT_EQ(desk().stops.size(), 1u);
  add_from(GLFW_KEY_F3);
  ASSERT_EQ(desk().stops.size(), 2u);
  EXPECT_GT(desk().stops[0].camera.standpoint.pitch, 1.5f) << "from the top";
  EXPECT_NEAR(desk().stops[1].camera.standpoint.pitch, 0, 0.01f) << "from the front";
  desk().stops[0].camera.seconds = 0.5f;
  desk().size = PictureSize::view;
  settle();
  click_make();
  Video film(saved("The film is saved as"));
  ASSERT_EQ(film.index().frame_count(), 15);
  const auto rows_with_people = [](const Image& picture) {
    int rows = 0;
    for (int y = 0; y < 50; ++y) rows += identity_pixels(picture, 1, 0, y / 50.0, 1, (y + 1) / 50.0) > 2;
    return rows;
  };
  EXPECT_GT(rows_with_people(film_picture(film, 14)), rows_with_people(film_picture(film, 0)));
}

TEST_F(PictureDeskTest, views_are_shown_moved_and_removed) {
  open_desk();
  click_kind(PictureKind::way);
  for (const float yaw : {0.1f, 0.2f, 0.3f}) {
    desk().stops.emplace_back().camera.standpoint = {.yaw = yaw};
  }
  settle();
  const auto yaws = [&] {
    std::vector<float> yaws;
    for (const auto& stop : desk().stops) yaws.push_back(stop.camera.standpoint.yaw);
    return yaws;
  };
  const double first_row = 338 + 18, up = 16 + 352 - 102 + 15, down = up + 34, remove = down + 34;
  click_in_window(down, first_row);
  EXPECT_EQ(yaws(), (std::vector{0.2f, 0.1f, 0.3f}));
  click_in_window(up, first_row + 2 * 44);
  EXPECT_EQ(yaws(), (std::vector{0.2f, 0.3f, 0.1f}));
  click_in_window(remove, first_row + 44);
  EXPECT_EQ(yaws(), (std::vector{0.2f, 0.1f}));
}

TEST_F(PictureDeskTest, views_keep_their_place_when_the_world_is_scaled_and_go_with_the_capture) {
  open_desk();
  desk().stops.emplace_back().camera.standpoint = {.pivot = {0, 1, 0}, .distance = 3};
  studio_->session().rescale("Scale", 2);
  ASSERT_TRUE(eventually([&] { return desk().stops[0].camera.standpoint.distance == 6; }));
  EXPECT_EQ(desk().stops[0].camera.standpoint.pivot, Eigen::Vector3f(0, 2, 0));
  write_picture(place_ / "other/one.jpg", corners(320, 240));
  drop({place_ / "other"});
  ASSERT_TRUE(eventually([&] { return studio_->session().capture_name() == "other"; }));
  ASSERT_TRUE(finished());
  settle();
  EXPECT_TRUE(desk().stops.empty());
}

TEST_F(PictureDeskTest, absurd_sizes_and_files_of_others_are_refused) {
  open_desk();
  const auto refused = [&] {
    settle();
    click_make();
    settle();
    return desk().problem;
  };
  desk().size = PictureSize::own;
  desk().own_width = 99'999;
  desk().own_height = -3;
  EXPECT_EQ(refused(), "A picture of 99999 x -3 pixels cannot be drawn: each side has 16 to 8192");
  desk().size = PictureSize::view;
  const fs::path input = studio_->session().capture()->cameras[0].paths[0];
  desk().picture_file = input.string();
  EXPECT_THAT(refused(), HasSubstr("is read by this run and would be overwritten"));
  write_bytes(place_ / "letter.png", "not a picture");
  desk().picture_file = (place_ / "letter.png").string();
  EXPECT_THAT(refused(), HasSubstr("letter.png: is there already and no picture of this program"));
  EXPECT_EQ(read_bytes(place_ / "letter.png"), "not a picture");
  desk().picture_file = (place_ / "picture.jpg").string();
  EXPECT_THAT(refused(), HasSubstr("choose a name that ends with .png"));
  desk().kind = PictureKind::turntable;
  desk().film_file = (place_ / "nowhere/film.mp4").string();
  EXPECT_THAT(refused(), HasSubstr("its folder does not exist"));
  desk().film_file = (place_ / "film.mp4").string();
  desk().seconds = 1e9f;
  EXPECT_THAT(refused(), HasSubstr("choose other seconds"));
  EXPECT_TRUE(files().empty());
}

TEST_F(PictureDeskTest, a_typed_name_gets_its_ending_and_replaces_what_the_program_drew) {
  open_desk();
  desk().picture_file = (place_ / "mine").string();
  desk().size = PictureSize::view;
  for (int time = 0; time < 2; ++time) {
    settle();
    click_make();
    ASSERT_TRUE(eventually([&] { return told("The view is saved as"); }));
    studio_->session().notices().clear();
    EXPECT_EQ(kind_of_file(place_ / "mine.png"), FileKind::own_picture);
  }
}

TEST_F(PictureDeskTest, keys_look_from_the_top_and_show_skeletons_through_bodies) {
  open();
  const auto seen = [&] {
    EXPECT_TRUE(eventually([n = 0]() mutable { return ++n > 40; }, 20ms));
    return identity_pixels(studio_->picture(), 1, kLeft, kTop, kRight, kBottom);
  };
  const int before = seen();
  press(GLFW_KEY_F5);
  const int x_ray = seen();
  EXPECT_LT(x_ray, before * 3 / 4);
  press(GLFW_KEY_F5);
  EXPECT_NEAR(seen(), before, 5);
  const Image overview = studio_->picture();
  press(GLFW_KEY_F2);
  seen();
  EXPECT_NE(studio_->picture().rgb, overview.rgb);
}

}  // namespace
}  // namespace ahap
