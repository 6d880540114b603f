#include "reconstruction/formats/pickle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using testing::sentence_of;
using Kind = PickleValue::Kind;

// The sentence with which this tape is refused.
std::string refusal(const std::string& tape) {
  return sentence_of([&] { Pickle(std::as_bytes(std::span(tape)), "body.pkl"); });
}

// Files of tests/data/pickles, written by cPickle and pickle of Python 2.7 and 3.11.
class OfficialBody : public ::testing::TestWithParam<std::string> {};

TEST_P(OfficialBody, IsReadAsPlainArrays) {
  const Pickle pickle(std::filesystem::path(AHAP_TEST_DATA) / "pickles" / (GetParam() + ".pkl"));
  const PickleValue& body = pickle.root();

  const NpyArray v_template = body.find("v_template")->as_array();
  EXPECT_THAT(v_template.shape, ElementsAre(4, 3));
  EXPECT_THAT(v_template.as_doubles(), ElementsAre(0, 1, 0, 0.25, 2, -0.5, 0.5, 3, -1, 0.75, 4, -1.5));

  const NpyArray shapedirs = body.find("shapedirs")->as_array();  // chumpy
  EXPECT_THAT(shapedirs.shape, ElementsAre(4, 3, 2));
  EXPECT_EQ(shapedirs.as_doubles()[(2 * 3 + 1) * 2 + 1], 0.5 * 2 + 0.125 * 1 - 1);

  const NpyArray weights = body.find("weights")->as_array();  // column-major in the file
  EXPECT_THAT(weights.shape, ElementsAre(4, 2));
  EXPECT_THAT(weights.as_doubles(), ElementsAre(1, 0, 0.75, 0.25, 0.25, 0.75, 0, 1));

  const NpyArray J_regressor = body.find("J_regressor")->as_array();  // scipy.sparse
  EXPECT_THAT(J_regressor.shape, ElementsAre(2, 4));
  EXPECT_THAT(J_regressor.as_doubles(), ElementsAre(0.5, 0, 0.5, 0, 0, 0, 0, 1));
  if (const PickleValue* prior = body.find("J_regressor_prior")) {
    EXPECT_EQ(prior->dtype, "csr");
    EXPECT_EQ(prior->as_array().as_doubles(), J_regressor.as_doubles());
  }

  EXPECT_THAT(body.find("kintree_table")->as_array().as_integers(), ElementsAre(4294967295, 0, 0, 1));
  EXPECT_THAT(body.find("f")->as_array().as_integers(), ElementsAre(0, 1, 2, 0, 2, 3));
  EXPECT_THAT(body.find("vert_sym_idxs")->as_array().as_integers(), ElementsAre(3, 2, 1, 0));
  EXPECT_EQ(body.find("bs_type")->text, "lrotmin");
  EXPECT_EQ(body.find("accent")->text, "caf\xc3\xa9");
  EXPECT_EQ(body.find("bytes")->text, std::string("\0\n\\'\xff", 5));
  EXPECT_EQ(body.find("nothing"), nullptr);

  const PickleValue& info = *body.find("pose_training_info");
  EXPECT_EQ(info.find("count")->integer, 7);
  EXPECT_EQ(info.find("big")->integer, std::int64_t(1) << 40);
  EXPECT_EQ(info.find("huge")->real, std::ldexp(1.0, 80));
  EXPECT_EQ(info.find("loss")->real, -0.25);
  EXPECT_EQ(info.find("none")->kind, Kind::none);
  EXPECT_EQ(info.find("flag")->integer, 1);
  if (const PickleValue* scalar = info.find("scalar")) {
    EXPECT_THAT(scalar->as_array().as_doubles(), ElementsAre(1.5));
  }
}

INSTANTIATE_TEST_SUITE_P(Pickles, OfficialBody,
                         ::testing::Values("smpl_python2_protocol0", "smpl_python2_protocol1",
                                           "smpl_python2_protocol2", "smpl_python3_protocol0",
                                           "smpl_python3_protocol1", "smpl_python3_protocol2",
                                           "smpl_python3_protocol3", "smpl_python3_protocol4",
                                           "smpl_python3_protocol5"),
                         [](const auto& info) { return info.param; });

