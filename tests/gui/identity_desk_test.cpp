#include <gmock/gmock.h>
// After gmock.h: the internals know how Dear ImGui names items.
#include <imgui_internal.h>

#include <cmath>
#include <cstring>

#include "tests/gui/correctable_sample.h"
#include "tests/gui/studio_fixture.h"
#include "tests/project/same_result.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::HasSubstr;

const std::filesystem::path kSample = AHAP_ASSET_DIR "/sample";

// Who is who in the sample, decided by mouse and keys: persons 1 and 2 in the views 0 to 3 (detections 0 to 3
// and 4 to 7), somebody unknown in view 4.
class IdentityDesk : public StudioTest {
 protected:
  void open(Session::ReconstructViews reconstruct = correctable_result) {
    open_window(std::move(reconstruct));
    glfwSetWindowSize(studio_->window(), 1500, 700);  // room for all photos side by side
    drop({kSample});
    ASSERT_TRUE(finished());
    settle();
  }
  void settle() {
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 6; }));
  }
  void corrected() {
    ASSERT_TRUE(eventually([&] { return !session().run_state().active(); }));
    settle();
  }
  Session& session() { return studio_->session(); }
  const Reconstruction& result() { return *session().result(); }
  const Detection& detection(int n) { return result().frames[0].detections.at(std::size_t(n)); }

  // A part of the window by its name, without what Dear ImGui adds to it.
  static const ImGuiWindow& part(const char* name) {
    const ImGuiWindow* found = nullptr;
    for (const ImGuiWindow* window : ImGui::GetCurrentContext()->Windows) {
      const char* own = std::strrchr(window->Name, '/');
      if (own && std::strncmp(own + 1, name, std::strlen(name)) == 0) found = window;
    }
    EXPECT_TRUE(found) << name;
    return *found;
  }
  // Where a pixel of a view is in the strip.
  Eigen::Vector2d in_strip(int view, double x, double y) {
    const ImGuiWindow& strip = part("pictures_");
    const double height = std::floor(strip.WorkRect.GetHeight());
    double left = strip.Pos.x;
    for (int v = 0; v < view; ++v) left += width_of(v, height) + ImGui::GetStyle().ItemSpacing.x;
    const Camera& camera = result().views[std::size_t(view)].camera(0);
    return {left + x / camera.width * width_of(view, height), strip.Pos.y + y / camera.height * height};
  }
  double width_of(int view, double height) {
    const Camera& camera = result().views[std::size_t(view)].camera(0);
    return std::floor(height * camera.width / camera.height);
  }
  Eigen::Vector2d box(int n) {
    const Box& box = detection(n).box;
    return in_strip(detection(n).view, (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2);
  }
  // A cell of the association matrix.
  Eigen::Vector2d cell(int row, int n) {
    const ImGuiWindow& matrix = part("matrix_");
    const int columns = int(result().frames[0].detections.size()), groups = int(result().views.size());
    const double width = std::floor((matrix.Size.x - 34 - 6 * (groups - 1)) / columns);
    const int view = detection(n).view, column = 2 * view + n / 4 % 2;
    return {matrix.Pos.x + 34 + 6 * view + width * (column + 0.5), matrix.Pos.y + 22 + 24 * (row + 0.5)};
  }
  void click(const Eigen::Vector2d& place, int button = GLFW_MOUSE_BUTTON_LEFT) {
    StudioTest::click(place.x(), place.y(), button);
  }
  // Clicks a line of the menu that is open, where the mouse finds it.
  bool choose(const char* line) {
    const ImVector<ImGuiPopupData>& popups = ImGui::GetCurrentContext()->OpenPopupStack;
    if (popups.empty()) return false;
    ImGuiWindow* menu = popups.back().Window;
    const ImGuiID item = ImHashStr("", 0, menu->GetID(line));
    for (double y = menu->Pos.y + 4; y < menu->Pos.y + menu->Size.y; y += 12) {
      glfwSetCursorPos(studio_->window(), menu->Pos.x + 20, y);
      for (int i = 0; i < 3; ++i) draw();
      if (ImGui::GetCurrentContext()->HoveredIdPreviousFrame != item) continue;
      click({menu->Pos.x + 20, y});
      return true;
    }
    return false;
  }
  bool told(const std::string& text) {
    for (const Notice& notice : session().notices())
      if (notice.text.find(text) != std::string::npos) return true;
    return false;
  }
  void undo() { press(GLFW_KEY_Z, GLFW_MOD_CONTROL); }
  void redo() { press(GLFW_KEY_Z, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT); }
};

