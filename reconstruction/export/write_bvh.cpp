#include <array>
#include <cmath>
#include <iomanip>
#include <numbers>

#include "reconstruction/body/posed_vertices.h"
#include "reconstruction/export/motion.h"
#include "reconstruction/export/range_exporters.h"
#include "reconstruction/formats/safe_write.h"

// Biovision hierarchy, https://research.cs.wisc.edu/graphics/Courses/cs-838-1999/Jeff/BVH.html

namespace ahap {
namespace {

constexpr double kCentimetres = 100, kDegrees = 180 / std::numbers::pi;
constexpr double kTip = 0.5;  // of a bone without a child, of the length of the bone before it

std::vector<int> children_of(int joint) {
  std::vector<int> children;
  for (int j = 0; j < kSmplJoints; ++j)
    if (kSmplParents[j] == joint) children.push_back(j);
  return children;
}

// Parents before their children, and a child's whole subtree before the next child, as the file names them.
void depth_first(int joint, std::vector<int>& order) {
  order.push_back(joint);
  for (const int child : children_of(joint)) depth_first(child, order);
}

class Hierarchy {
 public:
  Hierarchy(std::ostream& out, const std::array<Eigen::Vector3f, kSmplJoints>& rest)
      : out_(out), rest_(rest) {}

  void write(int joint, const std::string& indent = "") {
    const bool root = kSmplParents[joint] < 0;
    out_ << indent << (root ? "ROOT " : "JOINT ") << kSmplJointNames[joint] << "\n" << indent << "{\n";
    const Eigen::Vector3f offset =
        root ? Eigen::Vector3f(0, 0, 0) : Eigen::Vector3f(rest_[joint] - rest_[kSmplParents[joint]]);
    write_offset(offset, indent + "  ");
    out_ << indent
         << (root ? "  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n"
                  : "  CHANNELS 3 Zrotation Xrotation Yrotation\n");
    const std::vector<int> children = children_of(joint);
    for (const int child : children) write(child, indent + "  ");
    if (children.empty()) {
      out_ << indent << "  End Site\n" << indent << "  {\n";
      write_offset(kTip * offset, indent + "    ");
      out_ << indent << "  }\n";
    }
    out_ << indent << "}\n";
  }

 private:
  void write_offset(const Eigen::Vector3f& offset, const std::string& indent) {
    const Eigen::Vector3d v = kCentimetres * offset.cast<double>();
    out_ << indent << "OFFSET " << v.x() << " " << v.y() << " " << v.z() << "\n";
  }

  std::ostream& out_;
  const std::array<Eigen::Vector3f, kSmplJoints>& rest_;
};

// (z, x, y) with R = Rz Rx Ry, radians. Of the angles that are the same rotation, those nearest to `before`:
// editors draw and blend the numbers.
Eigen::Vector3d zxy_angles(const Eigen::Matrix3d& R, const Eigen::Vector3d& before) {
  const double x = std::asin(std::clamp(R(2, 1), -1.0, 1.0));
  Eigen::Vector3d angles(std::atan2(-R(0, 1), R(1, 1)), x, std::atan2(-R(2, 0), R(2, 2)));
  if (std::hypot(R(0, 1), R(1, 1)) < 1e-9)  // Z and Y turn about the same axis
    angles = {before[0], x, std::copysign(1.0, x) * (std::atan2(R(1, 0), R(0, 0)) - before[0])};
  using std::numbers::pi;
  Eigen::Vector3d other(angles[0] + pi, pi - angles[1], angles[2] + pi);
  for (Eigen::Vector3d* a : {&angles, &other})
    for (int i = 0; i < 3; ++i) (*a)[i] += 2 * pi * std::round((before[i] - (*a)[i]) / (2 * pi));
  return (other - before).norm() < (angles - before).norm() ? other : angles;
}

}  // namespace

void write_bvh(const Reconstruction& reconstruction, const Person& person,
               const std::filesystem::path& file) {
  const Motion motion = motion_of(reconstruction, person);
  const auto rest = posed_joints(*reconstruction.body_model, rest_of(person));
  std::vector<int> order;
  depth_first(0, order);
  safe_write(file, [&](std::ostream& out) {
    out << std::fixed << std::setprecision(6) << "HIERARCHY\n";
    Hierarchy(out, rest).write(0);
    out << "MOTION\nFrames: " << motion.samples.size() << "\nFrame Time: " << std::setprecision(9)
        << 1 / motion.rate << "\n"
        << std::setprecision(6);
    std::array<Eigen::Vector3d, kSmplJoints> angles;
    angles.fill(Eigen::Vector3d::Zero());
    for (const MotionSample& sample : motion.samples) {
      const Eigen::Vector3d pelvis = kCentimetres * (rest[0] + sample.smpl.transl).cast<double>();
      out << pelvis.x() << " " << pelvis.y() << " " << pelvis.z();
      for (const int j : order) {
        angles[j] = zxy_angles(quaternion(sample.smpl.pose[j]).toRotationMatrix(), angles[j]);
        for (const double angle : angles[j]) out << " " << kDegrees * angle;
      }
      out << "\n";
    }
  });
}

}  // namespace ahap
