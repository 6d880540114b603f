#include "reconstruction/body/body_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "reconstruction/body/procedural_body.h"
#include "reconstruction/formats/npz.h"
#include "reconstruction/formats/zip.h"
#include "tests/fixtures/smplx_body.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::sentence_of;
using testing::TemporaryFolder;

const BodyModel& body() {
  static const BodyModel model = procedural_body(BodyDetail::low);
  return model;
}

void expect_equal(const BodyModel& a, const BodyModel& b) {
  EXPECT_EQ(a.v_template, b.v_template);
  EXPECT_EQ(a.shapedirs, b.shapedirs);
  EXPECT_EQ(a.posedirs, b.posedirs);
  EXPECT_EQ(a.J_regressor, b.J_regressor);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.parents, b.parents);
  EXPECT_EQ(a.faces, b.faces);
}

// The saved body with one array changed by the test.
class BodyModelFile : public ::testing::Test {
 protected:
  BodyModelFile() : file(folder / "body.npz") {
    static const std::string saved = [this] {
      save_body_model(body(), file);
      return testing::read_bytes(file);
    }();
    testing::write_bytes(file, saved);
    arrays = read_npz(file);
  }
  std::string refusal() {
    write_npz(arrays, file);
    return sentence_of([&] { load_body_model(file); });
  }
  TemporaryFolder folder;
  std::filesystem::path file;
  Npz arrays;
};

TEST_F(BodyModelFile, IsReadBackExactly) {
  const BodyModel loaded = load_body_model(file);
  EXPECT_EQ(loaded.name, "body");
  expect_equal(loaded, body());
}

TEST_F(BodyModelFile, SaysItsGenderItselfOrByTheNamesOfTheFileAndItsFolder) {
  const auto gender_of = [&](const std::string& name) {
    const std::filesystem::path named = folder / name;
    std::filesystem::create_directories(named.parent_path());
    write_npz(arrays, named);
    return load_body_model(named).gender;
  };
  arrays["gender"] = NpyArray::of("female");
  EXPECT_EQ(gender_of("SMPL_MALE.npz"), "female");
  arrays.erase("gender");
  EXPECT_EQ(gender_of("SMPL_MALE.npz"), "male");
  EXPECT_EQ(gender_of("SMPL_FEMALE.npz"), "female");
  EXPECT_EQ(gender_of("basicmodel_f_lbs_10_207_0_v1.1.0.npz"), "female");
  EXPECT_EQ(gender_of("basicModel_m_lbs_10_207_0_v1.0.0.npz"), "male");
  EXPECT_EQ(gender_of("male/model.npz"), "male");
  EXPECT_EQ(gender_of("SMPL_NEUTRAL.npz"), "neutral");
}

TEST_F(BodyModelFile, HasOfficialKeysAndShapes) {
  const std::int64_t V = body().num_vertices();
  using Shape = std::vector<std::int64_t>;
  EXPECT_EQ(arrays.at("v_template").shape, (Shape{V, 3}));
  EXPECT_EQ(arrays.at("shapedirs").shape, (Shape{V, 3, 10}));
  EXPECT_EQ(arrays.at("posedirs").shape, (Shape{V, 3, 207}));
  EXPECT_EQ(arrays.at("J_regressor").shape, (Shape{24, V}));
  EXPECT_EQ(arrays.at("weights").shape, (Shape{V, 24}));
  EXPECT_EQ(arrays.at("kintree_table").shape, (Shape{2, 24}));
  EXPECT_EQ(arrays.at("f").shape, (Shape{body().faces.rows(), 3}));
}

TEST_F(BodyModelFile, KeepsTheFirstTenOfManyBetas) {
  const std::vector<float> ten = arrays["shapedirs"].as_floats();
  std::vector<float> many(30 * ten.size(), 7.0f);
  for (std::size_t row = 0; row < ten.size() / 10; ++row)
    std::copy_n(ten.begin() + std::ptrdiff_t(10 * row), 10, many.begin() + std::ptrdiff_t(300 * row));
  arrays["shapedirs"] = NpyArray::of(many, {body().num_vertices(), 3, 300});
  write_npz(arrays, file);
  EXPECT_EQ(load_body_model(file).shapedirs, body().shapedirs);
}

