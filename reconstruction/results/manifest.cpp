#include "reconstruction/results/manifest.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reconstruction/formats/fnv_hash.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/parse_json.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kProgram = "AHAP Studio";

std::string hexadecimal(std::uint64_t number) {
  char text[16];
  return {text, std::to_chars(text, text + sizeof(text), number, 16).ptr};
}

std::uint64_t from_hexadecimal(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument(text);
  return number;
}

// A path of its own folder or of one inside.
std::string checked(const std::string& path) {
  const fs::path parts(path);
  bool inside = !path.empty() && parts.is_relative();
  for (const fs::path& part : parts) inside = inside && !part.empty() && part != "." && part != "..";
  if (!inside) throw std::invalid_argument(path);
  return path;
}

}  // namespace

FileMark mark_of(const fs::path& file) {
  std::ifstream in = open_input_file(file);
  FileMark mark{0, kFnvBasis};
  std::array<char, 1 << 16> block;
  errno = 0;
  do {
    in.read(block.data(), block.size());
    mark.size += std::uint64_t(in.gcount());
    mark.hash = fnv_hash({block.data(), std::size_t(in.gcount())}, mark.hash);
  } while (in);
  if (!in.eof() || in.bad()) {
    throw std::runtime_error(file.string() + ": cannot be read: " + std::strerror(errno ? errno : EIO));
  }
  return mark;
}

Manifest read_manifest(const fs::path& folder) {
  const fs::path file = folder / kManifestName;
  Manifest manifest;
  std::error_code error;
  if (!fs::exists(fs::symlink_status(file, error))) return manifest;
  std::ifstream in = open_input_file(file);
  try {
    const Json json = parse_json<Json>(in);
    if (json.at("program") != kProgram) throw std::invalid_argument("program");
    for (const Json& entry : json.at("files")) {
      manifest.files[checked(entry.at("path").get<std::string>())] = {
          entry.at("size").get<std::uint64_t>(), from_hexadecimal(entry.at("hash").get<std::string>())};
    }
    for (const Json& path : json.at("folders")) manifest.folders.insert(checked(path.get<std::string>()));
  } catch (const std::exception&) {
    throw std::runtime_error(
        file.string() +
        ": is not a list of results that this program wrote; move it away or choose another "
        "output folder");
  }
  return manifest;
}

void write_manifest(const Manifest& manifest, const fs::path& file) {
  Json files = Json::array();
  for (const auto& [path, mark] : manifest.files)
    files.push_back({{"path", path}, {"size", mark.size}, {"hash", hexadecimal(mark.hash)}});
  const Json json = {{"program", kProgram},
                     {"about",
                      "The files that an export wrote here. The next one replaces these, as long as they are "
                      "unchanged, and nothing else."},
                     {"files", files},
                     {"folders", manifest.folders}};
  safe_write(file, [&](std::ostream& out) { out << json.dump(1) << '\n'; });
}

bool is_unchanged(const fs::path& folder, const std::string& path, const FileMark& mark) {
  std::error_code error;
  fs::path place = folder;
  fs::file_status status;
  for (const fs::path& part : fs::path(path)) {
    if (place != folder && status.type() != fs::file_type::directory) return false;
    place /= part;
    status = fs::symlink_status(place, error);
  }
  return status.type() == fs::file_type::regular && fs::file_size(place, error) == mark.size && !error &&
         mark_of(place) == mark;
}

fs::path obstacle(const fs::path& folder, const std::string& path) {
  const fs::path relative(path);
  fs::path place = folder;
  std::error_code error;
  for (auto part = relative.begin(); part != relative.end(); ++part) {
    place /= *part;
    const fs::file_type type = fs::symlink_status(place, error).type();
    if (type == fs::file_type::not_found) return {};
    if (type != fs::file_type::directory || std::next(part) == relative.end()) return place;
  }
  return {};
}

}  // namespace ahap
