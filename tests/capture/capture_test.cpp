#include "reconstruction/capture/capture.h"

#include <gmock/gmock.h>

#include <unistd.h>

#include "reconstruction/formats/image_file.h"
#include "reconstruction/results/manifest.h"
#include "tests/capture/sample_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

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

TEST(Capture, AFolderOfPicturesIsOneFrameInNaturalOrder) {
  const TemporaryFolder folder;
  for (const char* name : {"cam10.jpg", "cam2.png", "cam1.webp"}) write_picture(folder / name);
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1.webp", "cam2.png", "cam10.jpg"));
  EXPECT_EQ(capture.frame_count(), 1);
  EXPECT_EQ(capture.cameras[0].kind, CameraKind::image);
  EXPECT_TRUE(capture.cameras[0].paths[0].is_absolute());
  EXPECT_THAT(messages(capture), IsEmpty());
}

TEST(Capture, FilesThatAreNoViewsAreNamedWithTheReason) {
  const TemporaryFolder folder;
  write_picture(folder / "cam1.png");
  write_bytes(folder / ".DS_Store", "x");
  write_bytes(folder / "._cam1.png", "x");
  for (const char* name : {"notes.txt", "desktop.ini", "Thumbs.db", "cam1.png.json", "BMW.doc"})
    write_bytes(folder / name, "BM, no picture");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1.png"));
  EXPECT_THAT(
      messages(capture),
      UnorderedElementsAre(HasSubstr(".DS_Store: is left out: it is hidden"),
                           HasSubstr("._cam1.png: is left out: it is hidden"),
                           folder.path().string() +
                               ": 5 are left out, because they are neither pictures nor videos: BMW.doc, "
                               "cam1.png.json, desktop.ini, notes.txt, Thumbs.db"));
}

TEST(Capture, TheTruthOfARenderedCaptureIsPassedOver) {
  const TemporaryFolder folder;
  write_picture(folder / "cam1.png");
  write_picture(folder / "truth/cam1_person.png");
  write_bytes(folder / "truth/truth.json", "{}");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1.png"));
  EXPECT_THAT(messages(capture), IsEmpty());
}

TEST(Capture, ContentDecidesNotTheEnding) {
  const TemporaryFolder folder;
  for (const char* name : {"a.jfif", "b", "c.JPG_original", "d.mp4"}) {
    write_picture(folder / "x.jpg");
    std::filesystem::rename(folder / "x.jpg", folder / name);
  }
  write_bytes(folder / "e.gif", "GIF89a and so on");
  write_bytes(folder / "f.DNG", "\x13\x57 of some other kind");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("a.jfif", "b", "c.JPG_original", "d.mp4"));
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("e.gif: is a GIF, which cannot be read here"),
                                             HasSubstr("f.DNG: is not a picture")));

  write_video(folder / "videos/x.avi", 3);
  std::filesystem::rename(folder / "videos/x.avi", folder / "videos/GOPR0001");
  EXPECT_EQ(open_capture({folder / "videos"}).cameras.at(0).kind, CameraKind::video);
}

TEST(Capture, WhatTheProgramDrewIsNoView) {
  const TemporaryFolder folder;
  for (const char* name : {"cam1.jpg", "cam2.jpg"}) write_picture(folder / name);
  write_drawing(Image(64, 48), folder / "result.png");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1.jpg", "cam2.jpg"));
  EXPECT_THAT(messages(capture),
              ElementsAre(HasSubstr("result.png: is left out: this program has drawn it")));
  EXPECT_THAT(messages(open_capture({folder / "cam1.jpg", folder / "result.png"})), SizeIs(1));

  write_picture(folder / "cameras/left/0.png");
  write_picture(folder / "cameras/right/0.png");
  write_drawing(Image(64, 48), folder / "cameras/result.png");
  const Capture cameras = open_capture({folder / "cameras"});
  EXPECT_THAT(names(cameras), ElementsAre("left", "right"))
      << "the picture does not change the kind of capture";
  EXPECT_THAT(messages(cameras), ElementsAre(HasSubstr("result.png: is left out")));

  std::filesystem::create_directory(folder / "alone");
  write_drawing(Image(64, 48), folder / "alone/result.png");
  EXPECT_THAT(sentence_of([&] { open_capture({folder / "alone"}); }), HasSubstr("but those of this program"));
}

