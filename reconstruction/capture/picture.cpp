#include "reconstruction/capture/picture.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "reconstruction/capture/stderr_silencer.h"
#include "reconstruction/formats/mistaken_file.h"

namespace ahap {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::uintmax_t kLargestFile = 1'000'000'000;  // bytes

[[noreturn]] void refuse(const std::string& sentence) {
  throw std::runtime_error(sentence);
}

[[noreturn]] void refuse_damaged() {
  refuse("is damaged: its header cannot be read");
}

bool starts_with(Bytes file, std::string_view magic, std::size_t at = 0) {
  return file.size() >= at + magic.size() && std::memcmp(file.data() + at, magic.data(), magic.size()) == 0;
}

// An unsigned number of `count` bytes at `at`.
std::uint32_t number(Bytes file, std::size_t at, int count, bool big_endian) {
  if (at > file.size() || file.size() - at < std::size_t(count)) refuse_damaged();
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) {
    value |= std::uint32_t(file[at + i]) << 8 * (big_endian ? count - 1 - i : i);
  }
  return value;
}

// The directories of a TIFF file, which is also what an EXIF block is (TIFF 6.0, EXIF 2.3).
class TiffTags {
 public:
  explicit TiffTags(Bytes tiff) : tiff_(tiff), big_endian_(starts_with(tiff, "MM")) {
    first_directory_ = number(tiff_, 4, 4, big_endian_);
  }

  // The first value of a SHORT or LONG tag.
  std::optional<std::uint32_t> find(std::uint16_t tag, std::uint32_t directory) const {
    const std::uint32_t entries = number(tiff_, directory, 2, big_endian_);
    for (std::uint32_t i = 0; i < entries; ++i) {
      const std::size_t entry = std::size_t(directory) + 2 + 12 * std::size_t(i);
      if (number(tiff_, entry, 2, big_endian_) != tag) continue;
      const bool is_short = number(tiff_, entry + 2, 2, big_endian_) == 3;
      return number(tiff_, entry + 8, is_short ? 2 : 4, big_endian_);
    }
    return std::nullopt;
  }
  std::uint32_t first_directory() const { return first_directory_; }
  // Of the first channel; the values lie elsewhere in the file where they are more than fit into the entry.
  std::uint32_t bits_per_sample(std::uint32_t directory) const {
    const std::uint32_t entries = number(tiff_, directory, 2, big_endian_);
    for (std::uint32_t i = 0; i < entries; ++i) {
      const std::size_t entry = std::size_t(directory) + 2 + 12 * std::size_t(i);
      if (number(tiff_, entry, 2, big_endian_) != 0x0102) continue;
      const bool here = number(tiff_, entry + 4, 4, big_endian_) <= 2;
      return number(tiff_, here ? entry + 8 : number(tiff_, entry + 8, 4, big_endian_), 2, big_endian_);
    }
    return 1;
  }
  // 0 after the last one.
  std::uint32_t directory_after(std::uint32_t directory) const {
    const std::uint32_t entries = number(tiff_, directory, 2, big_endian_);
    return number(tiff_, std::size_t(directory) + 2 + 12 * std::size_t(entries), 4, big_endian_);
  }

 private:
  Bytes tiff_;
  bool big_endian_;
  std::uint32_t first_directory_;
};

// Rotation and lens from an EXIF block. A block that cannot be read says nothing: the picture itself may be
// fine.
void read_exif(const TiffTags& tags, std::uint32_t directory, PictureHeader& header) {
  try {
    const auto orientation = tags.find(0x0112, directory);
    if (orientation && *orientation >= 1 && *orientation <= 8) header.orientation = int(*orientation);
    if (const auto exif_directory = tags.find(0x8769, directory)) {
      header.focal_length_35mm = tags.find(0xA405, *exif_directory).value_or(0);
    }
  } catch (const std::runtime_error&) {
  }
}

