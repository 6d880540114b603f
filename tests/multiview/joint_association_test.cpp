#include "reconstruction/multiview/joint_association.h"

#include <gtest/gtest.h>

#include <chrono>

#include "tests/multiview/simulated_capture.h"

namespace ahap {
namespace {

constexpr double kDegree = std::numbers::pi / 180;

JointAssociation associate(const SimulatedCapture& scene, const Progress& progress = {}) {
  return associate_and_calibrate(scene.views, scene.people, {}, progress);
}

// Colors that tell people apart as clothes do: one bin each, smoothed.
void dress(SimulatedCapture& scene) {
  for (std::size_t i = 0; i < scene.people.size(); ++i) {
    std::vector<float> histogram(8, 0.05f);
    histogram[std::size_t(scene.true_person[i]) % 8] = 0.65f;
    scene.people[i].appearance.parts[0] = histogram;
  }
}

// Share of pairs of observations whose being one person or not is right.
double identity_agreement(const SimulatedCapture& scene, const std::vector<int>& person) {
  double right = 0, pairs = 0;
  for (std::size_t i = 0; i < person.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (scene.people[i].view == scene.people[j].view) continue;
      right += (person[i] == person[j]) == (scene.true_person[i] == scene.true_person[j]);
      ++pairs;
    }
  }
  return pairs > 0 ? right / pairs : 1;
}

int count_estimated(const JointAssociation& result) {
  return int(
      std::count_if(result.views.begin(), result.views.end(), [](const auto& v) { return v.estimated; }));
}

TEST(JointAssociation, FindsCamerasAndIdentitiesOfThreePeopleInFourViews) {
  for (unsigned seed = 100; seed < 105; ++seed) {
    const SimulatedCapture scene = simulate_capture(seed, 4, 3);
    const JointAssociation result = associate(scene);
    EXPECT_EQ(count_estimated(result), 4) << "seed " << seed;
    EXPECT_LT(worst_rotation(scene, result), 5 * kDegree) << "seed " << seed;
    EXPECT_EQ(identity_agreement(scene, result.person_of_observation), 1) << "seed " << seed;
    EXPECT_GT(result.margin, 0) << "seed " << seed;
    EXPECT_EQ(result.runner_up.size(), scene.people.size());
  }
}

TEST(JointAssociation, PeopleHiddenInSomeViewsAndWrongPointsAreSurvived) {
  double agreement = 0, rotation = 0;
  for (unsigned seed = 110; seed < 115; ++seed) {
    SimulatedCapture scene = simulate_capture(seed, 5, 3, {.unseen = 0.25, .outliers = 0.05}, 0.2);
    dress(scene);
    const JointAssociation result = associate(scene);
    agreement += identity_agreement(scene, result.person_of_observation) / 5;
    rotation += worst_rotation(scene, result) / 5;
    EXPECT_EQ(count_estimated(result), 5) << "seed " << seed;
  }
  EXPECT_GT(agreement, 0.97);
  EXPECT_LT(rotation, 6 * kDegree);
}

TEST(JointAssociation, PointsAreTriangulatedInMetresInTheFirstCamerasFrame) {
  const SimulatedCapture scene = simulate_capture(120, 4, 2);
  const JointAssociation result = associate(scene);
  ASSERT_EQ(result.people.size(), 2u);
  EXPECT_TRUE(result.views[0].camera.world_from_camera.isApprox(Eigen::Isometry3d::Identity()));
  for (const AssociatedPerson& person : result.people) {
    const BodyPoints& truth = scene.bodies[scene.true_person[person.observations[0]]];
    const Eigen::Isometry3d world_from_first = scene.cameras[0].world_from_camera;
    double error = 0;
    for (int k = 0; k < kCocoPoints; ++k) {
      if (person.sigma[k] == 0) continue;
      EXPECT_LT(person.sigma[k], 0.1);
      error = std::max(error, (world_from_first * person.points[k] - truth[k]).norm());
    }
    EXPECT_LT(
        error,
        0.5);  // the whole scene's scale and distance hang on mean bone lengths and an unknown focal length
  }
}

TEST(JointAssociation, TheSameInputGivesTheSameAnswer) {
  const SimulatedCapture scene = simulate_capture(121, 4, 3, {}, 0.2);
  const JointAssociation a = associate(scene), b = associate(scene);
  EXPECT_EQ(a.person_of_observation, b.person_of_observation);
  EXPECT_EQ(a.cost, b.cost);
  for (int v = 0; v < 4; ++v)
    EXPECT_EQ(a.views[v].camera.world_from_camera.matrix(), b.views[v].camera.world_from_camera.matrix());
}

TEST(JointAssociation, OneViewHasPeopleAndNoPose) {
  const JointAssociation result = associate(simulate_capture(122, 1, 3));
  EXPECT_FALSE(result.views[0].estimated);
  EXPECT_EQ(result.person_of_observation, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(result.people[2].sigma[kNose], 0);
}

TEST(JointAssociation, NobodyAndNoViewsAreAnswered) {
  SimulatedCapture scene = simulate_capture(123, 3, 0);
  const JointAssociation result = associate(scene);
  EXPECT_EQ(result.views.size(), 3u);
  EXPECT_EQ(count_estimated(result), 0);
  EXPECT_TRUE(result.people.empty());
  EXPECT_TRUE(associate_and_calibrate({}, {}).views.empty());
}

TEST(JointAssociation, ViewsWithoutPeopleHaveNoPoseAndDoNotDisturb) {
  SimulatedCapture scene = simulate_capture(124, 8, 2);
  for (std::size_t i = scene.people.size(); i-- > 0;) {
    if (scene.people[i].view != 2 && scene.people[i].view != 5) continue;
    scene.people.erase(scene.people.begin() + long(i));
    scene.true_person.erase(scene.true_person.begin() + long(i));
  }
  const JointAssociation result = associate(scene);
  EXPECT_EQ(count_estimated(result), 6);
  EXPECT_FALSE(result.views[2].estimated);
  EXPECT_FALSE(result.views[5].estimated);
  EXPECT_LT(worst_rotation(scene, result), 5 * kDegree);
  EXPECT_EQ(identity_agreement(scene, result.person_of_observation), 1);
}

TEST(JointAssociation, OnePersonIsEnoughForCameras) {
  for (unsigned seed = 130; seed < 134; ++seed) {
    const SimulatedCapture scene = simulate_capture(seed, 4, 1);
    const JointAssociation result = associate(scene);
    EXPECT_EQ(count_estimated(result), 4) << "seed " << seed;
    EXPECT_LT(worst_rotation(scene, result), 8 * kDegree) << "seed " << seed;
    EXPECT_EQ(result.people.size(), 1u);
  }
}

TEST(JointAssociation, ManyPeopleAreTractable) {
  SimulatedCapture scene = simulate_capture(140, 3, 8);
  dress(scene);
  const auto begin = std::chrono::steady_clock::now();
  const JointAssociation result = associate(scene);
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(), 60);
  EXPECT_GT(identity_agreement(scene, result.person_of_observation), 0.97);
  EXPECT_LT(worst_rotation(scene, result), 5 * kDegree);
}

TEST(JointAssociation, TheSamePhotoTwiceStandsAtOnePlace) {
  SimulatedCapture scene = simulate_capture(150, 3, 2);
  scene.views.push_back(scene.views[0]);
  scene.cameras.push_back(scene.cameras[0]);
  const std::size_t n = scene.people.size();
  for (std::size_t i = 0; i < n; ++i) {
    if (scene.people[i].view != 0) continue;
    scene.people.push_back(scene.people[i]);
    scene.people.back().view = 3;
    scene.true_person.push_back(scene.true_person[i]);
  }
  const JointAssociation result = associate(scene);
  EXPECT_EQ(count_estimated(result), 4);
  EXPECT_EQ(identity_agreement(scene, result.person_of_observation), 1);
  EXPECT_LT(worst_rotation(scene, result), 5 * kDegree);
  EXPECT_LT((result.views[0].camera.center() - result.views[3].camera.center()).norm(), 0.05);
}

TEST(JointAssociation, AStrangersPhotoHasNoPose) {
  for (unsigned seed = 160; seed < 163; ++seed) {
    SimulatedCapture scene = simulate_capture(seed, 3, 2);
    const SimulatedCapture other = simulate_capture(seed + 50, 1, 1);
    scene.views.push_back(other.views[0]);
    scene.people.push_back(other.people[0]);
    scene.people.back().view = 3;
    scene.true_person.push_back(5);
    const JointAssociation result = associate(scene);
    EXPECT_FALSE(result.views[3].estimated) << "seed " << seed;
    EXPECT_EQ(count_estimated(result), 3) << "seed " << seed;
  }
}

// The observation as the picture's mirror image gives it: what looks like a left arm is the right one.
void mirror(PersonObservation& person, int width) {
  const auto turn = [&](Eigen::Vector2d& pixel) { pixel.x() = width - pixel.x(); };
  for (int k = 0; k < kBodyPoints; ++k) {
    turn(person.points[k].pixel);
    person.landmarks[k].x() *= -1;
  }
  for (int left = kLeftEye; left < kBodyPoints; left += 2) {
    std::swap(person.points[left], person.points[left + 1]);
    std::swap(person.landmarks[left], person.landmarks[left + 1]);
    std::swap(person.visibility[left], person.visibility[left + 1]);
  }
  turn(person.ray_pixel);
  person.box = {width - person.box.x1, person.box.y0, width - person.box.x0, person.box.y1};
}

TEST(JointAssociation, AMirroredPictureIsToldAndHasNoPose) {
  for (unsigned seed = 190; seed < 193; ++seed) {
    SimulatedCapture scene = simulate_capture(seed, 4, 2);
    dress(scene);
    for (auto& person : scene.people) {
      if (person.view == 1) mirror(person, scene.views[1].width);
    }
    const JointAssociation result = associate(scene);
    for (int v = 0; v < 4; ++v) {
      EXPECT_EQ(result.mirrored_view == v, v == 1) << "seed " << seed << " view " << v;
      EXPECT_EQ(result.views[v].estimated, v != 1) << "seed " << seed << " view " << v;
    }
    EXPECT_LT(worst_rotation(scene, result), 6 * kDegree) << "seed " << seed;
  }
}

TEST(JointAssociation, StopsSoonWhenAsked) {
  const SimulatedCapture scene = simulate_capture(170, 6, 4);
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  Progress progress;
  progress.stop_requested = [&] { return elapsed() > 0.1; };
  EXPECT_THROW(associate(scene, progress), Cancelled);
  EXPECT_LT(elapsed(), 1.1);
}

TEST(JointAssociation, BrokenNumbersAreIgnoredAndBrokenIndicesRefused) {
  SimulatedCapture scene = simulate_capture(180, 3, 2);
  scene.people[0].points[kNose].pixel.x() = std::numeric_limits<double>::quiet_NaN();
  scene.people[1].landmarks[kLeftHip].y() = std::numeric_limits<double>::infinity();
  scene.people[2].points.fill({});
  const JointAssociation result = associate(scene);
  EXPECT_EQ(result.person_of_observation[2], -1);
  EXPECT_LT(worst_rotation(scene, result), 6 * kDegree);
  scene.people[0].view = 3;
  EXPECT_THROW(associate(scene), std::invalid_argument);
}

}  // namespace
}  // namespace ahap
