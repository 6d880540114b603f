#include <gmock/gmock.h>

#include "reconstruction/capture/picture.h"
#include "reconstruction/palette.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/gui/studio_fixture.h"
#include "tests/project/same_result.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const std::filesystem::path kSample = AHAP_ASSET_DIR "/sample";

// The sample's two people in the window, measured by mouse and keys.
class TapeMeasureTest : public StudioTest {
 protected:
  void open(Reconstruction result = sample_reconstruction()) {
    open_window([result](const std::vector<View>&, const Options&, const Progress&) {
      return std::make_shared<const Reconstruction>(result);
    });
    drop({kSample});
    ASSERT_TRUE(finished());
    settle();
  }
  void settle() {
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 8; }));
  }
  Session& session() { return studio_->session(); }

  // The middle of what the window shows of a person, in the 3D view.
  Eigen::Vector2d middle_of(int person_id) {
    const Image picture = studio_->picture();
    const Color color = person_color(person_id);
    Eigen::Vector2d sum(0, 0);
    int count = 0;
    for (int y = int(kTop * picture.height); y < int(kBottom * picture.height); ++y) {
      for (int x = int(kLeft * picture.width); x < int(kRight * picture.width); ++x) {
        const std::uint8_t* pixel = picture.pixel(x, y);
        const double bright = std::max({pixel[0], pixel[1], pixel[2]}),
                     of = std::max({color[0], color[1], color[2]});
        if (bright < 60 || std::abs(pixel[0] / bright - color[0] / of) > 0.1 ||
            std::abs(pixel[1] / bright - color[1] / of) > 0.1 ||
            std::abs(pixel[2] / bright - color[2] / of) > 0.1)
          continue;
        sum += Eigen::Vector2d(x, y);
        ++count;
      }
    }
    return sum / count;
  }
  void click(const Eigen::Vector2d& place) { StudioTest::click(place.x(), place.y()); }
  // From person 1 to person 2, with the tape measure put away again.
  void measure() {
    const Eigen::Vector2d one = middle_of(1), two = middle_of(2);
    press(GLFW_KEY_M);
    click(one);
    click(two);
    press(GLFW_KEY_ESCAPE);
    label_ = (one + two) / 2 + Eigen::Vector2d(0, 16);  // it makes way for the number over person 2
  }
  double length() { return length_of(session().tapes().at(0), *session().result(), 0).value(); }
  void type_into_bar(const std::string& text) {
    click(kInput);
    type(text);
    hold({GLFW_KEY_ENTER});
    settle();
  }
  bool told(const std::string& text) {
    for (const Notice& notice : session().notices())
      if (notice.text.find(text) != std::string::npos) return true;
    return false;
  }
  bool rescaled(double from) {
    return eventually([&] { return session().result()->scale != from && !session().run_state().active(); });
  }

  // In the bar of the chosen tape.
  const Eigen::Vector2d kInput{487, 544}, kCopy{545, 512};
  const Eigen::Vector2d kPerson{740, 107};  // in the people panel
  const Eigen::Vector2d kHeight{807, 204};  // in the menu that opens there
  Eigen::Vector2d label_{0, 0};             // about where the length stands
};

TEST_F(TapeMeasureTest, measures_from_person_to_person_until_it_is_undone) {
  open();
  measure();
  ASSERT_EQ(session().tapes().size(), 1u);
  EXPECT_EQ(session().tapes()[0].from.person_id, 1);
  EXPECT_EQ(session().tapes()[0].to.person_id, 2);
  EXPECT_THAT(session().undoable(), HasSubstr("Measure"));
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  EXPECT_TRUE(session().tapes().empty());
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT);
  EXPECT_EQ(session().tapes().size(), 1u);
}

TEST_F(TapeMeasureTest, removes_the_tape_whose_length_was_clicked) {
  open();
  measure();
  press(GLFW_KEY_ESCAPE);
  press(GLFW_KEY_DELETE);
  ASSERT_EQ(session().tapes().size(), 1u) << "none is chosen";
  click(label_);
  press(GLFW_KEY_DELETE);
  EXPECT_TRUE(session().tapes().empty());
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  EXPECT_EQ(session().tapes().size(), 1u);
}

TEST_F(TapeMeasureTest, escape_closes_the_help_then_forgets_the_first_end_then_ends_measuring) {
  open();
  const Eigen::Vector2d one = middle_of(1), two = middle_of(2);
  press(GLFW_KEY_M);
  click(one);
  press(GLFW_KEY_F1);
  settle();
  press(GLFW_KEY_ESCAPE);
  settle();
  press(GLFW_KEY_ESCAPE);
  click(two);
  click(one);
  ASSERT_EQ(session().tapes().size(), 1u);
  EXPECT_EQ(session().tapes()[0].from.person_id, 2) << "the end before was forgotten, measuring went on";
  press(GLFW_KEY_ESCAPE);
  click(one);
  click(two);
  EXPECT_EQ(session().tapes().size(), 1u) << "clicks choose people again";
}

TEST_F(TapeMeasureTest, copies_the_length_as_a_number) {
  open();
  measure();
  click(kCopy);
  settle();
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", length());
  EXPECT_STREQ(glfwGetClipboardString(studio_->window()), text);
}

