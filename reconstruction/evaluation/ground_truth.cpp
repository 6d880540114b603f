#include "reconstruction/evaluation/ground_truth.h"

#include <cstdio>
#include <optional>
#include <stdexcept>

#include "reconstruction/formats/json_file.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "ahap ground truth 1";

fs::path frame_folder(const fs::path& capture, int frame) {
  char name[16];
  std::snprintf(name, sizeof name, "%06d", frame);
  return capture / "truth" / name;
}

template <typename Derived>
json rows(const Eigen::MatrixBase<Derived>& m) {
  json result = json::array();
  for (Eigen::Index r = 0; r < m.rows(); ++r) {
    json row = json::array();
    for (Eigen::Index c = 0; c < m.cols(); ++c) row.push_back(m(r, c));
    result.push_back(row);
  }
  return result;
}

json vector3(const Eigen::Vector3f& v) {
  return {v.x(), v.y(), v.z()};
}

// An array file beside truth.json with exactly these numbers of rows and columns; nothing when the field is
// null.
std::optional<NpyArray> read_map(const JsonReader& in, const json& object, const std::string& where,
                                 const char* name, const std::string& dtype, int height, int width) {
  if (in.field(object, where, name).is_null()) return std::nullopt;
  const fs::path file = in.file().parent_path() / fs::path(in.text(object, where, name)).filename();
  const NpyArray array = read_npy(file);
  if (array.dtype != dtype || array.shape != std::vector<std::int64_t>{height, width}) {
    std::string shape;
    for (const std::int64_t n : array.shape) shape += (shape.empty() ? "" : ", ") + std::to_string(n);
    throw std::runtime_error(file.string() + " holds " + array.dtype + " (" + shape +
                             "), its picture needs " + dtype + " (" + std::to_string(height) + ", " +
                             std::to_string(width) + ")");
  }
  return array;
}

GroundTruth::View read_view(const JsonReader& in, const json& j, const std::string& where, int people) {
  GroundTruth::View view;
  view.name = in.text(j, where, "name");
  view.camera.width = int(in.integer(j, where, "width", 1, 65535));
  view.camera.height = int(in.integer(j, where, "height", 1, 65535));
  view.camera.K = in.matrix(j, where, "K", 3, 3);
  view.camera.world_from_camera.matrix() = in.pose(j, where, "world_from_camera");
  const json& visible = in.array(j, where, "visible_pixels");
  if (int(visible.size()) != people) in.fail(where + ".visible_pixels", "one number per person");
  for (const json& count : visible) {
    const std::int64_t pixels = std::int64_t(view.camera.width) * view.camera.height;
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() > std::uint64_t(pixels))
      in.fail(where + ".visible_pixels", "a list of pixel counts");
    view.visible_pixels.push_back(count);
  }
  if (in.has(j, "boxes")) {
    const json& boxes = in.array(j, where, "boxes");
    if (int(boxes.size()) != people) in.fail(where + ".boxes", "one box per person");
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      auto& box = view.boxes.emplace_back();
      if (boxes[i].is_null()) continue;
      const std::string at = "boxes[" + std::to_string(i) + "]";
      const Eigen::MatrixXd b = in.matrix({{at, boxes[i]}}, where, at.c_str(), 1, 4);
      box = Box{b(0), b(1), b(2), b(3)};
    }
  }
  const int h = view.camera.height, w = view.camera.width;
  if (const auto depth = read_map(in, j, where, "depth", "f4", h, w)) view.depth = depth->as_floats();
  if (const auto person = read_map(in, j, where, "person", "u1", h, w)) {
    view.person = person->data;
    for (const std::uint8_t id : view.person)
      if (id > people) in.fail(where + ".person", "an array of the people 0 to " + std::to_string(people));
  }
  return view;
}

GroundTruth::Person read_person(const JsonReader& in, const json& j, const std::string& where) {
  GroundTruth::Person person;
  const Eigen::MatrixXf betas = in.matrix(j, where, "betas", 1, kSmplBetas).cast<float>();
  const Eigen::MatrixXf pose = in.matrix(j, where, "pose", kSmplJoints, 3).cast<float>();
  const Eigen::MatrixXf joints = in.matrix(j, where, "joints", kSmplJoints, 3).cast<float>();
  for (int i = 0; i < kSmplBetas; ++i) person.smpl.betas[i] = betas(0, i);
  for (int i = 0; i < kSmplJoints; ++i) {
    person.smpl.pose[i] = pose.row(i).transpose();
    person.joints.push_back(joints.row(i).transpose());
  }
  person.smpl.transl = in.matrix(j, where, "transl", 1, 3).cast<float>().row(0).transpose();
  if (in.has(j, "foot_contact")) {
    const json& contact = in.array(j, where, "foot_contact");
    if (contact.size() != 2 || !contact[0].is_boolean() || !contact[1].is_boolean())
      in.fail(where + ".foot_contact", "two of true and false");
    person.foot_contact = {contact[0], contact[1]};
  }
  return person;
}

