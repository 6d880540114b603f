#include "renderer/headless_context.h"

#include <epoxy/egl.h>
#include <epoxy/gl.h>

#include <array>
#include <stdexcept>

#include "renderer/graphics_driver.h"

namespace ahap {

struct HeadlessContext::Handles {
  EGLDisplay display = EGL_NO_DISPLAY;
  EGLContext context = EGL_NO_CONTEXT;

  ~Handles() {
    if (display == EGL_NO_DISPLAY) return;
    eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
    if (context != EGL_NO_CONTEXT) eglDestroyContext(display, context);
    eglTerminate(display);
  }

  // Takes the display when a context without a surface can be made current on it.
  bool open(EGLDisplay candidate) {
    if (candidate == EGL_NO_DISPLAY || !eglInitialize(candidate, nullptr, nullptr)) return false;
    display = candidate;
    eglBindAPI(EGL_OPENGL_API);
    constexpr std::array<EGLint, 7> attributes = {EGL_CONTEXT_MAJOR_VERSION,
                                                  3,
                                                  EGL_CONTEXT_MINOR_VERSION,
                                                  3,
                                                  EGL_CONTEXT_OPENGL_PROFILE_MASK,
                                                  EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
                                                  EGL_NONE};
    context = eglCreateContext(display, EGL_NO_CONFIG_KHR, EGL_NO_CONTEXT, attributes.data());
    if (context != EGL_NO_CONTEXT && eglMakeCurrent(display, EGL_NO_SURFACE, EGL_NO_SURFACE, context))
      return true;
    if (context != EGL_NO_CONTEXT) eglDestroyContext(display, context);
    eglTerminate(display);
    display = EGL_NO_DISPLAY;
    context = EGL_NO_CONTEXT;
    return false;
  }
};

HeadlessContext::HeadlessContext() : handles_(std::make_unique<Handles>()) {
  keep_graphics_driver_apart();
  // Graphics cards first (EGL devices), then Mesa without a surface, then whatever the default display is.
  if (epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_platform_device") &&
      epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_EXT_device_enumeration")) {
    std::array<EGLDeviceEXT, 16> devices{};
    EGLint count = 0;
    eglQueryDevicesEXT(EGLint(devices.size()), devices.data(), &count);
    for (EGLint i = 0; i < count; ++i) {
      if (handles_->open(eglGetPlatformDisplayEXT(EGL_PLATFORM_DEVICE_EXT, devices[i], nullptr))) return;
    }
  }
  if (epoxy_has_egl_extension(EGL_NO_DISPLAY, "EGL_MESA_platform_surfaceless") &&
      handles_->open(eglGetPlatformDisplayEXT(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr))) {
    return;
  }
  if (handles_->open(eglGetDisplay(EGL_DEFAULT_DISPLAY))) return;
  throw std::runtime_error(
      "No OpenGL 3.3 context can be made without a display; install a graphics driver with EGL "
      "(on Debian: libegl1 and libgl1-mesa-dri).");
}

HeadlessContext::~HeadlessContext() = default;

}  // namespace ahap