void read_exif(Bytes exif, PictureHeader& header) {
  if (starts_with(exif, std::string_view("Exif\0\0", 6))) exif = exif.subspan(6);
  try {
    const TiffTags tags(exif);
    read_exif(tags, tags.first_directory(), header);
  } catch (const std::runtime_error&) {
  }
}

cv::Mat decode(Bytes file, int flags) {
  const QuietStderr quiet;
  const cv::Mat bytes(1, int(file.size()), CV_8U, const_cast<std::uint8_t*>(file.data()));
  try {
    return cv::imdecode(bytes, flags);
  } catch (const cv::Exception&) {
    return {};
  }
}

// A decoder waits for more where the end marker is missing, and gives up the last rows.
std::vector<std::uint8_t> with_end_marker(Bytes file) {
  std::vector<std::uint8_t> ended(file.begin(), file.end());
  ended.insert(ended.end(), {0xFF, 0xD9});
  return ended;
}

// The share of a JPEG's rows, from the bottom, whose data are missing. They are those that look otherwise
// when something else follows the file's last byte.
double missing_share(Bytes file, bool progressive) {
  // Of a baseline JPEG the mean of every block tells; a progressive one has these means at its very
  // beginning.
  const int flags =
      (progressive ? cv::IMREAD_COLOR : cv::IMREAD_REDUCED_COLOR_8) | cv::IMREAD_IGNORE_ORIENTATION;
  std::vector<std::uint8_t> longer(file.begin(), file.end());
  std::uint32_t state = 1;
  for (int i = 0; i < 4096; ++i) {
    state = state * 1664525 + 1013904223;
    longer.push_back(std::uint8_t(state >> 24) % 255);  // never a marker's 255
  }
  longer.insert(longer.end(), {0xFF, 0xD9});
  const cv::Mat as_it_is = decode(with_end_marker(file), flags), continued = decode(longer, flags);
  if (as_it_is.empty() || as_it_is.size() != continued.size()) return 1;
  int row = 0;
  while (row < as_it_is.rows && cv::norm(as_it_is.row(row), continued.row(row), cv::NORM_INF) == 0) ++row;
  return 1 - double(row) / as_it_is.rows;
}

// Some programs forget the end marker, and transfers lose the last bytes.
void judge_missing_end(Bytes file, PictureHeader& header) {
  constexpr double kBearable = 0.05;                   // of the rows
  constexpr std::int64_t kMaxDecoded = 1'000'000'000;  // pixels
  if (std::int64_t(header.width) * header.height > (header.progressive ? kMaxPixels : kMaxDecoded)) return;
  const double missing = missing_share(file, header.progressive);
  header.complete = missing <= kBearable;
  if (!header.complete) return;
  header.note = "has no end marker";
  if (missing > 0)
    header.note += ": about " + std::to_string(std::max(1l, std::lround(100 * missing))) +
                   " % of it, at the bottom, are missing; the rest is used";
}

// Markers and segments from start to end of image (ITU T.81, annex B). What follows the first picture, as
// previews and trailers of phones do, says nothing about it.
PictureHeader read_jpeg(Bytes file) {
  PictureHeader header{.format = PictureFormat::jpeg};
  header.complete = false;
  bool in_scans = false;
  std::size_t at = 2;
  while (at + 1 < file.size()) {
    const std::uint8_t marker = file[at + 1];
    if (file[at] != 0xFF || marker == 0xFF) {  // fill byte, or rubbish that decoders skip too
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xD9) {
      header.complete = true;
      break;
    }
    if (marker == 0xD8 && in_scans) break;  // another picture
    if (marker == 0x00 || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) continue;
    if (at + 2 > file.size()) break;
    const std::size_t length = number(file, at, 2, true);
    if (length < 2 || at + length > file.size()) break;
    const bool start_of_frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (start_of_frame && in_scans) break;
    if (start_of_frame && header.width == 0) {
      header.height = int(number(file, at + 3, 2, true));
      header.width = int(number(file, at + 5, 2, true));
      header.progressive = (marker & 3) == 2;
    } else if (marker == 0xE1 && starts_with(file, "Exif", at + 2)) {
      read_exif(file.subspan(at + 2, length - 2), header);
    }
    at += length;
    if (marker == 0xDA) {  // entropy-coded data up to the next marker that is neither stuffing nor a restart
      in_scans = true;
      while (at + 1 < file.size() &&
             !(file[at] == 0xFF && file[at + 1] != 0 && (file[at + 1] < 0xD0 || file[at + 1] > 0xD7))) {
        ++at;
      }
    }
  }
  if (!header.complete && in_scans && header.width > 0 && header.height > 0) judge_missing_end(file, header);
  return header;
}

