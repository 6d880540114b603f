#include "reconstruction/formats/image_file.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#include <stb/stb_image_write.h>

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

}  // namespace

void write_png(const Image& image, const std::filesystem::path& file) {
  std::string bytes;
  const bool encoded = !image.empty() && stbi_write_png_to_func(append, &bytes, image.width, image.height, 3,
                                                                image.rgb.data(), image.width * 3);
  save(bytes, encoded, file);
}

void write_jpeg(const Image& image, const std::filesystem::path& file, int quality) {
  std::string bytes;
  const bool encoded = !image.empty() && stbi_write_jpg_to_func(append, &bytes, image.width, image.height, 3,
                                                                image.rgb.data(), quality);
  save(bytes, encoded, file);
}

}  // namespace ahap
