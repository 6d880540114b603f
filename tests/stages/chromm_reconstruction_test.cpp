#include "reconstruction/stages/chromm_reconstruction.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "reconstruction/branches/pi3/pi3.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/geometry/similarity.h"
#include "reconstruction/models/model.h"
#include "reconstruction/motion/one_frame.h"
#include "reconstruction/reconstruct.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/stages/chromm_chunk.h"
#include "reconstruction/stages/chromm_people.h"
#include "tests/fixtures/small_chromm.h"
#include "tests/fixtures/small_pi3.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::ResultOf;
using ::testing::SizeIs;

// Two cameras that move a little, filmed at the same instants.
class ChrommReconstruction : public ::testing::Test {
 protected:
  ChrommReconstruction() { use_model(); }
  void use_model(bool own_heads = false, bool with_smplx = false) {
    auto scene = std::make_unique<ToldScene>();
    scene_ = scene.get();
    scene_->pose = [](int, int picture) { return true_pose(picture / 2, picture % 2); };
    model_ = small_chromm_model(std::move(scene), own_heads, with_smplx);
  }
  static Eigen::Isometry3d true_pose(int frame, int camera) {
    Eigen::Isometry3d pose = Eigen::Isometry3d::Identity();
    pose.linear() = rotation_of({0, 0.5 * camera, 0.01 * frame});
    pose.translation() = Eigen::Vector3d(2.0 * camera, 0.05 * frame, 0.1 * camera);
    return pose;
  }
  // Chunks in worlds and units of their own, as each call of the network has them.
  void use_chunks() {
    scene_->pose = [](int call, int picture) {
      Eigen::Isometry3d own = Eigen::Isometry3d::Identity();
      own.linear() = rotation_of({0.3 * call, -0.8 * call, 0.2});
      own.translation() = Eigen::Vector3d(call, 2.0 * call, -call);
      return own * true_pose(19 * call + picture / 2, picture % 2);
    };
    scene_->metres_per_unit = [](int call) { return call == 0 ? 1.0 : 0.7 / call; };
  }
  static std::vector<View> both_views(int number) { return {chromm_view(number, 0), chromm_view(number, 1)}; }
  static FrameSequence video(int frames, std::function<std::vector<View>(int)> read = both_views) {
    FrameSequence sequence;
    for (int n = 0; n < frames; ++n) sequence.numbers.push_back(10 + n);
    sequence.read = [read](int number, const Progress&) { return read(number); };
    return sequence;
  }
  std::shared_ptr<const Reconstruction> run(const FrameSequence& frames, const Progress& progress = {}) {
    return reconstruct_chromm_range(frames, model_, options_, progress);
  }
  // Cameras are the true ones, in another world and of another unit.
  static void expect_true_cameras(const Reconstruction& range, double tolerance) {
    std::vector<Eigen::Isometry3d> mine, truth;
    for (std::size_t f = 0; f < range.frames.size(); ++f) {
      for (int v = 0; v < 2; ++v) {
        mine.push_back(range.views[std::size_t(v)].camera(int(f)).world_from_camera);
        truth.push_back(true_pose(int(f), v));
      }
    }
    const auto to_truth = align_trajectories(mine, truth, AlignmentGroup::Sim3);
    ASSERT_TRUE(to_truth);
    EXPECT_NEAR(to_truth->scale, 1 / range.scale, tolerance / range.scale);
    for (std::size_t i = 0; i < mine.size(); ++i) {
      const Eigen::Isometry3d placed = *to_truth * mine[i];
      EXPECT_LT((placed.translation() - truth[i].translation()).norm(), tolerance) << i;
      EXPECT_LT(rotation_angle(placed.linear(), truth[i].linear()), tolerance) << i;
    }
  }

  ToldScene* scene_ = nullptr;
  std::shared_ptr<ChrommModel> model_;
  Options options_;
};