PictureHeader read_png(Bytes file) {
  PictureHeader header{.format = PictureFormat::png};
  header.width = int(number(file, 16, 4, true));
  header.height = int(number(file, 20, 4, true));
  header.complete = false;
  for (std::size_t at = 8; at + 12 <= file.size();) {
    const std::size_t length = number(file, at, 4, true);
    if (starts_with(file, "IEND", at + 4)) header.complete = true;
    if (length > file.size() - at - 12) break;
    if (starts_with(file, "eXIf", at + 4)) read_exif(file.subspan(at + 8, length), header);
    at += length + 12;
  }
  return header;
}

PictureHeader read_webp(Bytes file) {
  PictureHeader header{.format = PictureFormat::webp};
  for (std::size_t at = 12; at + 8 <= file.size();) {
    const std::size_t length = number(file, at + 4, 4, false);
    const std::size_t data = at + 8;
    if (starts_with(file, "VP8X", at)) {
      header.width = int(number(file, data + 4, 3, false)) + 1;
      header.height = int(number(file, data + 7, 3, false)) + 1;
      constexpr std::uint32_t kAnimation = 2;
      if (number(file, data, 1, false) & kAnimation)
        header.note = "is an animation, of which the first picture is used";
    } else if (header.start == 0 && !header.note.empty() && starts_with(file, "ANMF", at)) {
      header.width = int(number(file, data + 6, 3, false)) + 1;
      header.height = int(number(file, data + 9, 3, false)) + 1;
      header.start = at;
    } else if (header.width == 0 && starts_with(file, "VP8L", at)) {
      const std::uint32_t sides = number(file, data + 1, 4, false);
      header.width = int(sides & 0x3FFF) + 1;
      header.height = int(sides >> 14 & 0x3FFF) + 1;
    } else if (header.width == 0 && starts_with(file, "VP8 ", at)) {
      header.width = int(number(file, data + 6, 2, false) & 0x3FFF);
      header.height = int(number(file, data + 8, 2, false) & 0x3FFF);
    } else if (starts_with(file, "EXIF", at) && length <= file.size() - data) {
      read_exif(file.subspan(data, length), header);
    }
    at = data + length + length % 2;
  }
  return header;
}

PictureHeader read_tiff(Bytes file) {
  constexpr int kMaxPages = 1000;
  PictureHeader header{.format = PictureFormat::tiff};
  const TiffTags tags(file);
  if (tags.find(0xC612, tags.first_directory()))  // DNGVersion; the pictures in it are previews
    refuse("is a raw picture (DNG), which cannot be read here; save it as JPEG or PNG");
  int pages = 0;
  std::uint64_t most = 0;
  std::uint32_t page = tags.first_directory(), largest = page;
  for (; page != 0 && pages < kMaxPages; page = tags.directory_after(page), ++pages) {
    const std::uint64_t pixels =
        std::uint64_t(tags.find(0x0100, page).value_or(0)) * tags.find(0x0101, page).value_or(0);
    if (pixels > most) most = pixels, largest = page;
  }
  header.width = int(tags.find(0x0100, largest).value_or(0));
  header.height = int(tags.find(0x0101, largest).value_or(0));
  if (largest != tags.first_directory()) header.start = largest;
  if (pages > 1) header.note = "has " + std::to_string(pages) + " pages, of which the largest is used";
  read_exif(tags, largest, header);

  const std::uint32_t bits = tags.bits_per_sample(largest), format = tags.find(0x0153, largest).value_or(1);
  constexpr std::uint32_t kFloat = 3;
  if (bits > 16 || format == kFloat)
    refuse("is a TIFF of " + std::to_string(bits) + "-bit " +
           (format == kFloat ? "floating-point" : "whole") +
           " numbers, which do not say what is white; save it with 8 or 16 bits");
  // 8 bits are decoded by libtiff's own conversion, which multiplies by an alpha that is marked as such.
  constexpr std::uint32_t kAssociated = 1, kUnassociated = 2;
  const auto alpha = tags.find(0x0152, largest);
  header.alpha_applied = alpha == kAssociated || (bits <= 8 && alpha == kUnassociated);
  return header;
}