TEST_F(IdentityDesk, locks_the_chosen_cell_by_key_and_undo_unlocks_it) {
  open();
  click(cell(1, 5));
  press(GLFW_KEY_K);
  EXPECT_TRUE(detection(5).locked);
  EXPECT_FALSE(detection(4).locked);
  EXPECT_EQ(session().undoable(), "Lock Person 2 in one.jpg");
  undo();
  EXPECT_FALSE(detection(5).locked);
  redo();
  EXPECT_TRUE(detection(5).locked);
  press(GLFW_KEY_K);
  EXPECT_FALSE(detection(5).locked);
}

TEST_F(IdentityDesk, locks_a_chosen_person_in_all_photos) {
  open();
  press(GLFW_KEY_2);
  press(GLFW_KEY_K);
  for (int n = 0; n < 8; ++n) EXPECT_EQ(detection(n).locked, n >= 4);
}

TEST_F(IdentityDesk, what_is_locked_does_not_become_somebody_else) {
  open();
  const auto before = session().result()->people.size();
  click(box(6));
  press(GLFW_KEY_K);
  press(GLFW_KEY_1, GLFW_MOD_SHIFT);
  EXPECT_TRUE(told("Person 2 in two.jpg is locked"));
  session().notices().clear();
  press(GLFW_KEY_2);
  press(GLFW_KEY_DELETE);
  EXPECT_TRUE(told("Person 2 in two.jpg is locked"));
  corrected();
  EXPECT_EQ(result().people.size(), before);
  click(box(6));
  press(GLFW_KEY_K);
  press(GLFW_KEY_1, GLFW_MOD_SHIFT);
  corrected();
  EXPECT_EQ(detection(6).person_id, 1);
}

TEST_F(IdentityDesk, another_run_keeps_what_is_locked) {
  open();
  click(box(6));
  press(GLFW_KEY_1, GLFW_MOD_SHIFT);
  corrected();
  press(GLFW_KEY_K);
  const auto before = session().result();
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  ASSERT_TRUE(eventually([&] { return session().result() != before && !session().run_state().active(); }));
  EXPECT_EQ(detection(6).person_id, 1);
  EXPECT_EQ(detection(2).person_id, 2) << "the other one there";
  EXPECT_TRUE(detection(6).locked);
  EXPECT_TRUE(session().has_unsaved_changes());
  click(box(6));
  press(GLFW_KEY_K);
  const auto unlocked = session().result();
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  ASSERT_TRUE(eventually([&] { return session().result() != unlocked && !session().run_state().active(); }));
  EXPECT_EQ(detection(6).person_id, 2) << "as the run has it";
}

TEST_F(IdentityDesk, says_that_a_model_without_corrections_keeps_no_locks) {
  open([](const std::vector<View>&, const Options&, const Progress&) {
    return std::make_shared<const Reconstruction>(sample_reconstruction());
  });
  click(box(6));
  press(GLFW_KEY_K);
  const auto before = session().result();
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  ASSERT_TRUE(eventually([&] { return session().result() != before && !session().run_state().active(); }));
  EXPECT_TRUE(eventually([&] { return told("What is locked or left out was not kept"); }));
}

