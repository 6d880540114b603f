// Whole runs of the model for photographs, where its networks are installed, on the sample capture: rendered
// people, but the networks take them for people.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "reconstruction/capture/capture.h"
#include "reconstruction/capture/views.h"
#include "reconstruction/corrections.h"
#include "reconstruction/photo_fit.h"
#include "reconstruction/reconstruct.h"
#include "tests/fixtures/photo_model.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class PhotoReconstruction : public PhotoModelTest {
 protected:
  static std::shared_ptr<const Reconstruction> run(const std::vector<View>& views,
                                                   const Progress& progress = {}) {
    return reconstruct(views, *model_, {}, progress);
  }

  // Of the sample, for tests that only look at it or correct it.
  static const Reconstruction& result_of_sample() {
    static const std::shared_ptr<const Reconstruction> result = run(sample());
    return *result;
  }
};

Image mirrored(const Image& image) {
  Image result(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x)
      std::copy_n(image.pixel(image.width - 1 - x, y), 3, result.pixel(x, y));
  }
  return result;
}

Image upside_down(const Image& image) {
  Image result(image.width, image.height);
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x)
      std::copy_n(image.pixel(image.width - 1 - x, image.height - 1 - y), 3, result.pixel(x, y));
  }
  return result;
}

double rotation_between(const Reconstruction& a, const Reconstruction& b, int from, int to) {
  const auto relative = [&](const Reconstruction& r) {
    return Eigen::Matrix3d(r.views[from].camera(0).world_from_camera.linear().transpose() *
                           r.views[to].camera(0).world_from_camera.linear());
  };
  return Eigen::AngleAxisd(relative(a).transpose() * relative(b)).angle() * 180 / M_PI;
}

TEST_F(PhotoReconstruction, SeesEverybodyAndEveryCameraOfTheSample) {
  std::vector<std::string> stages;
  Progress progress;
  progress.report = [&](const std::string& stage, double) {
    if (stages.empty() || stages.back() != stage) stages.push_back(stage);
  };
  std::vector<std::shared_ptr<const Reconstruction>> partial;
  progress.publish = [&](std::shared_ptr<const Reconstruction> known) { partial.push_back(known); };
  const auto result = run(sample(), progress);
  ASSERT_EQ(result->views.size(), 4u);
  for (const auto& view : result->views) EXPECT_TRUE(view.camera_estimated) << view.name;
  ASSERT_EQ(result->people.size(), 3u);
  for (const Person& person : result->people) {
    EXPECT_GE(person.bodies[0].detections.size(), 3u);
    EXPECT_TRUE(person.bodies[0].triangulated);
    EXPECT_GT(person.height, 1.4);
    EXPECT_LT(person.height, 2.1);
    for (const auto& X : person.bodies[0].mesh.positions) ASSERT_TRUE(X.allFinite());
  }
  EXPECT_GT(result->frames[0].points->positions.size(), 10000u);
  EXPECT_THAT(stages, ElementsAre("people", "who is who", "depth", "background", "hidden people", "bodies",
                                  "points"));
  EXPECT_FALSE(result->partial);

  ASSERT_EQ(partial.size(), 2u) << "people in the pictures; then cameras and bodies";
  for (const auto& known : partial) EXPECT_TRUE(known->partial);
  EXPECT_GE(partial[0]->frames[0].detections.size(), 9u);
  EXPECT_TRUE(partial[0]->people.empty());
  EXPECT_TRUE(partial[0]->messages.empty());
  for (const ReconstructedView& view : partial[0]->views) {
    EXPECT_FALSE(view.camera_estimated);
    EXPECT_EQ(view.camera(0).width, result->views[0].camera(0).width) << "the picture can be drawn";
    EXPECT_GT(view.camera(0).K(0, 0), 0);
  }
  ASSERT_EQ(partial[1]->people.size(), 3u);
  EXPECT_LT((partial[1]->people[0].bodies[0].joints[0] - result->people[0].bodies[0].joints[0]).norm(), 0.5);
  EXPECT_LT(rotation_between(*partial[1], *result, 0, 1), 10);

  // The same picture upside down: read as its people stand, and its camera where it was.
  std::vector<View> turned = sample();
  turned[1].image = upside_down(turned[1].image);
  const auto again = run(turned);
  EXPECT_THAT(again->messages, Contains(HasSubstr(turned[1].name + " was read turned by 180 degrees")));
  ASSERT_TRUE(again->views[1].camera_estimated);
  EXPECT_LT(rotation_between(*result, *again, 0, 2), 5);
  EXPECT_NEAR(rotation_between(*result, *again, 0, 1), 180, 8);
}