PictureHeader read_bmp(Bytes file) {
  PictureHeader header{.format = PictureFormat::bmp};
  const bool old_header = number(file, 14, 4, false) == 12;
  header.width = old_header ? int(number(file, 18, 2, false)) : int(number(file, 18, 4, false));
  const std::uint32_t height = old_header ? number(file, 20, 2, false) : number(file, 22, 4, false);
  header.height = int(std::int32_t(height) < 0 ? -height : height);  // negative: top row first
  return header;
}

void turn_upright(cv::Mat& image, int orientation) {
  // EXIF 2.3, tag 274: 2 mirrored, 3 upside down, 4 both, 5..8 the same four with rows and columns exchanged.
  if (orientation >= 5) cv::transpose(image, image);
  constexpr int horizontal = 1, vertical = 0, both = -1;
  switch (orientation) {
    case 2:
    case 6:
      return cv::flip(image, image, horizontal);
    case 3:
    case 7:
      return cv::flip(image, image, both);
    case 4:
    case 8:
      return cv::flip(image, image, vertical);
  }
}

// The file with another page of a TIFF as its first, or the first frame of a WebP animation as a file of its
// own (https://developers.google.com/speed/webp/docs/riff_container).
std::vector<std::uint8_t> part_to_decode(Bytes file, const PictureHeader& header) {
  if (header.format == PictureFormat::tiff) {
    std::vector<std::uint8_t> bytes(file.begin(), file.end());
    for (int i = 0; i < 4; ++i) bytes[4 + i] = std::uint8_t(header.start >> 8 * (file[0] == 'M' ? 3 - i : i));
    return bytes;
  }
  constexpr std::size_t kFrameHeader = 16;
  const std::size_t data = header.start + 8, length = number(file, header.start + 4, 4, false);
  if (length < kFrameHeader || length > file.size() - data) refuse_damaged();
  const Bytes frame = file.subspan(data + kFrameHeader, length - kFrameHeader);
  std::vector<std::uint8_t> bytes;
  const auto add = [&](std::string_view text) { bytes.insert(bytes.end(), text.begin(), text.end()); };
  const auto add_number = [&](std::size_t value, int count) {
    for (int i = 0; i < count; ++i) bytes.push_back(std::uint8_t(value >> 8 * i));
  };
  constexpr std::size_t kExtended = 10, kAlpha = 0x10;
  const bool alpha = starts_with(frame, "ALPH");
  add("RIFF");
  add_number(4 + frame.size() + (alpha ? 8 + kExtended : 0), 4);
  add("WEBP");
  if (alpha) {
    add("VP8X");
    add_number(kExtended, 4);
    add_number(kAlpha, 4);
    add_number(std::size_t(header.width - 1), 3);
    add_number(std::size_t(header.height - 1), 3);
  }
  bytes.insert(bytes.end(), frame.begin(), frame.end());
  return bytes;
}

