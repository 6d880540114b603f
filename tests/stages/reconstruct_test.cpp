#include "reconstruction/reconstruct.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "reconstruction/evaluation/metrics.h"
#include "reconstruction/models/model.h"
#include "reconstruction/synthetic/render_capture.h"
#include "tests/fixtures/fake_device.h"

namespace ahap {
namespace {

Model& shipped_model() {
  static const std::shared_ptr<Model> model = load_model({AHAP_ASSET_DIR "/models/compact"});
  return *model;
}

struct Rendered {
  GroundTruth truth;
  std::vector<View> views;
};

Rendered rendered(std::uint64_t seed, int views, int people) {
  WorldOptions world;
  world.min_views = world.max_views = views;
  world.min_people = world.max_people = people;
  const RenderedCapture capture = render_capture(seed, world);
  Rendered result{ground_truth(capture), {}};
  for (std::size_t v = 0; v < capture.views.size(); ++v) {
    View view;
    view.name = result.truth.views[v].name;
    view.image = capture.views[v].image;
    result.views.push_back(view);
  }
  return result;
}

bool says(const Reconstruction& reconstruction, const std::string& words) {
  return std::any_of(reconstruction.messages.begin(), reconstruction.messages.end(),
                     [&](const std::string& message) { return message.find(words) != std::string::npos; });
}

// Over six captures.
CaptureScores mean_scores(const Options& options) {
  CaptureScores all;
  for (std::uint64_t seed : {810001, 810002, 810003, 810004, 810005, 810006}) {
    const Rendered capture = rendered(seed, 4, 3);
    const CaptureScores scores =
        score(*reconstruct(capture.views, shipped_model(), options), 0, capture.truth);
    for (const ScoreColumn& column : score_columns()) all.*column.member += scores.*column.member;
  }
  return all;
}

TEST(Pipeline, BodiesDecodedInEveryViewAreCloserThanThoseOfOneView) {
  Options one_view;
  one_view.study.decode_every_view = false;
  EXPECT_LT(mean_scores({}).ga_mpjpe.value().value_or(1), mean_scores(one_view).ga_mpjpe.value().value_or(0));
}

TEST(Pipeline, ReconstructsRenderedCaptures) {
  const CaptureScores all = mean_scores({});
  EXPECT_GT(all.precision.value().value_or(0), 0.85);
  EXPECT_GT(all.recall.value().value_or(0), 0.7);
  EXPECT_LT(all.pa_mpjpe.value().value_or(1), 0.14) << "metres";
  EXPECT_LT(all.up.value().value_or(1), 0.12) << "radians";
  EXPECT_GT(all.association_accuracy.value().value_or(0), 0.85);
  EXPECT_GT(all.rra15.value().value_or(0), 0.4);
  EXPECT_LT(all.w_mpjpe.value().value_or(9), 1.2) << "metres";
}

TEST(Pipeline, TheSameViewsGiveTheSameResult) {
  const Rendered capture = rendered(820001, 3, 3);
  const auto a = reconstruct(capture.views, shipped_model(), {}),
             b = reconstruct(capture.views, shipped_model(), {});
  ASSERT_EQ(a->people.size(), b->people.size());
  ASSERT_EQ(a->frames[0].detections.size(), b->frames[0].detections.size());
  // Sums on several threads may differ in their last bits.
  for (std::size_t p = 0; p < a->people.size(); ++p) {
    for (int j = 0; j < kSmplJoints; ++j)
      EXPECT_LT((a->people[p].bodies[0].joints[j] - b->people[p].bodies[0].joints[j]).norm(), 1e-3f);
  }
}

TEST(Pipeline, IdsAreOneBasedAndOncePerView) {
  const Rendered capture = rendered(820002, 4, 4);
  const auto result = reconstruct(capture.views, shipped_model(), {});
  for (std::size_t p = 0; p < result->people.size(); ++p) EXPECT_EQ(result->people[p].id, int(p) + 1);
  std::set<std::pair<int, int>> seen;
  for (const Detection& detection : result->frames[0].detections) {
    if (detection.person_id > 0) {
      EXPECT_TRUE(seen.insert({detection.view, detection.person_id}).second);
    }
  }
  for (const auto& row : result->frames[0].association.weight)
    EXPECT_EQ(row.size(), result->frames[0].detections.size());
}

TEST(Pipeline, SmplParametersGiveTheMesh) {
  const Rendered capture = rendered(820003, 3, 2);
  const auto result = reconstruct(capture.views, shipped_model(), {});
  ASSERT_FALSE(result->people.empty());
  for (const Person& person : result->people) {
    EXPECT_EQ(person.bodies[0].joints.size(), std::size_t(kSmplJoints));
    EXPECT_GT(person.height, 1.2);
    EXPECT_LT(person.height, 2.3);
    EXPECT_TRUE(person.bodies[0].joints[0].allFinite());
  }
}

TEST(Pipeline, OneViewIsMonocularAndSaysSo) {
  const Rendered capture = rendered(820004, 2, 3);
  const auto result = reconstruct({capture.views[0]}, shipped_model(), {});
  ASSERT_EQ(result->views.size(), 1u);
  EXPECT_TRUE(result->views[0].camera_estimated);
  for (const Person& person : result->people) EXPECT_FALSE(person.bodies[0].triangulated);
  if (!result->people.empty()) {
    EXPECT_TRUE(says(*result, "not triangulated"));
  }
}

TEST(Pipeline, WithoutPeopleTheSceneRemains) {
  View view;
  view.name = "grey.png";
  view.image = Image(320, 240);
  std::fill(view.image.rgb.begin(), view.image.rgb.end(), std::uint8_t(128));
  const auto result = reconstruct({view, view}, shipped_model(), {});
  EXPECT_TRUE(result->people.empty());
  EXPECT_GT(result->frames[0].points->size(), 1000u);
  EXPECT_TRUE(says(*result, "Nobody was found"));
}

TEST(Pipeline, PicturesOfDifferentSizesKeepTheirOwnIntrinsics) {
  Rendered capture = rendered(820005, 2, 2);
  View wide = capture.views[0];
  wide.image = Image(400, 200);
  const auto result = reconstruct({capture.views[1], wide}, shipped_model(), {});
  EXPECT_EQ(result->views[1].camera(0).width, 400);
  EXPECT_NEAR(result->views[1].camera(0).K(0, 2), 200, 1e-6);
  EXPECT_NEAR(result->views[1].camera(0).K(1, 2), 100, 1e-6);
}

TEST(Pipeline, AStopIsHonoured) {
  const Rendered capture = rendered(820006, 2, 2);
  Progress progress;
  progress.stop_requested = [] { return true; };
  EXPECT_THROW(reconstruct(capture.views, shipped_model(), {}, progress), Cancelled);
}

TEST(Pipeline, EveryStageIsTimedAndReportedToItsEnd) {
  const Rendered capture = rendered(820007, 2, 2);
  std::set<std::string> ended;
  Progress progress;
  progress.report = [&](const std::string& stage, double fraction) {
    if (fraction >= 1) ended.insert(stage);
  };
  const auto result = reconstruct(capture.views, shipped_model(), {}, progress);
  for (const StageTiming& timing : result->timings) EXPECT_TRUE(ended.count(timing.stage)) << timing.stage;
  EXPECT_GE(result->timings.size(), 8u);
}

TEST(Pipeline, MoreThanTheBudgetOfPointsIsNeverMade) {
  const Rendered capture = rendered(820008, 3, 1);
  Options options;
  options.max_points = 5000;
  EXPECT_LE(reconstruct(capture.views, shipped_model(), options)->frames[0].points->size(), 6000u);
}

TEST(LoadModels, AMissingModelIsNamed) {
  try {
    load_model({"/nowhere/at/all"});
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/at/all"), std::string::npos) << error.what();
  }
}

TEST(Pipeline, ThePapersQueriesFindMostPeopleByThemselves) {
  const Rendered capture = rendered(810001, 4, 3);
  Options options;
  options.association = AssociationMethod::queries;
  const auto result = reconstruct(capture.views, shipped_model(), options);
  EXPECT_EQ(result->association_method, "queries");
  EXPECT_GT(score(*result, 0, capture.truth).association_accuracy.value().value_or(0), 0.5);
  for (const Detection& detection : result->frames[0].detections) EXPECT_GE(detection.person_id, 0);
}

TEST(Pipeline, ReconstructsOnADeviceAsOnTheProcessor) {
  if (!testing::kHasPretendDevice) GTEST_SKIP() << "no device that pretends with this LibTorch";
  const Rendered capture = rendered(810002, 2, 2);
  const LoadOptions options{.model = AHAP_ASSET_DIR "/models/compact", .precision = Precision::f32};
  const auto there = load_model_on(testing::fake_device(), options),
             here = load_model_on(torch::kCPU, options);
  const auto a = reconstruct(capture.views, *there, {}), b = reconstruct(capture.views, *here, {});
  ASSERT_EQ(a->people.size(), b->people.size());
  for (std::size_t v = 0; v < a->views.size(); ++v) {
    EXPECT_TRUE(
        a->views[v].cameras[0].world_from_camera.isApprox(b->views[v].cameras[0].world_from_camera, 1e-3));
  }
  for (std::size_t p = 0; p < a->people.size(); ++p) {
    for (int j = 0; j < kSmplJoints; ++j)
      EXPECT_LT((a->people[p].bodies[0].joints[j] - b->people[p].bodies[0].joints[j]).norm(), 1e-3f)
          << "metres";
  }
}

}  // namespace
}  // namespace ahap