TEST(Capture, ResultsOfTheProgramAreNoPartOfTheNextRun) {
  const TemporaryFolder folder;
  for (const char* name : {"cam1.jpg", "cam2.jpg"}) write_picture(folder / name);
  // Results among the pictures, and in a folder of their own.
  for (const std::string& results : {std::string(), std::string("result/")}) {
    write_picture(folder / (results + "people/01.png"));
    write_bytes(folder / (results + "points.ply"), "ply");
    Manifest manifest;
    manifest.folders = {"people"};
    for (const char* name : {"people/01.png", "points.ply"})
      manifest.files[name] = mark_of(folder / (results + name));
    write_manifest(manifest, folder / (results + kManifestName));
  }
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1.jpg", "cam2.jpg"));
  EXPECT_THAT(
      messages(capture),
      ElementsAre(HasSubstr("4 are left out, because they are results of this program: ahap-manifest.json, "
                            "people, points.ply, result")));

  write_picture(folder / "result/mine.jpg");
  EXPECT_THAT(messages(open_capture({folder.path()})),
              Contains(HasSubstr("result: is left out: there are pictures")))
      << "a person's picture among results is told apart";
}

TEST(Capture, LivePhotosArePhotosAndTheirVideosAreNamed) {
  const TemporaryFolder folder;
  for (const char* name : {"IMG_0001", "IMG_0002", "IMG_0003", "IMG_0004"}) {
    write_picture(folder / (std::string(name) + ".JPG"));
    write_video(folder / (std::string(name) + ".avi"), 10);
  }
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("IMG_0001.JPG", "IMG_0002.JPG", "IMG_0003.JPG", "IMG_0004.JPG"));
  EXPECT_EQ(capture.frame_count(), 1);
  EXPECT_THAT(messages(capture),
              ElementsAre(HasSubstr(
                  "4 are left out, because they are the live parts of the photos of the same names: "
                  "IMG_0001.avi, IMG_0002.avi, IMG_0003.avi, IMG_0004.avi")));

  const Capture one = open_capture({folder / "IMG_0001.JPG", folder / "IMG_0001.avi"});
  EXPECT_THAT(messages(one),
              ElementsAre(HasSubstr("IMG_0001.avi: is left out: it is the live part of the photo")));
}

TEST(Capture, AStillPictureBesideALongOrLargerVideoIsNotTheCapture) {
  const TemporaryFolder folder;
  write_video(folder / "long.avi", 30, 64, 48, 3);
  write_picture(folder / "long.jpg");
  write_video(folder / "large.avi", 30, 128, 96);
  write_picture(folder / "large.jpg");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("large.avi", "long.avi"));
  EXPECT_THAT(messages(capture),
              Contains(HasSubstr("long.jpg: is left out: it is a still picture of the video")));
}

TEST(Capture, ACapturesFolderMayLieInAnotherOne) {
  const TemporaryFolder folder;
  for (const char* name : {"a/holiday/1.jpg", "a/holiday/2.jpg", "b/set/left/0.png", "b/set/right/0.png"})
    write_picture(folder / name);
  write_picture(folder / "a/__MACOSX/holiday/1.jpg");
  std::filesystem::create_directory(folder / "a/lost+found");
  const Capture pictures = open_capture({folder / "a"});
  EXPECT_THAT(names(pictures), ElementsAre("1.jpg", "2.jpg"));
  EXPECT_EQ(pictures.cameras[0].kind, CameraKind::image);
  EXPECT_THAT(messages(pictures),
              ElementsAre(HasSubstr("__MACOSX: is left out: it belongs to the operating system"),
                          HasSubstr("lost+found: is left out")));
  EXPECT_THAT(names(open_capture({folder / "b"})), ElementsAre("left", "right"));
}

TEST(Capture, FoldersWithoutPicturesBesideTheCapturesAreNamed) {
  const TemporaryFolder folder;
  for (const char* name : {"images/1.jpg", "images/2.jpg"}) write_picture(folder / name);
  std::filesystem::create_directory(folder / "sparse");
  write_bytes(folder / "sparse/cameras.txt", "x");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("1.jpg", "2.jpg"));
  EXPECT_EQ(capture.frame_count(), 1);
  EXPECT_THAT(messages(capture),
              ElementsAre(HasSubstr("sparse: is left out: it has neither pictures nor videos")));
}

TEST(Capture, AFolderOfFramesInAnotherOneIsOneCamera) {
  const TemporaryFolder folder;
  for (const char* name :
       {"a/walk/frame_0001.png", "a/walk/frame_0002.png", "b/walk/000000.png", "b/walk/000001.png"})
    write_picture(folder / name);
  for (const char* name : {"a", "b"}) {
    const Capture capture = open_capture({folder / name});
    EXPECT_EQ(capture.frame_count(), 2);
    EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("walk: is taken as the frames of one camera")));
  }
}