// Any depth and number of channels that OpenCV returns, as 8-bit BGR.
void make_bgr(cv::Mat& image, bool alpha_applied) {
  if (image.depth() == CV_16U) image.convertTo(image, CV_8U, 1.0 / 257);
  if (image.channels() == 1) cv::cvtColor(image, image, cv::COLOR_GRAY2BGR);
  if (image.channels() == 4 && alpha_applied) cv::cvtColor(image, image, cv::COLOR_BGRA2BGR);
  if (image.channels() == 4) {
    cv::Mat bgr(image.size(), CV_8UC3);
    for (int y = 0; y < image.rows; ++y) {
      const auto* in = image.ptr<cv::Vec4b>(y);
      auto* out = bgr.ptr<cv::Vec3b>(y);
      for (int x = 0; x < image.cols; ++x) {
        for (int c = 0; c < 3; ++c) out[x][c] = std::uint8_t((in[x][c] * in[x][3] + 127) / 255);
      }
    }
    image = bgr;
  }
}

std::int64_t pixels(const PictureHeader& header) {
  return std::int64_t(header.width) * header.height;
}

// The least reduction that keeps a JPEG within the limit and, for a thumbnail, still above its size.
int reduction_for(const PictureHeader& header, int longest_side) {
  int reduction = 1;
  while (reduction < 8 && pixels(header) / (reduction * reduction) > kMaxPixels) reduction *= 2;
  if (longest_side > 0) {
    while (reduction < 8 && std::max(header.width, header.height) / (2 * reduction) >= longest_side)
      reduction *= 2;
  }
  return reduction;
}

}  // namespace

void require_readable(const std::filesystem::path& file) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (status.type() == std::filesystem::file_type::not_found) refuse("does not exist");
  if (!std::filesystem::is_regular_file(status)) refuse("is not a file");
  if (!std::ifstream(file, std::ios::binary))
    refuse(std::string("cannot be opened: ") + std::strerror(errno));
  if (std::filesystem::file_size(file, error) == 0) refuse("is empty");
}

std::vector<std::uint8_t> read_file(const std::filesystem::path& file) {
  require_readable(file);
  const std::uintmax_t size = std::filesystem::file_size(file);
  if (size > kLargestFile) refuse("is larger than 1 GB, which no picture here may be");
  std::vector<std::uint8_t> bytes(size);
  std::ifstream stream(file, std::ios::binary);
  if (!stream.read(reinterpret_cast<char*>(bytes.data()), std::streamsize(size)))
    refuse("cannot be read to its end");
  return bytes;
}

PictureHeader read_picture_header(Bytes file) {
  PictureHeader header;
  if (starts_with(file, "\xFF\xD8\xFF")) {
    header = read_jpeg(file);
  } else if (starts_with(file, "\x89PNG\r\n\x1A\n")) {
    header = read_png(file);
  } else if (starts_with(file, "RIFF") && starts_with(file, "WEBP", 8)) {
    header = read_webp(file);
  } else if (starts_with(file, std::string_view("II*\0", 4)) ||
             starts_with(file, std::string_view("MM\0*", 4))) {
    header = read_tiff(file);
  } else if (starts_with(file, "BM")) {
    header = read_bmp(file);
  } else if (starts_with(file, "ftyphei", 4) || starts_with(file, "ftypmif1", 4) ||
             starts_with(file, "ftypavif", 4)) {
    refuse("is a HEIC or AVIF picture, which cannot be read here; save it as JPEG or PNG");
  } else if (starts_with(file, "GIF8")) {
    refuse(
        "is a GIF, which cannot be read here; save it, or the picture of the animation that you want, as PNG "
        "or JPEG");
  } else if (starts_with(file, std::string_view("II+\0", 4)) ||
             starts_with(file, std::string_view("MM\0+", 4))) {
    refuse("is a BigTIFF, which cannot be read here; save it as an ordinary TIFF, as PNG or as JPEG");
  } else if (const auto other = mistaken_for(
                 {reinterpret_cast<const char*>(file.data()), std::min<std::size_t>(file.size(), 256)})) {
    refuse(*other);
  } else {
    refuse("is not a picture: its content is not JPEG, PNG, WebP, TIFF or BMP");
  }
  if (header.width <= 0 || header.height <= 0) refuse_damaged();
  return header;
}

