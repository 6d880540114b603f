#include "reconstruction/capture/views.h"

#include <gmock/gmock.h>

#include "tests/capture/video_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Views, PicturesOfAllSizesAndOrientationsAreDecodedUpright) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg", corners(80, 60));
  write_picture(folder / "b.jpg", corners(80, 60));
  add_exif_to_jpeg(folder / "b.jpg", exif(6, 36));
  write_picture(folder / "c.png", corners(50, 90));
  std::vector<Problem> problems;
  const std::vector<View> views = decode_frame(open_capture({folder.path()}), 0, &problems);
  ASSERT_THAT(views, SizeIs(3));
  EXPECT_EQ(views[0].name, "a.jpg");
  EXPECT_EQ(views[0].path, (folder / "a.jpg").string());
  EXPECT_EQ(views[1].image.width, 60);
  EXPECT_EQ(corner_letters(views[1].image), "brwg");
  EXPECT_DOUBLE_EQ(views[1].focal_length_px, 80);
  EXPECT_EQ(views[2].image.height, 90);
  EXPECT_THAT(problems, IsEmpty());
}

TEST(Views, AFocalLengthThatNoLensHasIsNotBelievedAndThatIsSaid) {
  const TemporaryFolder folder;
  for (const auto& [name, lens] : {std::pair{"a.jpg", 1}, {"b.jpg", 28}, {"c.jpg", 600}}) {
    write_picture(folder / name, corners(72, 60));
    add_exif_to_jpeg(folder / name, exif(1, lens));
  }
  std::vector<Problem> problems;
  const std::vector<View> views = decode_frame(open_capture({folder.path()}), 0, &problems);
  ASSERT_THAT(views, SizeIs(3));
  EXPECT_EQ(views[0].focal_length_px, 0);
  EXPECT_DOUBLE_EQ(views[1].focal_length_px, 56);
  EXPECT_EQ(views[2].focal_length_px, 0);
  ASSERT_THAT(problems, SizeIs(2));
  EXPECT_THAT(message(problems[0]), AllOf(HasSubstr("a.jpg"), HasSubstr("1 mm")));
  EXPECT_THAT(message(problems[1]),
              AllOf(HasSubstr("c.jpg"), HasSubstr("600 mm"), HasSubstr("estimated instead")));
}

TEST(Views, FortyViewsAreDecoded) {
  const TemporaryFolder folder;
  for (int i = 0; i < 40; ++i) write_picture(folder / ("cam" + std::to_string(i) + ".png"));
  EXPECT_THAT(decode_frame(open_capture({folder.path()}), 0), SizeIs(40));
}

TEST(Views, AnyFrameOfAVideoIsTheRightFrame) {
  const TemporaryFolder folder;
  for (const char* name : {"a.avi", "a.mkv", "a.mp4"}) {
    write_video(folder / name, 30);
    FrameReader reader(open_capture({folder / name}));
    for (const int frame : {17, 3, 4, 5, 29, 0, 28}) {
      EXPECT_EQ(index_of_frame(reader.read(frame).at(0).image), frame) << name;
    }
    EXPECT_THROW(reader.read(30), std::runtime_error);
  }
}

TEST(Views, VideosAreMatchedByIndexAndOffset) {
  const TemporaryFolder folder;
  write_video(folder / "a.avi", 20);
  write_video(folder / "b.avi", 20);
  Capture capture = open_capture({folder.path()});
  capture.cameras[1].frame_offset = 4;
  const std::vector<View> views = decode_frame(capture, 10);
  EXPECT_EQ(index_of_frame(views.at(0).image), 10);
  EXPECT_EQ(index_of_frame(views.at(1).image), 14);
  EXPECT_EQ(views[1].camera, 1);
  EXPECT_NEAR(views[1].time, 14 / capture.cameras[1].fps, 1e-3) << "of its own camera";
  EXPECT_THAT(decode_frame(capture, 18), SizeIs(1)) << "the second camera has ended by then";
}

TEST(Views, VideosOfDifferentFrameRatesAreMatchedByTime) {
  const TemporaryFolder folder;
  std::vector<int> twice_as_slow;
  for (int i = 0; i < 15; ++i) twice_as_slow.push_back(2 * i);
  write_video(folder / "fast.mp4", {.frames = 40});
  write_video(folder / "slow.mp4", {.frames = 15, .times = twice_as_slow});
  const Capture capture = open_capture({folder.path()});
  ASSERT_THAT(capture.problems, SizeIs(2));
  EXPECT_THAT(message(capture.problems[0]),
              HasSubstr("slow.mp4: has another frame rate than the first video"));
  EXPECT_THAT(message(capture.problems[0]), HasSubstr("matched by their time"));
  EXPECT_THAT(message(capture.problems[1]), HasSubstr("slow.mp4: has 15 of the 20 frames"));
  EXPECT_EQ(capture.frame_count(), 20) << "of the slowest, as long as the longest";
  FrameReader reader(capture);
  for (const int frame : {0, 7, 14}) {
    const std::vector<View> views = reader.read(frame);
    ASSERT_THAT(views, SizeIs(2));
    EXPECT_EQ(index_of_bars(views[0].image), 2 * frame);
    EXPECT_EQ(index_of_bars(views[1].image), frame);
    EXPECT_NEAR(views[0].time, views[1].time, 1e-6);
  }
  EXPECT_THAT(reader.read(17), SizeIs(1)) << "the slow one has ended by then";
}