TEST_F(BodyModelFile, AcceptsTheUnsignedRootOfOfficialFiles) {
  std::vector<std::int64_t> tree = arrays["kintree_table"].as_integers();
  tree[0] = 4294967295;
  arrays["kintree_table"] = NpyArray::of(tree, {2, 24});
  write_npz(arrays, file);
  EXPECT_EQ(load_body_model(file).parents, body().parents);
}

TEST_F(BodyModelFile, NamesTheMissingArray) {
  arrays.erase("weights");
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file.string()), HasSubstr("no array weights")));
}

TEST_F(BodyModelFile, NamesBothShapes) {
  arrays["weights"].shape = {24, body().num_vertices()};
  const std::string V = std::to_string(body().num_vertices());
  EXPECT_THAT(refusal(), AllOf(HasSubstr(file.string()), HasSubstr("weights"), HasSubstr("(24, " + V + ")"),
                               HasSubstr("(" + V + ", 24)")));
}

TEST_F(BodyModelFile, RefusesAnotherNumberOfJoints) {
  arrays["kintree_table"] = NpyArray::of(std::vector<std::int64_t>(104, 0), {2, 52});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("52 joints"), HasSubstr("24")));
}

TEST_F(BodyModelFile, RefusesAnotherTree) {
  std::vector<std::int64_t> tree = arrays["kintree_table"].as_integers();
  tree[5] = 1;
  arrays["kintree_table"] = NpyArray::of(tree, {2, 24});
  EXPECT_THAT(refusal(), HasSubstr("kintree_table"));
}

TEST_F(BodyModelFile, RefusesAFaceWithoutItsVertex) {
  std::vector<std::int64_t> faces = arrays["f"].as_integers();
  faces[7] = body().num_vertices();
  arrays["f"] = NpyArray::of(faces, {body().faces.rows(), 3});
  EXPECT_THAT(refusal(), AllOf(HasSubstr("array f"), HasSubstr(std::to_string(body().num_vertices()))));
}

TEST_F(BodyModelFile, RefusesWhatIsNotANumber) {
  std::vector<float> v = arrays["v_template"].as_floats();
  v[5] = NAN;
  arrays["v_template"] = NpyArray::of(v, {body().num_vertices(), 3});
  EXPECT_THAT(refusal(), HasSubstr("v_template"));
}

TEST_F(BodyModelFile, RefusesWeightsThatDoNotSumToOne) {
  std::vector<float> w(arrays["weights"].as_floats().size(), 0.1f);
  arrays["weights"] = NpyArray::of(w, {body().num_vertices(), 24});
  EXPECT_THAT(refusal(), HasSubstr("skinning weights"));
}

