#include "reconstruction/project/body_arrays.h"

#include <cstring>

#include "reconstruction/formats/fnv_hash.h"
#include "reconstruction/project/damaged_result.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

void hash(std::uint64_t& state, const void* data, std::size_t size) {
  state = fnv_hash({static_cast<const char*>(data), size}, state);
}

template <typename Matrix>
void hash(std::uint64_t& state, const Matrix& matrix) {
  const std::int64_t shape[] = {matrix.rows(), matrix.cols()};
  hash(state, shape, sizeof shape);
  hash(state, matrix.data(), std::size_t(matrix.size()) * sizeof(typename Matrix::Scalar));
}

template <typename Matrix>
void put(const Matrix& matrix, const char* name, Npz& arrays) {
  NpyArray& array = arrays[std::string("body.") + name];
  array.dtype = std::is_same_v<typename Matrix::Scalar, float> ? "f4" : "i4";
  array.shape = {matrix.rows(), matrix.cols()};
  array.data.resize(std::size_t(matrix.size()) * sizeof(typename Matrix::Scalar));
  if (!array.data.empty()) std::memcpy(array.data.data(), matrix.data(), array.data.size());
}

template <typename Matrix>
void take(Matrix& matrix, const char* name, std::int64_t rows, std::int64_t columns, const Npz& arrays) {
  const auto found = arrays.find(std::string("body.") + name);
  const char* dtype = std::is_same_v<typename Matrix::Scalar, float> ? "f4" : "i4";
  if (found == arrays.end() || found->second.dtype != dtype ||
      found->second.shape != std::vector<std::int64_t>{rows, columns})
    throw DamagedResult(std::string("the array body.") + name +
                        " is missing or is not of the type or size that the body needs");
  matrix.resize(rows, columns);
  if (matrix.size() > 0) std::memcpy(matrix.data(), found->second.data.data(), found->second.data.size());
}

std::int64_t extent(const Npz& arrays, const char* name, std::size_t axis) {
  const auto found = arrays.find(std::string("body.") + name);
  return found == arrays.end() || found->second.shape.size() <= axis ? 0 : found->second.shape[axis];
}

}  // namespace

std::uint64_t hash_of_body(const BodyModel& body) {
  std::uint64_t state = kFnvBasis;
  hash(state, body.v_template);
  hash(state, body.shapedirs);
  hash(state, body.posedirs);
  hash(state, body.J_regressor);
  hash(state, body.weights);
  hash(state, body.faces);
  hash(state, body.parents.data(), body.parents.size() * sizeof(int));
  return state;
}

void put_body(const BodyModel& body, Npz& arrays) {
  put(body.v_template, "v_template", arrays);
  put(body.shapedirs, "shapedirs", arrays);
  put(body.posedirs, "posedirs", arrays);
  put(body.J_regressor, "J_regressor", arrays);
  put(body.weights, "weights", arrays);
  put(body.faces, "faces", arrays);
  put(Eigen::Map<const Eigen::VectorXi>(body.parents.data(), Eigen::Index(body.parents.size())), "parents",
      arrays);
}

std::shared_ptr<const BodyModel> take_body(std::string name, std::string gender, const Npz& arrays) {
  auto body = std::make_shared<BodyModel>();
  body->name = std::move(name);
  body->gender = std::move(gender);
  const std::int64_t vertices = extent(arrays, "v_template", 0);
  take(body->v_template, "v_template", vertices, 3, arrays);
  take(body->shapedirs, "shapedirs", 3 * vertices, kSmplBetas, arrays);
  take(body->posedirs, "posedirs", 3 * vertices, 9 * (kSmplJoints - 1), arrays);
  take(body->J_regressor, "J_regressor", kSmplJoints, vertices, arrays);
  take(body->weights, "weights", vertices, kSmplJoints, arrays);
  take(body->faces, "faces", extent(arrays, "faces", 0), 3, arrays);
  Eigen::VectorXi parents;
  take(parents, "parents", kSmplJoints, 1, arrays);
  for (int j = 0; j < kSmplJoints; ++j) {
    if (parents[j] >= j || parents[j] < (j == 0 ? -1 : 0))
      throw DamagedResult("the array body.parents holds a joint that does not come before its child");
  }
  body->parents.assign(parents.begin(), parents.end());
  if (body->faces.size() > 0 && (body->faces.minCoeff() < 0 || body->faces.maxCoeff() >= vertices))
    throw DamagedResult("the array body.faces names a vertex that the body does not have");
  return body;
}

}  // namespace ahap