TEST_F(PhotoReconstruction, AMirroredPictureHasNoPoseAndTheMessageSaysWhy) {
  std::vector<View> views = sample();
  views[1].image = mirrored(views[1].image);
  const auto result = run(views);
  EXPECT_FALSE(result->views[1].camera_estimated);
  EXPECT_TRUE(result->views[0].camera_estimated);
  EXPECT_THAT(result->messages,
              Contains(HasSubstr("No camera pose for " + views[1].name +
                                 ": its people fit the other pictures only when it is mirrored")));
}

TEST_F(PhotoReconstruction, PicturesWithoutPeopleAreAnswered) {
  std::vector<View> views(3);
  std::mt19937 random(1);
  const int sides[3][2] = {{320, 240}, {64, 48}, {900, 60}};
  for (int v = 0; v < 3; ++v) {
    views[v].name = "picture" + std::to_string(v);
    views[v].image = Image(sides[v][0], sides[v][1]);
    if (v == 0) continue;  // black
    for (auto& byte : views[v].image.rgb) byte = std::uint8_t(v == 1 ? random() % 256 : 255);
  }
  const auto result = run(views);
  EXPECT_TRUE(result->people.empty());
  EXPECT_THAT(result->messages, Contains(HasSubstr("Nobody was found")));
  EXPECT_THAT(result->messages, Contains("No camera pose for picture1: nobody was found in it."));
  EXPECT_THAT(result->messages, Not(Contains(HasSubstr("uncertain")))) << "of a camera that is alone";
}

TEST_F(PhotoReconstruction, StopsWhenAsked) {
  Progress progress;
  int steps = 0;
  progress.stop_requested = [&] { return ++steps > 3; };
  EXPECT_THROW(run(sample(), progress), Cancelled);
}

bool same_body(const Person& a, const Person& b) {
  const BodyInFrame &x = a.bodies[0], &y = b.bodies[0];
  return a.id == b.id && a.betas == b.betas && x.pose == y.pose && x.transl == y.transl &&
         x.mesh.positions == y.mesh.positions && x.detections == y.detections;
}

bool same_camera(const ReconstructedView& a, const ReconstructedView& b) {
  return a.camera(0).K == b.camera(0).K &&
         a.camera(0).world_from_camera.matrix() == b.camera(0).world_from_camera.matrix();
}

TEST_F(PhotoReconstruction, APersonWhoIsNoneIsGoneAndEverythingElseStaysBitForBit) {
  const Reconstruction& result = result_of_sample();
  ASSERT_EQ(result.people.size(), 3u);
  ASSERT_TRUE(result.run);
  const auto corrected = with_identities(result, without_person(result.frames[0], 2));
  ASSERT_EQ(corrected->people.size(), 2u);
  EXPECT_TRUE(same_body(result.people[0], corrected->people[0]));
  EXPECT_TRUE(same_body(result.people[2], corrected->people[1]));
  for (std::size_t v = 0; v < 4; ++v) EXPECT_TRUE(same_camera(result.views[v], corrected->views[v]));
  std::size_t of_others = 0;
  const PointCloud &before = *result.frames[0].points, &after = *corrected->frames[0].points;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before.person[i] == 2) continue;
    ASSERT_LT(of_others, after.size());
    ASSERT_EQ(before.positions[i], after.positions[of_others++]);
  }
  for (const Detection& detection : corrected->frames[0].detections) EXPECT_NE(detection.person_id, 2);

  // Taking it back by another correction gives the person back.
  const auto again = with_identities(*corrected, identities(result.frames[0]));
  ASSERT_EQ(again->people.size(), 3u);
  EXPECT_LT((again->people[1].bodies[0].joints[0] - result.people[1].bodies[0].joints[0]).norm(), 0.02);
}

TEST_F(PhotoReconstruction, ADetectionThatIsSplitOffIsAPersonOfItsOwn) {
  const Reconstruction& result = result_of_sample();
  const int detection = result.people[0].bodies[0].detections.front();
  const int id = new_person_id(result.frames[0]);
  const auto corrected = with_identities(result, with_detection_assigned(result.frames[0], detection, id));
  const auto alone = find_person(*corrected, 0, id);
  ASSERT_TRUE(alone);
  EXPECT_EQ(alone->body.detections, std::vector{detection});
  EXPECT_FALSE(alone->body.triangulated);
}

TEST_F(PhotoReconstruction, ADetectionThatIsLeftOutStaysThePersonsAndMovesNobodyElse) {
  const Reconstruction& result = result_of_sample();
  const Person& person = result.people[0];
  const int detection = person.bodies[0].detections.front();
  const auto corrected = with_decisions(result, with_detection_left_out(result, detection, true));
  ASSERT_EQ(corrected->people.size(), 3u);
  const BodyInFrame& body = corrected->people[0].bodies[0];
  EXPECT_EQ(std::count(body.detections.begin(), body.detections.end(), detection), 0);
  EXPECT_EQ(body.detections.size() + 1, person.bodies[0].detections.size());
  EXPECT_FALSE(same_body(person, corrected->people[0])) << "it was fitted again";
  EXPECT_TRUE(same_body(result.people[1], corrected->people[1]));
  EXPECT_TRUE(same_body(result.people[2], corrected->people[2]));
  const Detection& seen = corrected->frames[0].detections[detection];
  EXPECT_TRUE(seen.left_out);
  EXPECT_EQ(seen.person_id, person.id);
  EXPECT_TRUE(photo_fit(*corrected, 0, detection)) << "how far off it is, can still be seen";
  const auto again = with_decisions(*corrected, with_detection_left_out(*corrected, detection, false));
  EXPECT_EQ(again->people[0].bodies[0].detections.size(), person.bodies[0].detections.size());
}

