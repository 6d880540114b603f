#include "reconstruction/formats/image_file.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

void append(void* bytes, void* data, int size) {
  static_cast<std::string*>(bytes)->append(static_cast<const char*>(data), std::size_t(size));
}

void save(const std::string& bytes, bool encoded, const std::filesystem::path& file) {
  if (!encoded)
    throw std::runtime_error("cannot write " + file.string() + ": the picture is empty or too large");
  safe_write(file, [&](std::ostream& out) { out.write(bytes.data(), std::streamsize(bytes.size())); });
}

// Rows of `channels` bytes a pixel. Empty where they cannot be encoded.
std::string png(int width, int height, int channels, const std::vector<std::uint8_t>& pixels) {
  std::string bytes;
  const bool encoded = !pixels.empty() && stbi_write_png_to_func(append, &bytes, width, height, channels,
                                                                 pixels.data(), width * channels);
  return encoded ? bytes : std::string();
}

std::vector<std::uint8_t> with_opacity(const Drawing& drawing) {
  std::vector<std::uint8_t> rgba;
  rgba.reserve(4 * drawing.opacity.size());
  for (std::size_t i = 0; i < drawing.opacity.size(); ++i) {
    for (std::size_t c = 0; c < 3; ++c) rgba.push_back(drawing.image.rgb[3 * i + c]);
    rgba.push_back(drawing.opacity[i]);
  }
  return rgba;
}

// A chunk of text (PNG 1.2, 4.2.3.1) that names the program. It stands after the signature and the header.
constexpr std::size_t kAfterHeader = 8 + 25;

std::string mark() {
  std::string chunk = "tEXt";
  chunk.append("Software").append(1, '\0').append("AHAP Studio");
  const auto number = [](std::uint32_t value) {
    return std::string{char(value >> 24), char(value >> 16), char(value >> 8), char(value)};
  };
  const std::uint32_t checksum =
      stbiw__crc32(reinterpret_cast<unsigned char*>(chunk.data()), int(chunk.size()));
  return number(std::uint32_t(chunk.size() - 4)) + chunk + number(checksum);
}

void save_marked(std::string png, const std::filesystem::path& file) {
  if (!png.empty()) png.insert(kAfterHeader, mark());
  save(png, !png.empty(), file);
}

}  // namespace

void write_png(const Image& image, const std::filesystem::path& file) {
  const std::string bytes = png(image.width, image.height, 3, image.rgb);
  save(bytes, !bytes.empty(), file);
}

void write_drawing(const Image& image, const std::filesystem::path& file) {
  save_marked(png(image.width, image.height, 3, image.rgb), file);
}

void write_drawing(const Drawing& drawing, const std::filesystem::path& file) {
  if (drawing.opacity.empty()) return write_drawing(drawing.image, file);
  save_marked(png(drawing.image.width, drawing.image.height, 4, with_opacity(drawing)), file);
}

bool is_drawing(std::string_view beginning) {
  return beginning.size() > kAfterHeader && beginning.substr(kAfterHeader).starts_with(mark());
}

void write_jpeg(const Image& image, const std::filesystem::path& file, int quality) {
  std::string bytes;
  const bool encoded = !image.empty() && stbi_write_jpg_to_func(append, &bytes, image.width, image.height, 3,
                                                                image.rgb.data(), quality);
  save(bytes, encoded, file);
}

}  // namespace ahap
