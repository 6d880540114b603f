#include <gmock/gmock.h>
#include <imgui_internal.h>

#include "tests/gui/session_fixture.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::ElementsAre;
namespace fs = std::filesystem;

// What is opened can be changed afterwards: more cameras, and cameras that runs leave out.
class CaptureChanges : public SessionTest {
 protected:
  void open(int count) {
    start();
    session_->open({pictures(count)});
    ASSERT_TRUE(finished());
  }
  std::string model() const { return session_->result()->model_name; }
  fs::path another(const std::string& name = "late.png") {
    write_picture(place_ / "elsewhere" / name, corners(333 + name[0], 240));
    return place_ / "elsewhere" / name;
  }
};

// Photos with successive numbers, which may be either.
class PhotosQuestionTest : public SessionTest {
 protected:
  void open_numbered() {
    for (int i = 0; i < 9; ++i)
      write_picture(place_ / "walk" / ("frame_" + std::to_string(1000 + i) + ".png"), corners(320 + i, 240));
    start();
    session_->open({place_ / "walk"});
    ASSERT_TRUE(eventually([&] { return session_->question().has_value(); }));
  }
};

TEST_F(PhotosQuestionTest, is_asked_before_anything_runs_and_shows_the_first_of_them) {
  open_numbered();
  EXPECT_EQ(session_->question()->count, 9);
  EXPECT_EQ(session_->question()->name, "walk");
  EXPECT_EQ(session_->question()->pictures.size(), 4u);
  EXPECT_FALSE(session_->capture());
  session_->answer(PhotosAre::neither);
  EXPECT_FALSE(session_->question());
  EXPECT_FALSE(session_->capture());
}

TEST_F(PhotosQuestionTest, views_are_cameras_and_frames_are_one) {
  open_numbered();
  session_->answer(PhotosAre::views_of_one_moment);
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->capture()->cameras.size(), 9u);
  session_->open({place_ / "walk"});
  ASSERT_TRUE(eventually([&] { return session_->question().has_value(); }));
  session_->answer(PhotosAre::frames_of_one_camera);
  ASSERT_TRUE(finished());
  EXPECT_EQ(session_->capture()->cameras.size(), 1u);
  EXPECT_EQ(session_->frame_count(), 9);
}

TEST_F(PhotosQuestionTest, is_forgotten_when_something_else_is_opened) {
  open_numbered();
  session_->open({pictures(3)});
  ASSERT_TRUE(finished());
  EXPECT_FALSE(session_->question());
  EXPECT_EQ(session_->capture()->cameras.size(), 3u);
}

TEST_F(CaptureChanges, photos_are_added_and_undo_takes_them_back) {
  open(3);
  const auto before = session_->result();
  session_->add({another("one.png"), another("two.png")});
  ASSERT_TRUE(eventually([&] { return session_->capture()->cameras.size() == 5; }));
  EXPECT_EQ(session_->result(), before) << "it stays until there is another";
  ASSERT_TRUE(eventually([&] { return model() == "5 views"; }));
  EXPECT_EQ(session_->undoable(), "Reconstruct");
  ASSERT_TRUE(eventually([&] { return !session_->run_state().active(); }));
  session_->undo();
  EXPECT_EQ(session_->undoable(), "Add 2 cameras");
  EXPECT_EQ(session_->capture()->cameras.size(), 5u);
  session_->undo();
  EXPECT_EQ(session_->capture()->cameras.size(), 3u);
  EXPECT_EQ(session_->result(), before);
}

TEST_F(CaptureChanges, many_files_that_are_left_out_are_told_in_one_notice) {
  fs::create_directories(place_ / "capture");
  for (int i = 0; i < 6; ++i)
    write_bytes(place_ / "capture" / ("page" + std::to_string(i) + ".jpg"),
                "<!doctype html><title>" + std::to_string(i) + "</title>");
  open(2);
  ASSERT_EQ(session_->notices().size(), 1u);
  EXPECT_TRUE(told(Notice::Kind::warning, "about 6 files"));
  EXPECT_TRUE(told(Notice::Kind::warning, "page0.jpg"));
  EXPECT_TRUE(told(Notice::Kind::warning, "and 3 more"));
}

TEST_F(CaptureChanges, what_is_there_or_does_not_go_with_it_is_not_added) {
  open(3);
  session_->add({place_ / "capture/cam1.png"});
  ASSERT_TRUE(eventually([&] { return told(Notice::Kind::error, "nothing is added"); }));
  session_->notices().clear();
  write_video(place_ / "elsewhere/film.mp4", 5);
  session_->add({place_ / "elsewhere/film.mp4"});
  ASSERT_TRUE(
      eventually([&] { return told(Notice::Kind::error, "photos go with photos, videos with videos"); }));
  session_->notices().clear();
  session_->add({place_ / "nowhere.png"});
  ASSERT_TRUE(eventually([&] { return told(Notice::Kind::error, "nowhere.png"); }));
  EXPECT_EQ(session_->capture()->cameras.size(), 3u);
  EXPECT_EQ(model(), "3 views");
}

TEST_F(CaptureChanges, many_photos_do_not_push_out_the_videos_that_are_there) {
  start();
  write_video(place_ / "cams/1.mp4", 4);
  write_video(place_ / "cams/2.mp4", 5);
  session_->open({place_ / "cams"});
  ASSERT_TRUE(finished());
  session_->add({another("1.png"), another("2.png"), another("3.png")});
  ASSERT_TRUE(eventually([&] { return told(Notice::Kind::error, "nothing is added"); }));
  EXPECT_EQ(session_->capture()->cameras.size(), 2u);
}