TEST(PickleTest, CodeIsRefusedByNameAndNotExecuted) {
  EXPECT_THAT(refusal("cos\nsystem\n(S'touch /tmp/executed'\ntR."),
              AllOf(HasSubstr("body.pkl"), HasSubstr("os.system")));
  EXPECT_THAT(refusal("(S'echo'\nios\nsystem\n."), HasSubstr("os.system"));
  EXPECT_THAT(refusal("\x80\x04\x8c\x08"
                      "builtins"
                      "\x8c\x04"
                      "eval"
                      "\x93\x8c\x01"
                      "1"
                      "\x85R."),
              HasSubstr("builtins.eval"));
  EXPECT_THAT(refusal("cnumpy\nload\n."), HasSubstr("numpy.load"));
  EXPECT_THAT(refusal("ctorch\nFloatStorage\n)R."), HasSubstr("torch.FloatStorage"));
  EXPECT_THAT(refusal("\x80\x02\x82\x01."), HasSubstr("damaged"));  // extension registry
}

TEST(PickleTest, AConfigurationOfOmegaConfIsReadAsPlainValues) {
  const Pickle pickle(std::filesystem::path(AHAP_TEST_DATA) / "pickles/configuration.pkl");
  EXPECT_EQ(pickle.root().find("epoch")->integer, 3);
  const PickleValue& args = *pickle.root().find("args");
  ASSERT_EQ(args.kind, Kind::dict);
  EXPECT_EQ(args.find("model")->text, "Network(img_size=672)");
  EXPECT_EQ(args.find("lr")->real, 0.5);
  EXPECT_EQ(args.find("epochs")->integer, 40);
  EXPECT_EQ(args.find("amp")->kind, Kind::boolean);
  EXPECT_EQ(args.find("resume")->kind, Kind::none);
  ASSERT_EQ(args.find("sizes")->kind, Kind::list);
  EXPECT_EQ(args.find("sizes")->items[0]->integer, 1);
  EXPECT_EQ(args.find("sizes")->items[1]->find("a")->text, "b");
  EXPECT_EQ(args.find("logs")->find("folder")->text, "${..model}/logs");
}

TEST(PickleTest, NestingTenThousandDeepIsRefused) {
  EXPECT_THAT(refusal(std::string(10000, ']') + std::string(9999, 'a') + "."),
              HasSubstr("nested more than 200"));
  std::string tuples = "N";
  for (int i = 0; i < 500000; ++i) tuples += '\x85';
  EXPECT_THAT(refusal(tuples + "."), HasSubstr("nested more than 200"));
  // Deep only after the fact: a list that grows when it is already inside another one.
  std::string late = "]q\x01q\x09";
  for (int i = 0; i < 1000; ++i)
    late +=
        "]q\x02"
        "0h\x01h\x02"
        "a0h\x02q\x01"
        "0";
  EXPECT_THAT(refusal(late + "h\x09."), HasSubstr("nested more than 200"));
}

TEST(PickleTest, AValueThatContainsItselfIsRefused) {
  EXPECT_THAT(refusal("]q\x01h\x01"
                      "a."),
              HasSubstr("contains itself"));
}

TEST(PickleTest, RepetitionCannotExhaustMemory) {
  // A list of a hundred thousand references, made into a set again and again.
  std::string bomb = "c__builtin__\nset\nq\x01(Nq\x03";
  for (int i = 0; i < 100000; ++i) bomb += "h\x03";
  bomb += "lq\x02";
  for (int i = 0; i < 100000; ++i) bomb += "h\x01h\x02\x85R0";
  EXPECT_THAT(refusal(bomb + "."), HasSubstr("more than two million"));
  // The same text decoded over and over.
  std::string decoding = "c_codecs\nencode\nq\x01X" + std::string("\x00\x00\x10\x00", 4) +
                         std::string(1 << 20, 'x') +
                         "q\x02"
                         "X" +
                         std::string("\x06\x00\x00\x00", 4) + "latin1q\x03";
  for (int i = 0; i < 10000; ++i) decoding += "h\x01h\x02h\x03\x86R0";
  EXPECT_THAT(refusal(decoding + "."), HasSubstr("far more than it holds"));
}

TEST(PickleTest, EveryTruncationIsRefused) {
  for (const char* name : {"smpl_python2_protocol0.pkl", "smpl_python3_protocol4.pkl"}) {
    const std::string whole = testing::read_bytes(std::filesystem::path(AHAP_TEST_DATA) / "pickles" / name);
    for (std::size_t size = 0; size + 1 < whole.size(); ++size) {
      ASSERT_THAT(refusal(whole.substr(0, size)), HasSubstr("body.pkl")) << name << " at " << size;
    }
  }
}