TEST_F(ChrommReconstruction, has_the_cameras_of_the_scene_branch_and_people_with_identities) {
  const auto range = run(video(3));
  ASSERT_THAT(range->views, SizeIs(2));
  expect_true_cameras(*range, 1e-3);
  EXPECT_THAT(scene_->pictures, ElementsAre(6)) << "all pictures at once";
  EXPECT_EQ(range->views[1].name, "cam2.mp4");
  EXPECT_EQ(range->frames[2].number, 12);
  EXPECT_NEAR(frame_rate(*range), 25, 1e-6);
  ASSERT_FALSE(range->people.empty());
  std::set<int> ids;
  for (const Person& person : range->people) {
    ids.insert(person.id);
    ASSERT_FALSE(person.bodies.empty());
    for (const BodyInFrame& body : person.bodies) {
      const ReconstructedFrame& frame = range->frames[std::size_t(body.frame)];
      std::set<int> views;
      ASSERT_FALSE(body.detections.empty());
      for (const int n : body.detections) {
        EXPECT_EQ(frame.detections[std::size_t(n)].person_id, person.id);
        EXPECT_TRUE(views.insert(frame.detections[std::size_t(n)].view).second) << "once in a picture";
      }
      EXPECT_TRUE(views.contains(body.reference_view));
      for (const Eigen::Vector3f& joint : body.joints) EXPECT_TRUE(joint.allFinite());
    }
  }
  EXPECT_EQ(ids.size(), range->people.size());
  EXPECT_EQ(*ids.begin(), 1);
  EXPECT_EQ(range->model_name, "chromm");
  EXPECT_FALSE(range->partial);
  EXPECT_THAT(range->messages,
              Contains(HasSubstr("CHROMM's own heads are not public; Multi-HMR's heads stand in")));
  EXPECT_THAT(range->messages, Contains(HasSubstr("SMPLX_NEUTRAL.npz (https://smpl-x.is.tue.mpg.de)")));
}

TEST_F(ChrommReconstruction, places_heads_under_their_pixels_behind_what_the_scene_shows) {
  const auto range = run(video(1));
  ASSERT_FALSE(range->people.empty());
  for (const Person& person : range->people) {
    const BodyInFrame& body = person.bodies[0];
    if (body.detections.size() > 1) continue;  // triangulated
    const Detection& detection = range->frames[0].detections[std::size_t(body.detections[0])];
    const Camera& camera = range->views[std::size_t(detection.view)].camera(0);
    const Eigen::Vector3d head = camera.camera_from_world() * body.joints[15].cast<double>();
    EXPECT_NEAR(head.z(), detection.keypoint_depth, 1e-3 * head.z());
    const double surface = detection.keypoint_depth / range->scale;  // 3.5 to 4.5 in the told scene
    EXPECT_GT(surface, 3.5);
    EXPECT_LT(surface, 4.5 + 0.5);
    const auto pixel = camera.project(body.joints[15].cast<double>());
    ASSERT_TRUE(pixel);
    EXPECT_LT((*pixel - detection.keypoint).norm(), 0.05);
  }
}

TEST_F(ChrommReconstruction, joins_chunks_of_25_frames_by_the_points_of_six_that_they_share) {
  use_model(/*own_heads=*/true);
  use_chunks();
  const auto range = run(video(50));
  EXPECT_THAT(scene_->pictures, ElementsAre(50, 50, 2 * (6 + 6)));
  ASSERT_THAT(range->frames, SizeIs(50));
  expect_true_cameras(*range, 5e-3);
  for (std::size_t f = 0; f < 50; ++f) EXPECT_FALSE(range->frames[f].detections.empty()) << f;
  EXPECT_THAT(range->people, Contains(ResultOf(
                                 [](const Person& person) {
                                   std::set<int> frames;
                                   for (const BodyInFrame& body : person.bodies) frames.insert(body.frame);
                                   return frames.contains(24) && frames.contains(25);
                                 },
                                 true)))
      << "identities go on over chunks";
}

TEST(ChunkLength, is_25_instants_and_less_where_that_would_be_more_than_a_hundred_pictures) {
  EXPECT_EQ(chunk_length(1).instants, 25u);
  EXPECT_EQ(chunk_length(4).instants, 25u);
  EXPECT_EQ(chunk_length(4).overlap, 6u);
  EXPECT_EQ(chunk_length(8).instants, 12u);
  EXPECT_EQ(chunk_length(50).instants, 8u);
  EXPECT_EQ(chunk_length(50).overlap, 4u);
}