json boxes(const GroundTruth::View& view) {
  json result = json::array();
  for (const auto& box : view.boxes)
    result.push_back(box ? json{box->x0, box->y0, box->x1, box->y1} : json());
  return result;
}

void write_into(const GroundTruth& truth, const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) throw std::runtime_error("cannot create the folder " + folder.string() + ": " + error.message());
  json views = json::array(), people = json::array();
  for (const GroundTruth::View& view : truth.views) {
    const std::string stem = fs::path(view.name).stem().string();
    const std::vector<std::int64_t> shape = {view.camera.height, view.camera.width};
    json j = {{"name", view.name},
              {"width", view.camera.width},
              {"height", view.camera.height},
              {"K", rows(view.camera.K)},
              {"world_from_camera", rows(view.camera.world_from_camera.matrix())},
              {"visible_pixels", view.visible_pixels},
              {"boxes", view.boxes.empty() ? json() : boxes(view)},
              {"depth", nullptr},
              {"person", nullptr}};
    if (!view.depth.empty()) {
      j["depth"] = stem + "_depth.npy";
      write_npy(NpyArray::of(view.depth, shape), folder / j["depth"].get<std::string>());
    }
    if (!view.person.empty()) {
      j["person"] = stem + "_person.npy";
      write_npy(NpyArray::of(view.person, shape), folder / j["person"].get<std::string>());
    }
    views.push_back(std::move(j));
  }
  for (const GroundTruth::Person& person : truth.people) {
    json pose = json::array(), joints = json::array();
    for (const Eigen::Vector3f& v : person.smpl.pose) pose.push_back(vector3(v));
    for (const Eigen::Vector3f& v : person.joints) joints.push_back(vector3(v));
    people.push_back({{"betas", person.smpl.betas},
                      {"pose", pose},
                      {"transl", vector3(person.smpl.transl)},
                      {"joints", joints},
                      {"foot_contact", person.foot_contact}});
  }
  const json root = {
      {"format", kFormat}, {"seed", truth.seed}, {"time", truth.time}, {"views", views}, {"people", people}};
  // Last, so that what truth.json names is there.
  safe_write(folder / "truth.json", [&](std::ostream& out) { out << root.dump(1) << '\n'; });
}

}  // namespace

bool has_ground_truth(const fs::path& capture) {
  return ground_truth_frames(capture) > 0;
}

int ground_truth_frames(const fs::path& capture) {
  std::error_code ignored;
  int frames = 0;
  while (fs::exists(frame_folder(capture, frames) / "truth.json", ignored)) ++frames;
  return frames > 0 ? frames : int(fs::exists(capture / "truth" / "truth.json", ignored));
}

bool is_video_capture(const fs::path& capture) {
  std::error_code ignored;
  return fs::exists(frame_folder(capture, 0) / "truth.json", ignored);
}

GroundTruth read_ground_truth(const fs::path& capture, int frame) {
  std::error_code ignored;
  const bool is_video = is_video_capture(capture);
  const fs::path file = (is_video ? frame_folder(capture, frame) : capture / "truth") / "truth.json";
  if (!fs::exists(file, ignored) || (!is_video && frame != 0)) {
    const int frames = ground_truth_frames(capture);
    if (frames == 0)
      throw std::runtime_error(capture.string() + " has no ground truth (no truth/truth.json in it)");
    throw std::runtime_error(capture.string() + " has ground truth for frames 0 to " +
                             std::to_string(frames - 1) + ", not for frame " + std::to_string(frame));
  }
  const JsonReader in(file, "ground truth");
  const json& root = in.root();
  if (in.text(root, "", "format") != kFormat) in.fail("format", std::string("\"") + kFormat + "\"");
  GroundTruth truth;
  const json& seed = in.field(root, "", "seed");
  if (!seed.is_number_unsigned()) in.fail("seed", "a whole number");
  truth.seed = seed;
  if (in.has(root, "time")) truth.time = in.number(root, "", "time", 0, 1e6);
  const json& people = in.array(root, "", "people");
  for (std::size_t i = 0; i < people.size(); ++i)
    truth.people.push_back(read_person(in, people[i], "people[" + std::to_string(i) + "]"));
  const json& views = in.array(root, "", "views");
  for (std::size_t i = 0; i < views.size(); ++i)
    truth.views.push_back(
        read_view(in, views[i], "views[" + std::to_string(i) + "]", int(truth.people.size())));
  return truth;
}

void write_ground_truth(const GroundTruth& truth, const fs::path& capture) {
  write_into(truth, capture / "truth");
}

void write_ground_truth(const GroundTruth& truth, const fs::path& capture, int frame) {
  write_into(truth, frame_folder(capture, frame));
}

void write_video_truth(const VideoTruth& truth, const fs::path& capture) {
  const json root = {{"format", kFormat}, {"seed", truth.seed}, {"fps", truth.fps}, {"frames", truth.frames}};
  safe_write(capture / "truth" / "truth.json", [&](std::ostream& out) { out << root.dump(1) << '\n'; });
}

}  // namespace ahap
