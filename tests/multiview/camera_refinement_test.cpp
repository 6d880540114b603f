#include <gtest/gtest.h>

#include <numeric>

#include "reconstruction/geometry/level_camera.h"
#include "reconstruction/multiview/camera_refinement.h"
#include "tests/fixtures/camera_errors.h"

namespace ahap {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
}

TEST(CameraRefinement, ExactDetectionsStayExact) {
  for (int seed = 0; seed < 5; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, kExact);
    const auto refined =
        refine_cameras(scene.views, scene.detections, cameras_from_people(scene.views, scene.detections));
    for (const double error : rotation_errors(scene, refined.world_from_camera)) EXPECT_LT(error, 0.3);
    for (std::size_t v = 0; v < scene.cameras.size(); ++v) {
      EXPECT_NEAR(refined.K[v](0, 0) / scene.cameras[v].K(0, 0), 1, 0.01);
    }
  }
}

TEST(CameraRefinement, JointsSeenTogetherBringCamerasCloser) {
  std::vector<double> before, after;
  for (int seed = 0; seed < 20; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 4, PeopleNoise{});
    const auto starts = cameras_from_people(scene.views, scene.detections);
    const auto refined = refine_cameras(scene.views, scene.detections, starts);
    EXPECT_TRUE(refined.refined) << refined.reason;
    for (const double error : rotation_errors(scene, poses_of(starts.front()))) before.push_back(error);
    for (const double error : rotation_errors(scene, refined.world_from_camera)) after.push_back(error);
  }
  EXPECT_LT(mean(after), 0.8 * mean(before));
  EXPECT_LT(median_of(after), 3);
}

TEST(CameraRefinement, JointsOfPeopleSeenTogetherAreTriangulated) {
  const PeopleScene scene = simulate_people(1, 3, 4, kExact);
  const auto refined =
      refine_cameras(scene.views, scene.detections, cameras_from_people(scene.views, scene.detections));
  ASSERT_EQ(refined.joints.size(), 3u);
  const Eigen::Isometry3d world_from_true =
      refined.world_from_camera[0] * scene.cameras[0].world_from_camera.inverse();
  for (int person = 0; person < 3; ++person) {
    ASSERT_EQ(refined.joints[person].size(), std::size_t(kSmplJoints));
    for (int j = 0; j < kSmplJoints; ++j) {
      EXPECT_LT((refined.joints[person][j] - world_from_true * scene.people[person][j]).norm(), 0.03);
    }
  }
}

// How the views of a scene are turned against a room of that yaw, with so much error, and how a rug is seen
// by some.
void see_room(PeopleScene& scene, double manhattan_yaw, double sigma, RandomGeometry& random) {
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    const double yaw =
        level_yaw(scene.cameras[v].world_from_camera.linear()) - manhattan_yaw + random.normal(sigma);
    const auto quarter = [](double angle) { return angle - M_PI / 2 * std::floor(angle / (M_PI / 2)); };
    scene.views[v].room = {{quarter(yaw), sigma, 0.7}, {quarter(yaw + random.uniform(0.3, 1.2)), sigma, 0.3}};
    if (v == 0) std::swap(scene.views[v].room[0].yaw, scene.views[v].room[1].yaw);
  }
}

TEST(CameraRefinement, TheRoomThatAllViewsSeeTurnsCamerasRight) {
  std::vector<double> without, with, closed_form;
  RandomGeometry random(11);
  for (int seed = 0; seed < 20; ++seed) {
    PeopleScene scene = simulate_people(seed, 3, 4, PeopleNoise{});
    const auto people_alone =
        refine_cameras(scene.views, scene.detections, cameras_from_people(scene.views, scene.detections));
    for (const double error : rotation_errors(scene, people_alone.world_from_camera))
      without.push_back(error);
    see_room(scene, random.uniform(0, 1.5), 0.012, random);
    const auto starts = cameras_from_people(scene.views, scene.detections);
    for (const double error : rotation_errors(scene, poses_of(starts.front()))) closed_form.push_back(error);
    const auto refined = refine_cameras(scene.views, scene.detections, starts);
    for (const double error : rotation_errors(scene, refined.world_from_camera)) with.push_back(error);
  }
  EXPECT_LT(median_of(with), 0.7 * median_of(without));
  EXPECT_LT(mean(with), mean(without));
  EXPECT_LT(median_of(closed_form), 4);
}

TEST(CameraRefinement, AKnownFocalLengthStays) {
  const PeopleScene truth = simulate_people(3, 4, 4, PeopleNoise{});
  PeopleScene scene = truth;
  for (auto& view : scene.views) view.focal_sigma = 0.001;
  const auto starts = cameras_from_people(scene.views, scene.detections);
  const auto kept = refine_cameras(scene.views, scene.detections, starts);
  const auto free = refine_cameras(truth.views, truth.detections, starts);
  double moved = 0;
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    EXPECT_NEAR(kept.K[v](0, 0) / scene.views[v].K(0, 0), 1, 0.003);
    moved = std::max(moved, std::abs(free.K[v](0, 0) / scene.views[v].K(0, 0) - 1));
  }
  EXPECT_GT(moved, 0.01);
}