TEST(JoinedChunks, take_cameras_where_points_do_not_tell) {
  std::vector<Eigen::Isometry3d> chunk(3, Eigen::Isometry3d::Identity()), known;
  chunk[1].translation() = Eigen::Vector3d(1, 0, 0);
  chunk[2].translation() = Eigen::Vector3d(0, 1, 0.5);
  const Similarity expected{2, rotation_of({0.1, 0.2, 0.3}), {4, 5, 6}};
  for (const Eigen::Isometry3d& camera : chunk) known.push_back(expected * camera);
  const std::vector<Eigen::Vector3d> unknown(
      40, Eigen::Vector3d::Constant(std::numeric_limits<double>::quiet_NaN()));
  const auto found = join_chunks(unknown, unknown, chunk, known);
  ASSERT_TRUE(found);
  EXPECT_NEAR(found->scale, 2, 1e-9);
  EXPECT_LT((found->t - expected.t).norm(), 1e-9);
}

TEST_F(ChrommReconstruction, has_one_pose_of_cameras_that_are_known_to_stand_still) {
  options_.range.cameras_move = CamerasMove::no;
  const auto range = run(video(4));
  EXPECT_THAT(range->views[0].cameras, SizeIs(1));
  options_.range.cameras_move = CamerasMove::automatic;
  EXPECT_THAT(run(video(4))->views[0].cameras, SizeIs(4));
}

TEST_F(ChrommReconstruction, has_points_of_the_place_coloured_by_its_pictures) {
  options_.max_points = 2000;
  const auto range = run(video(2));
  const PointCloud& place = *range->frames[0].points;
  EXPECT_GT(place.size(), 500u);
  EXPECT_LE(place.size(), 2000u);
  EXPECT_THAT(place.person, Each(0));
  EXPECT_THAT(place.view, Contains(1));
  EXPECT_EQ(range->frames[0].points, range->frames[1].points);
  options_.max_points = 0;
  EXPECT_EQ(run(video(2))->frames[0].points->size(), 0u);
}

TEST_F(ChrommReconstruction, with_own_heads_leaves_out_what_their_masks_cover) {
  use_model(/*own_heads=*/true);
  options_.detection_threshold = 1;
  auto weights = small_heads_checkpoint();
  const auto with_mask = [&](float bias) {
    weights.tensors["mask.2.weight"].zero_();
    weights.tensors["mask.2.bias"] = torch::full({196}, bias);
    model_->people = std::make_unique<ChrommNetwork>(small_multi_hmr(), load_chromm_heads(weights),
                                                     model_->body, torch::kCPU, false);
    return run(video(1));
  };
  EXPECT_EQ(with_mask(5)->frames[0].points->size(), 0u);
  EXPECT_GT(with_mask(-5)->frames[0].points->size(), 500u);
}

TEST_F(ChrommReconstruction, with_own_heads_says_nothing_of_others) {
  use_model(/*own_heads=*/true);
  const auto range = run(video(2));
  ASSERT_FALSE(range->people.empty());
  EXPECT_THAT(range->messages, Not(Contains(HasSubstr("stand in their place"))));
}

TEST_F(ChrommReconstruction, keeps_smplx_bodies_of_one_shape_where_there_is_a_file_of_them) {
  use_model(/*own_heads=*/false, /*with_smplx=*/true);
  const auto range = run(video(2));
  ASSERT_FALSE(range->people.empty());
  for (const Person& person : range->people) {
    EXPECT_THAT(person.smplx_betas, SizeIs(kSmplBetas));
    for (const BodyInFrame& body : person.bodies) EXPECT_TRUE(body.smplx);
  }
  const auto one = reconstruct_chromm_frame(both_views(4), model_, options_, {});
  EXPECT_THAT(one->people.at(0).bodies[0].mesh.positions, SizeIs(60)) << "the mesh of the SMPL-X body";
}

TEST_F(ChrommReconstruction, of_one_frame_has_pictures_and_meshes) {
  Model model;
  model.chromm = model_;
  const auto one = reconstruct(both_views(4), model, options_);
  ASSERT_THAT(one->frames, SizeIs(1));
  EXPECT_EQ(one->frames[0].number, 4);
  ASSERT_THAT(one->frames[0].pictures, SizeIs(2));
  EXPECT_EQ(one->frames[0].pictures[1].width, 80);
  ASSERT_FALSE(one->people.empty());
  for (const Person& person : one->people)
    EXPECT_THAT(person.bodies[0].mesh.positions, SizeIs(model_->body_model->num_vertices()));
  const auto alone = reconstruct({chromm_view(4, 0)}, model, options_);
  EXPECT_THAT(alone->messages, Contains(HasSubstr("One camera only")));
}