TEST(PickleTest, DamagedTapesAreRefused) {
  for (const char* tape : {".", "0.", "R.", "N)R.", "(.", "t.", "h\x05.", "a.", "(Nd.", "I\n.", "I12x\n.",
                           "F1,5\n.", "S'a\n.", "S'\\x4'\n.", "}(NNNu.", "N}b.", "Q.", "(NtQ.", "\xff"}) {
    EXPECT_THAT(refusal(tape), HasSubstr("body.pkl")) << tape;
  }
  EXPECT_THAT(refusal("<!DOCTYPE html>"), HasSubstr("not a pickle"));
}

TEST(PickleTest, ArraysThatDoNotFitTheirShapeAreRefusedWhenTaken) {
  const std::string start = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n";
  const std::string type = "cnumpy\ndtype\n(S'f8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntb";
  for (const char* shape : {"(I2\nt", "(I-1\nt", "(I4294967296\nI4294967296\nt"}) {
    const std::string tape = start + shape + type + "I00\nS'12345678'\ntb.";
    const Pickle pickle(std::as_bytes(std::span(tape)), "body.pkl");
    EXPECT_NE(sentence_of([&] { pickle.root().as_array(); }), "") << shape;
  }
  EXPECT_THAT(sentence_of([&] {
                const std::string tape = "S'text'\n.";
                Pickle(std::as_bytes(std::span(tape)), "x").root().as_array();
              }),
              HasSubstr("is not an array"));
}

TEST(PickleTest, SparseMatricesWithIndicesOutsideAreRefused) {
  const auto array = [](const std::vector<std::int64_t>& values) {
    std::string tape = "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n(I" +
                       std::to_string(values.size()) +
                       "\ntcnumpy\ndtype\n(S'i8'\nI0\nI1\ntR(I3\nS'<'\nNNNI-1\nI-1\nI0\ntbI00\nU";
    tape += char(8 * values.size());
    return tape + std::string(reinterpret_cast<const char*>(values.data()), 8 * values.size()) + "tb";
  };
  const auto matrix = [&](const std::vector<std::int64_t>& indices, const std::vector<std::int64_t>& starts,
                          int rows) {
    const std::string tape = "cscipy.sparse.csc\ncsc_matrix\n)\x81}(S'_shape'\n(I" + std::to_string(rows) +
                             "\nI2\ntS'data'\n" + array({5, 7}) + "S'indices'\n" + array(indices) +
                             "S'indptr'\n" + array(starts) + "ub.";
    return Pickle(std::as_bytes(std::span(tape)), "x").root().as_array().as_doubles();
  };
  EXPECT_THAT(matrix({0, 1}, {0, 1, 2}, 2), ElementsAre(5, 0, 0, 7));
  EXPECT_THAT(matrix({1, 1}, {0, 0, 2}, 2), ElementsAre(0, 0, 0, 12));
  for (const auto& indices : std::vector<std::vector<std::int64_t>>{{0, 2}, {-1, 0}, {0}}) {
    EXPECT_THAT(sentence_of([&] { matrix(indices, {0, 1, 2}, 2); }), HasSubstr("damaged sparse matrix"));
  }
  for (const auto& starts : std::vector<std::vector<std::int64_t>>{{0, 3, 2}, {0, 2}, {1, 1, 2}, {0, 1, 9}}) {
    EXPECT_THAT(sentence_of([&] { matrix({0, 1}, starts, 2); }), HasSubstr("damaged sparse matrix"));
  }
  EXPECT_THAT(sentence_of([&] { matrix({0, 1}, {0, 1, 2}, 2000000000); }), HasSubstr("more than expected"));
}

// As PyTorch's checkpoints hold them among the arguments of a training.
TEST(Pickle, APathIsItsText) {
  for (const std::string module : {"pathlib", "pathlib._local"}) {
    const std::string tape =
        "\x80\x02"
        "c" +
        module + "\nPosixPath\n(S'/'\nS'data'\nS'body.npz'\ntR.";
    const Pickle pickle(std::as_bytes(std::span(tape)), "args.pkl");
    EXPECT_EQ(pickle.root().kind, Kind::text);
    EXPECT_EQ(pickle.root().text, "/data/body.npz");
  }
}

TEST(Pickle, AWholeModelIsRefusedWithWhatToDo) {
  EXPECT_THAT(refusal("\x80\x02"
                      "cmodel\nModel\n)\x81."),
              AllOf(HasSubstr("holds a Python object (model.Model)"), HasSubstr("nothing was executed"),
                    HasSubstr("torch.save(model.state_dict(), file)")));
}

}  // namespace
}  // namespace ahap
