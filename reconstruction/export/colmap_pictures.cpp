#include "reconstruction/export/colmap_pictures.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <set>

#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/image_file.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestName = 255;  // bytes, of Linux file systems
constexpr int kJpegQuality = 95;

using Endings = std::vector<std::string>;
const Endings kJpegEndings = {".jpg", ".jpeg"}, kPngEndings = {".png"};

std::string ending_of(const std::string& name) {
  std::string ending = fs::path(name).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  return ending;
}

// The endings of the format that a file's first bytes show; none for other formats.
const Endings* format_of(const fs::path& file) {
  char magic[4] = {};
  open_input_file(file).read(magic, sizeof magic);
  const std::string_view bytes(magic, sizeof magic);
  if (bytes.starts_with("\xFF\xD8\xFF")) return &kJpegEndings;
  return bytes == "\x89PNG" ? &kPngEndings : nullptr;
}

const Endings& endings_for(const ReconstructedView& reconstructed, const View* view) {
  if (!view) return ending_of(reconstructed.name) == ".png" ? kPngEndings : kJpegEndings;
  const Endings* format = view->as_stored ? format_of(view->path) : nullptr;
  return format ? *format : kJpegEndings;
}

// "_" for what is no part of a word; a folder's name is never "." or "..".
std::string without_blanks(const std::string& name) {
  std::string clean;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t start = at;
    const auto c = next_code_point(name, at);
    clean += c && !is_blank(*c) && !is_control(*c) && *c != '\\' ? name.substr(start, at - start) : "_";
  }
  fs::path path;
  for (const fs::path& part : fs::path(clean))
    path /= part == "." || part == ".." || part == "/" || part.empty() ? fs::path("_") : part;
  return path.generic_string();
}

// folder/stem + suffix + ending, shortened to what a file's name may hold.
std::string joined(const fs::path& name, const std::string& suffix, const std::string& ending) {
  std::string stem = name.stem().string();
  const std::size_t room = kLongestName - suffix.size() - ending.size();
  if (stem.size() > room) {
    stem.resize(room);
    std::size_t whole = 0;  // the code point that was cut in two goes
    for (std::size_t at = 0; at < stem.size();)
      if (next_code_point(stem, at)) whole = at;
    stem.resize(whole);
  }
  return (name.parent_path() / (stem + suffix + ending)).generic_string();
}

}  // namespace

std::vector<ColmapPicture> colmap_pictures(const std::vector<ReconstructedView>& reconstructed,
                                           std::span<const View> views) {
  std::vector<ColmapPicture> pictures;
  std::set<std::string> taken;
  for (const ReconstructedView& each : reconstructed) {
    const auto view =
        std::find_if(views.begin(), views.end(), [&](const View& v) { return v.name == each.name; });
    ColmapPicture picture{without_blanks(each.name), view == views.end() ? nullptr : &*view};
    const Endings& endings = endings_for(each, picture.view);
    const std::string own = ending_of(picture.name);
    const bool fits = std::find(endings.begin(), endings.end(), own) != endings.end();
    const fs::path name = picture.name;
    const std::string ending = fits ? name.extension().string() : endings.front();
    if (!fits) picture.name = joined(name, "", ending);
    for (int copy = 2; !taken.insert(picture.name).second; ++copy)
      picture.name = joined(name, std::string("_").append(std::to_string(copy)), ending);
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

void write_colmap_picture(const ColmapPicture& picture, const fs::path& folder) {
  const fs::path file = folder / picture.name;
  create_folder(file.parent_path());
  const View& view = *picture.view;
  if (!view.as_stored || !format_of(view.path)) return write_jpeg(view.image, file, kJpegQuality);
  std::ifstream in = open_input_file(view.path);
  if (!in) throw std::runtime_error(view.path + ": cannot be read any more");
  safe_write(file, [&](std::ostream& out) { out << in.rdbuf(); });
}

}  // namespace ahap
