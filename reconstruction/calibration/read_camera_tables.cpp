// TOML of Pose2Sim (https://github.com/perfanalytics/pose2sim) and Caliscope
// (https://github.com/mprib/caliscope): a table per camera. World with Z up, cameras and pixels as OpenCV's.

#include "reconstruction/calibration/readers.h"
#include "reconstruction/calibration/toml.h"
#include "reconstruction/rotation_vector.h"
#include "reconstruction/up_axis.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

class CameraTable {
 public:
  CameraTable(const TomlTable& table, const fs::path& file) : table_(table), file_(file) {}

  bool is_camera() const { return find("matrix") && !is_true("ignore"); }

  CalibratedCamera read() const {
    CalibratedCamera camera;
    camera.name = name();
    if (is_true("fisheye"))
      refuse_calibration(file_, "camera " + camera.name + " has a fisheye lens, which is not read");
    const std::vector<double> size = numbers("size"), matrix = numbers("matrix");
    require(size.size() == 2 && size[0] >= 1 && size[1] >= 1 && size[0] < 1e6 && size[1] < 1e6, "size",
            "width and height");
    camera.width = int(size[0]);
    camera.height = int(size[1]);
    require(matrix.size() == 9, "matrix", "3 x 3 numbers");
    camera.K = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(matrix.data());
    camera.K.topRightCorner<2, 1>().array() += kPixelCentre;
    if (find("distortions"))
      camera.distortion = opencv_distortion(numbers("distortions"), file_, camera.name);
    if (find("rotation") || find("translation")) camera.camera_from_world = pose(camera.name);
    return camera;
  }

 private:
  // Caliscope numbers its cameras: [cam_0], [cameras.0].
  std::string name() const {
    if (const TomlValue* given = find("name"))
      if (const auto* text = std::get_if<std::string>(&given->value)) return *text;
    const std::string number = table_.name.substr(table_.name.rfind('.') + 1);
    return number != table_.name ? "cam_" + number : table_.name;
  }
  const TomlValue* find(const std::string& key) const {
    const auto found = table_.values.find(key);
    return found == table_.values.end() ? nullptr : &found->second;
  }
  bool is_true(const std::string& key) const {
    const TomlValue* value = find(key);
    const auto* plain = value ? std::get_if<TomlValue::Plain>(&value->value) : nullptr;
    return plain && plain->text == "true";
  }
  void require(bool right, const std::string& key, const std::string& expected) const {
    if (!right) refuse_calibration(file_, "[" + table_.name + "] " + key + " is not " + expected);
  }

  // All of a list, those of lists in it in their order.
  void collect(const TomlValue& value, const std::string& key, std::vector<double>& numbers) const {
    if (const auto* list = std::get_if<std::vector<TomlValue>>(&value.value)) {
      for (const TomlValue& item : *list) collect(item, key, numbers);
      return;
    }
    const auto* plain = std::get_if<TomlValue::Plain>(&value.value);
    const auto number = plain ? number_in(plain->text) : std::nullopt;
    require(number.has_value(), key, "numbers");
    numbers.push_back(*number);
  }
  std::vector<double> numbers(const std::string& key) const {
    std::vector<double> numbers;
    require(find(key), key, "there");
    collect(*find(key), key, numbers);
    return numbers;
  }

  Eigen::Isometry3d pose(const std::string& camera) const {
    const std::vector<double> rotation = numbers("rotation"), translation = numbers("translation");
    require(rotation.size() == 3 || rotation.size() == 9, "rotation", "a rotation vector or 3 x 3 numbers");
    require(translation.size() == 3, "translation", "3 numbers");
    const Eigen::Vector3d t(translation[0], translation[1], translation[2]);
    Eigen::Matrix3d R;
    if (rotation.size() == 9)
      R = Eigen::Map<const Eigen::Matrix<double, 3, 3, Eigen::RowMajor>>(rotation.data());
    else
      R = rotation_of({rotation[0], rotation[1], rotation[2]});
    return calibrated_pose(R * z_up_from_y_up(), t, file_, camera);
  }

  const TomlTable& table_;
  const fs::path& file_;
};

}  // namespace

Calibration read_camera_tables(const fs::path& toml_file) {
  Calibration calibration;
  for (const TomlTable& table : read_toml(toml_file)) {
    const CameraTable camera(table, toml_file);
    if (camera.is_camera()) calibration.cameras.push_back(camera.read());
  }
  return calibration;
}

}  // namespace ahap
