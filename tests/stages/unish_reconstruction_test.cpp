#include "reconstruction/stages/unish_reconstruction.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reconstruction/branches/unish/clip_picture.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/motion/one_frame.h"
#include "reconstruction/networks/eigen_conversion.h"
#include "reconstruction/networks/rotations.h"
#include "reconstruction/stages/unish_clip.h"
#include "reconstruction/stages/unish_people.h"
#include "tests/fixtures/small_unish_model.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const Box kSomewhere = {60, 2, 84, 14};

class UnishReconstruction : public ::testing::Test {
 protected:
  static FrameSequence clip(
      int frames, std::function<View(int)> shown = [](int n) { return clip_view(n); }) {
    return clip_of(frames, std::move(shown));
  }
  std::shared_ptr<const Reconstruction> run(const FrameSequence& frames, const Progress& progress = {}) {
    return reconstruct_unish_range(frames, model_, options_, progress);
  }
  // What the network itself says of frames whose person is in kSomewhere.
  UnishOutput own_output(int first, int end) {
    const ClipSize size = clip_size(148, 16);
    UnishInput input;
    std::vector<torch::Tensor> images, crops, boxes;
    for (int n = first; n < end; ++n) {
      images.push_back(clip_picture(clip_view(n).image, size));
      const double x = size.width / 148.0, y = size.height / 16.0;
      const PersonSquare square =
          person_square({kSomewhere.x0 * x, kSomewhere.y0 * y, kSomewhere.x1 * x, kSomewhere.y1 * y});
      crops.push_back(person_crop(images.back(), square));
      boxes.push_back(square.numbers(size));
    }
    return model_->network->forward({torch::stack(images), torch::stack(crops), torch::stack(boxes)});
  }
  // Frames of the result as a chunk has them whose first frame has the camera `world_from_chunk`.
  static void expect_chunk(const Reconstruction& range, int first, const UnishOutput& own,
                           std::int64_t skipped, const Eigen::Isometry3d& world_from_chunk,
                           const UnishModel& model) {
    for (std::int64_t s = skipped; s < own.trans.size(0); ++s) {
      const int f = first + int(s - skipped);
      const Eigen::Matrix4d camera = (world_from_chunk * isometry3(own.world_from_camera[s])).matrix();
      EXPECT_LT((range.views[0].cameras[f].world_from_camera.matrix() - camera).norm(), 1e-4 * camera.norm())
          << f;
      const auto joints = camera_joints(model, own, s);
      const auto somebody = find_person(range, f, 1);
      ASSERT_TRUE(somebody) << f;
      const Eigen::Isometry3d world_from_camera = range.views[0].cameras[f].world_from_camera;
      for (const std::size_t j : {0u, 15u, 20u}) {
        const Eigen::Vector3d expected = world_from_camera * joints[j];
        EXPECT_LT((somebody->body.joints[j].cast<double>() - expected).norm(),
                  1e-3 * std::max(1.0, expected.norm()))
            << f << " " << j;
      }
    }
  }

  std::shared_ptr<UnishModel> model_ = small_unish_model({{somebody_in(kSomewhere, 0.9)}});
  Options options_;
};

TEST_F(UnishReconstruction, has_the_cameras_and_the_body_that_the_network_gives) {
  const auto range = run(clip(4));
  const UnishOutput own = own_output(10, 14);
  ASSERT_THAT(range->frames, SizeIs(4));
  ASSERT_THAT(range->people, SizeIs(1));
  ASSERT_THAT(range->people[0].bodies, SizeIs(4));
  expect_chunk(*range, 0, own, 0, range->views[0].cameras[0].world_from_camera, *model_);
  for (std::int64_t s = 0; s < 4; ++s) {
    const double focal_length = own.K[s][0][0].item<double>();
    const Eigen::Matrix3d& K = range->views[0].cameras[s].K;
    if (focal_length > 0) {
      EXPECT_NEAR(K(0, 0), focal_length * 148 / 518, 1e-3 * K(0, 0));
    }
    EXPECT_GT(K(1, 1), 0);
    EXPECT_NEAR(K(0, 2), 74, 1e-9);
    EXPECT_NEAR(K(1, 2), 8, 1e-9);
  }
  EXPECT_EQ(range->frames[3].number, 13);
  EXPECT_NEAR(frame_rate(*range), 6, 1e-6);
  EXPECT_EQ(range->model_name, "unish");
  EXPECT_FALSE(range->partial);
  EXPECT_THAT(range->messages, Contains(HasSubstr("With SMPL_NEUTRAL.pkl (https://smpl.is.tue.mpg.de)")));
}

