#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "renderer/headless_context.h"
#include "renderer/orbit_camera.h"
#include "renderer/viewport.h"

namespace ahap {

// Tests that draw: one context without a window for all of them.
class Offscreen : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { context_ = std::make_unique<HeadlessContext>(); }
  static void TearDownTestSuite() { context_.reset(); }

  static Image draw(const ViewTransform& view, const std::function<void(const ViewTransform&)>& what) {
    Viewport viewport;
    viewport.render(view, {}, 0, what);
    EXPECT_EQ(glGetError(), GLenum(GL_NO_ERROR));
    return viewport.read();
  }

 private:
  static inline std::unique_ptr<HeadlessContext> context_;
};

inline Color color_at(const Image& image, int x, int y) {
  const std::uint8_t* p = image.pixel(x, y);
  return {p[0], p[1], p[2]};
}

constexpr Color kBlack = {0, 0, 0};
constexpr Color kRed = {255, 0, 0};
constexpr Color kGreen = {0, 255, 0};
constexpr Color kBlue = {0, 0, 255};

// A camera 2 m above the floor that looks a little down, with a principal point that is not in the middle.
inline Camera tilted_camera(int width, int height) {
  Camera camera;
  camera.width = width;
  camera.height = height;
  camera.K << 0.9 * width, 0, 0.45 * width, 0, 0.9 * width, 0.55 * height, 0, 0, 1;
  camera.world_from_camera.linear() = (Eigen::AngleAxisd(0.7, Eigen::Vector3d::UnitY()) *
                                       Eigen::AngleAxisd(M_PI + 0.3, Eigen::Vector3d::UnitX()) *
                                       Eigen::AngleAxisd(0.1, Eigen::Vector3d::UnitZ()))
                                          .toRotationMatrix();
  camera.world_from_camera.translation() = Eigen::Vector3d(1.5, 2, -3);
  return camera;
}

// What the studio sees when it looks through `camera` in a viewport of the picture's own size.
inline ViewTransform view_of(const Camera& camera) {
  OrbitCamera orbit;
  orbit.look_through(camera);
  orbit.finish_transition();
  return orbit.view(Eigen::Vector2f(camera.width, camera.height));
}

}  // namespace ahap