TEST_F(BodyModelFile, RefusesATruncatedArchive) {
  const std::string bytes = testing::read_bytes(file);
  testing::write_bytes(file, bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(sentence_of([&] { load_body_model(file); }), HasSubstr(file.string()));
}

TEST_F(BodyModelFile, RefusesWhatIsNeitherArchiveNorPickle) {
  testing::write_bytes(file, "<html>Please log in</html>");
  EXPECT_THAT(sentence_of([&] { load_body_model(file); }), HasSubstr(file.string()));
  EXPECT_THAT(sentence_of([&] { load_body_model(folder / "nowhere.npz"); }), HasSubstr("does not exist"));
  testing::write_bytes(file, "");
  EXPECT_THAT(sentence_of([&] { load_body_model(file); }), HasSubstr("cannot be read"));
}

TEST(BodyModel, ReadsOfficialPicklesAndNamesWhatIsWrongInThem) {
  const auto file = std::filesystem::path(AHAP_TEST_DATA) / "pickles" / "smpl_python2_protocol2.pkl";
  EXPECT_THAT(sentence_of([&] { load_body_model(file); }), HasSubstr(file.string()));
}

// Just enough of a pickle writer, protocol 2, for a body as the official files store it.
class Tape {
 public:
  Tape() : tape_("\x80\x02}(") {}
  void array(const std::string& name, const std::string& letter, const std::vector<std::int64_t>& shape,
             const std::string& bytes) {
    text(name);
    numpy(letter, shape, bytes);
  }
  void chumpy(const std::string& name, const std::string& letter, const std::vector<std::int64_t>& shape,
              const std::string& bytes) {
    text(name);
    tape_ += "cchumpy.ch\nCh\n)\x81}(";
    array("x", letter, shape, bytes);
    text("_itr"), tape_ += 'N';
    tape_ += "ub";
  }
  void sparse_columns(const std::string& name, const Eigen::MatrixXf& matrix) {
    std::string data, indices, starts;
    std::int32_t count = 0;
    starts += raw(count);
    for (int c = 0; c < matrix.cols(); ++c) {
      for (int r = 0; r < matrix.rows(); ++r)
        if (matrix(r, c) != 0) data += raw(double(matrix(r, c))), indices += raw(std::int32_t(r)), ++count;
      starts += raw(count);
    }
    text(name);
    tape_ += "cscipy.sparse.csc\ncsc_matrix\n)\x81}(";
    text("_shape"), shape({matrix.rows(), matrix.cols()});
    text("data"), numpy("f8", {count}, data);
    text("indices"), numpy("i4", {count}, indices);
    text("indptr"), numpy("i4", {matrix.cols() + 1}, starts);
    tape_ += "ub";
  }
  void sparse_rows(const std::string& name, const Eigen::MatrixXf& matrix) {
    std::string data, indices, starts;
    std::int32_t count = 0;
    starts += raw(count);
    for (int r = 0; r < matrix.rows(); ++r) {
      for (int c = 0; c < matrix.cols(); ++c)
        if (matrix(r, c) != 0) data += raw(double(matrix(r, c))), indices += raw(std::int32_t(c)), ++count;
      starts += raw(count);
    }
    if (!name.empty()) text(name);
    tape_ += "cscipy.sparse.csr\ncsr_matrix\n)\x81}(";
    text("_shape"), shape({matrix.rows(), matrix.cols()});
    text("data"), numpy("f8", {count}, data);
    text("indices"), numpy("i4", {count}, indices);
    text("indptr"), numpy("i4", {matrix.rows() + 1}, starts);
    tape_ += "ub";
  }
  std::string end() const { return tape_ + "u."; }
  static std::string object_array_of_sparse(const Eigen::MatrixXf& matrix) {
    Tape tape;
    tape.tape_ = std::string("\x80\x02") + reconstruct() + "(K\x01)cnumpy\ndtype\n(U\x02O8K";
    tape.tape_ += std::string("\0K\1tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89](", 31);
    tape.sparse_rows("", matrix);
    return tape.tape_ + "etb.";
  }
  template <typename T>
  static std::string raw(T value) {
    std::string bytes(sizeof value, '\0');
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }

 private:
  static std::string reconstruct() {
    std::string call = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K";
    call.append("\0tU\1btR", 7);
    return call;
  }
  void text(const std::string& s) { tape_ += 'U' + std::string(1, char(s.size())) + s; }
  void shape(const std::vector<std::int64_t>& dims) {
    tape_ += '(';
    for (std::int64_t d : dims) tape_ += 'J' + raw(std::int32_t(d));
    tape_ += 't';
  }
  void numpy(const std::string& letter, const std::vector<std::int64_t>& dims, const std::string& bytes) {
    tape_ += reconstruct() + "(K\x01";
    shape(dims);
    tape_ += "cnumpy\ndtype\n(U\x02" + letter + 'K' +
             std::string("\0K\1tR(K\x03U\1<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89", 29);
    tape_ += 'T' + raw(std::int32_t(bytes.size())) + bytes + "tb";
  }
  std::string tape_;
};

TEST_F(BodyModelFile, ReadsAPickleWithASparseRegressor) {
  Tape tape;
  for (const auto& [name, array] : arrays)
    if (name != "J_regressor")
      tape.array(name, array.dtype, array.shape, {array.data.begin(), array.data.end()});
  tape.sparse_rows("J_regressor", body().J_regressor);
  testing::write_bytes(folder / "body.pkl", tape.end());
  expect_equal(load_body_model(folder / "body.pkl"), body());
}

TEST_F(BodyModelFile, ReadsASparseRegressorThatNumpySavedAsAnObject) {
  std::vector<ZipContent> content;
  {
    const ZipReader archive(file);
    for (const auto& entry : archive.entries()) content.push_back({entry.name, archive.read(entry.name)});
  }
  std::string header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }";
  header.resize(117, ' ');
  header += '\n';
  const std::string object = std::string("\x93NUMPY\x01\0", 8) + Tape::raw(std::uint16_t(header.size())) +
                             header + Tape::object_array_of_sparse(body().J_regressor);
  for (auto& entry : content)
    if (entry.name == "J_regressor.npy") entry.bytes.assign(object.begin(), object.end());
  write_zip(file, content);
  expect_equal(load_body_model(file), body());
}

