// https://github.com/zju3dv/EasyMocap: the files of its calibration. World with Z up, cameras and pixels as
// OpenCV's.

#include "reconstruction/calibration/file_storage.h"
#include "reconstruction/calibration/readers.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/up_axis.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

class Rig {
 public:
  Rig(const FileStorageNodes& nodes, fs::path file) : nodes_(nodes), file_(std::move(file)) {}

  const std::vector<std::string>& names() const {
    const auto names = nodes_.find("names");
    if (names == nodes_.end() || names->second.items.empty())
      refuse_calibration(file_, "it has no list `names` of its cameras");
    return names->second.items;
  }
  // Null where the file does not have it; refused where it is of another size.
  const Eigen::MatrixXd* find(const std::string& key, int elements) const {
    const auto node = nodes_.find(key);
    if (node == nodes_.end()) return nullptr;
    if (node->second.matrix.size() != elements)
      refuse_calibration(file_, key + " is no matrix of " + std::to_string(elements) + " numbers");
    return &node->second.matrix;
  }
  const Eigen::MatrixXd& matrix(const std::string& key, int elements) const {
    const Eigen::MatrixXd* found = find(key, elements);
    if (!found) refuse_calibration(file_, key + " is missing");
    return *found;
  }
  int side(const std::string& key) const {
    const auto node = nodes_.find(key);
    if (node == nodes_.end()) return 0;
    const auto number = node->second.items.size() == 1 ? number_in(node->second.items[0]) : std::nullopt;
    if (!number || !(*number >= 0 && *number < 1e6))
      refuse_calibration(file_, key + " is no number of pixels");
    return int(*number);
  }
  std::vector<double> coefficients(const std::string& name) const {
    for (const std::string& key : {"dist_" + name, "D_" + name}) {
      const auto node = nodes_.find(key);
      if (node == nodes_.end()) continue;
      const Eigen::MatrixXd& m = node->second.matrix;
      return {m.data(), m.data() + m.size()};
    }
    return {};
  }

 private:
  const FileStorageNodes& nodes_;
  fs::path file_;
};

Eigen::Isometry3d pose_of(const Rig& extrinsics, const std::string& name, const fs::path& file) {
  Eigen::Matrix3d R;
  if (const Eigen::MatrixXd* matrix = extrinsics.find("Rot_" + name, 9))
    R = *matrix;
  else
    R = rotation_of(extrinsics.matrix("R_" + name, 3).reshaped());
  const Eigen::Vector3d t = extrinsics.matrix("T_" + name, 3).reshaped();
  return calibrated_pose(R * z_up_from_y_up(), t, file, name);
}

}  // namespace

Calibration read_easymocap(const fs::path& intrinsics_file) {
  const fs::path extrinsics_file = intrinsics_file.parent_path() / "extri.yml";
  std::error_code ignored;
  if (!fs::exists(intrinsics_file, ignored))
    refuse_calibration(extrinsics_file, "intri.yml, which belongs to it, is not beside it");
  const bool has_poses = fs::exists(extrinsics_file, ignored);
  const FileStorageNodes intrinsics = read_file_storage(intrinsics_file);
  const FileStorageNodes extrinsics = has_poses ? read_file_storage(extrinsics_file) : FileStorageNodes();
  const Rig lenses(intrinsics, intrinsics_file), poses(extrinsics, extrinsics_file);
  Calibration calibration;
  for (const std::string& name : lenses.names()) {
    CalibratedCamera camera;
    camera.name = name;
    const Eigen::MatrixXd& K = lenses.matrix("K_" + name, 9);
    if (K.rows() != 3) refuse_calibration(intrinsics_file, "K_" + name + " is not 3 x 3");
    camera.K = K;
    camera.K.topRightCorner<2, 1>().array() += kPixelCentre;
    camera.width = lenses.side("W_" + name);
    camera.height = lenses.side("H_" + name);
    camera.distortion = opencv_distortion(lenses.coefficients(name), intrinsics_file, name);
    if (has_poses) camera.camera_from_world = pose_of(poses, name, extrinsics_file);
    calibration.cameras.push_back(std::move(camera));
  }
  return calibration;
}

}  // namespace ahap
