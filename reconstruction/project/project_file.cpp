#include "reconstruction/project/project_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>

#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/project/columns.h"
#include "reconstruction/project/damaged_result.h"
#include "reconstruction/project/result_arrays.h"
#include "reconstruction/project/sources.h"
#include "reconstruction/project/tape_json.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "AHAP Studio project";
constexpr const char* kJson = "project.json";
constexpr int kMostFrames = 1'000'000'000, kMostCameras = 10'000, kLargestThumbnail = 4096;

constexpr std::array<std::pair<CameraKind, const char*>, 3> kKinds = {
    {{CameraKind::image, "image"},
     {CameraKind::image_sequence, "image_sequence"},
     {CameraKind::video, "video"}}};

// A hash does not fit the numbers of JSON.
std::string hexadecimal(std::uint64_t number) {
  char text[16];
  return {text, std::to_chars(text, text + sizeof text, number, 16).ptr};
}

std::string path_text(const fs::path& path) {
  return lossless_utf8(path.string());
}

// ---- Writing

Json json_of_sources(const Project& project, const std::vector<fs::path>& files, const fs::path& folder) {
  Json sources = Json::array();
  for (const fs::path& file : files) {
    Json source = {{"path", path_text(file.lexically_relative(folder))}, {"absolute", path_text(file)}};
    const auto known = project.sources.find(file);
    if (known != project.sources.end() && known->second.mark) {
      source["size"] = known->second.mark->size;
      source["hash"] = hexadecimal(known->second.mark->hash);
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

Json json_of_cameras(const Capture& capture, const std::vector<fs::path>& files) {
  std::map<fs::path, std::size_t> index;
  for (std::size_t i = 0; i < files.size(); ++i) index[files[i]] = i;
  Json cameras = Json::array();
  for (const CaptureCamera& camera : capture.cameras) {
    Json of_camera = Json::array();
    for (const fs::path& file : camera.paths)
      of_camera.push_back(file.empty() ? Json() : Json(index.at(file)));
    const auto kind = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const auto& pair) { return pair.first == camera.kind; });
    cameras.push_back({{"name", lossless_utf8(camera.name)},
                       {"kind", kind->second},
                       {"frame_count", camera.frame_count},
                       {"fps", camera.fps},
                       {"frame_offset", camera.frame_offset},
                       {"sources", of_camera}});
  }
  return cameras;
}

// The arrays of all results as entries FOLDER/NAME. What several results have in common is kept once.
class ArrayFolders {
 public:
  void add(const std::string& folder, Npz arrays) {
    for (auto& [name, array] : arrays) {
      const std::string path = folder + "/" + name;
      if (const std::string* same = entry_with(name, array))
        shared_[path] = *same + "/" + name;
      else
        kept_.emplace(path, std::move(array));
    }
    folders_.push_back(folder);
  }
  const Npz& kept() const { return kept_; }
  const Json& shared() const { return shared_; }

 private:
  // The folder of an earlier result whose array of this name is the same.
  const std::string* entry_with(const std::string& name, const NpyArray& array) const {
    for (const std::string& folder : folders_) {
      const auto kept = kept_.find(folder + "/" + name);
      if (kept != kept_.end() && kept->second.dtype == array.dtype && kept->second.shape == array.shape &&
          kept->second.data == array.data)
        return &folder;
    }
    return nullptr;
  }

  std::vector<std::string> folders_;
  Npz kept_;
  Json shared_ = Json::object();
};

Json json_of(const Project& project, const fs::path& folder) {
  const std::vector<fs::path> files = source_files(project.capture);
  Json json = {{"format", kFormat},
               {"version", kProjectVersion},
               {"program_version", AHAP_VERSION},
               {"name", lossless_utf8(project.name)}};
  if (!project.saved_as.empty()) json["saved_as"] = path_text(project.saved_as);
  json["sources"] = json_of_sources(project, files, folder);
  json["cameras"] = json_of_cameras(project.capture, files);
  json["frame"] = project.frame;
  json["range"] = project.range ? Json(*project.range) : Json();
  json["options"] = project.options;
  json["view"] = project.view;
  json["corrected"] = project.corrected;
  json["tapes"] = json_of(project.tapes);
  return json;
}

void add_thumbnail(const Image& image, std::vector<ZipContent>& content) {
  if (image.empty()) return;
  content.push_back(
      {"thumbnail.npy", npy_bytes(NpyArray::of(image.rgb, {image.height, image.width, 3}), "thumbnail")});
}

// ---- Reading

class ProjectReader {
  // What is wrong with arrays is said with the file.
  template <typename Read>
  auto intact(Read read) const {
    try {
      return read();
    } catch (const DamagedResult& error) {
      throw std::runtime_error("the project " + file_.string() + " is damaged: " + error.what());
    }
  }

 public:
  explicit ProjectReader(const fs::path& file) : file_(file), in_(file, "project", json_text(file)) {
    if (!in_.has(json(), "format") || json()["format"] != kFormat)
      throw std::runtime_error(file.string() + ": is no project of AHAP Studio");
    const std::int64_t version = in_.integer(json(), "", "version", 1, INT32_MAX);
    if (version > kProjectVersion)
      throw std::runtime_error(file.string() + ": is a project of a newer AHAP Studio (" +
                               readable(in_.text(json(), "", "program_version")) +
                               "); this version reads it when the program is updated");
  }

  Project project() {
    Project project;
    project.name = text(json(), "", "name");
    project.saved_as = saved_as();
    take_capture(project);
    project.frame = int(in_.integer(json(), "", "frame", 0, kMostFrames));
    take_range(project);
    project.options = object("options");
    project.view = object("view");
    project.corrected = in_.flag(json(), "", "corrected");
    project.tapes = tapes_of(in_, json(), "");
    arrays_ = read_npz(file_);
    share_arrays();
    project.thumbnail = thumbnail(arrays_);
    if (in_.has(json(), "result")) project.result = result(json()["result"], "result", "result");
    const JsonReader::Json& undo = in_.array(json(), "", "undo");
    for (std::size_t i = 0; i < undo.size(); ++i) {
      const std::string where = "undo[" + std::to_string(i) + "]";
      project.undo.push_back({.what = text(undo[i], where, "what"),
                              .before = result(in_.field(undo[i], where, "result"), where + ".result",
                                               "undo/" + std::to_string(i)),
                              .corrected = in_.flag(undo[i], where, "corrected"),
                              .frame = int(in_.integer(undo[i], where, "frame", 0, kMostFrames)),
                              .tapes = tapes_of(in_, undo[i], where),
                              .hidden = hidden(undo[i], where)});
    }
    return project;
  }

  ProjectSummary summary() {
    ProjectSummary summary;
    summary.name = text(json(), "", "name");
    summary.saved_as = saved_as();
    summary.cameras = int(in_.array(json(), "", "cameras").size());
    const Npz arrays = read_npz(file_, {"thumbnail", "result/frames.number"});
    summary.thumbnail = thumbnail(arrays);
    if (!in_.has(json(), "result")) return summary;
    summary.people = int(in_.array(json()["result"], "result", "people").size());
    summary.frames = int(intact([&] { return row_count(arrays, "result/frames.number"); }));
    return summary;
  }

 private:
  const JsonReader::Json& json() const { return in_.root(); }
  std::string text(const JsonReader::Json& object, const std::string& where, const char* name) const {
    return from_lossless_utf8(in_.text(object, where, name));
  }
  fs::path saved_as() const { return in_.has(json(), "saved_as") ? text(json(), "", "saved_as") : ""; }
  Json object(const char* name) const {
    const JsonReader::Json& value = in_.field(json(), "", name);
    if (!value.is_object()) in_.fail(name, "an object");
    return Json(value);
  }

  static std::string json_text(const fs::path& file) {
    const ZipReader archive(file);
    if (!archive.contains(kJson)) throw std::runtime_error(file.string() + ": is no project of AHAP Studio");
    const std::vector<std::uint8_t> bytes = archive.read(kJson);
    return {bytes.begin(), bytes.end()};
  }

  std::shared_ptr<const Reconstruction> result(const JsonReader::Json& json, const std::string& where,
                                               const std::string& folder) const {
    Npz arrays;
    for (auto at = arrays_.lower_bound(folder + "/");
         at != arrays_.end() && at->first.starts_with(folder + "/"); ++at)
      arrays[at->first.substr(folder.size() + 1)] = at->second;
    return intact(
        [&] { return std::make_shared<const Reconstruction>(result_of_arrays(in_, json, where, arrays)); });
  }

  void share_arrays() {
    const JsonReader::Json& shared = in_.field(json(), "", "shared");
    if (!shared.is_object()) in_.fail("shared", "an object");
    for (const auto& [path, with] : shared.items()) {
      const auto found = with.is_string() ? arrays_.find(with.get<std::string>()) : arrays_.end();
      if (found == arrays_.end()) in_.fail("shared." + readable(path), "the name of an array");
      arrays_[path] = NpyArray(found->second);
    }
  }

  std::set<int> hidden(const JsonReader::Json& json, const std::string& where) const {
    std::set<int> people;
    if (!in_.has(json, "hidden_people")) return people;
    for (const JsonReader::Json& id : in_.array(json, where, "hidden_people")) {
      if (!id.is_number_unsigned() || id.get<std::uint64_t>() > kMostFrames)
        in_.fail(where + ".hidden_people", "people's ids");
      people.insert(id.get<int>());
    }
    return people;
  }

  Image thumbnail(const Npz& arrays) const {
    const auto found = arrays.find("thumbnail");
    if (found == arrays.end()) return {};
    const NpyArray& array = found->second;
    const bool picture = array.dtype == "u1" && array.shape.size() == 3 && array.shape[2] == 3 &&
                         array.shape[0] <= kLargestThumbnail && array.shape[1] <= kLargestThumbnail;
    if (!picture) in_.fail("thumbnail.npy", "a picture");
    Image image(int(array.shape[1]), int(array.shape[0]));
    image.rgb = array.data;
    return image;
  }

  void take_range(Project& project) const {
    if (!in_.has(json(), "range")) return;
    const Eigen::MatrixXd numbers = in_.matrix(json(), "", "range", 1, 3);
    const std::array<int, 3> range = {whole(numbers(0)), whole(numbers(1)), whole(numbers(2))};
    if (range[1] < range[0] || range[2] < 1) in_.fail("range", "a first frame, a last one and a step");
    project.range = range;
  }
  int whole(double number) const {
    if (number < 0 || number > kMostFrames || number != std::floor(number)) in_.fail("range", "frames");
    return int(number);
  }

  std::vector<fs::path> take_sources(Project& project) const {
    std::vector<fs::path> files;
    const JsonReader::Json& sources = in_.array(json(), "", "sources");
    for (std::size_t i = 0; i < sources.size(); ++i) {
      const std::string where = "sources[" + std::to_string(i) + "]";
      const fs::path absolute = text(sources[i], where, "absolute");
      if (!absolute.is_absolute()) in_.fail(where + ".absolute", "an absolute path");
      ProjectSource source{.relative = text(sources[i], where, "path"), .mark = {}};
      if (in_.has(sources[i], "size")) {
        const std::string hash = in_.text(sources[i], where, "hash");
        source.mark = {std::uint64_t(in_.integer(sources[i], where, "size", 0, INT64_MAX)), 0};
        const auto [end, error] =
            std::from_chars(hash.data(), hash.data() + hash.size(), source.mark->hash, 16);
        if (error != std::errc() || end != hash.data() + hash.size())
          in_.fail(where + ".hash", "hexadecimal");
      }
      project.sources[absolute] = std::move(source);
      files.push_back(absolute);
    }
    return files;
  }

  void take_capture(Project& project) const {
    const std::vector<fs::path> files = take_sources(project);
    const JsonReader::Json& cameras = in_.array(json(), "", "cameras");
    if (cameras.empty() || cameras.size() > kMostCameras) in_.fail("cameras", "a list of cameras");
    for (std::size_t i = 0; i < cameras.size(); ++i)
      project.capture.cameras.push_back(camera(cameras[i], "cameras[" + std::to_string(i) + "]", files));
  }

  CaptureCamera camera(const JsonReader::Json& json, const std::string& where,
                       const std::vector<fs::path>& files) const {
    CaptureCamera camera;
    camera.name = text(json, where, "name");
    const std::string kind = in_.text(json, where, "kind");
    const auto known =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const auto& pair) { return pair.second == kind; });
    if (known == kKinds.end()) in_.fail(where + ".kind", "image, image_sequence or video");
    camera.kind = known->first;
    camera.frame_count = int(in_.integer(json, where, "frame_count", 1, kMostFrames));
    camera.fps = in_.number(json, where, "fps", 0, 1e6);
    camera.frame_offset = int(in_.integer(json, where, "frame_offset", -kMostFrames, kMostFrames));
    for (const JsonReader::Json& index : in_.array(json, where, "sources")) {
      const bool gap = index.is_null();
      if (!gap && (!index.is_number_unsigned() || index.get<std::uint64_t>() >= files.size()))
        in_.fail(where + ".sources", "a list of indexes of the sources");
      camera.paths.push_back(gap ? fs::path() : files[index.get<std::size_t>()]);
    }
    const std::size_t needed =
        camera.kind == CameraKind::image_sequence ? std::size_t(camera.frame_count) : 1;
    if (camera.paths.size() != needed) in_.fail(where + ".sources", "as many as the camera has files");
    return camera;
  }

  fs::path file_;
  JsonReader in_;
  Npz arrays_;
};

}  // namespace