TEST_F(CaptureChanges, a_camera_is_left_out_of_the_next_run_and_the_result_stays_until_then) {
  open(3);
  const auto before = session_->result();
  session_->use(1, false);
  EXPECT_FALSE(session_->uses(1));
  EXPECT_EQ(session_->result(), before);
  EXPECT_EQ(session_->undoable(), "Leave out cam1.png");
  session_->run();
  ASSERT_TRUE(eventually([&] { return session_->result() != before && !session_->run_state().active(); }));
  EXPECT_EQ(model(), "2 views");
  std::vector<std::string> names;
  for (int v = 0; v < 2; ++v) names.push_back(session_->result()->views[std::size_t(v)].name);
  EXPECT_THAT(names, ElementsAre("cam0.png", "cam2.png"));
  EXPECT_EQ(session_->capture()->cameras.size(), 3u) << "it is still there to be used again";
  session_->undo();
  session_->undo();
  EXPECT_TRUE(session_->uses(1));
  session_->run();
  ASSERT_TRUE(eventually([&] { return session_->result() != before && !session_->run_state().active(); }));
  EXPECT_EQ(model(), "3 views");
}

TEST_F(CaptureChanges, a_project_remembers_which_cameras_are_left_out) {
  open(3);
  session_->use(2, false);
  session_->save(place_ / "party.ahap", {}, {});
  ASSERT_TRUE(eventually([&] { return session_->saves() == 1; }));
  start();
  session_->open({place_ / "party.ahap"});
  ASSERT_TRUE(eventually([&] { return session_->result() != nullptr; }));
  EXPECT_TRUE(session_->uses(1));
  EXPECT_FALSE(session_->uses(2));
  session_->run();
  ASSERT_TRUE(eventually([&] { return model() == "2 views"; }));
}

TEST_F(CaptureChanges, a_camera_stays_left_out_when_others_are_added) {
  open(3);
  session_->use(0, false);
  session_->add({another("aaa.png")});
  ASSERT_TRUE(eventually([&] { return session_->capture()->cameras.size() == 4; }));
  for (int camera = 0; camera < 4; ++camera)
    EXPECT_EQ(session_->uses(camera), session_->capture()->cameras[std::size_t(camera)].name != "cam0.png");
  ASSERT_TRUE(eventually([&] { return model() == "3 views"; }));
}

TEST_F(CaptureChanges, the_last_camera_stays_in_use) {
  open(2);
  session_->use(0, false);
  session_->use(1, false);
  EXPECT_TRUE(session_->uses(1));
  EXPECT_TRUE(told(Notice::Kind::info, "The last camera stays in use."));
}

class CaptureChangesByHand : public StudioTest {
 protected:
  void open() {
    for (const char* name : {"a", "b", "c"})
      write_picture(place_ / "capture" / (std::string(name) + ".png"), corners(320 + name[0], 240));
    for (const char* name : {"d", "e"})
      write_picture(place_ / "more" / (std::string(name) + ".png"), corners(320 + name[0], 240));
    open_window([](const std::vector<View>& views, const Options&, const Progress&) {
      auto result = std::make_shared<Reconstruction>(sample_reconstruction_of(views));
      result->model_name = std::to_string(views.size()) + " views";
      return result;
    });
    drop({place_ / "capture"});
    ASSERT_TRUE(finished());
    settle();
  }
  void settle() {
    ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  }
  bool ran_on(int views) {
    return eventually([&] {
      return studio_->session().result_is_complete() &&
             studio_->session().result()->model_name == std::to_string(views) + " views";
    });
  }
};

TEST_F(CaptureChangesByHand, several_photos_are_chosen_in_the_dialog_and_added) {
  open();
  press(GLFW_KEY_O, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT);
  settle();
  type((place_ / "more/").string());
  settle();
  const ImGuiWindow* dialog = ImGui::FindWindowByName("Add photos or videos");
  ASSERT_NE(dialog, nullptr);
  ASSERT_TRUE(dialog->Active);
  // Rows of the list: "..", d.png, e.png.
  const double left = dialog->Pos.x + 120, top = dialog->Pos.y + 24 + 34 + 12 + 38 + 14;
  click(left, top + 36);
  ImGui::GetIO().KeyCtrl = true;
  const GLFWkeyfun on_key = glfwSetKeyCallback(studio_->window(), nullptr);
  glfwSetKeyCallback(studio_->window(), on_key);
  on_key(studio_->window(), GLFW_KEY_LEFT_CONTROL, 0, GLFW_PRESS, GLFW_MOD_CONTROL);
  click(left, top + 72);
  on_key(studio_->window(), GLFW_KEY_LEFT_CONTROL, 0, GLFW_RELEASE, 0);
  click(dialog->Pos.x + dialog->Size.x - 28 - 95, dialog->Pos.y + dialog->Size.y - 24 - 18);
  EXPECT_TRUE(ran_on(5));
}

TEST_F(CaptureChangesByHand, a_right_click_on_a_camera_leaves_it_out) {
  open();
  const double second_row = 48 + 16 + 26 + 30 + 48 + 24;
  click(150, second_row, GLFW_MOUSE_BUTTON_RIGHT);
  settle();
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  click(mouse.x + 40, mouse.y + 22);
  settle();
  ASSERT_FALSE(studio_->session().uses(1));
  EXPECT_TRUE(studio_->session().result_is_complete()) << "the result stays";
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  EXPECT_TRUE(ran_on(2));
}

}  // namespace
}  // namespace ahap