constexpr int kSmplxVertices = 60;

// Official SMPL-X files: float64, unsigned trees, shape directions before expression directions.
class SmplxFile : public ::testing::Test {
 protected:
  // The model below with `shapes` and `expressions` directions in the file, the superfluous ones 7.
  void write(int shapes, int expressions) {
    const BodyModel& b = model.body;
    const auto doubles = [](const auto& matrix, std::vector<std::int64_t> shape) {
      return NpyArray::of(std::vector<double>(matrix.data(), matrix.data() + matrix.size()),
                          std::move(shape));
    };
    const std::int64_t V = kSmplxVertices, J = kSmplxJoints;
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> directions;
    directions.setConstant(3 * V, shapes + expressions, 7);
    directions.leftCols(10) = b.shapedirs.leftCols(10).cast<double>();
    directions.middleCols(shapes, 10) = b.shapedirs.rightCols(10).cast<double>();
    std::vector<std::int64_t> tree(b.parents.begin(), b.parents.end());
    tree[0] = 4294967295;
    for (int j = 0; j < J; ++j) tree.push_back(j);
    arrays = {{"v_template", doubles(b.v_template, {V, 3})},
              {"shapedirs", doubles(directions, {V, 3, shapes + expressions})},
              {"posedirs", doubles(b.posedirs, {V, 3, 486})},
              {"J_regressor", doubles(b.J_regressor, {J, V})},
              {"weights", doubles(b.weights, {V, J})},
              {"kintree_table", NpyArray::of(tree, {2, J})},
              {"f", NpyArray::of(std::vector<std::int64_t>(b.faces.data(), b.faces.data() + b.faces.size()),
                                 {b.faces.rows(), 3})},
              {"hands_meanl", NpyArray::of(std::vector<double>(45, 0.1), {45})}};
    write_npz(arrays, file);
  }
  // Without pose blends, which take long to compress.
  void write_small() {
    write(10, 10);
    arrays["posedirs"] =
        NpyArray::of(std::vector<double>(std::size_t(3 * 486 * kSmplxVertices)), {kSmplxVertices, 3, 486});
  }
  std::string refusal() {
    write_npz(arrays, file);
    return sentence_of([&] { load_smplx_model(file); });
  }

  TemporaryFolder folder;
  std::filesystem::path file = folder / "SMPLX_NEUTRAL.npz";
  SmplxModel model = testing::seeded_smplx(kSmplxVertices, 10, 10);
  Npz arrays;
};

TEST_F(SmplxFile, OfNumpyIsReadWithItsShapeAndExpressionDirections) {
  for (const auto& [shapes, expressions] : {std::pair(300, 100), std::pair(10, 10)}) {
    write(shapes, expressions);
    const SmplxModel loaded = load_smplx_model(file);
    expect_equal(loaded.body, model.body);
    EXPECT_EQ(loaded.num_betas, 10);
    EXPECT_EQ(loaded.num_expressions, 10);
  }
}

