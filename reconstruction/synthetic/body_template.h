#pragma once

#include <Eigen/Core>
#include <array>
#include <memory>
#include <vector>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/body/random_poses.h"
#include "reconstruction/mesh.h"

namespace ahap {

class Smpl;

// Vertices and joints of one posed body, metres.
struct PosedMesh {
  std::vector<Eigen::Vector3f> vertices, joints;
};

// The procedural body with what posing, dressing and drawing need of it, made once per level of detail.
// "Canonical" is a point of the rest-pose template with betas 0.
struct BodyTemplate {
  explicit BodyTemplate(BodyDetail detail);
  ~BodyTemplate();

  Skeleton rest_joints(const std::array<float, kSmplBetas>& betas) const;

  // Smpl(betas, rotations) without translation, all people in one call. Thread-safe.
  std::vector<PosedMesh> pose(const std::vector<std::array<float, kSmplBetas>>& betas,
                              const std::vector<std::array<Eigen::Matrix3f, kSmplJoints>>& rotations) const;

  std::vector<Triangle> triangles;
  std::vector<Eigen::Vector3f> canonical;       // per vertex
  std::vector<Eigen::Vector3f> normals;         // of the template
  std::vector<int> main_joint;                  // per vertex: the joint with the largest skinning weight
  Skeleton joints;                              // canonical
  Eigen::Vector3f head_center, head_half_size;  // box around the head, chin to crown
  float sole = 0;                               // y of the lowest vertex

 private:
  explicit BodyTemplate(const BodyModel& model);
  std::unique_ptr<const Smpl> smpl_;
  Eigen::Matrix<float, 3 * kSmplJoints, kSmplBetas> joint_shapedirs_;
};

const BodyTemplate& body_template(BodyDetail detail);

}  // namespace ahap
