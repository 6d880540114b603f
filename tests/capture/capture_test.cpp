#include "reconstruction/capture/capture.h"

#include <gmock/gmock.h>

#include <unistd.h>

#include "tests/capture/sample_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> names(const Capture& capture) {
  std::vector<std::string> names;
  for (const CaptureCamera& camera : capture.cameras) names.push_back(camera.name);
  return names;
}

std::vector<std::string> messages(const Capture& capture) {
  std::vector<std::string> messages;
  for (const Problem& problem : capture.problems) messages.push_back(message(problem));
  return messages;
}

TEST(NaturalOrder, CountsAsPeopleDo) {
  EXPECT_TRUE(natural_less("cam2", "cam10"));
  EXPECT_FALSE(natural_less("cam10", "cam2"));
  EXPECT_TRUE(natural_less("IMG_0009.jpg", "IMG_0010.jpg"));
  EXPECT_TRUE(natural_less("a2b10", "a2b11"));
  EXPECT_TRUE(natural_less("B1", "c1"));
  EXPECT_TRUE(natural_less("cam", "cam1"));
  EXPECT_TRUE(natural_less("99999999999999999999998", "99999999999999999999999"));
  EXPECT_FALSE(natural_less("same", "same"));
  EXPECT_NE(natural_less("cam01", "cam1"), natural_less("cam1", "cam01"));
}

TEST(Capture, AFolderOfPicturesIsOneMomentInNaturalOrder) {
  const TemporaryFolder folder;
  for (const char* name : {"cam10.jpg", "cam2.png", "cam1.webp"}) write_picture(folder / name);
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1.webp", "cam2.png", "cam10.jpg"));
  EXPECT_EQ(capture.moment_count(), 1);
  EXPECT_EQ(capture.cameras[0].kind, CameraKind::image);
  EXPECT_TRUE(capture.cameras[0].paths[0].is_absolute());
  EXPECT_THAT(messages(capture), IsEmpty());
}

TEST(Capture, HiddenFilesOtherFilesAndTheTruthOfARenderedCaptureArePassedOver) {
  const TemporaryFolder folder;
  write_picture(folder / "cam1.png");
  write_bytes(folder / ".DS_Store", "x");
  write_bytes(folder / "._cam1.png", "x");
  write_bytes(folder / "notes.txt", "x");
  write_picture(folder / "truth/cam1_person.png");
  write_bytes(folder / "truth/truth.json", "{}");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1.png"));
  EXPECT_THAT(messages(capture), IsEmpty());
}

TEST(Capture, AFolderOfFoldersIsCamerasTimesMoments) {
  const TemporaryFolder folder;
  for (const char* name : {"cam2/0.png", "cam2/1.png", "cam10/0.png", "cam10/1.png", "cam10/2.png"}) {
    write_picture(folder / name);
  }
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam2", "cam10"));
  EXPECT_EQ(capture.moment_count(), 3);
  EXPECT_EQ(capture.cameras[0].kind, CameraKind::image_sequence);
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("has 2 of the 3 moments")));
}

TEST(Capture, FramesMayLieOneFolderDeeper) {
  const TemporaryFolder folder;
  for (const char* name : {"cam1/images/0.png", "cam2/images/0.png"}) write_picture(folder / name);
  EXPECT_THAT(names(open_capture({folder.path()})), ElementsAre("cam1", "cam2"));
}

TEST(Capture, SeveralFoldersGivenTogetherAreCameras) {
  const TemporaryFolder folder;
  for (const char* name : {"left/0.png", "left/1.png", "right/0.png", "right/1.png"})
    write_picture(folder / name);
  const Capture capture = open_capture({folder / "left/", folder / "right"});
  EXPECT_THAT(names(capture), ElementsAre("left", "right"));
  EXPECT_EQ(capture.moment_count(), 2);
}

TEST(Capture, AFolderOfVideosAndTheSameVideosGivenTogetherAreTheSame) {
  const TemporaryFolder folder;
  write_video(folder / "cam1.avi", 5);
  write_video(folder / "cam2.avi", 5);
  const Capture by_folder = open_capture({folder.path()});
  const Capture by_files = open_capture({folder / "cam1.avi", folder / "cam2.avi"});
  EXPECT_THAT(names(by_folder), ElementsAre("cam1.avi", "cam2.avi"));
  EXPECT_EQ(names(by_folder), names(by_files));
  EXPECT_EQ(by_folder.moment_count(), 5);
  EXPECT_EQ(by_folder.cameras[1].kind, CameraKind::video);
  EXPECT_DOUBLE_EQ(by_folder.cameras[1].fps, 25);
}

TEST(Capture, OneVideoIsAMonocularSequence) {
  const TemporaryFolder folder;
  write_video(folder / "walk.avi", 7);
  const Capture capture = open_capture({folder / "walk.avi"});
  EXPECT_THAT(capture.cameras, SizeIs(1));
  EXPECT_EQ(capture.moment_count(), 7);
}

TEST(Capture, AnOffsetMovesACameraInTime) {
  Capture capture;
  capture.cameras = {{.name = "a", .paths = {"a.avi"}, .frame_count = 10},
                     {.name = "b", .paths = {"b.avi"}, .frame_count = 10, .frame_offset = 4}};
  EXPECT_EQ(capture.moment_count(), 10);
  capture.cameras[0].frame_offset = 3;
  EXPECT_EQ(capture.moment_count(), 7);
}

