#include "reconstruction/body/body_model.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <fstream>
#include <span>
#include <stdexcept>

#include "reconstruction/body/smplx_model.h"
#include "reconstruction/formats/input_file.h"
#include "reconstruction/formats/mistaken_file.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/pickle.h"
#include "reconstruction/formats/zip.h"
#include "reconstruction/smpl_joints.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr const char* kExpressionStart = "num_betas";
constexpr const char* kGender = "gender";
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
  std::ifstream in = open_input_file(file);
  char magic[2] = {};
  in.read(magic, 2);
  if (!in) fail(file, fs::exists(file) ? "cannot be read." : "does not exist.");

  require_not_mistaken(file);
  Npz arrays;
  if (magic[0] == 'P' && magic[1] == 'K') {
    std::set<std::string> names(std::begin(kArrayNames), std::end(kArrayNames));
    names.erase("J_regressor");
    names.insert(kExpressionStart);
    arrays = read_npz(file, names);
    try {
      arrays.merge(read_npz(file, {kGender}));
    } catch (const std::runtime_error&) {
      // A Python object: then the file's name says it.
    }
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

// The array's values by a conversion that may refuse its type.
template <typename Values>
Values values_of(const fs::path& file, const std::string& name, const NpyArray& array,
                 Values (NpyArray::*convert)() const) {
  try {
    return (array.*convert)();
  } catch (const std::runtime_error& error) {
    fail(file, "cannot be used: its array " + name + " cannot be read, " + error.what() + ".");
  }
}

std::vector<std::int64_t> integers(const fs::path& file, const std::string& name, const NpyArray& array) {
  return values_of(file, name, array, &NpyArray::as_integers);
}

std::vector<float> finite_values(const fs::path& file, const std::string& name, const NpyArray& array) {
  std::vector<float> values = values_of(file, name, array, &NpyArray::as_floats);
  if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
    fail(file, "cannot be used: its array " + name + " holds values that are not numbers.");
  return values;
}

template <typename Matrix>
NpyArray array_of(const Matrix& matrix, std::vector<std::int64_t> shape) {
  static_assert(Matrix::IsRowMajor);
  return NpyArray::of(std::vector<float>(matrix.data(), matrix.data() + matrix.size()), std::move(shape));
}

// The word of a text array, numpy's U (UTF-32) or S; nothing of any other array.
std::string word_of(const NpyArray& array) {
  std::string word;
  const std::size_t width = array.dtype.starts_with('U') ? 4 : array.dtype.starts_with('S') ? 1 : 0;
  for (std::size_t i = 0; width && i < array.data.size() && array.data[i]; i += width)
    word += char(array.data[i]);
  return word;
}

// As the official files say it: "SMPL_MALE.pkl", "basicmodel_f_lbs_10_207_0_v1.1.0.pkl", "female/model.npz".
std::string gender_of(const Npz& arrays, const fs::path& file) {
  std::string said = arrays.contains(kGender) ? word_of(arrays.at(kGender)) : "";
  if (said == "neutral" || said == "female" || said == "male") return said;
  said = fs::absolute(file).parent_path().filename().string() + "_" + file.stem().string() + "_";
  std::transform(said.begin(), said.end(), said.begin(),
                 [](unsigned char c) { return char(std::tolower(c)); });
  const auto says = [&](const char* word) { return said.find(word) != std::string::npos; };
  if (says("female") || says("_f_")) return "female";
  return says("male") || says("_m_") ? "male" : "neutral";
}

// What a kind of body asks of its file.
struct Layout {
  std::string kind;  // "SMPL"
  std::int64_t joints;
  std::string advice;  // about files with another number of joints
};

// The directions of shapedirs to keep, in this order.
using Directions = std::vector<std::pair<std::int64_t, std::int64_t>>;  // first column, number of columns

template <typename ChooseDirections>
BodyModel body_of(const Npz& arrays, const fs::path& file, const Layout& layout, ChooseDirections&& choose) {
  const auto array = [&](const char* name, const std::vector<std::int64_t>& shape) -> const NpyArray& {
    check_shape(file, name, arrays.at(name), shape);
    return arrays.at(name);
  };
  const std::int64_t J = layout.joints, P = 9 * (J - 1);

  const NpyArray& tree = array("kintree_table", {2, -1});
  if (tree.shape[1] != J)
    fail(file, "has " + std::to_string(tree.shape[1]) + " joints; " + layout.kind + "'s " +
                   std::to_string(J) + " are expected (" + layout.advice + ").");
  const NpyArray& v_template = array("v_template", {-1, 3});
  const std::int64_t V = v_template.shape[0];
  const NpyArray& shapedirs = array("shapedirs", {V, 3, -1});
  const NpyArray& faces = array("f", {-1, 3});
  const Directions directions = choose(shapedirs.shape[2]);

  BodyModel body;
  body.name = file.stem().string();
  body.gender = gender_of(arrays, file);
  const auto fill = [&](auto& matrix, const char* name, const NpyArray& from, std::int64_t rows) {
    const std::vector<float> values = finite_values(file, name, from);
    matrix = Eigen::Map<const RowMajor>(values.data(), rows, std::int64_t(values.size()) / rows);
  };
  fill(body.v_template, "v_template", v_template, V);
  fill(body.posedirs, "posedirs", array("posedirs", {V, 3, P}), 3 * V);
  fill(body.J_regressor, "J_regressor", array("J_regressor", {J, V}), J);
  fill(body.weights, "weights", array("weights", {V, J}), V);
  {
    const std::vector<float> values = finite_values(file, "shapedirs", shapedirs);
    const Eigen::Map<const RowMajor> all(values.data(), 3 * V, shapedirs.shape[2]);
    std::int64_t columns = 0;
    for (const auto& [first, count] : directions) columns += count;
    body.shapedirs.resize(3 * V, columns);
    columns = 0;
    for (const auto& [first, count] : directions) {
      body.shapedirs.middleCols(columns, count) = all.middleCols(first, count);
      columns += count;
    }
  }

  const std::vector<std::int64_t> kintree = integers(file, "kintree_table", tree);
  body.parents.assign(std::size_t(J), -1);  // official files: 2^32 - 1 at the root
  for (std::int64_t j = 1; j < J; ++j) {
    const std::int64_t parent = kintree[std::size_t(j)];
    if (parent < 0 || parent >= j)
      fail(file, "cannot be used: its kintree_table puts joint " + std::to_string(j) + " below " +
                     std::to_string(parent) + ", which is no joint before it.");
    body.parents[std::size_t(j)] = int(parent);
  }
  if (((body.weights.rowwise().sum().array() - 1).abs() > 1e-2f).any())
    fail(file, "cannot be used: its skinning weights do not sum to one.");

  body.faces.resize(faces.shape[0], 3);
  const std::vector<std::int64_t> indices = integers(file, "f", faces);
  for (std::size_t i = 0; i < indices.size(); ++i) {
    if (indices[i] < 0 || indices[i] >= V)
      fail(file, "cannot be used: its array f names the vertex " + std::to_string(indices[i]) + " of " +
                     std::to_string(V) + ".");
    body.faces(Eigen::Index(i / 3), Eigen::Index(i % 3)) = int(indices[i]);
  }
  return body;
}

Npz arrays_of(const BodyModel& body) {
  const std::int64_t V = body.num_vertices(), J = body.num_joints(), B = body.num_betas();
  std::vector<std::int64_t> kintree(body.parents.begin(), body.parents.end());
  for (std::int64_t j = 0; j < J; ++j) kintree.push_back(j);
  const std::vector<std::int64_t> faces(body.faces.data(), body.faces.data() + body.faces.size());
  return {{"v_template", array_of(body.v_template, {V, 3})},
          {"shapedirs", array_of(body.shapedirs, {V, 3, B})},
          {"posedirs", array_of(body.posedirs, {V, 3, body.posedirs.cols()})},
          {"J_regressor", array_of(body.J_regressor, {J, V})},
          {"weights", array_of(body.weights, {V, J})},
          {"kintree_table", NpyArray::of(kintree, {2, J})},
          {"f", NpyArray::of(faces, {body.faces.rows(), 3})},
          {kGender, NpyArray::of(body.gender)}};
}

}  // namespace

