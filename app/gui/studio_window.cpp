#include "app/gui/studio_window.h"

#include <epoxy/gl.h>
// epoxy before GLFW, which would bring its own OpenGL header.
#include <GLFW/glfw3.h>
#include <backends/imgui_impl_glfw.h>
#include <backends/imgui_impl_opengl3.h>

#include <stdexcept>
#include <string>

#include "renderer/graphics_driver.h"

namespace ahap {
namespace {

// GLFW tells why something failed through a callback only.
std::string& glfw_complaint() {
  static std::string text;
  return text;
}

}  // namespace

Glfw::Glfw() {
  glfwSetErrorCallback([](int, const char* text) { glfw_complaint() = text; });
  keep_graphics_driver_apart();
  if (!glfwInit()) {
    throw std::runtime_error("No window can be opened (" + glfw_complaint() +
                             "); without a display use `ahap reconstruct --picture`.");
  }
}

Glfw::~Glfw() {
  glfwTerminate();
}

Window::Window(int width, int height, KeyFunction on_key, ButtonFunction on_button,
               CursorFunction on_cursor) {
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_DEPTH_BITS, 0);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  handle = glfwCreateWindow(width, height, "AHAP Studio", nullptr, nullptr);
  if (!handle) {
    throw std::runtime_error("The window cannot be opened: OpenGL 3.3 is needed (" + glfw_complaint() + ").");
  }
  glfwSetWindowSizeLimits(handle, 800, 560, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwMakeContextCurrent(handle);
  glfwSwapInterval(1);
  glfwSetKeyCallback(handle, on_key);
  glfwSetMouseButtonCallback(handle, on_button);
  glfwSetCursorPosCallback(handle, on_cursor);
}

Window::~Window() {
  glfwDestroyWindow(handle);
}

Gui::Gui(GLFWwindow* window) {
  IMGUI_CHECKVERSION();
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;
  ImGui::GetIO().MouseDoubleClickTime = kDoubleClick;
  ImGui::GetIO().ConfigFlags |= ImGuiConfigFlags_NavEnableKeyboard;
  ImGui_ImplGlfw_InitForOpenGL(window, true);
  ImGui_ImplOpenGL3_Init("#version 330 core");
}

Gui::~Gui() {
  ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
}

}  // namespace ahap