void require_usable(const PictureHeader& header) {
  const std::string size = std::to_string(header.width) + " x " + std::to_string(header.height) + " pixels";
  if (std::min(header.width, header.height) < kSmallestSide) {
    refuse("is too small: " + size + ", at least " + std::to_string(kSmallestSide) +
           " are needed on each side");
  }
  const bool reducible = header.format == PictureFormat::jpeg && !header.progressive;
  const std::int64_t limit = reducible ? kMaxPixels * 64 : kMaxPixels;
  if (pixels(header) > limit) {
    refuse("is too large: " + size + "; at most " + std::to_string(kMaxPixels / 1'000'000) +
           " megapixels can be decoded (only baseline JPEG may be larger); make it smaller");
  }
  if (!header.complete) refuse("is damaged: the file ends before the picture does");
}

Picture decode_picture(Bytes file, int longest_side) {
  const PictureHeader header = read_picture_header(file);
  require_usable(header);
  Picture picture;
  cv::Mat image;
  if (header.format == PictureFormat::jpeg) {
    picture.reduction = reduction_for(header, longest_side);
    const int scaled = picture.reduction == 8   ? cv::IMREAD_REDUCED_COLOR_8
                       : picture.reduction == 4 ? cv::IMREAD_REDUCED_COLOR_4
                       : picture.reduction == 2 ? cv::IMREAD_REDUCED_COLOR_2
                                                : cv::IMREAD_COLOR;
    const int flags = scaled | cv::IMREAD_IGNORE_ORIENTATION;
    image = header.note.empty() ? decode(file, flags) : decode(with_end_marker(file), flags);
  } else {
    std::vector<std::uint8_t> part;
    if (header.start > 0) {
      part = part_to_decode(file, header);
      file = part;
    }
    image = decode(file, cv::IMREAD_UNCHANGED);
    const bool usual = (image.depth() == CV_8U || image.depth() == CV_16U) && image.channels() != 2;
    if (!image.empty() && !usual) image = decode(file, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  }
  if (image.empty()) {
    refuse(header.format == PictureFormat::tiff ? "cannot be decoded: it is damaged, or packed in a way that "
                                                  "is not read here; save it as PNG or JPEG"
                                                : "is damaged: it cannot be decoded to its end");
  }
  make_bgr(image, header.alpha_applied);
  if (header.format != PictureFormat::tiff)
    turn_upright(image, header.orientation);  // OpenCV turns TIFF itself

  picture.image = Image(image.cols, image.rows);
  cv::cvtColor(image, cv::Mat(image.size(), CV_8UC3, picture.image.rgb.data()), cv::COLOR_BGR2RGB);
  if (longest_side > 0) picture.image = reduced(std::move(picture.image), longest_side);
  picture.note = header.note;
  picture.as_stored = header.note.empty() && header.orientation == 1 && picture.image.width == header.width &&
                      picture.image.height == header.height;
  // A 35 mm frame is 36 mm wide, along the picture's longer side.
  picture.focal_length_px =
      header.focal_length_35mm * std::max(picture.image.width, picture.image.height) / 36.0;
  return picture;
}

Image reduced(Image image, int longest_side) {
  const int longer = std::max(image.width, image.height);
  if (longer <= longest_side) return image;
  const double scale = double(longest_side) / longer;
  Image small(std::max(1, int(std::lround(image.width * scale))),
              std::max(1, int(std::lround(image.height * scale))));
  const cv::Mat in(image.height, image.width, CV_8UC3, image.rgb.data());
  cv::Mat out(small.height, small.width, CV_8UC3, small.rgb.data());
  cv::resize(in, out, out.size(), 0, 0, cv::INTER_AREA);
  return small;
}

}  // namespace ahap
