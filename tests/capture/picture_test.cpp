#include "reconstruction/capture/picture.h"

#include <gmock/gmock.h>

#include "tests/capture/sample_files.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::Each;
using ::testing::HasSubstr;

Picture decode(const std::filesystem::path& file, int longest_side = 0) {
  return decode_picture(read_file(file), longest_side);
}

std::string refusal_of(const std::filesystem::path& file) {
  return sentence_of([&] { decode(file); });
}

TEST(Picture, EveryFormatShowsTheSamePicture) {
  const TemporaryFolder folder;
  for (const char* name : {"a.jpg", "a.png", "a.webp", "a.tiff", "a.bmp"}) {
    write_picture(folder / name);
    const Picture picture = decode(folder / name);
    EXPECT_EQ(picture.image.width, 64) << name;
    EXPECT_EQ(picture.image.height, 48) << name;
    EXPECT_EQ(corner_letters(picture.image), "rgbw") << name;
  }
}

TEST(Picture, TheHeaderKnowsTheSizeWithoutDecoding) {
  const TemporaryFolder folder;
  for (const char* name : {"a.jpg", "a.png", "a.webp", "a.tiff", "a.bmp"}) {
    write_picture(folder / name, corners(70, 50));
    const PictureHeader header = read_picture_header(read_file(folder / name));
    EXPECT_EQ(header.width, 70) << name;
    EXPECT_EQ(header.height, 50) << name;
    EXPECT_TRUE(header.complete) << name;
  }
}

TEST(Picture, ContentDecidesNotTheName) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg");
  std::filesystem::rename(folder / "a.jpg", folder / "a.png");
  EXPECT_EQ(corner_letters(decode(folder / "a.png").image), "rgbw");
}

TEST(Picture, ExifRotationIsAppliedInJpegAndPng) {
  // Stored as rgbw; EXIF says how a viewer has to turn it.
  const std::vector<std::pair<int, std::string>> upright = {
      {1, "rgbw"}, {2, "grwb"}, {3, "wbgr"}, {4, "bwrg"}, {5, "rbgw"}, {6, "brwg"}, {7, "wgbr"}, {8, "gwrb"}};
  for (const auto& [orientation, letters] : upright) {
    const TemporaryFolder folder;
    write_picture(folder / "a.jpg");
    add_exif_to_jpeg(folder / "a.jpg", exif(orientation));
    const Image image = decode(folder / "a.jpg").image;
    EXPECT_EQ(corner_letters(image), letters) << "orientation " << orientation;
    EXPECT_EQ(image.width, orientation >= 5 ? 48 : 64) << "orientation " << orientation;

    write_picture(folder / "a.png");
    const std::string png = read_bytes(folder / "a.png");
    const std::string block = exif(orientation);
    const std::size_t after_header = 33;  // signature and IHDR
    write_bytes(folder / "a.png", png.substr(0, after_header) + big_endian(std::uint32_t(block.size()), 4) +
                                      "eXIf" + block + std::string(4, '\0') + png.substr(after_header));
    EXPECT_EQ(read_picture_header(read_file(folder / "a.png")).orientation, orientation);
  }
}

TEST(Picture, TiffIsTurnedOnce) {
  const TemporaryFolder folder;
  write_picture(folder / "a.tiff");
  // OpenCV writes no orientation; put it in place of a tag that only describes: PlanarConfiguration (284),
  // whose value is 1.
  std::string bytes = read_bytes(folder / "a.tiff");
  const std::string planar("\x1C\x01\x03\x00\x01\x00\x00\x00\x01\x00", 10);
  const std::size_t at = bytes.find(planar);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, 10, std::string("\x12\x01\x03\x00\x01\x00\x00\x00\x03\x00", 10));
  write_bytes(folder / "a.tiff", bytes);
  EXPECT_EQ(corner_letters(decode(folder / "a.tiff").image), "wbgr");
}

TEST(Picture, ABrokenExifBlockDoesNotSpoilThePicture) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg");
  add_exif_to_jpeg(folder / "a.jpg", exif(6).substr(0, 15));
  EXPECT_EQ(corner_letters(decode(folder / "a.jpg").image), "rgbw");
}

TEST(Picture, FocalLengthComesFromTheLensAndTheLongerSide) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg", corners(720, 480));
  EXPECT_EQ(decode(folder / "a.jpg").focal_length_px, 0);
  add_exif_to_jpeg(folder / "a.jpg", exif(6, 27));
  EXPECT_DOUBLE_EQ(decode(folder / "a.jpg").focal_length_px, 720 * 27 / 36.0);
}

TEST(Picture, SixteenBitsBecomeEight) {
  const TemporaryFolder folder;
  for (const char* name : {"a.png", "a.tiff"}) {
    write_picture(folder / name, cv::Mat(40, 40, CV_16UC3, cv::Scalar(257 * 10, 257 * 100, 65535)));
    const Image image = decode(folder / name).image;
    EXPECT_EQ(image.pixel(5, 5)[0], 255) << name;
    EXPECT_EQ(image.pixel(5, 5)[1], 100) << name;
    EXPECT_EQ(image.pixel(5, 5)[2], 10) << name;
  }
}