TEST_F(IdentityDesk, leaves_a_box_out_by_key_and_by_menu) {
  open();
  click(box(0));
  press(GLFW_KEY_U);
  corrected();
  EXPECT_TRUE(detection(0).left_out);
  EXPECT_EQ(detection(0).person_id, 1) << "it stays that person";
  EXPECT_EQ(session().undoable(), "Leave out Person 1 in zero.jpg");
  undo();
  EXPECT_FALSE(detection(0).left_out);
  settle();
  click(box(6), GLFW_MOUSE_BUTTON_RIGHT);
  ASSERT_TRUE(choose("Leave this photo out"));
  corrected();
  EXPECT_TRUE(detection(6).left_out);
  click(cell(1, 6), GLFW_MOUSE_BUTTON_RIGHT);
  ASSERT_TRUE(choose("Leave this photo out")) << "and counts it again";
  corrected();
  EXPECT_FALSE(detection(6).left_out);
}

TEST_F(IdentityDesk, leaves_a_whole_photo_out_and_undo_counts_it_again) {
  open();
  click(in_strip(1, 5, 630));
  press(GLFW_KEY_U);
  corrected();
  EXPECT_TRUE(result().views[1].left_out);
  EXPECT_FALSE(detection(1).left_out) << "of itself";
  EXPECT_EQ(session().undoable(), "Leave out one.jpg");
  undo();
  EXPECT_FALSE(result().views[1].left_out);
  settle();
  click(in_strip(1, 5, 630), GLFW_MOUSE_BUTTON_RIGHT);
  ASSERT_TRUE(choose("Leave this photo out"));
  corrected();
  EXPECT_TRUE(result().views[1].left_out);
}

TEST_F(IdentityDesk, the_last_photo_of_a_person_is_not_left_out) {
  open();
  for (const int n : {0, 1, 2}) {
    click(cell(0, n));
    press(GLFW_KEY_U);
    corrected();
  }
  click(cell(0, 3));
  press(GLFW_KEY_U);
  corrected();
  EXPECT_TRUE(told("Person 1 is in no other picture"));
  EXPECT_FALSE(detection(3).left_out);
}

TEST_F(IdentityDesk, what_is_decided_comes_back_with_the_project) {
  open();
  click(box(0));
  press(GLFW_KEY_U);
  corrected();
  click(box(4));
  press(GLFW_KEY_K);
  const auto saved = session().result();
  session().save(place_ / "party.ahap", {}, {});
  ASSERT_TRUE(eventually([&] { return !session().saving(); }));
  drop({place_ / "party.ahap"});
  ASSERT_TRUE(eventually([&] { return session().result() && session().result() != saved; }));
  expect_same(result(), *saved);
  EXPECT_EQ(session().undoable(), "Lock Person 2 in zero.jpg");
  session().undo();
  EXPECT_FALSE(detection(4).locked);
  EXPECT_TRUE(detection(0).left_out);
  session().undo();
  EXPECT_FALSE(detection(0).left_out);
}

// The sample, whose photos show persons 1 and 2 beside their bodies: in two.jpg by 40 cm, in one.jpg by 12.
std::shared_ptr<const Reconstruction> doubtful_result(const std::vector<View>&, const Options&,
                                                      const Progress&) {
  auto result = std::make_shared<Reconstruction>(sample_reconstruction());
  for (const auto& [n, metres] : {std::pair(6, 0.4), std::pair(1, 0.12)}) {
    Detection& detection = result->frames[0].detections[std::size_t(n)];
    const double focal_length = result->views[std::size_t(detection.view)].camera(0).K(0, 0);
    for (Eigen::Vector2d& joint : detection.joints2d)
      joint.x() += metres * focal_length / detection.keypoint_depth;
  }
  result->run = std::make_shared<SampleRun>();
  return result;
}

