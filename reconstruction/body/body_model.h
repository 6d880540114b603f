#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <string>
#include <vector>

namespace ahap {

// The arrays of an SMPL-family body. V vertices, J joints, B betas, P = 9 (J - 1) pose features.
// Metres; template Y up, facing +Z. Sources: SMPL (Loper et al. 2015), official .npz and .pkl keys.
struct BodyModel {
  std::string name;
  std::string gender = "neutral";                                                   // or "female", "male"
  Eigen::Matrix<float, Eigen::Dynamic, 3, Eigen::RowMajor> v_template;              // (V, 3)
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> shapedirs;  // (3V, B), row 3 v + axis
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> posedirs;   // (3V, P)
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> J_regressor;  // (J, V)
  Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> weights;      // (V, J)
  std::vector<int> parents;                                                           // (J), -1 at the root
  Eigen::Matrix<int, Eigen::Dynamic, 3, Eigen::RowMajor> faces;                       // (F, 3)

  int num_vertices() const { return int(v_template.rows()); }
  int num_joints() const { return int(parents.size()); }
  int num_betas() const { return int(shapedirs.cols()); }
};

// Reads a file in SMPL's layout, a numpy .npz or an official .pkl, recognised by content. More than ten betas
// are cut to the first ten. The gender is the file's own array of that name, else what the names of the file
// and its folder say. Anything but SMPL's 24 joints is refused; the message of a failure names the file and
// the array.
BodyModel load_body_model(const std::filesystem::path& file);

// Writes the SMPL-layout .npz that load_body_model reads.
void save_body_model(const BodyModel& body, const std::filesystem::path& file);

}  // namespace ahap