bool is_named_like_a_project(const fs::path& path) {
  return path.extension() == kProjectExtension;
}

void write_project(const Project& project, const fs::path& file) {
  const fs::path folder = fs::absolute(file).lexically_normal().parent_path();
  Json json = json_of(project, folder);
  ArrayFolders arrays;
  const auto add = [&](const Reconstruction& result, const std::string& name) {
    try {
      require_sound(result);
    } catch (const DamagedResult& error) {
      throw std::runtime_error("cannot write " + file.string() + ": " + error.what());
    }
    ResultArrays parts = arrays_of_result(result);
    arrays.add(name, std::move(parts.arrays));
    return std::move(parts.json);
  };
  json["result"] = project.result ? add(*project.result, "result") : Json();
  json["undo"] = Json::array();
  for (const ProjectStep& step : project.undo) {
    json["undo"].push_back({{"what", lossless_utf8(step.what)},
                            {"corrected", step.corrected},
                            {"frame", step.frame},
                            {"tapes", json_of(step.tapes)},
                            {"hidden_people", step.hidden}});
    json["undo"].back()["result"] = add(*step.before, "undo/" + std::to_string(json["undo"].size() - 1));
  }
  json["shared"] = arrays.shared();

  const std::string text = json.dump(1);
  std::vector<ZipContent> content = {{kJson, {text.begin(), text.end()}}};
  add_thumbnail(project.thumbnail, content);
  for (const auto& [name, array] : arrays.kept()) content.push_back({name + ".npy", npy_bytes(array, name)});
  // Level 1: photos as they are stored here hardly become smaller with more time.
  write_zip(file, content, {.level = 1, .to_disk = true});
}

Project read_project(const fs::path& file) {
  return ProjectReader(file).project();
}

ProjectSummary read_project_summary(const fs::path& file) {
  return ProjectReader(file).summary();
}

}  // namespace ahap
