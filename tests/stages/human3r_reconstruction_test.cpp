#include "reconstruction/stages/human3r_reconstruction.h"

#include <gmock/gmock.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "reconstruction/body_layer/smplx_to_smpl.h"
#include "reconstruction/branches/human3r/frame_geometry.h"
#include "reconstruction/branches/human3r/frame_picture.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/motion/one_frame.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "tests/fixtures/small_human3r_model.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class Human3rReconstruction : public ::testing::Test {
 protected:
  static FrameSequence film(
      int frames, std::function<View(int)> shown = [](int n) { return wide_frame(n); }) {
    return clip_of(frames, std::move(shown));
  }
  std::shared_ptr<const Reconstruction> run(const FrameSequence& frames, const Progress& progress = {}) {
    return reconstruct_human3r_range(frames, model_, options_, progress);
  }

  std::shared_ptr<Human3rModel> model_ = small_human3r_model();
  Options options_;
};

// What the network itself says of a film, frame by frame, with resets as in the official demo.
struct OwnOutput {
  std::vector<Eigen::Isometry3d> cameras;           // in the first one's frame
  std::vector<std::vector<std::int64_t>> ids;       // of each frame
  std::vector<std::vector<Eigen::Vector3d>> heads;  // likewise, in that world
};
OwnOutput own_output(Human3r network, int frames) {
  OwnOutput own;
  Human3rState state = network->start();
  ChunkedWorld world;
  for (int n = 0; n < frames; ++n) {
    const View view = wide_frame(10 + n);
    const auto picture = frame_picture(view.image, frame_placement(view.image.width, view.image.height));
    const Human3rFrame frame = network->step(picture, state);
    const auto pose = world.place(frame.world_from_camera);
    Eigen::Isometry3d& camera = own.cameras.emplace_back(Eigen::Isometry3d::Identity());
    camera.linear() = matrix3(pose.slice(0, 0, 3).slice(1, 0, 3));
    camera.translation() = vector3(pose.slice(0, 0, 3).select(1, 3));
    own.ids.push_back(frame.ids);
    auto& heads = own.heads.emplace_back();
    for (const Eigen::Vector3d& head : points3(frame.bodies.transl)) heads.push_back(camera * head);
    if ((n + 1) % 100 != 0) continue;
    world.next_chunk(frame.world_from_camera);
    network->reset(state);
    network->step(picture, state);
  }
  return own;
}

void expect_own(const Reconstruction& range, const OwnOutput& own) {
  ASSERT_EQ(range.frames.size(), own.cameras.size());
  ASSERT_THAT(range.views, SizeIs(1));
  const auto& cameras = range.views[0].cameras;
  ASSERT_EQ(cameras.size(), own.cameras.size());
  const Eigen::Isometry3d world_from_own = cameras[0].world_from_camera * own.cameras[0].inverse();
  for (std::size_t f = 0; f < own.cameras.size(); ++f) {
    const Eigen::Matrix4d expected = (world_from_own * own.cameras[f]).matrix();
    EXPECT_LT((cameras[f].world_from_camera.matrix() - expected).norm() / expected.norm(), 1e-5) << f;
    ASSERT_EQ(range.frames[f].detections.size(), own.ids[f].size());
    for (std::size_t n = 0; n < own.ids[f].size(); ++n) {
      const int id = range.frames[f].detections[n].person_id;
      EXPECT_EQ(id, own.ids[f][n] + 1);
      const auto somebody = find_person(range, int(f), id);
      ASSERT_TRUE(somebody) << id;
      const Eigen::Vector3d head = world_from_own * own.heads[f][n];
      EXPECT_LT((somebody->body.joints.at(15).cast<double>() - head).norm(),
                1e-4 * std::max(1.0, head.norm()));
      EXPECT_THAT(somebody->body.detections, ElementsAre(int(n)));
    }
  }
}

TEST_F(Human3rReconstruction, has_the_poses_ids_and_heads_that_the_network_gives) {
  const auto range = run(film(6));
  expect_own(*range, own_output(model_->network, 6));
  ASSERT_FALSE(range->people.empty());
  EXPECT_EQ(range->frames[5].number, 15);
  EXPECT_NEAR(frame_rate(*range), 25, 1e-6);
  EXPECT_FALSE(range->partial);
  EXPECT_EQ(range->model_name, "human3r");
  const PointCloud& place = *range->frames[0].points;
  EXPECT_GT(place.size(), 100u);
  EXPECT_THAT(place.person, Each(0)) << "the place alone";
  EXPECT_EQ(range->frames[0].points, range->frames[5].points);
  EXPECT_THAT(range->messages, Contains(HasSubstr("With SMPLX_NEUTRAL.npz (https://smpl-x.is.tue.mpg.de)")));
}

