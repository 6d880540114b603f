#pragma once

#include <Eigen/Core>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ahap {

// What OpenCV's FileStorage writes as YAML, as far as calibrations use it: at the top level numbers and
// texts, lists of these, and matrices.
struct FileStorageNode {
  std::vector<std::string> items;  // of a list; a single value is a list of one
  Eigen::MatrixXd matrix;          // empty where the node is none
};
using FileStorageNodes = std::map<std::string, FileStorageNode>;

// Throws std::runtime_error, a sentence with the file and the key.
FileStorageNodes read_file_storage(const std::filesystem::path& file);

}  // namespace ahap