TEST_F(TapeMeasureTest, a_known_distance_multiplies_everything_but_the_picture) {
  open();
  measure();
  const auto before = session().result();
  const double factor = 3.2 / length();
  const Eigen::Vector2d person_was = middle_of(1);
  type_into_bar("3.2");
  ASSERT_TRUE(rescaled(before->scale));
  settle();
  EXPECT_NEAR(length(), 3.2, 1e-5);
  EXPECT_NEAR(session().result()->people[0].height, before->people[0].height * factor, 1e-6);
  EXPECT_NEAR(session().result()->views[1].camera(0).center().y(),
              before->views[1].camera(0).center().y() * factor, 1e-6);
  EXPECT_LT((middle_of(1) - person_was).norm(), 12) << "the eye went along";
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  EXPECT_EQ(session().result(), before);
}

TEST_F(TapeMeasureTest, refuses_lengths_that_nobody_can_mean) {
  open();
  measure();
  const auto before = session().result();
  for (const auto& [typed, sentence] :
       {std::pair("long", "is no length"), std::pair("-2", "larger than zero"),
        std::pair("30000", "100 times")}) {
    session().notices().clear();
    press(GLFW_KEY_ESCAPE);
    click(label_);
    type_into_bar(typed);
    EXPECT_TRUE(told(sentence)) << typed;
  }
  EXPECT_EQ(session().result(), before);
}

TEST_F(TapeMeasureTest, a_known_height_multiplies_everything) {
  open();
  const auto before = session().result();
  const auto enter = [&](const std::string& height) {
    StudioTest::click(kPerson.x(), kPerson.y(), GLFW_MOUSE_BUTTON_RIGHT);
    click(kHeight);
    type(height);
    hold({GLFW_KEY_ENTER});
    settle();
  };
  enter("300");
  EXPECT_TRUE(told("Nobody is 300.00 m tall"));
  EXPECT_EQ(session().result(), before);
  enter("1,80");
  ASSERT_TRUE(rescaled(before->scale));
  EXPECT_NEAR(session().result()->people[0].height, 1.8, 1e-6);
  EXPECT_EQ(session().undoable(), "Scale: Person 1 is 1.80 m tall");
}

TEST_F(TapeMeasureTest, the_origin_goes_below_a_place_that_is_clicked) {
  open();
  const auto before = session().result();
  const auto find_origin = [&] {
    press(GLFW_KEY_P, GLFW_MOD_CONTROL);
    settle();
    type("set the origin");
    settle();
    press(GLFW_KEY_ENTER);
    settle();
  };
  find_origin();
  press(GLFW_KEY_ESCAPE);
  press(GLFW_KEY_ESCAPE);
  click(middle_of(1));
  EXPECT_EQ(session().result(), before) << "Escape left it";
  find_origin();
  click(middle_of(1));
  ASSERT_TRUE(eventually([&] { return session().result() != before && !session().run_state().active(); }));
  EXPECT_EQ(session().undoable(), "Set the origin");
  const Eigen::Vector3d motion =
      session().result()->views[0].camera(0).center() - before->views[0].camera(0).center();
  EXPECT_NEAR(motion.y(), 0, 1e-9) << "the floor stays";
  const Eigen::Vector3f pelvis = session().result()->people[0].bodies[0].joints[0];
  EXPECT_LT(Eigen::Vector2f(pelvis.x(), pelvis.z()).norm(), 0.35f)
      << "the middle of the body, or its surface";
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  EXPECT_EQ(session().result(), before);
}

TEST_F(TapeMeasureTest, tapes_go_with_a_world_that_is_moved) {
  open();
  measure();
  const double before = length();
  const auto old = session().result();
  session().move_world("Turn it", Eigen::Isometry3d(Eigen::AngleAxisd(0.3, Eigen::Vector3d::UnitX())));
  ASSERT_TRUE(eventually([&] { return session().result() != old && !session().run_state().active(); }));
  EXPECT_NEAR(length(), before, 1e-5);
}

TEST_F(TapeMeasureTest, saved_pictures_of_the_view_show_the_tapes) {
  const char* home = std::getenv("HOME");
  setenv("HOME", place_.path().c_str(), 1);
  open();
  const auto saved_picture = [&] {
    press(GLFW_KEY_F12);
    EXPECT_TRUE(eventually([&] { return told("The view is saved as"); }));
    const std::string text = session().notices().back().text;
    session().notices().clear();
    return decode_picture(read_file(text.substr(text.find('/')))).image;
  };
  // Of the line's and the label's white, none of which is in the sample.
  const auto white = [](const Image& picture) {
    int count = 0;
    for (std::size_t i = 0; i + 2 < picture.rgb.size(); i += 3)
      count += std::min({picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2]}) > 245;
    return count;
  };
  measure();
  press(GLFW_KEY_ESCAPE);
  const int with_tape = white(saved_picture());
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  ASSERT_TRUE(session().tapes().empty());
  EXPECT_GT(with_tape, white(saved_picture()) + 150);
  home ? setenv("HOME", home, 1) : unsetenv("HOME");
}

TEST_F(TapeMeasureTest, scale_and_tapes_come_back_with_the_project) {
  open();
  measure();
  type_into_bar("3.2");
  ASSERT_TRUE(rescaled(1.25));
  const auto saved = session().result();
  const std::vector<Tape> tapes = session().tapes();
  session().save(place_ / "party.ahap", {}, {});
  ASSERT_TRUE(eventually([&] { return !session().saving(); }));
  drop({place_ / "party.ahap"});
  ASSERT_TRUE(eventually([&] { return session().result() && session().result() != saved; }));
  expect_same(*session().result(), *saved);
  EXPECT_EQ(session().tapes(), tapes);
  EXPECT_EQ(session().undoable(), "Scale: a distance is 3.20 m");
  session().undo();
  EXPECT_EQ(session().result()->scale, 1.25);
  EXPECT_EQ(session().tapes().size(), 1u);
}

}  // namespace
}  // namespace ahap