TEST(Capture, FramesAreMatchedByTheirNumbersAndAGapStaysAGap) {
  const TemporaryFolder folder;
  for (const char* name : {"cam1/frame_0001.png", "cam1/frame_0002.png", "cam1/frame_0003.png",
                           "cam1/frame_0004.png", "cam2/frame_0002.png", "cam2/frame_0004.png"})
    write_picture(folder / name);
  const Capture capture = open_capture({folder.path()});
  EXPECT_EQ(capture.frame_count(), 4);
  EXPECT_EQ(capture.cameras[1].picture_count(), 2);
  const std::filesystem::path gap;
  EXPECT_THAT(capture.cameras[1].paths,
              ElementsAre(gap, folder / "cam2/frame_0002.png", gap, folder / "cam2/frame_0004.png"));
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("cam2: has 2 of the 4 frames; missing: frame 1, 3")));
}

TEST(Capture, ACameraMayHaveFewOfTheFrames) {
  const TemporaryFolder folder;
  for (int i = 0; i < 8; ++i) write_picture(folder / ("a/frame_" + std::to_string(i) + ".png"));
  write_picture(folder / "b/frame_6.png");
  const Capture capture = open_capture({folder.path()});
  EXPECT_EQ(capture.cameras[1].paths.at(6), folder / "b/frame_6.png");
}

TEST(Capture, TheNumberOfAFrameIsWhatChangesInTheNamesOfItsFolder) {
  const TemporaryFolder folder;
  for (const char* name :
       {"a/cam1_007_take2.png", "a/cam1_008_take2.jpg", "b/cam2_008_take2.png", "b/cam2_7_take2.png"})
    write_picture(folder / name);
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(capture.cameras[1].paths,
              ElementsAre(folder / "b/cam2_7_take2.png", folder / "b/cam2_008_take2.png"));
  EXPECT_THAT(messages(capture), IsEmpty());
}

TEST(Capture, NumbersThatCamerasDoNotShareAreNoNumbersOfFrames) {
  const TemporaryFolder folder;
  for (const char* name :
       {"a/IMG_0001.png", "a/IMG_0002.png", "b/IMG_4711.png", "b/IMG_4712.png", "b/IMG_4713.png"})
    write_picture(folder / name);
  const Capture capture = open_capture({folder.path()});
  EXPECT_EQ(capture.frame_count(), 3);
  EXPECT_EQ(capture.cameras[1].paths[0], folder / "b/IMG_4711.png");
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("they are matched by their position"),
                                             HasSubstr("has 2 of the 3 frames")));
}

TEST(Capture, OneNumberTwiceIsOneFrame) {
  const TemporaryFolder folder;
  for (const char* name : {"a/1.jpg", "a/1.png", "a/2.jpg", "b/1.jpg", "b/2.jpg"})
    write_picture(folder / name);
  const Capture capture = open_capture({folder.path()});
  EXPECT_EQ(capture.frame_count(), 2);
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("a/1.png: is left out: it has the number of 1.jpg")));
}

TEST(Capture, WhatIsThereTwiceCountsOnce) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg");
  write_picture(folder / "b.jpg");
  std::filesystem::create_symlink("a.jpg", folder / "link.jpg");
  std::filesystem::create_hard_link(folder / "a.jpg", folder / "second.jpg");
  std::filesystem::copy_file(folder / "b.jpg", folder / "copy of b.jpg");
  std::filesystem::create_symlink("nowhere.jpg", folder / "broken.jpg");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("a.jpg", "b.jpg"));
  const std::string a = (folder / "a.jpg").string(), b = (folder / "b.jpg").string();
  EXPECT_THAT(messages(capture),
              UnorderedElementsAre(HasSubstr("link.jpg: is left out: it is the same as " + a),
                                   HasSubstr("second.jpg: is left out: it is the same as " + a),
                                   HasSubstr("copy of b.jpg: is left out: it has the same content as " + b),
                                   HasSubstr("broken.jpg: does not exist")));
}

TEST(Capture, CamerasThatAreThereTwiceCountOnce) {
  const TemporaryFolder folder;
  for (const char* name : {"cam1/0.png", "cam1/1.png", "cam2/0.png", "cam2/1.png"})
    write_picture(folder / name);
  std::filesystem::create_directory_symlink("cam1", folder / "cam3");
  std::filesystem::create_directory_symlink(".", folder / "cam4");
  std::filesystem::copy(folder / "cam2", folder / "cam5");
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam1", "cam2"));
  EXPECT_THAT(messages(capture),
              UnorderedElementsAre(HasSubstr("cam3: is left out: it is the same folder as"),
                                   HasSubstr("cam4: is left out: it is the same folder as"),
                                   HasSubstr("cam5: is left out: it has the same content as")));
}

