#include "reconstruction/body/body_model.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <span>
#include <stdexcept>

#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/pickle.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

constexpr const char* kArrayNames[] = {"v_template", "shapedirs",     "posedirs", "J_regressor",
                                       "weights",    "kintree_table", "f"};

[[noreturn]] void fail(const fs::path& file, const std::string& what) {
  throw std::runtime_error("The body model " + file.string() + " " + what);
}

// A sparse matrix that numpy saved into an .npz is an array of one object: a .npy header, then a pickle.
NpyArray read_object(const fs::path& file, const std::string& name) {
  const std::vector<std::uint8_t> bytes = ZipReader(file).read(name + ".npy");
  const auto header_end = std::find(bytes.begin(), bytes.end(), '\n');
  const auto start = header_end == bytes.end() ? bytes.size() : std::size_t(header_end - bytes.begin()) + 1;
  const Pickle pickle(std::as_bytes(std::span(bytes)).subspan(start), file.string() + ": " + name);
  const PickleValue& root = pickle.root();
  return (root.kind == PickleValue::Kind::list && root.items.size() == 1 ? *root.items[0] : root).as_array();
}

Npz read_arrays(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  char magic[2] = {};
  in.read(magic, 2);
  if (!in) fail(file, fs::exists(file) ? "cannot be read." : "does not exist.");

  Npz arrays;
  if (magic[0] == 'P' && magic[1] == 'K') {
    std::set<std::string> names(std::begin(kArrayNames), std::end(kArrayNames));
    names.erase("J_regressor");
    arrays = read_npz(file, names);
    if (ZipReader(file).contains("J_regressor.npy")) {
      try {
        arrays.merge(read_npz(file, {"J_regressor"}));
      } catch (const std::runtime_error&) {
        arrays["J_regressor"] = read_object(file, "J_regressor");
      }
    }
  } else {
    const Pickle pickle(file);
    if (pickle.root().kind != PickleValue::Kind::dict)
      fail(file, "is a pickle of something else than a body model.");
    for (const char* name : kArrayNames)
      if (const PickleValue* value = pickle.root().find(name)) {
        try {
          arrays[name] = value->as_array();
        } catch (const std::runtime_error& error) {
          fail(file, "cannot be used: its array " + std::string(name) + " " + error.what() + ".");
        }
      }
  }
  for (const char* name : kArrayNames)
    if (!arrays.contains(name))
      fail(file, "has no array " + std::string(name) + "; an SMPL file (.npz or .pkl) is expected.");
  return arrays;
}

std::string text_of(const std::vector<std::int64_t>& shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i)
    text += (i ? ", " : "") + (shape[i] < 0 ? std::string("any") : std::to_string(shape[i]));
  return text + ")";
}

// -1 in expected: any number but zero.
void check_shape(const fs::path& file, const std::string& name, const NpyArray& array,
                 const std::vector<std::int64_t>& expected) {
  bool fits = array.shape.size() == expected.size();
  for (std::size_t i = 0; fits && i < expected.size(); ++i)
    fits = expected[i] < 0 ? array.shape[i] > 0 : array.shape[i] == expected[i];
  if (!fits)
    fail(file, "cannot be used: its array " + name + " has the shape " + text_of(array.shape) +
                   " instead of " + text_of(expected) + ".");
}

// The first `columns` of every row.
template <typename Matrix>
void fill(Matrix& matrix, const fs::path& file, const std::string& name, const NpyArray& array,
          std::int64_t rows, std::int64_t columns) {
  const std::vector<float> values = array.as_floats();
  const std::int64_t stride = std::int64_t(values.size()) / rows;
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    fail(file, "cannot be used: its array " + name + " holds values that are not numbers.");
  matrix = Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
               values.data(), rows, stride)
               .leftCols(columns);
}

template <typename Matrix>
NpyArray array_of(const Matrix& matrix, std::vector<std::int64_t> shape) {
  static_assert(Matrix::IsRowMajor);
  return NpyArray::of(std::vector<float>(matrix.data(), matrix.data() + matrix.size()), std::move(shape));
}

}  // namespace

BodyModel load_body_model(const fs::path& file) {
  const Npz arrays = read_arrays(file);
  const auto array = [&](const char* name, const std::vector<std::int64_t>& shape) -> const NpyArray& {
    check_shape(file, name, arrays.at(name), shape);
    return arrays.at(name);
  };
  constexpr std::int64_t J = kSmplJoints, P = 9 * (kSmplJoints - 1);

  const NpyArray& tree = array("kintree_table", {2, -1});
  if (tree.shape[1] != J)
    fail(file, "has " + std::to_string(tree.shape[1]) + " joints; SMPL's " + std::to_string(J) +
                   " are expected (SMPL-H and SMPL-X models have more).");
  const NpyArray& v_template = array("v_template", {-1, 3});
  const std::int64_t V = v_template.shape[0];
  const NpyArray& shapedirs = array("shapedirs", {V, 3, -1});
  const NpyArray& faces = array("f", {-1, 3});

  BodyModel body;
  body.name = file.stem().string();
  fill(body.v_template, file, "v_template", v_template, V, 3);
  fill(body.shapedirs, file, "shapedirs", shapedirs, 3 * V,
       std::min<std::int64_t>(shapedirs.shape[2], kSmplBetas));
  fill(body.posedirs, file, "posedirs", array("posedirs", {V, 3, P}), 3 * V, P);
  fill(body.J_regressor, file, "J_regressor", array("J_regressor", {J, V}), J, V);
  fill(body.weights, file, "weights", array("weights", {V, J}), V, J);

  const std::vector<std::int64_t> kintree = tree.as_integers();
  body.parents.assign(kintree.begin(), kintree.begin() + J);
  body.parents[0] = -1;  // official files: 2^32 - 1
  if (!std::equal(body.parents.begin(), body.parents.end(), kSmplParents.begin()))
    fail(file, "cannot be used: its kintree_table is not SMPL's tree of joints.");
  if (((body.weights.rowwise().sum().array() - 1).abs() > 1e-2f).any())
    fail(file, "cannot be used: its skinning weights do not sum to one.");

  body.faces.resize(faces.shape[0], 3);
  const std::vector<std::int64_t> indices = faces.as_integers();
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= V)
      fail(file, "cannot be used: its array f names the vertex " + std::to_string(indices[i]) + " of " +
                     std::to_string(V) + ".");
    body.faces(Eigen::Index(i / 3), Eigen::Index(i % 3)) = int(indices[i]);
  }
  return body;
}

void save_body_model(const BodyModel& body, const fs::path& file) {
  const std::int64_t V = body.num_vertices(), J = body.num_joints(), B = body.num_betas();
  std::vector<std::int64_t> kintree(body.parents.begin(), body.parents.end());
  for (std::int64_t j = 0; j < J; ++j) kintree.push_back(j);
  const std::vector<std::int64_t> faces(body.faces.data(), body.faces.data() + body.faces.size());
  write_npz({{"v_template", array_of(body.v_template, {V, 3})},
             {"shapedirs", array_of(body.shapedirs, {V, 3, B})},
             {"posedirs", array_of(body.posedirs, {V, 3, body.posedirs.cols()})},
             {"J_regressor", array_of(body.J_regressor, {J, V})},
             {"weights", array_of(body.weights, {V, J})},
             {"kintree_table", NpyArray::of(kintree, {2, J})},
             {"f", NpyArray::of(faces, {body.faces.rows(), 3})}},
            file);
}

}  // namespace ahap