TEST_F(ChrommReconstruction, runs_pi3x) {
  Model model;
  model.chromm = small_chromm_model(std::make_unique<Pi3Branch>(small_pi3(true), torch::kCPU, false));
  const auto one = reconstruct(both_views(0), model, options_);
  EXPECT_THAT(one->views, SizeIs(2));
  EXPECT_GT(one->frames[0].points->size(), 100u);
  EXPECT_FALSE(one->people.empty());
  for (const ReconstructedView& view : one->views)
    EXPECT_TRUE(view.camera(0).world_from_camera.matrix().allFinite());
}

TEST_F(ChrommReconstruction, that_is_asked_to_finish_keeps_the_chunks_that_are_done) {
  use_model(/*own_heads=*/true);
  use_chunks();
  int read = 0;
  options_.range.finish_requested = [&] { return read > 30; };
  std::vector<std::shared_ptr<const Reconstruction>> published;
  Progress progress;
  progress.publish = [&](std::shared_ptr<const Reconstruction> partial) {
    published.push_back(std::move(partial));
  };
  const auto range = run(video(60,
                               [&](int n) {
                                 ++read;
                                 return both_views(n);
                               }),
                         progress);
  EXPECT_THAT(range->frames, SizeIs(25));
  EXPECT_THAT(range->messages,
              Contains(HasSubstr("Stopped after 25 of 60 frames: the result ends with frame 34.")));
  ASSERT_THAT(published, SizeIs(1));
  EXPECT_TRUE(published[0]->partial);
}

TEST_F(ChrommReconstruction, ends_when_it_is_stopped_and_reports_how_far_it_is) {
  int asked = 0;
  std::vector<double> fractions;
  Progress progress;
  progress.stop_requested = [&] { return ++asked > 6; };
  EXPECT_THROW(run(video(4), progress), Cancelled);
  EXPECT_EQ(asked, 7);
  progress.stop_requested = {};
  progress.report = [&](const std::string&, double fraction) { fractions.push_back(fraction); };
  run(video(4), progress);
  EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
  EXPECT_GT(fractions.back(), 0.8);
  EXPECT_LE(fractions.back(), 1);
}

TEST_F(ChrommReconstruction, passes_over_frames_that_lack_a_camera_or_have_another_size) {
  const auto range = run(video(5, [](int n) -> std::vector<View> {
    if (n == 11) return {chromm_view(n, 0)};
    if (n == 12) return {chromm_view(n, 0), chromm_view(n, 1, 40, 60)};
    if (n == 13) return {};
    return both_views(n);
  }));
  EXPECT_THAT(range->frames, SizeIs(2));
  EXPECT_THAT(range->messages, Contains(HasSubstr("in the same size, are left out: 3.")));
  EXPECT_THAT(sentence_of([&] { run(video(2, [](int) { return std::vector<View>(); })); }),
              HasSubstr("None of the frames has pictures of all cameras"));
}

TEST_F(ChrommReconstruction, of_cameras_that_began_apart_is_refused) {
  options_.range.offsets = {std::nullopt, 0.0};
  EXPECT_NO_THROW(run(video(1)));
  options_.range.offsets = {std::nullopt, 0.2};
  EXPECT_THAT(sentence_of([&] { run(video(1)); }), HasSubstr("cut the videos to a common beginning"));
}

TEST_F(ChrommReconstruction, of_nobody_has_the_cameras_and_the_place) {
  options_.detection_threshold = 1;
  const auto range = run(video(2));
  EXPECT_TRUE(range->people.empty());
  EXPECT_THAT(range->views[0].cameras, SizeIs(2));
  EXPECT_GT(range->frames[0].points->size(), 100u);
  EXPECT_THAT(range->messages, Contains(HasSubstr("Nobody was found")));
}

TEST_F(ChrommReconstruction, is_exported_as_any_range) {
  const auto range = run(video(3));
  const TemporaryFolder folder;
  write_range(*range, folder / "out", export_selection({}), {});
  const auto json = nlohmann::json::parse(read_bytes(folder / "out/reconstruction.json"));
  EXPECT_EQ(json["views"].size(), 2u);
  EXPECT_EQ(json["people"].size(), range->people.size());
  for (const char* file : {"scene.glb", "points.ply", "smpl/01.npz", "motion/joints.csv"})
    EXPECT_TRUE(std::filesystem::exists(folder / "out" / file)) << file;
}

}  // namespace
}  // namespace ahap
