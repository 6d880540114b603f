#pragma once

struct GLFWwindow;

namespace ahap {

using KeyFunction = void (*)(GLFWwindow* window, int key, int scancode, int action, int modifiers);
using ButtonFunction = void (*)(GLFWwindow* window, int button, int action, int modifiers);
using CursorFunction = void (*)(GLFWwindow* window, double x, double y);

// GLFW as long as a window lives. Throws where there is no display.
struct Glfw {
  Glfw();
  ~Glfw();
};

// The window with its OpenGL 3.3 context. The functions are installed before Dear ImGui's, which call them.
struct Window {
  GLFWwindow* handle = nullptr;

  Window(int width, int height, KeyFunction on_key, ButtonFunction on_button, CursorFunction on_cursor);
  ~Window();
  Window(const Window&) = delete;
};

// Between the two presses of a double click there are at most so many seconds and units of the display.
constexpr float kDoubleClick = 0.45f, kDoubleClickReach = 6;

// Dear ImGui in a window.
struct Gui {
  explicit Gui(GLFWwindow* window);
  ~Gui();
  Gui(const Gui&) = delete;
};

}  // namespace ahap
