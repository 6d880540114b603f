#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>
#include <string>
#include <vector>

#include "reconstruction/image.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap::testing {

inline const cv::Scalar kRed(0, 0, 255), kGreen(0, 255, 0), kBlue(255, 0, 0), kWhite(255, 255, 255);  // BGR

// A picture whose four corners tell how it is turned: red, green, blue, white from the top left, by rows.
inline cv::Mat corners(int width = 64, int height = 48) {
  cv::Mat image(height, width, CV_8UC3);
  const int w = width / 2, h = height / 2;
  image(cv::Rect(0, 0, w, h)) = kRed;
  image(cv::Rect(w, 0, width - w, h)) = kGreen;
  image(cv::Rect(0, h, w, height - h)) = kBlue;
  image(cv::Rect(w, h, width - w, height - h)) = kWhite;
  return image;
}

// The nearest of r, g, b, w, k (black) and "?" in between, at the middle of the four quarters of a picture,
// by rows.
inline std::string corner_letters(const Image& image) {
  std::string letters;
  for (const int y : {image.height / 4, image.height * 3 / 4}) {
    for (const int x : {image.width / 4, image.width * 3 / 4}) {
      const std::uint8_t* p = image.pixel(x, y);
      std::string bright;
      for (int c = 0; c < 3; ++c) bright += p[c] > 200 ? '1' : p[c] < 55 ? '0' : '?';
      letters += bright == "100"   ? 'r'
                 : bright == "010" ? 'g'
                 : bright == "001" ? 'b'
                 : bright == "111" ? 'w'
                 : bright == "000" ? 'k'
                                   : '?';
    }
  }
  return letters;
}

inline void write_picture(const std::filesystem::path& file, const cv::Mat& image) {
  std::filesystem::create_directories(file.parent_path());
  ASSERT_TRUE(cv::imwrite(file.string(), image)) << file;
}

// Corners that differ a little from those of every other file.
inline void write_picture(const std::filesystem::path& file) {
  static int number = 0;
  ++number;
  cv::Mat image = corners();
  image(cv::Rect(0, 0, 8, 8)) = cv::Scalar(16 * (number % 16), 16 * (number / 16 % 16), 200);
  write_picture(file, image);
}

inline void cut_to(const std::filesystem::path& file, double share) {
  const std::string bytes = read_bytes(file);
  write_bytes(file, bytes.substr(0, std::size_t(double(bytes.size()) * share)));
}

inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text += char(value >> 8 * i & 255);
  return text;
}

// An EXIF block (big endian): orientation, and the focal length on 35 mm film when it is not 0.
inline std::string exif(int orientation, int focal_length_35mm = 0) {
  auto short_entry = [](int tag, int value) {
    return big_endian(tag, 2) + big_endian(3, 2) + big_endian(1, 4) + big_endian(value, 2) + big_endian(0, 2);
  };
  const std::string first = big_endian(2, 2) + short_entry(0x0112, orientation) + big_endian(0x8769, 2) +
                            big_endian(4, 2) + big_endian(1, 4) + big_endian(38, 4) + big_endian(0, 4);
  const std::string second = big_endian(1, 2) + short_entry(0xA405, focal_length_35mm) + big_endian(0, 4);
  return std::string("MM\0*", 4) + big_endian(8, 4) + first + second;
}

// Puts the block where cameras do: the first segment after the start of a JPEG.
inline void add_exif_to_jpeg(const std::filesystem::path& file, const std::string& block) {
  const std::string bytes = read_bytes(file);
  const std::string payload = std::string("Exif\0\0", 6) + block;
  write_bytes(file, bytes.substr(0, 2) + "\xFF\xE1" + big_endian(std::uint32_t(payload.size() + 2), 2) +
                        payload + bytes.substr(2));
}

// A video whose frame i has the grey level 8 i, so that a decoded frame tells its index, and a corner of its
// own. 30 frames at most.
inline void write_video(const std::filesystem::path& file, int frames, int width = 64, int height = 48,
                        double fps = 25) {
  std::filesystem::create_directories(file.parent_path());
  const int codec = file.extension() == ".mp4" ? cv::VideoWriter::fourcc('m', 'p', '4', 'v')
                                               : cv::VideoWriter::fourcc('M', 'J', 'P', 'G');
  cv::VideoWriter video(file.string(), cv::CAP_FFMPEG, codec, fps, {width, height});
  ASSERT_TRUE(video.isOpened()) << file;
  static int number = 0;
  ++number;
  for (int i = 0; i < frames; ++i) {
    cv::Mat picture(height, width, CV_8UC3, cv::Scalar::all(8 * i));
    picture(cv::Rect(0, 0, 8, 8)) = cv::Scalar::all(16 * (number % 16));
    video.write(picture);
  }
}

inline int index_of_frame(const Image& image) {
  return (image.pixel(image.width / 2, image.height / 2)[0] + 4) / 8;
}

}  // namespace ahap::testing