TEST_F(UnishReconstruction, has_one_shape_the_mean_of_all_chunks_where_the_body_is_smpls) {
  model_ = small_unish_model({{somebody_in(kSomewhere, 0.9)}}, /*has_shape=*/true);
  const auto range = run(clip(3));
  const UnishOutput own = own_output(10, 13);
  for (int b = 0; b < kSmplBetas; ++b)
    EXPECT_NEAR(range->people.at(0).betas[b], own.betas[0][b].item<float>(), 1e-5);
  expect_chunk(*range, 0, own, 0, range->views[0].cameras[0].world_from_camera, *model_);
}

TEST_F(UnishReconstruction, bodies_stand_where_their_joints_are) {
  const auto range = run(clip(2));
  for (const BodyInFrame& body : range->people.at(0).bodies) {
    auto pose = torch::empty({1, kSmplJoints, 3});
    for (int j = 0; j < kSmplJoints; ++j) std::copy_n(body.pose[j].data(), 3, pose[0][j].data_ptr<float>());
    const auto joints =
        points3(model_->body->joints(torch::zeros({1, kSmplBetas}), matrix_from_axis_angle(pose),
                                     tensor_of(Eigen::Vector3d(body.transl.cast<double>())).view({1, 3}))[0]);
    for (int j = 0; j < kSmplJoints; ++j)
      EXPECT_LT((joints[j] - body.joints[j].cast<double>()).norm(), 1e-3 * std::max(1.0, joints[j].norm()));
    const Detection& detection = range->frames[body.frame].detections.at(body.detections.at(0));
    EXPECT_EQ(detection.person_id, 1);
    EXPECT_NEAR(detection.box.x0, kSomewhere.x0, 1e-9) << "what the detector saw";
    EXPECT_THAT(detection.joints2d, SizeIs(kSmplJoints));
  }
}

TEST_F(UnishReconstruction, joins_chunks_of_30_frames_by_the_frame_that_they_share) {
  const auto range = run(clip(32));
  ASSERT_THAT(range->frames, SizeIs(32));
  expect_chunk(*range, 0, own_output(10, 40), 0, range->views[0].cameras[0].world_from_camera, *model_);
  expect_chunk(*range, 30, own_output(39, 42), 1, range->views[0].cameras[29].world_from_camera, *model_);
}

TEST_F(UnishReconstruction, takes_six_frames_of_a_second) {
  const auto range = run(clip(13, [](int n) {
    View view = clip_view(n);
    view.time = (n - 10) / 25.0;
    return view;
  }));
  std::vector<int> numbers;
  for (const ReconstructedFrame& frame : range->frames) numbers.push_back(frame.number);
  EXPECT_THAT(numbers, ElementsAre(10, 14, 18, 22));
  EXPECT_THAT(range->messages, Contains("UniSH takes six frames a second: 4 of 13."));
}

TEST(ClipRate, takes_all_frames_that_are_slower_or_have_no_times) {
  ClipRate slow, none;
  for (const double time : {0.0, 0.5, 0.9, 1.4}) EXPECT_TRUE(slow.takes(time));
  for (int n = 0; n < 4; ++n) EXPECT_TRUE(none.takes(0));
}

TEST(ClipRate, keeps_to_the_rate_whatever_the_cameras) {
  for (const double rate : {24.0, 25.0, 30.0, 59.94}) {
    ClipRate six;
    int taken = 0;
    for (int n = 0; n < int(10 * rate); ++n) taken += six.takes(n / rate);
    EXPECT_NEAR(taken, 60, 1) << rate;
  }
}

TEST(OnePerson, is_the_surest_and_is_followed_where_it_goes) {
  const auto at = [](double x, double score) { return somebody_in({x, 5, x + 24, 53}, score); };
  const ToldPeople people(
      {{at(20, 0.5), at(90, 0.8)}, {at(93, 0.4), at(21, 0.9)}, {at(22, 0.9)}, {at(96, 0.7)}});
  OnePerson person(people, 0.3);
  std::vector<ClipFrame> frames(4);
  for (int n = 0; n < 4; ++n) person.find(clip_view(n), frames[n]);
  EXPECT_EQ(frames[0].box->x0, 90);
  EXPECT_EQ(frames[1].box->x0, 93);
  EXPECT_EQ(frames[1].score, 0.4);
  EXPECT_EQ(frames[2].box->x0, 93) << "where it was last";
  EXPECT_EQ(frames[2].score, 0);
  EXPECT_EQ(frames[3].box->x0, 96);
}

