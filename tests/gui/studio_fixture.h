#pragma once

#include <epoxy/gl.h>
#include <stdexcept>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <thread>
#include <vector>

#include "app/gui/studio.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap::testing {

// A real window, used as a person does.
class StudioTest : public ::testing::Test {
 protected:
  void open_window(Session::ReconstructViews reconstruct, Session::ReconstructRange reconstruct_range = {}) {
    StudioOptions options;
    options.reconstruct = std::move(reconstruct);
    options.reconstruct_range = std::move(reconstruct_range);
    options.width = 1000;
    options.height = 700;
    options.scale = 1;
    options.state_folder = state_folder_;
    open_window(options);
    studio_->frame();
  }

  // An X server without windows starts anew, and refuses one that is opened at that moment.
  void open_window(const StudioOptions& options) {
    for (int attempt = 1; attempt < 5; ++attempt) {
      try {
        studio_ = std::make_unique<Studio>(options);
        return;
      } catch (const std::runtime_error&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
      }
    }
    studio_ = std::make_unique<Studio>(options);
  }

  // What the window system does when files are let go over the window.
  void drop(const std::vector<std::filesystem::path>& paths) {
    const GLFWdropfun on_drop = glfwSetDropCallback(studio_->window(), nullptr);
    glfwSetDropCallback(studio_->window(), on_drop);
    std::vector<const char*> names;
    for (const std::filesystem::path& path : paths) names.push_back(path.c_str());
    on_drop(studio_->window(), int(names.size()), names.data());
  }

  // Draws until the condition holds, with a pause after each frame; false after four minutes.
  bool eventually(const std::function<bool()>& condition,
                  std::chrono::milliseconds pause = std::chrono::milliseconds(2)) {
    const auto start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - start < std::chrono::seconds(240)) {
      if (condition()) return true;
      studio_->frame();
      std::this_thread::sleep_for(pause);
    }
    return false;
  }
  bool finished() {
    return eventually([&] {
      return studio_->session().result() && studio_->session().run_state().phase == Job::Phase::done;
    });
  }

  // A key going down and up between two frames, as the keyboard sends it.
  void press(int key, int modifiers = 0) {
    const GLFWkeyfun on_key = glfwSetKeyCallback(studio_->window(), nullptr);
    glfwSetKeyCallback(studio_->window(), on_key);
    on_key(studio_->window(), key, 0, GLFW_PRESS, modifiers);
    on_key(studio_->window(), key, 0, GLFW_RELEASE, modifiers);
    studio_->frame();
  }
  // Keys that go down together, and up after a frame: Dear ImGui looks at them between frames.
  void hold(const std::vector<int>& keys) {
    const GLFWkeyfun on_key = glfwSetKeyCallback(studio_->window(), nullptr);
    glfwSetKeyCallback(studio_->window(), on_key);
    for (const int action : {GLFW_PRESS, GLFW_RELEASE}) {
      for (const int key : keys) on_key(studio_->window(), key, 0, action, 0);
      studio_->frame();
    }
  }
  void type(const std::string& text) {
    const GLFWcharfun on_char = glfwSetCharCallback(studio_->window(), nullptr);
    glfwSetCharCallback(studio_->window(), on_char);
    for (const char c : text) on_char(studio_->window(), static_cast<unsigned char>(c));
    studio_->frame();
  }
  // The mouse goes there and a button goes down and up.
  void click(double x, double y, int button = GLFW_MOUSE_BUTTON_LEFT) {
    glfwSetCursorPos(studio_->window(), x, y);
    const GLFWmousebuttonfun on_button = glfwSetMouseButtonCallback(studio_->window(), nullptr);
    glfwSetMouseButtonCallback(studio_->window(), on_button);
    for (int i = 0; i < 3; ++i) draw();
    on_button(studio_->window(), button, GLFW_PRESS, 0);
    draw();
    on_button(studio_->window(), button, GLFW_RELEASE, 0);
    for (int i = 0; i < 3; ++i) draw();
  }
  // Pressed at the first place, moved to each of the others, let go at the last; `on_the_way` is called at
  // each.
  void drag(const std::vector<Eigen::Vector2d>& places, const std::function<void(int)>& on_the_way = {}) {
    const GLFWmousebuttonfun on_button = glfwSetMouseButtonCallback(studio_->window(), nullptr);
    glfwSetMouseButtonCallback(studio_->window(), on_button);
    for (int i = 0; i < int(places.size()); ++i) {
      glfwSetCursorPos(studio_->window(), places[i].x(), places[i].y());
      for (int k = 0; k < 2; ++k) {
        // Without a button that is really held Dear ImGui 1.86 takes it as let go in every frame.
        if (i > 0) on_button(studio_->window(), GLFW_MOUSE_BUTTON_LEFT, GLFW_PRESS, 0);
        draw();
      }
      if (i == 0) on_button(studio_->window(), GLFW_MOUSE_BUTTON_LEFT, GLFW_PRESS, 0);
      if (i == 0) draw();
      if (on_the_way) on_the_way(i);
    }
    on_button(studio_->window(), GLFW_MOUSE_BUTTON_LEFT, GLFW_RELEASE, 0);
    for (int k = 0; k < 2; ++k) draw();
  }
  void draw() {
    glfwPollEvents();
    studio_->frame();
  }

  // The 3D view without its tool bar: the part between the panels.
  static constexpr double kLeft = 0.31, kTop = 0.2, kRight = 0.64, kBottom = 0.7;

  const TemporaryFolder place_;
  std::filesystem::path state_folder_;  // of the windows; empty: they remember nothing
  std::unique_ptr<Studio> studio_;
};

}  // namespace ahap::testing