TEST_F(SmplxFile, MayHoldPythonObjectsThatNobodyNeeds) {
  write(300, 100);
  std::vector<ZipContent> content;
  {
    const ZipReader archive(file);
    for (const auto& entry : archive.entries()) content.push_back({entry.name, archive.read(entry.name)});
  }
  const std::string header = "{'descr': '|O', 'fortran_order': False, 'shape': (), }\n";
  const std::string object = std::string("\x93NUMPY\x01\0", 8) + Tape::raw(std::uint16_t(header.size())) +
                             header + "cposix\nsystem\n(S'true'\ntR.";
  content.push_back({"joint2num.npy", {object.begin(), object.end()}});
  write_zip(file, content);
  expect_equal(load_smplx_model(file).body, model.body);
}

TEST_F(SmplxFile, OfPython2IsReadWithChumpyArraysAndASparseRegressor) {
  write(300, 100);
  Tape tape;
  for (const auto& [name, array] : arrays) {
    const std::string bytes(array.data.begin(), array.data.end());
    if (name == "J_regressor")
      tape.sparse_columns(name, model.body.J_regressor);
    else if (name == "shapedirs" || name == "posedirs" || name == "v_template")
      tape.chumpy(name, array.dtype, array.shape, bytes);
    else
      tape.array(name, array.dtype, array.shape, bytes);
  }
  testing::write_bytes(folder / "SMPLX_NEUTRAL.pkl", tape.end());
  const SmplxModel loaded = load_smplx_model(folder / "SMPLX_NEUTRAL.pkl");
  EXPECT_EQ(loaded.body.name, "SMPLX_NEUTRAL");
  expect_equal(loaded.body, model.body);
}

TEST_F(SmplxFile, OfOursIsReadBackExactly) {
  const SmplxModel many = testing::seeded_smplx(kSmplxVertices, 16, 12);
  save_smplx_model(many, file);
  expect_equal(load_smplx_model(file, 16, 12).body, many.body);
  const SmplxModel fewer = load_smplx_model(file, 11, 10);
  EXPECT_EQ(fewer.body.shapedirs.leftCols(11), many.body.shapedirs.leftCols(11));
  EXPECT_EQ(fewer.body.shapedirs.rightCols(10), many.body.shapedirs.middleCols(16, 10));
  EXPECT_THAT(sentence_of([&] { load_smplx_model(file, 17, 10); }),
              AllOf(HasSubstr(file.string()), HasSubstr("16 shape and 12 expression directions")));
}

TEST_F(SmplxFile, TakesItsTreeFromTheFile) {
  write_small();
  std::vector<std::int64_t> tree = arrays["kintree_table"].as_integers();
  tree[30] = 21;
  arrays["kintree_table"] = NpyArray::of(tree, {2, kSmplxJoints});
  write_npz(arrays, file);
  EXPECT_EQ(load_smplx_model(file).body.parents[30], 21);
  for (const std::int64_t parent : {std::int64_t(30), std::int64_t(54), std::int64_t(-1), 4294967296 + 3}) {
    tree[30] = parent;
    arrays["kintree_table"] = NpyArray::of(tree, {2, kSmplxJoints});
    EXPECT_THAT(refusal(), AllOf(HasSubstr(file.string()),
                                 HasSubstr("kintree_table puts joint 30 below " + std::to_string(parent))));
  }
}

TEST_F(SmplxFile, WithAnotherNumberOfJointsIsRefused) {
  write(10, 10);
  EXPECT_THAT(sentence_of([&] { load_body_model(file); }),
              AllOf(HasSubstr(file.string()), HasSubstr("has 55 joints; SMPL's 24 are expected")));
  save_body_model(body(), file);
  EXPECT_THAT(sentence_of([&] { load_smplx_model(file); }),
              AllOf(HasSubstr(file.string()), HasSubstr("has 24 joints; SMPL-X's 55 are expected")));
}

TEST_F(SmplxFile, WithTextForNumbersIsRefused) {
  write_small();
  const Npz good = arrays;
  for (const char* name : {"v_template", "shapedirs", "kintree_table", "f"}) {
    arrays = good;
    arrays[name].dtype = "S" + std::to_string(arrays[name].data.size() / std::size_t(arrays[name].size()));
    EXPECT_THAT(refusal(),
                AllOf(HasSubstr(file.string()), HasSubstr(name), HasSubstr("numbers were expected")));
  }
}

}  // namespace
}  // namespace ahap