TEST_F(UnishReconstruction, has_a_body_from_the_first_frame_on_that_shows_somebody) {
  model_ = small_unish_model({{}, {}, {somebody_in(kSomewhere, 0.9)}});
  const auto range = run(clip(4));
  ASSERT_THAT(range->people, SizeIs(1));
  EXPECT_EQ(range->people[0].bodies.front().frame, 2);
  EXPECT_THAT(range->people[0].bodies, SizeIs(2));
  EXPECT_THAT(range->frames[0].detections, SizeIs(0));
}

TEST_F(UnishReconstruction, of_nobody_has_the_cameras_and_the_place) {
  model_ = small_unish_model({{}});
  const auto range = run(clip(3));
  EXPECT_TRUE(range->people.empty());
  EXPECT_THAT(range->views[0].cameras, SizeIs(3));
  EXPECT_THAT(range->messages, Contains(HasSubstr("Nobody was found")));
}

TEST_F(UnishReconstruction, has_points_of_the_place_without_the_person) {
  options_.max_points = 3000;
  const auto range = run(clip(3));
  const PointCloud& place = *range->frames[0].points;
  EXPECT_LE(place.size(), 3000u);
  EXPECT_GT(place.size(), 100u);
  EXPECT_THAT(place.person, Each(0));
  EXPECT_EQ(range->frames[0].points, range->frames[2].points);
  const PersonRegion region({10, 10, 20, 40}, {{0, 0, 2.0}, {0, 1, 2.5}});
  EXPECT_TRUE(region.holds({15, 30}, 1.8));
  EXPECT_FALSE(region.holds({15, 30}, 3.5)) << "the wall behind";
  EXPECT_FALSE(region.holds({25, 30}, 2.2)) << "beside the box";
  EXPECT_FALSE(PersonRegion().holds({0, 0}, 1));
}

TEST_F(UnishReconstruction, that_is_asked_to_finish_keeps_the_chunks_that_are_done) {
  int read = 0;
  options_.range.finish_requested = [&] { return read > 32; };
  std::vector<std::shared_ptr<const Reconstruction>> published;
  Progress progress;
  progress.publish = [&](std::shared_ptr<const Reconstruction> partial) {
    published.push_back(std::move(partial));
  };
  const auto range = run(clip(40,
                              [&](int n) {
                                ++read;
                                return clip_view(n);
                              }),
                         progress);
  EXPECT_THAT(range->frames, SizeIs(30));
  EXPECT_THAT(range->messages,
              Contains(HasSubstr("Stopped after 30 of 40 frames: the result ends with frame 39.")));
  ASSERT_THAT(published, SizeIs(1));
  EXPECT_TRUE(published[0]->partial);
  EXPECT_THAT(published[0]->frames, SizeIs(30));
}

TEST_F(UnishReconstruction, ends_when_it_is_stopped_and_reports_how_far_it_is) {
  int asked = 0;
  std::vector<double> fractions;
  Progress progress;
  progress.report = [&](const std::string&, double fraction) { fractions.push_back(fraction); };
  progress.stop_requested = [&] { return ++asked > 8; };
  EXPECT_THROW(run(clip(4), progress), Cancelled);
  EXPECT_EQ(asked, 9);
  progress.stop_requested = {};
  fractions.clear();
  run(clip(4), progress);
  EXPECT_TRUE(std::is_sorted(fractions.begin(), fractions.end()));
  EXPECT_GT(fractions.back(), 0.8);
  EXPECT_LE(fractions.back(), 1);
}

TEST_F(UnishReconstruction, of_a_single_frame_and_of_frames_without_pictures_is_refused) {
  EXPECT_THAT(sentence_of([&] { run(clip(1)); }), HasSubstr("two frames or more"));
  FrameSequence frames = clip(5);
  frames.read = [](int, const Progress&) { return std::vector<View>(); };
  EXPECT_THAT(sentence_of([&] { run(frames); }), HasSubstr("None of the frames has a picture"));
}

TEST_F(UnishReconstruction, is_exported_as_any_range) {
  const auto range = run(clip(3));
  const TemporaryFolder folder;
  write_range(*range, folder / "out", export_selection({}), {});
  const auto json = nlohmann::json::parse(read_bytes(folder / "out/reconstruction.json"));
  EXPECT_EQ(json["views"][0]["cameras"].size(), 3u) << "it moves";
  EXPECT_EQ(json["people"].size(), 1u);
  for (const char* file : {"scene.glb", "points.ply", "smpl/01.npz", "motion/joints.csv"})
    EXPECT_TRUE(std::filesystem::exists(folder / "out" / file)) << file;
}

}  // namespace
}  // namespace ahap