TEST_F(Human3rReconstruction, forgets_its_state_after_100_frames_and_chains_the_cameras) {
  expect_own(*run(film(103)), own_output(model_->network, 103));
}

TEST_F(Human3rReconstruction, shows_people_at_their_pixels_with_bodies_that_stand_where_their_joints_are) {
  const auto range = run(film(2));
  for (const Person& person : range->people) {
    for (const BodyInFrame& body : person.bodies) {
      const Detection& detection = range->frames[body.frame].detections[body.detections[0]];
      ASSERT_THAT(detection.joints2d, SizeIs(kSmplJoints));
      const auto head = range->views[0].camera(body.frame).project(body.joints[15].cast<double>());
      if (head) {
        EXPECT_LT((detection.joints2d[15] - *head).norm(), 1e-3 * std::max(1.0, head->norm()));
      }
      EXPECT_LE(detection.box.x0, detection.keypoint.x());
      EXPECT_GE(detection.box.x1, detection.keypoint.x());
      EXPECT_GT(detection.score, 0.3 - 1e-6);
      EXPECT_GT(person.height, 1.5);
      auto pose = torch::empty({1, kSmplJoints, 3});
      for (int j = 0; j < kSmplJoints; ++j) std::copy_n(body.pose[j].data(), 3, pose[0][j].data_ptr<float>());
      const auto joints = points3(
          model_->body->joints(torch::zeros({1, kSmplBetas}), matrix_from_axis_angle(pose),
                               tensor_of(Eigen::Vector3d(body.transl.cast<double>())).view({1, 3}))[0]);
      for (int j = 0; j < kSmplJoints; ++j)
        EXPECT_LT((joints[j] - body.joints[j].cast<double>()).norm(), 1e-3 * std::max(1.0, joints[j].norm()))
            << j;
    }
  }
}

TEST_F(Human3rReconstruction, takes_the_same_time_for_every_frame_and_no_more_points_than_allowed) {
  using Clock = std::chrono::steady_clock;
  std::vector<Clock::time_point> begun;
  options_.max_points = 5000;
  const auto range = run(film(110, [&](int n) {
    begun.push_back(Clock::now());
    return wide_frame(n);
  }));
  const auto quickest = [&](std::size_t first, std::size_t last) {
    Clock::duration least = Clock::duration::max();
    for (std::size_t i = first; i < last; ++i) least = std::min(least, begun[i + 1] - begun[i]);
    return std::chrono::duration<double>(least).count();
  };
  EXPECT_LT(quickest(80, 109), 1.5 * quickest(20, 50));
  EXPECT_LE(range->frames[0].points->size(), 5000u);
  EXPECT_FALSE(range->frames[0].points->positions.empty());
}

TEST_F(Human3rReconstruction, publishes_what_is_done_while_it_grows) {
  std::vector<std::shared_ptr<const Reconstruction>> published;
  Progress progress;
  progress.publish = [&](std::shared_ptr<const Reconstruction> partial) {
    published.push_back(std::move(partial));
  };
  const auto range = run(film(3), progress);
  ASSERT_FALSE(published.empty());
  EXPECT_THAT(published.front()->frames, SizeIs(1)) << "the first frame is shown at once";
  EXPECT_TRUE(published.front()->partial);
  EXPECT_THAT(published.front()->views[0].cameras, SizeIs(1));
  EXPECT_GT(published.front()->frames[0].points->size(), 0u);
  EXPECT_THAT(range->frames, SizeIs(3));
}

TEST_F(Human3rReconstruction, that_is_asked_to_finish_keeps_the_frames_that_are_done) {
  int read = 0;
  options_.range.finish_requested = [&] { return read > 3; };
  const auto range = run(film(8, [&](int n) {
    ++read;
    return wide_frame(n);
  }));
  EXPECT_THAT(range->frames, SizeIs(3)) << "the fourth was broken off";
  EXPECT_EQ(range->views[0].cameras.size(), 3u);
  EXPECT_THAT(range->messages,
              Contains(HasSubstr("Stopped after 3 of 8 frames: the result ends with frame 12.")));
  expect_own(*range, own_output(model_->network, 3));
}

TEST_F(Human3rReconstruction, ends_within_a_step_of_the_network_when_it_is_stopped) {
  int asked = 0;
  Progress progress;
  progress.stop_requested = [&] { return ++asked > 5; };
  EXPECT_THROW(run(film(8), progress), Cancelled);
  EXPECT_EQ(asked, 6);
}