TEST_F(IdentityDesk, steps_through_what_is_doubtful_the_worst_first) {
  open(doubtful_result);
  const auto stepped_to = [&](int n) {
    press(GLFW_KEY_K);
    const bool right = detection(n).locked;
    undo();
    settle();
    return right;
  };
  press(GLFW_KEY_N);
  EXPECT_TRUE(stepped_to(6));
  press(GLFW_KEY_N);
  EXPECT_TRUE(stepped_to(1));
  press(GLFW_KEY_N);
  EXPECT_TRUE(stepped_to(6)) << "round and round";
  press(GLFW_KEY_N, GLFW_MOD_SHIFT);
  EXPECT_TRUE(stepped_to(1));
}

TEST_F(IdentityDesk, a_doubt_is_settled_by_a_lock_or_a_digit) {
  open(doubtful_result);
  press(GLFW_KEY_N);
  press(GLFW_KEY_K);
  press(GLFW_KEY_N);
  press(GLFW_KEY_2, GLFW_MOD_SHIFT);
  corrected();
  EXPECT_TRUE(detection(6).locked);
  EXPECT_EQ(detection(1).person_id, 2);
}

TEST_F(IdentityDesk, the_mouse_on_a_cell_shows_both_photos_of_the_person) {
  open();
  const auto explained = [] {
    const ImGuiWindow* tooltip = ImGui::FindWindowByName("##Tooltip_00");
    return tooltip && tooltip->WasActive ? tooltip : nullptr;
  };
  EXPECT_FALSE(explained());
  const Eigen::Vector2d place = cell(0, 6);
  glfwSetCursorPos(studio_->window(), place.x(), place.y());
  settle();
  const ImGuiWindow* shown = explained();
  ASSERT_TRUE(shown);
  EXPECT_GT(shown->Size.x, 2 * 168) << "two crops side by side";
  // The pictures of the sample have a blue of their own (sample_reconstruction.h): 100 in two.jpg, where the
  // cell is, 0 in zero.jpg, where person 1 agrees best.
  const Image picture = studio_->picture();
  const auto blue_at = [&](double x) {
    return picture.pixel(int(shown->Pos.x + x), int(shown->Pos.y + 50))[2];
  };
  EXPECT_NEAR(blue_at(20), 100, 10);
  EXPECT_NEAR(blue_at(12 + 168 + 8 + 8), 0, 10);
}

class LargePhoto : public IdentityDesk {
 protected:
  void double_click(const Eigen::Vector2d& place) {
    ImGui::GetIO().MouseDoubleClickTime = 20;  // of a slow machine
    click(place);
    click(place);
    settle();
    ImGui::GetIO().MouseDoubleClickTime = 0.3f;
  }
  // Whether the middle of the window shows this view's picture, which becomes redder to the right and greener
  // downwards and has a blue of its own (sample_reconstruction.h).
  bool shows(int view) {
    const Image picture = studio_->picture();
    const ImGuiWindow& area = part("view_");
    const Camera& camera = result().views[std::size_t(view)].camera(0);
    const double scale = std::min(area.Size.x / camera.width, area.Size.y / camera.height);
    for (const Eigen::Vector2d& place : {Eigen::Vector2d(0.03, 0.1), Eigen::Vector2d(0.97, 0.25)}) {
      const double x = area.Pos.x + area.Size.x / 2 + (place.x() - 0.5) * camera.width * scale;
      const double y = area.Pos.y + area.Size.y / 2 + (place.y() - 0.5) * camera.height * scale;
      const std::uint8_t* pixel = picture.pixel(int(x), int(y));
      if (std::abs(pixel[0] - place.x() * 255) > 8 || std::abs(pixel[1] - place.y() * 255) > 8 ||
          std::abs(pixel[2] - 50 * view) > 8)
        return false;
    }
    return true;
  }
  // Of the colour of what lies far off, between the panels.
  int alarming_pixels() {
    const Image picture = studio_->picture();
    const ImGuiWindow& area = part("view_");
    int count = 0;
    for (int y = int(area.Pos.y); y < int(area.Pos.y + area.Size.y); ++y) {
      for (int x = int(area.Pos.x); x < int(area.Pos.x + area.Size.x); ++x) {
        const std::uint8_t* pixel = picture.pixel(x, y);
        count += std::abs(pixel[0] - 240) < 6 && std::abs(pixel[1] - 106) < 6 && std::abs(pixel[2] - 106) < 6;
      }
    }
    return count;
  }
};

