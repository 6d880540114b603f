#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "reconstruction/image.h"

namespace ahap {

enum class PictureFormat { jpeg, png, webp, tiff, bmp };

// What a picture's file says about itself, known without decoding it; only a JPEG without its end marker is
// decoded, to see what is missing.
struct PictureHeader {
  PictureFormat format = PictureFormat::jpeg;
  int width = 0;  // as stored, before the rotation
  int height = 0;
  int orientation = 1;           // EXIF: 1 upright, 2..8 mirrored or turned
  double focal_length_35mm = 0;  // EXIF FocalLengthIn35mmFilm, 0 = not said
  bool complete =
      true;  // false: the file ends before the picture does (JPEG and PNG; other formats fail to decode)
  bool progressive = false;    // JPEG whose decoding needs the whole picture in memory
  bool alpha_applied = false;  // TIFF: decoders give colours that are multiplied by their alpha
  std::size_t start =
      0;  // of what is decoded: a TIFF's largest page, the first frame of a WebP animation; 0 = the file
  std::string note = {};  // what a person should know: a sentence without the path, or nothing

  int upright_width() const { return orientation >= 5 ? height : width; }
  int upright_height() const { return orientation >= 5 ? width : height; }
};

inline constexpr int kSmallestSide = 32;  // pixels; smaller pictures show nobody
inline constexpr std::int64_t kMaxPixels =
    100'000'000;  // decoded at once; larger JPEG are decoded at 1/2, 1/4 or 1/8

// Throws with the reason ("cannot be opened: ...") without the path, unless this is a file that can be read
// and is not empty.
void require_readable(const std::filesystem::path& file);
// The whole file; throws likewise.
std::vector<std::uint8_t> read_file(const std::filesystem::path& file);

// All of these throw std::runtime_error with a sentence that lacks the path, which the caller knows.
PictureHeader read_picture_header(std::span<const std::uint8_t> file);
// What makes this picture unusable, before decoding: too small, too large, cut off. Throws, or returns
// normally.
void require_usable(const PictureHeader& header);

struct Picture {
  Image image;                 // upright
  int reduction = 1;           // 1, 2, 4 or 8: the file's pixels per decoded pixel
  bool as_stored = false;      // `image` is the file's: neither turned nor reduced, and whole
  double focal_length_px = 0;  // in pixels of `image`; 0 = unknown
  std::string note;            // the header's
};
// Of several pages of a TIFF the largest is taken, of an animated WebP the first frame. 16 bits become 8,
// grey becomes RGB, transparent parts become black as the padding around a picture is, EXIF rotation is
// applied. longest_side > 0: reduced to at most that many pixels on the longer side, cheaply (for
// thumbnails).
Picture decode_picture(std::span<const std::uint8_t> file, int longest_side = 0);

// At most `longest_side` pixels on the longer side, each the mean of those it covers; smaller images stay as
// they are.
Image reduced(Image image, int longest_side);

}  // namespace ahap