TEST(Views, AVideoThatLostFramesStaysBesideTheOthers) {
  const TemporaryFolder folder;
  std::vector<int> lost;
  for (int i = 0; i < 40; ++i) {
    if (i < 20 || i > 24) lost.push_back(i);
  }
  write_video(folder / "a.mp4", {.frames = 40});
  write_video(folder / "b.mp4", {.frames = int(lost.size()), .times = lost});
  const Capture capture = open_capture({folder.path()});
  ASSERT_THAT(capture.problems, SizeIs(1));
  EXPECT_THAT(message(capture.problems[0]), HasSubstr("b.mp4: has frames at varying intervals"));
  EXPECT_EQ(capture.frame_count(), 40);
  FrameReader reader(capture);
  for (const int frame : {10, 30, 39}) {
    const std::vector<View> views = reader.read(frame);
    EXPECT_EQ(index_of_bars(views.at(0).image), frame);
    EXPECT_EQ(index_of_bars(views.at(1).image), frame < 20 ? frame : frame - 5);
  }
}

TEST(Views, AVideoCutOffInTheMiddleGivesWhatDecodes) {
  const TemporaryFolder folder;
  for (const char* name : {"a.avi", "a.mkv"}) {
    write_video(folder / name, 30, 320, 240);
    cut_to(folder / name, 0.5);
    const Capture capture = open_capture({folder / name});
    ASSERT_THAT(capture.problems, SizeIs(1)) << name;
    EXPECT_THAT(message(capture.problems[0]), HasSubstr("is cut off: 1")) << name;
    FrameReader reader(capture);
    EXPECT_EQ(index_of_frame(reader.read(5).at(0).image), 5) << name;
    EXPECT_THAT(sentence_of([&] { reader.read(28); }), HasSubstr("no camera has frame 28")) << name;
    EXPECT_EQ(index_of_frame(reader.read(7).at(0).image), 7) << name << ": the good part stays readable";
  }
}

TEST(Views, ABadFrameOfASequenceLeavesTheOthersInTheirPlace) {
  const TemporaryFolder folder;
  for (const char* name : {"cam1/0.png", "cam1/1.png", "cam2/0.png", "cam2/1.png"})
    write_picture(folder / name);
  write_bytes(folder / "cam2/0.png", "rubbish");
  const Capture capture = open_capture({folder.path()});
  std::vector<Problem> problems;
  EXPECT_THAT(decode_frame(capture, 0, &problems), SizeIs(1));
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(message(problems[0]), HasSubstr("cam2/0.png: is not a picture"));
  const std::vector<View> second = decode_frame(capture, 1);
  ASSERT_THAT(second, SizeIs(2));
  EXPECT_EQ(second[1].name, "cam2/1.png");
}

TEST(Views, DecodingStopsWhenAsked) {
  const TemporaryFolder folder;
  write_picture(folder / "a.png");
  Progress progress;
  progress.stop_requested = [] { return true; };
  EXPECT_THROW(decode_frame(open_capture({folder.path()}), 0, nullptr, progress), Cancelled);
}

TEST(Views, ThumbnailsShowTheFrame) {
  const TemporaryFolder folder;
  write_picture(folder / "a.png", corners(400, 300));
  write_video(folder / "a.avi", 20, 400, 300);
  const Image picture = FrameReader(open_capture({folder / "a.png"})).thumbnail(0, 0, 80);
  EXPECT_EQ(picture.width, 80);
  EXPECT_EQ(corner_letters(picture), "rgbw");
  FrameReader video(open_capture({folder / "a.avi"}));
  const Image frame = video.thumbnail(0, 12, 80);
  EXPECT_EQ(frame.width, 80);
  EXPECT_EQ(index_of_frame(frame), 12);
  EXPECT_EQ(index_of_frame(video.thumbnail(0, 13, 80)), 13);
  EXPECT_EQ(index_of_frame(video.thumbnail(0, 3, 80)), 3) << "backwards, too";
  EXPECT_THROW(video.thumbnail(0, 20, 80), std::runtime_error);
}

}  // namespace
}  // namespace ahap
