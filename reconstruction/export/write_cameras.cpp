#include <iomanip>
#include <nlohmann/json.hpp>
#include <set>

#include "reconstruction/export/colmap_pictures.h"
#include "reconstruction/export/finite.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/folder.h"
#include "reconstruction/formats/readable.h"
#include "reconstruction/formats/safe_write.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool moves(const ReconstructedView& view) {
  return view.cameras.size() > 1;
}

// Of each view, as file names and FileStorage keys allow it: unlike any other's.
std::vector<std::string> plain_names(const std::vector<ReconstructedView>& views) {
  std::vector<std::string> names;
  std::set<std::string> taken;
  for (const ReconstructedView& view : views) {
    std::string name = fs::path(view.name).replace_extension().string();
    for (char& c : name) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (!plain && c != '-') c = '_';
    }
    if (name.empty()) name = "_";
    std::string unlike = name;
    for (int copy = 2; !taken.insert(unlike).second; ++copy)
      unlike = std::string(name).append("_").append(std::to_string(copy));
    names.push_back(unlike);
  }
  return names;
}

template <typename Matrix>
Json rows(const Matrix& matrix) {
  Json rows = Json::array();
  for (int i = 0; i < matrix.rows(); ++i) {
    Json& row = rows.emplace_back(Json::array());
    for (int j = 0; j < matrix.cols(); ++j) row.push_back(matrix(i, j));
  }
  return rows;
}

// https://docs.nerf.studio/quickstart/data_conventions.html
Json nerfstudio_frame(const Camera& camera, const std::string& picture) {
  Eigen::Matrix4d world_from_camera = Eigen::Matrix4d::Identity();
  const Eigen::Matrix3d W = z_up_from_y_up(), opencv_from_opengl = Eigen::Vector3d(1, -1, -1).asDiagonal();
  world_from_camera.topLeftCorner<3, 3>() = W * camera.world_from_camera.linear() * opencv_from_opengl;
  world_from_camera.topRightCorner<3, 1>() = W * camera.center();
  return {{"file_path", picture},   {"w", camera.width},
          {"h", camera.height},     {"fl_x", camera.K(0, 0)},
          {"fl_y", camera.K(1, 1)}, {"cx", camera.K(0, 2)},
          {"cy", camera.K(1, 2)},   {"transform_matrix", rows(world_from_camera)}};
}

