#include <gmock/gmock.h>

#include <fstream>

#include "app/gui/window_settings.h"
#include "tests/capture/sample_files.h"
#include "tests/gui/correctable_sample.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const std::filesystem::path kSample = AHAP_ASSET_DIR "/sample";

class PaletteTest : public StudioTest {
 protected:
  void open_sample() {
    StudioOptions options;
    options.reconstruct = [this](const std::vector<View>& views, const Options& run,
                                 const Progress& progress) {
      ++runs_;
      return correctable_result(views, run, progress);
    };
    options.scale = 1;
    options.width = 1000, options.height = 700;
    options.state_folder = place_ / "state";
    options.keys_file = place_ / "config/keys.json";
    open_window(options);
    studio_->frame();
    drop({kSample});
    ASSERT_TRUE(finished());
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  }
  // As somebody types it.
  void find(const std::string& words) {
    press(GLFW_KEY_P, GLFW_MOD_CONTROL);
    for (int i = 0; i < 3; ++i) draw();
    type(words);
    draw();
    press(GLFW_KEY_ENTER);
    for (int i = 0; i < 3; ++i) draw();
  }
  bool told(const std::string& words) {
    for (const Notice& notice : studio_->session().notices())
      if (notice.text.find(words) != std::string::npos) return true;
    return false;
  }
  double brightness() {
    const Image picture = studio_->picture();
    double sum = 0;
    for (const std::uint8_t value : picture.rgb) sum += value;
    return sum / double(picture.rgb.size());
  }
  std::atomic<int> runs_{0};
};

TEST_F(PaletteTest, runs_what_was_typed) {
  open_sample();
  find("reconstruct");
  EXPECT_TRUE(eventually([&] { return runs_ == 2; }));
  EXPECT_TRUE(finished());
}

TEST_F(PaletteTest, escape_leaves_it_and_nothing_is_done) {
  open_sample();
  const Image before = studio_->picture();
  press(GLFW_KEY_P, GLFW_MOD_CONTROL);
  for (int i = 0; i < 3; ++i) draw();
  EXPECT_NE(studio_->picture().rgb, before.rgb);
  type("reconstruct");
  press(GLFW_KEY_ESCAPE);
  for (int i = 0; i < 4; ++i) draw();
  EXPECT_EQ(studio_->picture().rgb, before.rgb);
  EXPECT_EQ(runs_, 1);
}

TEST_F(PaletteTest, a_click_elsewhere_leaves_it) {
  open_sample();
  const Image before = studio_->picture();
  press(GLFW_KEY_P, GLFW_MOD_CONTROL);
  for (int i = 0; i < 3; ++i) draw();
  click(100, 690);  // below the panels' controls
  press(GLFW_KEY_TAB);
  press(GLFW_KEY_TAB);
  for (int i = 0; i < 4; ++i) draw();
  glfwSetCursorPos(studio_->window(), 5, 5);
  for (int i = 0; i < 4; ++i) draw();
  EXPECT_EQ(studio_->picture().rgb, before.rgb);
}

TEST_F(PaletteTest, what_is_not_possible_is_not_done) {
  open_sample();
  press(GLFW_KEY_2);
  press(GLFW_KEY_DELETE);
  ASSERT_TRUE(eventually([&] { return studio_->session().result()->people.size() == 1; }));
  ASSERT_TRUE(eventually([&] { return !studio_->session().run_state().active(); }));
  find("redo");
  EXPECT_EQ(studio_->session().result()->people.size(), 1u);
  press(GLFW_KEY_ESCAPE);
  find("undo");
  EXPECT_EQ(studio_->session().result()->people.size(), 2u);
}

TEST_F(PaletteTest, finds_people_and_cameras_of_the_result) {
  open_sample();
  studio_->session().rename(2, "Ada");
  find("ada");
  press(GLFW_KEY_DELETE);
  ASSERT_TRUE(eventually([&] { return studio_->session().result()->people.size() == 1; }));
  EXPECT_EQ(studio_->session().undoable(), "Ada is no person");
}

TEST_F(PaletteTest, keys_are_as_the_file_of_keys_says) {
  std::filesystem::create_directories(place_ / "config");
  std::ofstream(place_ / "config/keys.json") << R"({"run": "G"})";
  open_sample();
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  press(GLFW_KEY_G);
  EXPECT_TRUE(eventually([&] { return runs_ == 2; }));
  EXPECT_TRUE(finished());
  std::ofstream(place_ / "config/keys.json") << R"({"run": "Strg+R"})";
  find("read keys");
  EXPECT_TRUE(told("\"Strg+R\", which does not exist"));
  press(GLFW_KEY_G);
  EXPECT_TRUE(eventually([&] { return runs_ == 3; })) << "the keys stayed as they were";
  EXPECT_TRUE(finished());
}

TEST_F(PaletteTest, writes_the_file_of_keys_once) {
  open_sample();
  find("write keys");
  EXPECT_TRUE(told("keys.json"));
  ASSERT_TRUE(std::filesystem::exists(place_ / "config/keys.json"));
  find("write keys");
  EXPECT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
}

TEST_F(PaletteTest, the_window_is_as_it_was_left) {
  open_sample();
  EXPECT_LT(brightness(), 100);
  find("light or dark");
  press(GLFW_KEY_EQUAL, GLFW_MOD_CONTROL);
  press(GLFW_KEY_TAB);
  find("hide the points on people");
  studio_.reset();
  const WindowSettings left = read_window_settings(place_ / "state");
  EXPECT_TRUE(left.light && left.panels_hidden && left.view.person_points);
  EXPECT_NEAR(left.text_scale, kTextStep, 1e-6);
  EXPECT_EQ(left.width, 1000);
  open_sample();
  EXPECT_GT(brightness(), 150) << "light";
  const Image without_panels = studio_->picture();
  click(930, 682);
  EXPECT_NE(studio_->picture().rgb, without_panels.rgb) << "the way back to the panels";
  studio_.reset();
  EXPECT_FALSE(read_window_settings(place_ / "state").panels_hidden);
}

}  // namespace
}  // namespace ahap