TEST(Picture, GreyBecomesThreeEqualChannels) {
  const TemporaryFolder folder;
  for (const int type : {CV_8UC1, CV_16UC1}) {
    for (const char* name : {"a.png", "a.jpg", "a.tiff"}) {
      if (type == CV_16UC1 && std::string(name) == "a.jpg") continue;
      write_picture(folder / name, cv::Mat(40, 40, type, cv::Scalar(type == CV_8UC1 ? 100 : 100 * 257)));
      EXPECT_THAT(decode(folder / name).image.rgb, Each(100)) << name;
    }
  }
}

TEST(Picture, TransparentPartsBecomeBlack) {
  const TemporaryFolder folder;
  cv::Mat image(40, 80, CV_8UC4, cv::Scalar(255, 255, 255, 255));
  image(cv::Rect(40, 0, 40, 40)) = cv::Scalar(255, 255, 255, 0);
  for (const char* name : {"a.png", "a.webp", "a.tiff"}) {
    write_picture(folder / name, image);
    EXPECT_EQ(corner_letters(decode(folder / name).image), "wkwk") << name;
  }
}

TEST(Picture, AFileCutOffIsRefusedInEveryFormat) {
  const TemporaryFolder folder;
  cv::Mat noise(200, 200, CV_8UC3);
  cv::randu(noise, 0, 255);
  for (const char* name : {"a.jpg", "a.png", "a.webp", "a.tiff", "a.bmp"}) {
    for (const double share : {0.99, 0.6, 0.1}) {
      write_picture(folder / name, noise);
      cut_to(folder / name, share);
      EXPECT_THAT(refusal_of(folder / name), HasSubstr("is damaged")) << name << " cut to " << share;
    }
  }
}

TEST(Picture, NothingIsPrintedAboutDamagedFiles) {
  const TemporaryFolder folder;
  ::testing::internal::CaptureStderr();
  for (const char* name : {"a.jpg", "a.png", "a.webp", "a.tiff", "a.bmp"}) {
    write_picture(folder / name, cv::Mat(100, 100, CV_8UC3, kRed));
    cut_to(folder / name, 0.6);
    EXPECT_THROW(decode(folder / name), std::runtime_error);
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

TEST(Picture, WhatIsNoPictureIsSaidInPlainWords) {
  const TemporaryFolder folder;
  write_bytes(folder / "text.png", "I am a letter, not a picture.");
  EXPECT_THAT(refusal_of(folder / "text.png"), HasSubstr("is not a picture"));
  write_bytes(folder / "empty.png", "");
  EXPECT_EQ(refusal_of(folder / "empty.png"), "is empty");
  EXPECT_EQ(refusal_of(folder / "missing.png"), "does not exist");
  write_bytes(folder / "phone.heic", std::string("\0\0\0\x18", 4) + "ftypheic and so on");
  EXPECT_THAT(refusal_of(folder / "phone.heic"), HasSubstr("HEIC"));
  EXPECT_EQ(refusal_of(folder.path()), "is not a file");
  write_bytes(folder / "loop.gif", "GIF89a and so on");
  EXPECT_THAT(refusal_of(folder / "loop.gif"), HasSubstr("is a GIF picture"));
  const std::string version = big_endian(0xC612, 2) + big_endian(1, 2) + big_endian(4, 4) + big_endian(0x01040000, 4);
  write_bytes(folder / "raw.dng", std::string("MM\0*", 4) + big_endian(8, 4) + big_endian(1, 2) + version +
                                      big_endian(0, 4));
  EXPECT_THAT(refusal_of(folder / "raw.dng"), HasSubstr("is a raw picture (DNG)"));
}

TEST(Picture, APictureOfOnePixelIsTooSmall) {
  const TemporaryFolder folder;
  write_picture(folder / "a.png", cv::Mat(1, 1, CV_8UC3, kRed));
  EXPECT_EQ(refusal_of(folder / "a.png"), "is too small: 1 x 1 pixels, at least 32 are needed on each side");
}

// The headers of pictures that nobody wants to decode at once.
std::string huge_png() {
  return "\x89PNG\r\n\x1A\n" + big_endian(13, 4) + "IHDR" + big_endian(30000, 4) + big_endian(20000, 4) +
         std::string("\x08\x02\0\0\0", 5) + big_endian(0, 4) + big_endian(0, 4) + "IEND" + big_endian(0, 4);
}

TEST(Picture, AHugePictureIsRefusedBeforeItTakesMemory) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.png", huge_png());
  EXPECT_THAT(refusal_of(folder / "a.png"), HasSubstr("is too large: 30000 x 20000 pixels"));
}

TEST(Picture, AHugeJpegIsReadReduced) {
  const TemporaryFolder folder;
  write_picture(folder / "a.jpg", cv::Mat(10016, 16000, CV_8UC1, cv::Scalar(90)));
  const Picture picture = decode(folder / "a.jpg");
  EXPECT_EQ(picture.reduction, 2);
  EXPECT_EQ(picture.image.width, 8000);
  EXPECT_EQ(picture.image.height, 5008);
}

TEST(Picture, AThumbnailKeepsItsShapeAndColours) {
  const TemporaryFolder folder;
  for (const char* name : {"a.jpg", "a.png"}) {
    write_picture(folder / name, corners(1000, 750));
    const Image image = decode(folder / name, 100).image;
    EXPECT_EQ(image.width, 100) << name;
    EXPECT_EQ(image.height, 75) << name;
    EXPECT_EQ(corner_letters(image), "rgbw") << name;
  }
}

}  // namespace
}  // namespace ahap