BodyModel load_body_model(const fs::path& file) {
  const Layout smpl{"SMPL", kSmplJoints, "SMPL-H and SMPL-X models have more"};
  BodyModel body = body_of(read_arrays(file), file, smpl, [](std::int64_t columns) {
    return Directions{{0, std::min<std::int64_t>(columns, kSmplBetas)}};
  });
  if (!std::equal(body.parents.begin(), body.parents.end(), kSmplParents.begin()))
    fail(file, "cannot be used: its kintree_table is not SMPL's tree of joints.");
  return body;
}

void save_body_model(const BodyModel& body, const fs::path& file) {
  write_npz(arrays_of(body), file);
}

SmplxModel load_smplx_model(const fs::path& file, int num_betas, int num_expressions) {
  const Npz arrays = read_arrays(file);
  const Layout smplx{"SMPL-X", kSmplxJoints, "SMPL and SMPL-H models have fewer"};
  SmplxModel model{{}, num_betas, num_expressions};
  model.body = body_of(arrays, file, smplx, [&](std::int64_t columns) {
    constexpr std::int64_t kShapes = 300, kExpressions = 100, kFewShapes = 10;  // of the official files
    std::int64_t start = columns < kShapes + kExpressions ? std::min(kFewShapes, columns) : kShapes;
    if (const auto own = arrays.find(kExpressionStart); own != arrays.end()) {
      check_shape(file, kExpressionStart, own->second, {});
      start = integers(file, kExpressionStart, own->second)[0];
    }
    if (start < 0 || start > columns)
      fail(file, "cannot be used: its expression directions start at " + std::to_string(start) + " of the " +
                     std::to_string(columns) + " directions in its array shapedirs.");
    if (num_betas > start || num_expressions > columns - start)
      fail(file, "holds " + std::to_string(start) + " shape and " + std::to_string(columns - start) +
                     " expression directions in its array shapedirs; " + std::to_string(num_betas) + " and " +
                     std::to_string(num_expressions) + " are needed.");
    return Directions{{0, num_betas}, {start, num_expressions}};
  });
  return model;
}

void save_smplx_model(const SmplxModel& model, const fs::path& file) {
  Npz arrays = arrays_of(model.body);
  arrays[kExpressionStart] = NpyArray::of(std::vector<std::int64_t>{model.num_betas}, {});
  write_npz(arrays, file);
}

}  // namespace ahap