TEST_F(PhotoReconstruction, AViewThatIsLeftOutKeepsItsCameraAndItsPointsComeBack) {
  const Reconstruction& result = result_of_sample();
  const auto without = with_decisions(result, with_view_left_out(result, 3, true));
  EXPECT_TRUE(without->views[3].left_out);
  ASSERT_EQ(without->people.size(), 3u);
  for (std::size_t v = 0; v < 4; ++v) EXPECT_TRUE(same_camera(result.views[v], without->views[v]));
  for (const Person& person : without->people)
    for (const int n : person.bodies[0].detections) EXPECT_NE(without->frames[0].detections[n].view, 3);
  const auto points_of_view = [](const Reconstruction& r) {
    const auto& views = r.frames[0].points->view;
    return std::count(views.begin(), views.end(), 3);
  };
  EXPECT_GT(points_of_view(result), 1000);
  EXPECT_EQ(points_of_view(*without), 0);
  const auto again = with_decisions(*without, with_view_left_out(*without, 3, false));
  EXPECT_NEAR(double(points_of_view(*again)), double(points_of_view(result)),
              0.02 * double(points_of_view(result)));
}

// The sample as a calibration in another world knows it: turned about the vertical, elsewhere, larger.
std::vector<View> calibrated_sample(const Reconstruction& result, const Eigen::Isometry3d& given_from_world,
                                    double scale = 1) {
  std::vector<View> views = PhotoModelTest::sample();
  for (std::size_t v = 0; v < views.size(); ++v) {
    Eigen::Isometry3d pose = given_from_world * result.views[v].camera(0).world_from_camera;
    pose.translation() *= scale;
    views[v].known = KnownCamera{"Calib.toml", result.views[v].camera(0).K, pose.inverse()};
  }
  return views;
}

TEST_F(PhotoReconstruction, KnownCamerasComeOutAsTheyCameInAndGiveTheWorld) {
  const Reconstruction& found = result_of_sample();
  const Eigen::Isometry3d askew =
      Eigen::Translation3d(3, 1, -2) * Eigen::AngleAxisd(2, Eigen::Vector3d(1, 1, 0.2).normalized());
  const Eigen::Isometry3d level =
      Eigen::Translation3d(3, 0, -2) * Eigen::AngleAxisd(2, Eigen::Vector3d::UnitY());
  for (const Eigen::Isometry3d& given_from_world : {level, askew}) {
    const std::vector<View> views = calibrated_sample(found, given_from_world);
    const auto result = run(views);
    for (std::size_t v = 0; v < 4; ++v) {
      const Camera& camera = result->views[v].camera(0);
      EXPECT_LT((camera.camera_from_world().matrix() - views[v].known->camera_from_world->matrix()).norm(),
                1e-6);
      EXPECT_EQ(camera.K, *views[v].known->K);
    }
    ASSERT_EQ(result->people.size(), 3u);
    for (const Person& person : result->people) {
      double nearest = 1e9;
      for (const Person& other : found.people) {
        const Eigen::Vector3d place = given_from_world * other.bodies[0].joints[0].cast<double>();
        nearest = std::min(nearest, (place - person.bodies[0].joints[0].cast<double>()).norm());
      }
      EXPECT_LT(nearest, 0.1);
      const BodyInFrame& body = person.bodies[0];
      EXPECT_LT((body.mesh.positions[0] - body.joints[0]).norm(), 2) << "the mesh went with its joints";
    }
    EXPECT_THAT(result->messages, Not(Contains(HasSubstr("Calib.toml"))));
  }
}

TEST_F(PhotoReconstruction, KnownCamerasOfAnUnknownUnitAreScaledByPeople) {
  const std::vector<View> views = calibrated_sample(result_of_sample(), Eigen::Isometry3d::Identity(), 1000);
  const auto result = run(views);
  EXPECT_THAT(result->messages, Contains(HasSubstr("cameras of Calib.toml were scaled by 0.00")));
  const double spread = (result->views[0].camera(0).center() - result->views[2].camera(0).center()).norm();
  const double before =
      (result_of_sample().views[0].camera(0).center() - result_of_sample().views[2].camera(0).center())
          .norm();
  EXPECT_NEAR(spread / before, 1, 0.1);
}

}  // namespace
}  // namespace ahap