TEST(Capture, AFolderOfFoldersIsCamerasTimesFrames) {
  const TemporaryFolder folder;
  for (const char* name : {"cam2/0.png", "cam2/1.png", "cam10/0.png", "cam10/1.png", "cam10/2.png"}) {
    write_picture(folder / name);
  }
  const Capture capture = open_capture({folder.path()});
  EXPECT_THAT(names(capture), ElementsAre("cam2", "cam10"));
  EXPECT_EQ(capture.frame_count(), 3);
  EXPECT_EQ(capture.cameras[0].kind, CameraKind::image_sequence);
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("cam2: has 2 of the 3 frames; missing: frame 2")));
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
  EXPECT_EQ(capture.frame_count(), 2);
}

TEST(Capture, AFolderOfVideosAndTheSameVideosGivenTogetherAreTheSame) {
  const TemporaryFolder folder;
  write_video(folder / "cam1.avi", 5);
  write_video(folder / "cam2.avi", 5);
  const Capture by_folder = open_capture({folder.path()});
  const Capture by_files = open_capture({folder / "cam1.avi", folder / "cam2.avi"});
  EXPECT_THAT(names(by_folder), ElementsAre("cam1.avi", "cam2.avi"));
  EXPECT_EQ(names(by_folder), names(by_files));
  EXPECT_EQ(by_folder.frame_count(), 5);
  EXPECT_EQ(by_folder.cameras[1].kind, CameraKind::video);
  EXPECT_DOUBLE_EQ(by_folder.cameras[1].fps, 25);
}

TEST(Capture, OneVideoIsAMonocularSequence) {
  const TemporaryFolder folder;
  write_video(folder / "walk.avi", 7);
  const Capture capture = open_capture({folder / "walk.avi"});
  EXPECT_THAT(capture.cameras, SizeIs(1));
  EXPECT_EQ(capture.frame_count(), 7);
}

TEST(Capture, AnOffsetMovesACameraInTime) {
  Capture capture;
  capture.cameras = {{.name = "a", .paths = {"a.avi"}, .frame_count = 10},
                     {.name = "b", .paths = {"b.avi"}, .frame_count = 10, .frame_offset = 4}};
  EXPECT_EQ(capture.frame_count(), 10);
  capture.cameras[0].frame_offset = 3;
  EXPECT_EQ(capture.frame_count(), 7);
}

TEST(Capture, PicturesGivenTogetherWithAFolderOfPicturesAreOneFrame) {
  const TemporaryFolder folder;
  write_picture(folder / "extra.jpg");
  write_picture(folder / "views/cam1.jpg");
  write_picture(folder / "views/cam2.jpg");
  const Capture capture = open_capture({folder / "extra.jpg", folder / "views"});
  EXPECT_THAT(names(capture), ElementsAre("extra.jpg", "cam1.jpg", "cam2.jpg"));
  EXPECT_EQ(capture.frame_count(), 1);
}

TEST(Capture, ThePathGivenTwiceCountsOnce) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg");
  const Capture capture = open_capture({folder / "a.jpg", folder / "./a.jpg"});
  EXPECT_THAT(capture.cameras, SizeIs(1));
  EXPECT_THAT(messages(capture), ElementsAre(HasSubstr("a.jpg: is left out: it is the same as")));
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
  EXPECT_THAT(messages(pictures),
              ElementsAre(HasSubstr("clip.avi: is left out: it is a video beside pictures")));

  const Capture video = open_capture({folder / "a.jpg", folder / "clip.avi"});
  EXPECT_THAT(names(video), ElementsAre("clip.avi"));
  EXPECT_THAT(messages(video), ElementsAre(HasSubstr("a.jpg: is left out: it is a picture beside videos")));
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
  EXPECT_THAT(messages(capture), Contains(HasSubstr("5_missing.jpg: does not exist")));
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
  for (int i = 0; i <= 100; ++i)
    write_picture(folder / (std::to_string(i) + ".bmp"), cv::Mat(32, 32, CV_8UC1, cv::Scalar(i)));
  EXPECT_THAT(refusal_of({folder.path()}), HasSubstr("holds 101 pictures"));
}

}  // namespace
}  // namespace ahap
