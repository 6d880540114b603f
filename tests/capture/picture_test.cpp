#include "reconstruction/capture/picture.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>

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
      if (share > 0.9 && std::string(name) == "a.jpg") continue;  // its missing end is bearable
      write_picture(folder / name, noise);
      cut_to(folder / name, share);
      EXPECT_THAT(refusal_of(folder / name), HasSubstr("is damaged")) << name << " cut to " << share;
    }
  }
}

class JpegTail : public ::testing::Test {
 protected:
  JpegTail() {
    cv::Mat noise(400, 320, CV_8UC3);
    cv::randu(noise, 0, 255);
    std::vector<std::uint8_t> bytes;
    cv::imencode(".jpg", noise, bytes);
    whole_.assign(bytes.begin(), bytes.end());
  }
  Picture decoded(const std::string& bytes) {
    return decode_picture(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  }
  std::string without_end() const { return whole_.substr(0, whole_.size() - 2); }

  std::string whole_;
};

TEST_F(JpegTail, WithoutItsEndMarkerThePictureIsWholeAndThatIsSaid) {
  const Picture picture = decoded(without_end());
  EXPECT_EQ(picture.note, "has no end marker");
  EXPECT_EQ(picture.image.rgb, decoded(whole_).image.rgb);
  EXPECT_EQ(decoded(whole_).note, "");
}

TEST_F(JpegTail, AFewMissingRowsAreBearableAndSaid) {
  EXPECT_THAT(decoded(whole_.substr(0, whole_.size() * 99 / 100)).note,
              HasSubstr("% of it, at the bottom, are missing"));
}

TEST_F(JpegTail, AnotherPictureBehindItSaysNothingAboutItsSize) {
  std::vector<std::uint8_t> small;
  cv::imencode(".jpg", cv::Mat(16, 16, CV_8UC3, kRed), small);
  const std::string trailer = "SEFT trailer of a phone" + std::string(small.begin(), small.end());
  for (const std::string& bytes : {whole_ + trailer, without_end() + trailer,
                                   without_end() + std::string(small.begin() + 2, small.end())}) {
    const Picture picture = decoded(bytes);
    EXPECT_EQ(picture.image.width, 320);
    EXPECT_EQ(picture.image.height, 400);
  }
}

TEST_F(JpegTail, ZerosBehindTheEndAreNothing) {
  EXPECT_EQ(decoded(whole_ + std::string(20'000, '\0')).note, "");
}

// Little-endian TIFF of whole-coloured pages, one strip each (TIFF 6.0).
struct TiffPage {
  int width = 64, height = 48;
  std::vector<int> pixel = {255, 0, 0};  // one value for each channel
  int bytes = 1;                         // of a channel
  int extra_samples = -1;                // the tag; none where negative
  int sample_format = 1;
  bool tiled = false;  // one tile instead of the strip
};

std::string little_endian(std::uint32_t value, int bytes) {
  std::string text = big_endian(value, bytes);
  std::reverse(text.begin(), text.end());
  return text;
}

std::string tiff(const std::vector<TiffPage>& pages) {
  constexpr std::uint32_t kStripOffset = 273, kTileOffset = 324;
  std::string file = std::string("II*\0", 4) + little_endian(8, 4);
  for (const TiffPage& page : pages) {
    const auto channels = std::uint32_t(page.pixel.size());
    std::string pixel;
    for (const int value : page.pixel) pixel += little_endian(std::uint32_t(value), page.bytes);
    std::string strip, bits;
    for (int i = 0; i < page.width * page.height; ++i) strip += pixel;
    for (std::uint32_t c = 0; c < channels; ++c) bits += little_endian(std::uint32_t(8 * page.bytes), 2);
    std::vector<std::array<std::uint32_t, 4>> tags = {{256, 4, 1, std::uint32_t(page.width)},
                                                      {257, 4, 1, std::uint32_t(page.height)},
                                                      {258, 3, channels, 0},
                                                      {259, 3, 1, 1},
                                                      {262, 3, 1, 2}};
    if (!page.tiled) tags.push_back({kStripOffset, 4, 1, 0});
    tags.push_back({277, 3, 1, channels});
    if (!page.tiled) {
      tags.push_back({278, 4, 1, std::uint32_t(page.height)});
      tags.push_back({279, 4, 1, std::uint32_t(strip.size())});
    } else {
      tags.push_back({322, 4, 1, std::uint32_t(page.width)});
      tags.push_back({323, 4, 1, std::uint32_t(page.height)});
      tags.push_back({kTileOffset, 4, 1, 0});
      tags.push_back({325, 4, 1, std::uint32_t(strip.size())});
    }
    if (page.extra_samples >= 0) tags.push_back({338, 3, 1, std::uint32_t(page.extra_samples)});
    tags.push_back({339, 3, 1, std::uint32_t(page.sample_format)});
    const std::uint32_t data = std::uint32_t(file.size() + 2 + 12 * tags.size() + 4);
    const std::uint32_t end = std::uint32_t(data + bits.size() + strip.size());
    file += little_endian(std::uint32_t(tags.size()), 2);
    for (auto [tag, type, count, value] : tags) {
      if (tag == 258) value = data;
      if (tag == kStripOffset || tag == kTileOffset) value = std::uint32_t(data + bits.size());
      file +=
          little_endian(tag, 2) + little_endian(type, 2) + little_endian(count, 4) + little_endian(value, 4);
    }
    file += little_endian(&page == &pages.back() ? 0 : end, 4) + bits + strip;
  }
  return file;
}

Picture decoded_tiff(const std::vector<TiffPage>& pages) {
  const std::string bytes = tiff(pages);
  return decode_picture(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
}

TEST(Tiff, OfSeveralPagesTheLargestIsUsed) {
  const Picture picture = decoded_tiff({{.width = 40, .height = 32},
                                        {.width = 80, .height = 60, .pixel = {0, 0, 255}},
                                        {.width = 40, .height = 40}});
  EXPECT_EQ(picture.image.width, 80);
  EXPECT_EQ(corner_letters(picture.image), "bbbb");
  EXPECT_EQ(picture.note, "has 3 pages, of which the largest is used");
  EXPECT_FALSE(picture.as_stored);
}

TEST(Tiff, TilesAreReadAndAMissingPartIsSaid) {
  for (const int bytes : {1, 2}) {
    const int blue = bytes == 1 ? 255 : 65535;
    const std::string whole = tiff({{.pixel = {0, 0, blue}, .bytes = bytes, .tiled = true}});
    const Picture picture = decode_picture(std::vector<std::uint8_t>(whole.begin(), whole.end()));
    EXPECT_EQ(picture.image.width, 64);
    EXPECT_EQ(corner_letters(picture.image), "bbbb");
    EXPECT_THAT(sentence_of([&] {
                  decode_picture(std::vector<std::uint8_t>(whole.begin(),
                                                           whole.begin() + std::ptrdiff_t(whole.size() / 2)));
                }),
                HasSubstr("damaged"));
  }
}

TEST(Tiff, AlphaIsAppliedOnce) {
  constexpr int kAssociated = 1, kUnassociated = 2;
  const auto red_of = [](const TiffPage& page) { return int(decoded_tiff({page}).image.pixel(5, 5)[0]); };
  EXPECT_NEAR(red_of({.pixel = {200, 0, 0, 128}, .extra_samples = kUnassociated}), 100, 1);
  EXPECT_NEAR(red_of({.pixel = {100, 0, 0, 128}, .extra_samples = kAssociated}), 100, 1);
  EXPECT_NEAR(red_of({.pixel = {200 * 257, 0, 0, 128 * 257}, .bytes = 2, .extra_samples = kUnassociated}),
              100, 1);
  EXPECT_NEAR(red_of({.pixel = {100 * 257, 0, 0, 128 * 257}, .bytes = 2, .extra_samples = kAssociated}), 100,
              1);
}

TEST(Tiff, WhatIsNotReadIsSaidAsWhatItIs) {
  const auto refusal = [](const std::string& bytes) {
    return sentence_of([&] { decode_picture(std::vector<std::uint8_t>(bytes.begin(), bytes.end())); });
  };
  EXPECT_THAT(refusal(tiff({{.bytes = 4, .sample_format = 3}})),
              HasSubstr("is a TIFF of 32-bit floating-point numbers"));
  EXPECT_THAT(refusal(std::string("II+\0\x08\0\0\0", 8) + std::string(60, '\0')), HasSubstr("is a BigTIFF"));
  EXPECT_THAT(refusal("GIF89a and so on"), HasSubstr("is a GIF"));
  EXPECT_THAT(refusal("version https://git-lfs.github.com/spec/v1\n"), HasSubstr("is a Git LFS pointer"));
  EXPECT_THAT(refusal("<!doctype html><title>Sign in</title>"), HasSubstr("is a web page"));
}

TEST(WebP, OfAnAnimationTheFirstPictureIsUsed) {
  const auto chunk = [](const std::string& name, const std::string& data) {
    return name + little_endian(std::uint32_t(data.size()), 4) + data + std::string(data.size() % 2, '\0');
  };
  std::string frames;
  for (const cv::Scalar& color : {kBlue, kRed}) {
    std::vector<std::uint8_t> still;
    cv::imencode(".webp", cv::Mat(48, 64, CV_8UC3, color), still);
    frames += chunk("ANMF", little_endian(0, 3) + little_endian(0, 3) + little_endian(63, 3) +
                                little_endian(47, 3) + little_endian(100, 3) + '\0' +
                                std::string(still.begin() + 12, still.end()));
  }
  const std::string content =
      "WEBP" + chunk("VP8X", little_endian(2, 4) + little_endian(63, 3) + little_endian(47, 3)) +
      chunk("ANIM", std::string(6, '\0')) + frames;
  const std::string bytes = chunk("RIFF", content);
  const Picture picture = decode_picture(std::vector<std::uint8_t>(bytes.begin(), bytes.end()));
  EXPECT_EQ(corner_letters(picture.image), "bbbb");
  EXPECT_EQ(picture.note, "is an animation, of which the first picture is used");
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
  EXPECT_THAT(refusal_of(folder / "loop.gif"), HasSubstr("is a GIF"));
  const std::string version =
      big_endian(0xC612, 2) + big_endian(1, 2) + big_endian(4, 4) + big_endian(0x01040000, 4);
  write_bytes(folder / "raw.dng",
              std::string("MM\0*", 4) + big_endian(8, 4) + big_endian(1, 2) + version + big_endian(0, 4));
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