TEST_F(Human3rReconstruction, passes_over_frames_without_a_picture_that_can_be_used) {
  FrameSequence frames = film(5);
  frames.read = [](int number, const Progress&) -> std::vector<View> {
    if (number == 11) return {};
    return {number == 13 ? wide_frame(number, 160, 32) : wide_frame(number)};
  };
  const auto range = run(frames);
  std::vector<int> numbers;
  for (const ReconstructedFrame& frame : range->frames) numbers.push_back(frame.number);
  EXPECT_THAT(numbers, ElementsAre(10, 12, 14));
  EXPECT_THAT(range->views[0].cameras, SizeIs(3));
  EXPECT_THAT(range->messages, Contains(HasSubstr("Pictures of another size")));
  frames.read = [](int, const Progress&) { return std::vector<View>(); };
  EXPECT_THAT(sentence_of([&] { run(frames); }), HasSubstr("None of the frames has a picture"));
}

TEST_F(Human3rReconstruction, of_two_pictures_of_one_frame_is_refused) {
  EXPECT_THAT(sentence_of([&] {
                reconstruct_human3r_frame({wide_frame(0), wide_frame(0)}, model_, options_, {});
              }),
              HasSubstr("2 pictures of one frame"));
}

TEST_F(Human3rReconstruction, of_one_picture_has_the_picture_and_meshes) {
  const auto one = reconstruct_human3r_frame({wide_frame(4)}, model_, options_, {});
  ASSERT_THAT(one->frames, SizeIs(1));
  EXPECT_EQ(one->frames[0].number, 4);
  EXPECT_EQ(one->frames[0].pictures.at(0).width, 320);
  ASSERT_FALSE(one->people.empty());
  for (const Person& person : one->people)
    EXPECT_THAT(person.bodies[0].mesh.positions, SizeIs(model_->body_model->num_vertices()));
}

TEST_F(Human3rReconstruction, of_nobody_has_the_cameras_and_the_place) {
  options_.detection_threshold = 1;
  const auto range = run(film(2));
  EXPECT_TRUE(range->people.empty());
  EXPECT_THAT(range->views[0].cameras, SizeIs(2));
  EXPECT_THAT(range->messages, Contains(HasSubstr("Nobody was found")));
}

TEST_F(Human3rReconstruction, keeps_smplx_bodies_of_one_shape_where_there_is_a_file_of_them) {
  model_ = small_human3r_model(/*with_smplx=*/true);
  const auto range = run(film(3));
  ASSERT_FALSE(range->people.empty());
  for (const Person& person : range->people) {
    ASSERT_THAT(person.smplx_betas, SizeIs(kSmplBetas));
    for (const BodyInFrame& body : person.bodies) {
      ASSERT_TRUE(body.smplx);
      auto pose = torch::empty({1, kSmplxJoints, 3});
      for (int j = 0; j < kSmplxJoints; ++j)
        std::copy_n(body.smplx->pose[j].data(), 3, pose[0][j].data_ptr<float>());
      std::vector<float> shape = person.smplx_betas;
      shape.insert(shape.end(), body.smplx->expression.begin(), body.smplx->expression.end());
      const auto joints =
          model_->smplx->joints(torch::tensor(shape).view({1, -1}), matrix_from_axis_angle(pose),
                                tensor_of(Eigen::Vector3d(body.smplx->transl.cast<double>())).view({1, 3}));
      const Eigen::Vector3d head = vector3(joints[0][15]);
      EXPECT_LT((head - body.joints[15].cast<double>()).norm(), 1e-4 * std::max(1.0, head.norm()));
    }
  }
  EXPECT_THAT(range->messages, Not(Contains(HasSubstr("SMPLX_NEUTRAL"))));
  const auto one = reconstruct_human3r_frame({wide_frame(4)}, model_, options_, {});
  EXPECT_THAT(one->people.at(0).bodies[0].mesh.positions, SizeIs(60)) << "the mesh of the SMPL-X body";
}

TEST_F(Human3rReconstruction, is_exported_as_any_range) {
  for (const bool with_smplx : {false, true}) {
    model_ = small_human3r_model(with_smplx);
    const auto range = run(film(3));
    const TemporaryFolder folder;
    write_range(*range, folder / "out", export_selection({}), {});
    const auto json = nlohmann::json::parse(read_bytes(folder / "out/reconstruction.json"));
    EXPECT_EQ(json["views"][0]["cameras"].size(), 3u) << "it moves";
    EXPECT_EQ(json["people"].size(), range->people.size());
    EXPECT_EQ(json["association"]["method"], "tracking");
    for (const char* file : {"scene.glb", "points.ply", "smpl/01.npz", "motion/joints.csv"})
      EXPECT_TRUE(std::filesystem::exists(folder / "out" / file)) << file;
    EXPECT_EQ(std::filesystem::exists(folder / "out/smplx/01.npz"), with_smplx);
    EXPECT_EQ(json["people"][0].contains("smplx_betas"), with_smplx);
    EXPECT_EQ(json["people"][0]["bodies"][0].contains("smplx"), with_smplx);
  }
}

}  // namespace
}  // namespace ahap
