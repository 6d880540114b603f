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

// Empty where it cannot be encoded.
std::string png(const Image& image) {
  std::string bytes;
  const bool encoded = !image.empty() && stbi_write_png_to_func(append, &bytes, image.width, image.height, 3,
                                                                image.rgb.data(), image.width * 3);
  return encoded ? bytes : std::string();
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

}  // namespace

void write_png(const Image& image, const std::filesystem::path& file) {
  const std::string bytes = png(image);
  save(bytes, !bytes.empty(), file);
}

void write_drawing(const Image& image, const std::filesystem::path& file) {
  std::string bytes = png(image);
  if (!bytes.empty()) bytes.insert(kAfterHeader, mark());
  save(bytes, !bytes.empty(), file);
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
