// Comparing methods in the window.

#include <gmock/gmock.h>

#include "reconstruction/checkpoints/checkpoint.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/small_human3r_model.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

const fs::path kSample = AHAP_ASSET_DIR "/sample";

// The model that ships and another of its kind; a network for one moving camera that cannot run on views.
class MethodsWindowTest : public StudioTest {
 protected:
  MethodsWindowTest() {
    setenv("AHAP_MODELS", (place_ / "models").c_str(), 1);
    const fs::path shipped = AHAP_ASSET_DIR "/models/compact", other = place_ / "models/other";
    fs::create_directories(other);
    for (const auto& entry : fs::directory_iterator(shipped))
      fs::create_symlink(entry.path(), other / entry.path().filename());
    std::string description = read_bytes(shipped / "model.json");
    description.replace(description.find("\"name\": \"compact\""), 17, "\"name\": \"the other\"");
    fs::remove(other / "model.json");
    write_bytes(other / "model.json", description);
    fs::create_directories(place_ / "models/full");
    save_safetensors(small_human3r_checkpoint().tensors, small_square_metadata(),
                     place_ / "models/full/video.safetensors");
  }
  ~MethodsWindowTest() override { unsetenv("AHAP_MODELS"); }

  // "other" finds one person less, slowly where that is wanted, or fails.
  void open_sample() {
    StudioOptions options;
    options.reconstruct = [this](const std::vector<View>& views, const Options& run,
                                 const Progress& progress) -> std::shared_ptr<const Reconstruction> {
      step(progress, "people", 0.5);
      auto result = std::make_shared<Reconstruction>(sample_reconstruction_of(views));
      result->model_name = run.load.model;
      if (run.load.model != "other") return result;
      if (fails_) throw std::runtime_error("Weights are missing.");
      while (slow_) {
        running_slow_ = true;
        step(progress, "people", 0.6);
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
      }
      result->people.pop_back();
      return result;
    };
    options.scale = 1;
    options.width = 1000, options.height = 700;
    open_window(options);
    studio_->frame();
    drop({kSample});
    ASSERT_TRUE(finished());
    press(GLFW_KEY_C);
    ASSERT_TRUE(eventually([&] { return studio_->models().looked(); }));
    rest();
  }
  void rest() {
    for (int i = 0; i < 5; ++i) draw();
  }
  void press_compare() { click(kTableRight - 88, 662); }
  void click_row(int row) { click(kTableLeft + 100, kFirstRow + 30 * row); }
  void tick_row(int row) { click(kTableLeft + 9, kFirstRow + 30 * row); }
  bool compared() {
    return eventually([&] { return session().comparing().empty() && !session().run_state().active(); });
  }
  Session& session() { return studio_->session(); }
  // Without the mouse over anything.
  Image look() {
    glfwSetCursorPos(studio_->window(), 500, 5);
    rest();
    return studio_->picture();
  }
  // Share of the 3D view's pixels above the window that differ.
  static double change(const Image& a, const Image& b) {
    int different = 0, all = 0;
    for (int y = int(kTop * 700); y < 480; ++y)
      for (int x = int(kLeft * 1000); x < int(kRight * 1000); ++x, ++all)
        different += !std::equal(a.pixel(x, y), a.pixel(x, y) + 3, b.pixel(x, y));
    return double(different) / all;
  }

  // Of the table, in a window of 1000 x 700 pixels.
  static constexpr double kTableLeft = 128, kTableRight = 976, kFirstRow = 555;

  std::atomic<bool> slow_ = false, fails_ = false, running_slow_ = false;
};

TEST_F(MethodsWindowTest, a_click_compares_and_a_click_on_a_row_shows_it_from_the_same_place) {
  open_sample();
  press_compare();
  ASSERT_TRUE(compared());
  const std::vector<MethodRun>& runs = session().compared_methods().runs;
  ASSERT_EQ(runs.size(), 2u) << "those that can run here";
  EXPECT_EQ(runs[0].method, "compact") << "the one that is in use";
  EXPECT_EQ(runs[1].method, "the other");
  EXPECT_EQ(runs[1].people, 1);
  ASSERT_TRUE(runs[1].difference.has_value());
  EXPECT_EQ(session().compared_methods().shown, 0);
  const Image first = look();
  click_row(1);
  EXPECT_EQ(session().compared_methods().shown, 1);
  EXPECT_EQ(session().result()->people.size(), 1u);
  const Image second = look();
  EXPECT_GT(change(first, second), 0.003) << "a person is gone";
  EXPECT_LT(change(first, second), 0.3) << "and everything else stands still";
  press(GLFW_KEY_COMMA);
  EXPECT_EQ(session().compared_methods().shown, 0);
  EXPECT_EQ(change(first, look()), 0);
  press(GLFW_KEY_PERIOD);
  EXPECT_EQ(change(second, look()), 0);
  click(kTableRight - 176 - 8 - 18, 662);
  const char* copied = glfwGetClipboardString(studio_->window());
  ASSERT_TRUE(copied);
  EXPECT_THAT(copied, HasSubstr("| the other | ")) << "the table as text";
  EXPECT_THAT(copied, HasSubstr("How far from compact"));
}

TEST_F(MethodsWindowTest, cancel_keeps_what_is_done_and_the_result_before_comes_back) {
  slow_ = true;
  open_sample();
  const auto before = session().result();
  press_compare();
  ASSERT_TRUE(eventually([&] { return running_slow_ && session().compared_count() == 1; }));
  rest();
  press_compare();  // is "Cancel" now
  ASSERT_TRUE(compared());
  EXPECT_EQ(session().compared_methods().runs.size(), 1u);
  EXPECT_EQ(session().result()->model_name, "compact");
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  EXPECT_EQ(session().result(), before);
}

TEST_F(MethodsWindowTest, what_is_ticked_runs_by_its_key_and_one_that_fails_says_so_in_its_row) {
  fails_ = true;
  open_sample();
  tick_row(1);
  press(GLFW_KEY_R, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT);
  EXPECT_TRUE(session().comparing().empty()) << "one alone is not compared";
  tick_row(1);
  const Image before = look();
  press(GLFW_KEY_R, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT);
  ASSERT_TRUE(compared());
  ASSERT_EQ(session().compared_methods().runs.size(), 2u);
  EXPECT_EQ(session().compared_methods().runs[1].problem, "Weights are missing.");
  click_row(1);
  EXPECT_EQ(session().compared_methods().shown, 0) << "there is nothing to show";
  EXPECT_NE(look().rgb, before.rgb);
  press(GLFW_KEY_ESCAPE);
  rest();
  press_compare();
  EXPECT_TRUE(session().comparing().empty()) << "the window is closed";
}

}  // namespace
}  // namespace ahap