std::string six_digits(int number) {
  const std::string digits = std::to_string(number);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

Json transforms(const Reconstruction& reconstruction, const std::vector<std::string>& names,
                const std::vector<ColmapPicture>& pictures) {
  Json frames = Json::array();
  for (std::size_t v = 0; v < names.size(); ++v) {
    const ReconstructedView& view = reconstruction.views[v];
    if (!view.camera_estimated) continue;
    const int entries = moves(view) ? int(reconstruction.frames.size()) : 1;
    for (int f = 0; f < entries; ++f) {
      const ReconstructedFrame& frame = reconstruction.frames[f];
      Json entry = nerfstudio_frame(
          view.camera(f), moves(view) ? "images/" + names[v] + "/" + six_digits(frame.number) + ".jpg"
                                      : "../colmap/images/" + pictures[v].name);
      entry["view"] = lossless_utf8(view.name);
      entry["time"] = frame.time;
      frames.push_back(std::move(entry));
    }
  }
  return {{"camera_model", "PINHOLE"}, {"frames", std::move(frames)}};
}

// OpenCV's FileStorage (YAML 1.0), as EasyMocap reads it.
class FileStorage {
 public:
  explicit FileStorage(std::ostream& out) : out_(out) { out_ << std::setprecision(17) << "%YAML:1.0\n---\n"; }

  void names(const std::vector<std::string>& names) {
    out_ << "names:\n";
    for (const std::string& name : names) out_ << "   - \"" << name << "\"\n";
  }
  void number(const std::string& key, int value) { out_ << key << ": " << value << "\n"; }
  void matrix(const std::string& key, const Eigen::MatrixXd& matrix) {
    out_ << key << ": !!opencv-matrix\n   rows: " << matrix.rows() << "\n   cols: " << matrix.cols()
         << "\n   dt: d\n   data: [";
    const char* separator = " ";
    for (int i = 0; i < matrix.rows(); ++i) {
      for (int j = 0; j < matrix.cols(); ++j) {
        out_ << separator << matrix(i, j);
        separator = ", ";
      }
    }
    out_ << " ]\n";
  }

 private:
  std::ostream& out_;
};

struct NamedCamera {
  std::string name;
  const Camera* camera;
};

// https://github.com/zju3dv/EasyMocap, the files of its calibration.
void write_easymocap(const std::vector<NamedCamera>& cameras, const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& [name, camera] : cameras) names.push_back(name);
  safe_write(folder / "intri.yml", [&](std::ostream& out) {
    FileStorage storage(out);
    storage.names(names);
    for (const auto& [name, camera] : cameras) {
      Eigen::Matrix3d K = camera->K;
      K.topRightCorner<2, 1>().array() -= 0.5;  // OpenCV counts pixels at their centres
      storage.matrix("K_" + name, K);
      storage.matrix("dist_" + name, Eigen::MatrixXd::Zero(1, 5));
      storage.number("W_" + name, camera->width);
      storage.number("H_" + name, camera->height);
    }
  });
  safe_write(folder / "extri.yml", [&](std::ostream& out) {
    FileStorage storage(out);
    storage.names(names);
    for (const auto& [name, camera] : cameras) {
      const Eigen::Isometry3d camera_from_world = camera->camera_from_world();
      const Eigen::Matrix3d R = camera_from_world.linear() * z_up_from_y_up().transpose();
      const Eigen::AngleAxisd rotation(R);
      storage.matrix("R_" + name, rotation.angle() * rotation.axis());
      storage.matrix("Rot_" + name, R);
      storage.matrix("T_" + name, camera_from_world.translation());
    }
  });
}

// https://cvg.cit.tum.de/data/datasets/rgbd-dataset/file_formats
void write_tum(const ReconstructedView& view, const Reconstruction& reconstruction, const fs::path& file) {
  safe_write(file, [&](std::ostream& out) {
    out << "# timestamp tx ty tz qx qy qz qw\n" << std::setprecision(12);
    Eigen::Quaterniond before = Eigen::Quaterniond::Identity();
    for (std::size_t f = 0; f < view.cameras.size(); ++f) {
      const Eigen::Isometry3d& world_from_camera = view.cameras[f].world_from_camera;
      const Eigen::Vector3d t = world_from_camera.translation();
      before = nearer(Eigen::Quaterniond(world_from_camera.linear()).normalized(), before);
      out << reconstruction.frames.at(f).time << " " << t.x() << " " << t.y() << " " << t.z() << " "
          << before.x() << " " << before.y() << " " << before.z() << " " << before.w() << "\n";
    }
  });
}

}  // namespace

void write_cameras(const Reconstruction& reconstruction, const fs::path& folder,
                   std::span<const View> views) {
  require_finite(reconstruction);
  create_folder(folder);
  const std::vector<std::string> names = plain_names(reconstruction.views);
  const Json nerfstudio = transforms(reconstruction, names, colmap_pictures(reconstruction.views, views));
  safe_write(folder / "transforms.json", [&](std::ostream& out) {
    out << nerfstudio.dump(2, ' ', false, Json::error_handler_t::replace) << "\n";
  });
  std::vector<NamedCamera> still;
  for (std::size_t v = 0; v < names.size(); ++v) {
    const ReconstructedView& view = reconstruction.views[v];
    if (!view.camera_estimated) continue;
    if (moves(view))
      write_tum(view, reconstruction, folder / (names[v] + ".tum"));
    else
      still.push_back({names[v], &view.camera(0)});
  }
  if (!still.empty()) write_easymocap(still, folder);
}

}  // namespace ahap
