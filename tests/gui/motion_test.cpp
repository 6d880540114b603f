#include <gtest/gtest.h>

#include "app/gui/motion_renderer.h"
#include "app/gui/scene_renderer.h"
#include "app/gui/shown_frame.h"
#include "reconstruction/corrections.h"
#include "renderer/headless_context.h"
#include "renderer/orbit_camera.h"
#include "renderer/viewport.h"
#include "tests/fixtures/walking_people.h"
#include "tests/gui/identity_pixels.h"

namespace ahap {
namespace {

using namespace testing;

int opacity_at(const std::vector<LineSegment>& lines, const Eigen::Vector3f& end) {
  for (const LineSegment& line : lines) {
    if (line.b == end) return line.color[3];
  }
  return -1;
}

TEST(MotionTrails, follow_a_joint_and_fade_with_time) {
  const Reconstruction range = walking_people(40);
  ViewState state;
  state.trail_seconds = 0.4f;  // ten frames
  state.trail_wrists = state.trail_ankles = false;
  const std::vector<LineSegment> lines = motion_trails(range, 25, state);
  const auto pelvis = [&](int frame) { return range.people[0].bodies[frame].joints[0]; };
  EXPECT_EQ(lines.size(), 2u * 20);
  EXPECT_GT(opacity_at(lines, pelvis(25)), opacity_at(lines, pelvis(30)));
  EXPECT_GT(opacity_at(lines, pelvis(30)), opacity_at(lines, pelvis(34)));
  EXPECT_EQ(opacity_at(lines, pelvis(36)), -1);
}

TEST(MotionTrails, break_where_somebody_is_missing) {
  const Reconstruction range = walking_people(25);
  ViewState state;
  state.selected.person = 2;
  state.trail_seconds = 10;
  state.trail_wrists = state.trail_ankles = false;
  for (const LineSegment& line : motion_trails(range, 11, state))
    EXPECT_LT((line.a - line.b).norm(), 0.1f) << "a jump over the gap";
}

TEST(MotionTrails, are_those_of_the_selected_person_and_of_nobody_hidden) {
  const Reconstruction range = walking_people(25);
  ViewState state;
  const std::size_t all = motion_trails(range, 12, state).size();
  state.selected.person = 1;
  const std::size_t one = motion_trails(range, 12, state).size();
  EXPECT_LT(one, all);
  state.hidden_people = {1};
  EXPECT_EQ(motion_trails(range, 12, state).size(), 0u);
  state.selected.person = 9;
  EXPECT_EQ(motion_trails(range, 12, state).size(), all - one) << "nobody has this id";
}

class MotionPicture : public ::testing::Test {
 protected:
  Image picture(const ViewState& state) {
    OrbitCamera camera;
    camera.set_scene(renderer_.bounds());
    camera.look_through(camera_looking_at({5, 2.5, 0}, {0, 0.8, 0}, 1.0, 480, 320));
    camera.finish_transition();
    viewport_.render(camera.view({480, 320}), {}, 0,
                     [&](const ViewTransform& view) { renderer_.draw(view, state, 1); });
    return viewport_.read();
  }
  void show(const std::shared_ptr<const Reconstruction>& range, int frame) {
    renderer_.show(shown_frame(range, frame), 0);
    renderer_.show_motion(range, frame);
  }

  const HeadlessContext context_;
  SceneRenderer renderer_;
  Viewport viewport_;
};

TEST_F(MotionPicture, has_ghosts_and_trails_of_other_frames) {
  show(std::make_shared<const Reconstruction>(walking_people(40)), 20);
  ViewState state;
  state.points = state.cameras = state.grid = state.trails = false;
  const int bodies = identity_pixels(picture(state), 1);
  state.trails = true;
  const int with_trails = identity_pixels(picture(state), 1);
  EXPECT_GT(with_trails, bodies + 50);
  const Image without_ghosts = picture(state);
  state.ghosts = true;
  const Image with_ghosts = picture(state);
  int changed = 0;
  for (std::size_t i = 0; i < with_ghosts.rgb.size(); i += 3)
    changed += std::abs(with_ghosts.rgb[i] - without_ghosts.rgb[i]) > 8;
  EXPECT_GT(changed, bodies / 2);
}

TEST_F(MotionPicture, of_a_renamed_person_keeps_the_points_that_are_on_the_graphics_card) {
  const auto range = std::make_shared<const Reconstruction>(walking_people(4));
  ViewState state;
  state.grid = state.cameras = state.bodies = state.trails = false;
  show(range, 0);
  const Image before = picture(state);
  // Uploaded again, all points would be in one place.
  auto& cloud = const_cast<PointCloud&>(*range->frames[0].points);
  std::fill(cloud.positions.begin(), cloud.positions.end(), Eigen::Vector3f::Zero());
  show(with_name(*range, 1, "Anna"), 0);
  EXPECT_EQ(picture(state).rgb, before.rgb);
}

}  // namespace
}  // namespace ahap
