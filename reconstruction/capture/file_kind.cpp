#include "reconstruction/capture/file_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include "reconstruction/capture/own_film.h"
#include "reconstruction/capture/video_container.h"
#include "reconstruction/formats/image_file.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

constexpr std::size_t kBeginning = 1 << 15;  // bytes that are looked at

std::string beginning_of(const fs::path& file) {
  std::error_code error;
  if (!fs::is_regular_file(file, error)) return {};
  std::string bytes(kBeginning, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(bytes.data(), std::streamsize(bytes.size()));
  bytes.resize(std::size_t(in.gcount()));
  return bytes;
}

bool has(std::string_view bytes, std::size_t at, std::string_view magic) {
  return bytes.size() >= at + magic.size() && bytes.substr(at, magic.size()) == magic;
}

// The brands of ISO base media files that hold pictures: HEIF, AVIF, Canon's raw pictures.
bool is_picture_brand(std::string_view brand) {
  constexpr std::array brands = {"hei"sv, "hev"sv, "mif"sv, "msf"sv, "avif"sv, "avis"sv, "crx "sv};
  return std::any_of(brands.begin(), brands.end(), [&](auto start) { return brand.starts_with(start); });
}

bool is_bitmap(std::string_view bytes) {  // "BM" alone begins words, too: the reserved bytes are 0
  return has(bytes, 0, "BM") && has(bytes, 6, "\0\0\0\0"sv) && has(bytes, 15, "\0\0\0"sv);
}

bool is_picture_content(std::string_view bytes) {
  constexpr std::array magics = {"\xFF\xD8\xFF"sv,
                                 "\x89PNG\r\n\x1A\n"sv,
                                 "II*\0"sv,
                                 "MM\0*"sv,
                                 "II+\0"sv,
                                 "MM\0+"sv,
                                 "GIF87a"sv,
                                 "GIF89a"sv,
                                 "8BPS"sv,
                                 "\xFF\x0A"sv,
                                 "\0\0\0\x0CJXL "sv,
                                 "\0\0\0\x0CjP  "sv,
                                 "IIRO"sv,
                                 "IIRS"sv,
                                 "IIU\0"sv,
                                 "FUJIFILMCCD-RAW"sv,
                                 "\x76\x2F\x31\x01"sv,
                                 "#?RADIANCE"sv};
  if (std::any_of(magics.begin(), magics.end(), [&](auto magic) { return has(bytes, 0, magic); }))
    return true;
  if (has(bytes, 0, "RIFF") && has(bytes, 8, "WEBP")) return true;
  if (has(bytes, 4, "ftyp") && bytes.size() >= 12 && is_picture_brand(bytes.substr(8, 4))) return true;
  return is_bitmap(bytes);
}

std::string ending_of(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return ending;
}

FileKind kind_by_ending(const std::string& ending) {
  static const std::set<std::string> pictures = {
      ".jpg",  ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif",
      ".avif", ".dng",  ".cr2", ".cr3",  ".nef", ".arw",  ".orf", ".rw2",  ".raf", ".pef", ".srw"};
  static const std::set<std::string> videos = {
      ".mp4", ".mov", ".m4v", ".avi", ".mkv", ".webm", ".mpg",  ".mpeg", ".mts",  ".m2ts", ".ts",  ".wmv",
      ".3gp", ".flv", ".ogv", ".mxf", ".dv",  ".m2v",  ".h264", ".264",  ".hevc", ".265",  ".insv"};
  if (pictures.contains(ending)) return FileKind::picture;
  return videos.contains(ending) ? FileKind::video : FileKind::other;
}

}  // namespace

FileKind kind_by_name(const fs::path& file) {
  return kind_by_ending(ending_of(file));
}

FileKind kind_of_file(const fs::path& file) {
  const std::string ending = ending_of(file);
  const std::string bytes = beginning_of(file);
  if (is_drawing(bytes)) return FileKind::own_picture;
  const bool picture = is_picture_content(bytes);
  const bool video =
      !picture && is_video_content({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
  if ((picture && ending == ".thm") || (video && ending == ".lrv")) return FileKind::camera_preview;
  if (picture) return FileKind::picture;
  if (video && is_own_film(bytes)) return FileKind::own_picture;
  return video ? FileKind::video : kind_by_ending(ending);
}

}  // namespace ahap
