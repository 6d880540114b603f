#include "reconstruction/synthetic/moving_world.h"

#include <gtest/gtest.h>

#include "reconstruction/capture/views.h"
#include "reconstruction/evaluation/ground_truth.h"
#include "reconstruction/synthetic/write_capture.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

WorldOptions small_pictures() {
  WorldOptions options;
  options.min_people = options.max_people = 3;
  options.min_views = options.max_views = 2;
  options.width = 96, options.height = 64;
  options.walking = true;
  return options;
}

constexpr double kSeconds = 3;

TEST(MovingWorld, is_the_same_for_the_same_seed) {
  const World a = at_time(make_moving_world(5, small_pictures(), kSeconds), 1),
              b = at_time(make_moving_world(5, small_pictures(), kSeconds), 1);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(a.people[i].joints, b.people[i].joints);
}

TEST(MovingWorld, people_walk_and_keep_apart_inside_the_room) {
  int walking = 0;
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const MovingWorld moving = make_moving_world(seed, small_pictures(), kSeconds);
    for (const auto& walk : moving.walks) walking += walk.has_value();
    for (double t = 0; t < kSeconds; t += 0.25) {
      for (std::size_t i = 0; i < moving.walks.size(); ++i) {
        if (!moving.walks[i]) continue;
        const Eigen::Vector2f place = moving.walks[i]->place(t);
        const Room& room = moving.start.room;
        EXPECT_TRUE(place.x() > room.x0 && place.x() < room.x1 && place.y() > room.z0 && place.y() < room.z1);
        for (std::size_t k = 0; k < i; ++k) {
          if (!moving.walks[k]) continue;
          EXPECT_GT((place - moving.walks[k]->place(t)).norm(), 0.5f);
        }
      }
    }
  }
  EXPECT_GE(walking, 6) << "most people of four worlds walk";
}

TEST(MovingWorld, cameras_stand_still_unless_they_are_to_move) {
  const MovingWorld still = make_moving_world(3, small_pictures(), kSeconds),
                    moving = make_moving_world(3, small_pictures(), kSeconds, true);
  for (int c = 0; c < 2; ++c) {
    const Eigen::Vector3d start = still.start.cameras[c].center();
    EXPECT_EQ(at_time(still, 2).cameras[c].center(), start);
    const Camera before = moved(moving.start.cameras[c], moving.cameras[c], 1),
                 after = moved(moving.start.cameras[c], moving.cameras[c], 1 + 1.0 / 30);
    EXPECT_NE(before.center(), start);
    EXPECT_LT((after.center() - before.center()).norm(), 0.04) << "slowly";
    EXPECT_EQ(moved(moving.start.cameras[c], moving.cameras[c], 0).center(), start);
  }
}

TEST(VideoCapture, is_a_video_per_camera_with_the_truth_of_every_frame) {
  const testing::TemporaryFolder place;
  const MovingWorld world = make_moving_world(4, small_pictures(), 0.1);
  write_video_capture(world, {.frames = 3, .fps = 30}, {}, place / "capture");

  const Capture capture = open_capture({place / "capture"});
  ASSERT_EQ(capture.cameras.size(), 2u);
  EXPECT_TRUE(capture.problems.empty());
  EXPECT_EQ(capture.frame_count(), 3);
  EXPECT_NEAR(capture.cameras[0].fps, 30, 1e-6);
  const std::vector<View> views = decode_frame(capture, 2);
  EXPECT_NEAR(views[0].time, 2 / 30.0, 1e-6);

  ASSERT_TRUE(is_video_capture(place / "capture"));
  ASSERT_EQ(ground_truth_frames(place / "capture"), 3);
  const GroundTruth truth = read_ground_truth(place / "capture", 2);
  EXPECT_NEAR(truth.time, 2 / 30.0, 1e-9);
  ASSERT_EQ(truth.views.size(), 2u);
  EXPECT_EQ(truth.views[0].name, views[0].name);
  EXPECT_TRUE(truth.views[0].person.empty());
  const World now = at_time(world, 2 / 30.0);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(truth.people[i].foot_contact, now.people[i].foot_contact);
    EXPECT_EQ(truth.views[0].boxes[i].has_value(), truth.views[0].visible_pixels[i] > 0);
    EXPECT_LT((truth.people[i].joints[0] - now.people[i].joints[0]).norm(), 1e-5f);
  }
}

}  // namespace
}  // namespace ahap