TEST(CameraRefinement, ADetectionThatKnowsItIsPoorIsBelievedLess) {
  std::vector<double> unaware, aware;
  for (int seed = 0; seed < 12; ++seed) {
    PeopleScene scene = simulate_people(seed, 4, 4, PeopleNoise{});
    RandomGeometry random(seed);
    std::vector<double> worse;
    for (auto& d : scene.detections) {
      worse.push_back(random.chance(0.4) ? 15.0 : 0.0);
      const Eigen::Vector2d shift(random.normal(worse.back()), random.normal(worse.back()));
      for (auto& x : d.joints2d)
        x += shift + Eigen::Vector2d(random.normal(worse.back()), random.normal(worse.back()));
    }
    const auto starts = cameras_from_people(scene.views, scene.detections);
    const auto blind = refine_cameras(scene.views, scene.detections, starts);
    for (std::size_t n = 0; n < worse.size(); ++n) {
      scene.detections[n].joints2d_sigma.assign(kSmplJoints, std::hypot(4, 1.5 * worse[n]));
    }
    const auto knowing = refine_cameras(scene.views, scene.detections, starts);
    for (const double error : rotation_errors(scene, blind.world_from_camera)) unaware.push_back(error);
    for (const double error : rotation_errors(scene, knowing.world_from_camera)) aware.push_back(error);
  }
  EXPECT_LT(mean(aware), mean(unaware));
}

TEST(CameraRefinement, EvidenceSpeaksForTheTrueIdentities) {
  for (int seed = 0; seed < 10; ++seed) {
    const PeopleScene scene = simulate_people(seed, 4, 3, PeopleNoise{});
    const auto evidence = [&](const std::vector<PeopleDetection>& detections) {
      return refine_cameras(scene.views, detections, cameras_from_people(scene.views, detections)).evidence;
    };
    auto confused = scene.detections;  // two people change places in the first view
    for (auto& d : confused) {
      if (d.view == 0 && d.person < 2) d.person = 1 - d.person;
    }
    EXPECT_GT(evidence(scene.detections), evidence(confused)) << seed;
  }
}

TEST(CameraRefinement, AStrangerAmongAPersonsSightingsDoesNotSilenceTheOthers) {
  int agreeing = 0, observations = 0;
  for (int seed = 0; seed < 30; ++seed) {
    const PeopleScene scene = simulate_people(seed, 3, 3, PeopleNoise{});
    auto detections = scene.detections;  // in the first view person 1 is taken for person 0
    for (auto& d : detections) {
      if (d.view == 0 && d.person < 2) d.person = d.person == 1 ? 0 : -1;
    }
    const RefinedCameras refined =
        refine_cameras(scene.views, detections, cameras_from_people(scene.views, detections));
    for (std::size_t n = 0; n < detections.size(); ++n) {
      if (detections[n].person != 0 || detections[n].view == 0) continue;
      agreeing += refined.used[n];
      ++observations;
    }
  }
  EXPECT_GT(agreeing, 0.8 * observations);
  RecordProperty("share", std::to_string(double(agreeing) / observations));
}

TEST(CameraRefinement, DependsOnItsInputAlone) {
  const PeopleScene scene = simulate_people(7, 4, 4, PeopleNoise{});
  const auto starts = cameras_from_people(scene.views, scene.detections);
  const auto once = refine_cameras(scene.views, scene.detections, starts);
  const auto again = refine_cameras(scene.views, scene.detections, starts);
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    EXPECT_EQ(once.world_from_camera[v].matrix(), again.world_from_camera[v].matrix());
  }
}

TEST(CameraRefinement, NobodySeenTwiceLeavesTheCamerasAndSaysWhy) {
  PeopleScene scene = simulate_people(2, 2, 2, kExact);
  for (std::size_t i = 0; i < scene.detections.size(); ++i) scene.detections[i].person = int(i);
  const auto starts = cameras_from_people(scene.views, scene.detections);
  const auto refined = refine_cameras(scene.views, scene.detections, starts);
  EXPECT_FALSE(refined.refined);
  EXPECT_EQ(refined.reason, "nobody is seen in two views");
  for (std::size_t v = 0; v < scene.views.size(); ++v) {
    EXPECT_TRUE(refined.world_from_camera[v].isApprox(starts.front().views[v].world_from_camera));
  }
}

TEST(CameraRefinement, NoArrangementToStartFromIsRefused) {
  const PeopleScene scene = simulate_people(2, 2, 2, kExact);
  EXPECT_THROW(refine_cameras(scene.views, scene.detections, {}), std::invalid_argument);
}

}  // namespace
}  // namespace ahap