TEST_F(LargePhoto, a_double_click_makes_a_photo_large_and_escape_brings_the_scene_back) {
  open();
  EXPECT_FALSE(shows(0));
  double_click(in_strip(0, 5, 470));
  EXPECT_TRUE(shows(0));
  press(GLFW_KEY_RIGHT_BRACKET);
  settle();
  EXPECT_TRUE(shows(1));
  press(GLFW_KEY_LEFT_BRACKET);
  settle();
  EXPECT_TRUE(shows(0));
  press(GLFW_KEY_ESCAPE);
  settle();
  EXPECT_FALSE(shows(0));
}

// As on a screen that is slow to draw.
TEST_F(LargePhoto, a_double_click_between_two_frames_counts_like_any_other) {
  open();
  const Eigen::Vector2d place = in_strip(0, 5, 470);
  glfwSetCursorPos(studio_->window(), place.x(), place.y());
  for (int i = 0; i < 3; ++i) draw();
  const GLFWmousebuttonfun on_button = glfwSetMouseButtonCallback(studio_->window(), nullptr);
  glfwSetMouseButtonCallback(studio_->window(), on_button);
  for (const int action : {GLFW_PRESS, GLFW_RELEASE, GLFW_PRESS, GLFW_RELEASE})
    on_button(studio_->window(), GLFW_MOUSE_BUTTON_LEFT, action, 0);
  settle();
  EXPECT_TRUE(shows(0));
}

TEST_F(LargePhoto, a_double_click_on_it_brings_the_scene_back) {
  open();
  double_click(in_strip(2, 5, 470));
  ASSERT_TRUE(shows(2));
  const ImGuiWindow& area = part("view_");
  double_click({area.Pos.x + 30, area.Pos.y + area.Size.y / 2});
  EXPECT_FALSE(shows(2));
}

TEST_F(LargePhoto, its_boxes_are_chosen_and_have_their_menu) {
  open();
  double_click(in_strip(0, 5, 470));
  const ImGuiWindow& area = part("view_");
  const Camera& camera = result().views[0].camera(0);
  const double scale = area.Size.x / camera.width;
  const Box& box = detection(4).box;
  const Eigen::Vector2d middle(
      area.Pos.x + (box.x0 + box.x1) / 2 * scale,
      area.Pos.y + area.Size.y / 2 + ((box.y0 + box.y1) / 2 - camera.height / 2.0) * scale);
  click(middle, GLFW_MOUSE_BUTTON_RIGHT);
  ASSERT_TRUE(choose("Leave this photo out"));
  corrected();
  EXPECT_TRUE(detection(4).left_out);
}

TEST_F(LargePhoto, arrows_show_how_far_bodies_lie_beside_the_joints_until_they_are_switched_off) {
  open(doubtful_result);
  double_click(in_strip(2, 5, 470));
  EXPECT_GT(alarming_pixels(), 100) << "12 joints are 40 cm off";
  press(GLFW_KEY_J);
  settle();
  EXPECT_LT(alarming_pixels(), 20);
}

TEST_F(IdentityDesk, a_click_on_a_doubt_chooses_its_box) {
  open(doubtful_result);
  const ImGuiWindow& list = part("doubts_");
  click({list.Pos.x + 120, list.Pos.y + 60});
  press(GLFW_KEY_K);
  EXPECT_TRUE(detection(1).locked) << "the second line";
}

}  // namespace
}  // namespace ahap