TEST(Capture, PicturesGivenTogetherWithAFolderOfPicturesAreOneMoment) {
  const TemporaryFolder folder;
  write_picture(folder / "extra.jpg");
  write_picture(folder / "views/cam1.jpg");
  write_picture(folder / "views/cam2.jpg");
  const Capture capture = open_capture({folder / "extra.jpg", folder / "views"});
  EXPECT_THAT(names(capture), ElementsAre("extra.jpg", "cam1.jpg", "cam2.jpg"));
  EXPECT_EQ(capture.moment_count(), 1);
}

TEST(Capture, ThePathGivenTwiceCountsOnce) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg");
  EXPECT_THAT(open_capture({folder / "a.jpg", folder / "./a.jpg"}).cameras, SizeIs(1));
}

TEST(Capture, FilesOfOneNameAreToldApartByTheirFolder) {
  const TemporaryFolder folder;
  write_picture(folder / "left/a.jpg");
  write_picture(folder / "right/a.jpg");
  EXPECT_THAT(names(open_capture({folder / "left/a.jpg", folder / "right/a.jpg"})),
              ElementsAre("left/a.jpg", "right/a.jpg"));
}

TEST(Capture, AMixtureKeepsTheLargerGroupAndNamesTheRest) {
  const TemporaryFolder folder;
  for (const char* name : {"a.jpg", "b.jpg", "c.jpg"}) write_picture(folder / name);
  write_video(folder / "clip.avi", 3);
  const Capture pictures = open_capture({folder.path()});
  EXPECT_THAT(names(pictures), ElementsAre("a.jpg", "b.jpg", "c.jpg"));
  EXPECT_THAT(messages(pictures), ElementsAre(HasSubstr("clip.avi: is left out: a video beside pictures")));

  const Capture video = open_capture({folder / "a.jpg", folder / "clip.avi"});
  EXPECT_THAT(names(video), ElementsAre("clip.avi"));
  EXPECT_THAT(messages(video), ElementsAre(HasSubstr("a.jpg: is left out: a picture beside videos")));
}

TEST(Capture, FoldersBesidePicturesAreNamedAsLeftOut) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg");
  write_picture(folder / "more/b.jpg");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("a.jpg"));
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("more: is left out")));
}

TEST(Capture, UnusableFilesAreNamedAndTheRestGoesOn) {
  const TemporaryFolder folder;
  write_picture(folder / "1_good.jpg");
  write_picture(folder / "2_cut.jpg");
  cut_to(folder / "2_cut.jpg", 0.7);
  write_bytes(folder / "3_text.png", "no picture");
  write_picture(folder / "4_tiny.png", cv::Mat(1, 1, CV_8UC3));
  const Capture capture = open_capture({folder.path(), folder / "5_missing.jpg"});
  EXPECT_THAT(names(open_capture({folder.path()})), ElementsAre("1_good.jpg"));
  EXPECT_THAT(messages(open_capture({folder.path()})),
              ElementsAre(HasSubstr("2_cut.jpg: is damaged"), HasSubstr("3_text.png: is not a picture"),
                          HasSubstr("4_tiny.png: is too small")));
  EXPECT_THAT(messages(capture), ::testing::Contains(HasSubstr("5_missing.jpg: does not exist")));
}

std::string refusal_of(const std::vector<std::filesystem::path>& paths) {
  const std::string sentence = sentence_of([&] { open_capture(paths); });
  EXPECT_EQ(sentence.find('\n'), std::string::npos);
  return sentence;
}

TEST(Capture, NothingUsableIsOneSentence) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "empty");
  EXPECT_EQ(refusal_of({folder / "empty"}), (folder / "empty").string() + ": is an empty folder");

  std::filesystem::create_directory(folder / "text");
  write_bytes(folder / "text/notes.txt", "x");
  EXPECT_EQ(refusal_of({folder / "text"}),
            (folder / "text").string() + ": has neither pictures nor videos in it");

  EXPECT_EQ(refusal_of({folder / "missing"}), (folder / "missing").string() + ": does not exist");
  EXPECT_THAT(refusal_of({folder / "text/notes.txt"}), HasSubstr("notes.txt: is not a picture"));
  EXPECT_THAT(refusal_of({folder / "missing", folder / "empty"}), HasSubstr("2 problems"));

  write_bytes(folder / "broken.mp4", "no video");
  EXPECT_THAT(refusal_of({folder / "broken.mp4"}), HasSubstr("broken.mp4: cannot be read as a video"));
}

TEST(Capture, AnUnreadableFileIsNamed) {
  if (geteuid() == 0) GTEST_SKIP() << "nothing is unreadable for root";
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg");
  std::filesystem::permissions(folder / "a.jpg", std::filesystem::perms::none);
  EXPECT_THAT(refusal_of({folder.path()}), HasSubstr("a.jpg: cannot be opened: Permission denied"));
}

TEST(Capture, MoreViewsThanFitAreRefusedWithAdvice) {
  const TemporaryFolder folder;
  write_picture(folder / "0.bmp", cv::Mat(32, 32, CV_8UC1));
  for (int i = 1; i <= 100; ++i)
    std::filesystem::copy_file(folder / "0.bmp", folder / (std::to_string(i) + ".bmp"));
  EXPECT_THAT(refusal_of({folder.path()}), HasSubstr("holds 101 pictures"));
}

}  // namespace
}  // namespace ahap
