#pragma once

struct GLFWwindow;

namespace ahap {

using KeyFunction = void (*)(GLFWwindow* window, int key, int scancode, int action, int modifiers);

// GLFW as long as a window lives. Throws where there is no display.
struct Glfw {
  Glfw();
  ~Glfw();
};

// The window with its OpenGL 3.3 context. The key function is installed before Dear ImGui's, which calls it.
struct Window {
  GLFWwindow* handle = nullptr;

  Window(int width, int height, KeyFunction on_key);
  ~Window();
  Window(const Window&) = delete;
};

// Dear ImGui in a window.
struct Gui {
  explicit Gui(GLFWwindow* window);
  ~Gui();
  Gui(const Gui&) = delete;
};

}  // namespace ahap
