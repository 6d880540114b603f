#include "reconstruction/formats/npz.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <limits>

#include "reconstruction/formats/zip.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read_bytes;
using testing::sentence_of;
using testing::TemporaryFolder;
using testing::write_bytes;

using Integers = std::vector<std::int64_t>;

// A .npy file as another program would write it.
std::string npy(const std::string& dictionary, const std::string& data, int version = 1) {
  std::string header = dictionary + "\n";
  std::string file = std::string("\x93NUMPY") + char(version) + '\0';
  for (int byte = 0; byte < (version == 1 ? 2 : 4); ++byte) file += char(header.size() >> (8 * byte) & 255);
  return file + header + data;
}

std::string dictionary(const std::string& descr, const std::string& shape, bool fortran = false) {
  return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") +
         ", 'shape': " + shape + ", }";
}

NpyArray read_bytes_as_npy(const std::string& bytes) {
  const TemporaryFolder folder;
  write_bytes(folder / "array.npy", bytes);
  return read_npy(folder / "array.npy");
}

std::string refusal_of(const std::string& bytes) {
  const std::string sentence = sentence_of([&] { read_bytes_as_npy(bytes); });
  EXPECT_THAT(sentence, HasSubstr("array.npy"));
  return sentence;
}

const std::string kTwoFloats("\0\0\x80\x3F\0\0\0\xC0", 8);  // 1 and -2, little endian

TEST(Npy, EveryVersionOfTheHeaderIsRead) {
  for (const int version : {1, 2, 3}) {
    const NpyArray array = read_bytes_as_npy(npy(dictionary("<f4", "(2,)"), kTwoFloats, version));
    EXPECT_EQ(array.dtype, "f4");
    EXPECT_THAT(array.shape, ElementsAre(2));
    EXPECT_THAT(array.as_floats(), ElementsAre(1, -2));
  }
}

TEST(Npy, KeysInAnyOrderAndSpacingAreRead) {
  const NpyArray array =
      read_bytes_as_npy(npy("{ \"shape\":( 2L , 1 ),'fortran_order' :False,'descr':\"<f4\"}   ", kTwoFloats));
  EXPECT_THAT(array.shape, ElementsAre(2, 1));
  EXPECT_THAT(array.as_floats(), ElementsAre(1, -2));
}

TEST(Npy, BigEndianNumbersBecomeLittleEndian) {
  const NpyArray array =
      read_bytes_as_npy(npy(dictionary(">f4", "(2,)"), std::string("\x3F\x80\0\0\xC0\0\0\0", 8)));
  EXPECT_EQ(array.dtype, "f4");
  EXPECT_THAT(array.as_doubles(), ElementsAre(1, -2));
}

TEST(Npy, FortranOrderBecomesCOrder) {
  std::string data;
  for (int i = 0; i < 24; ++i) data += char(i);  // element (a, b, c) of (2, 3, 4) lies at a + 2 b + 6 c
  const NpyArray array = read_bytes_as_npy(npy(dictionary("|u1", "(2, 3, 4)", true), data));
  const Integers values = array.as_integers();
  for (int a = 0; a < 2; ++a) {
    for (int b = 0; b < 3; ++b) {
      for (int c = 0; c < 4; ++c) EXPECT_EQ(values[(a * 3 + b) * 4 + c], a + 2 * b + 6 * c);
    }
  }
}

TEST(Npy, AScalarHasAnEmptyShape) {
  const NpyArray array =
      read_bytes_as_npy(npy(dictionary("<i8", "()"), std::string("\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 8)));
  EXPECT_THAT(array.shape, IsEmpty());
  EXPECT_EQ(array.size(), 1);
  EXPECT_THAT(array.as_integers(), ElementsAre(-2));
}

TEST(Npy, AnArrayWithoutElementsIsRead) {
  const NpyArray array = read_bytes_as_npy(npy(dictionary("<f8", "(0, 3)", true), ""));
  EXPECT_THAT(array.shape, ElementsAre(0, 3));
  EXPECT_THAT(array.as_doubles(), IsEmpty());
}

TEST(Npy, BooleansAndSmallNumbersAreRead) {
  EXPECT_THAT(read_bytes_as_npy(npy(dictionary("|b1", "(2,)"), std::string("\1\0", 2))).as_integers(),
              ElementsAre(1, 0));
  EXPECT_THAT(read_bytes_as_npy(npy(dictionary("<i2", "(1,)"), "\xFE\xFF")).as_floats(), ElementsAre(-2));
  EXPECT_THAT(read_bytes_as_npy(npy(dictionary("<u4", "(1,)"), "\xFF\xFF\xFF\xFF")).as_integers(),
              ElementsAre(4294967295));
  EXPECT_THAT(read_bytes_as_npy(npy(dictionary("<f2", "(1,)"), std::string("\0\x3E", 2))).as_floats(),
              ElementsAre(1.5));
}

TEST(Npy, UnicodeKeepsItsCodePoints) {
  const NpyArray little =
      read_bytes_as_npy(npy(dictionary("<U2", "()"), std::string("n\0\0\0\xE9\0\0\0", 8)));
  const NpyArray big = read_bytes_as_npy(npy(dictionary(">U2", "()"), std::string("\0\0\0n\0\0\0\xE9", 8)));
  EXPECT_EQ(little.dtype, "U2");
  EXPECT_EQ(little.data, big.data);
  EXPECT_EQ(NpyArray::of("n\u00E9").data, little.data);
  EXPECT_EQ(NpyArray::of("n\u00E9").dtype, "U2");
}

TEST(Npy, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  for (const NpyArray& array :
       {NpyArray::of(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3}),
        NpyArray::of(std::vector<double>{0.1}, {}), NpyArray::of(Integers{-1, 1LL << 60}, {2}),
        NpyArray::of(std::vector<std::uint8_t>{}, {0, 7}), NpyArray::of("neutral"), NpyArray::of("")}) {
    write_npy(array, folder / "a.npy");
    const NpyArray read = read_npy(folder / "a.npy");
    EXPECT_EQ(read.dtype, array.dtype);
    EXPECT_EQ(read.shape, array.shape);
    EXPECT_EQ(read.data, array.data);
  }
}

TEST(Npy, TheElementsStartAtAMultipleOf64Bytes) {
  const TemporaryFolder folder;
  for (int axes = 0; axes < 12; ++axes) {
    write_npy(NpyArray::of(std::vector<std::uint8_t>{255}, Integers(axes, 1)), folder / "a.npy");
    EXPECT_EQ(read_bytes(folder / "a.npy").size() % 64, 1) << axes;
  }
}

TEST(Npy, AFractionIsNoInteger) {
  const NpyArray array = NpyArray::of(std::vector<float>{1, 2.5f}, {2});
  EXPECT_THAT(sentence_of([&] { array.as_integers(); }), HasSubstr("whole numbers were expected"));
  EXPECT_THAT(NpyArray::of(std::vector<float>{7}, {1}).as_integers(), ElementsAre(7));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(sentence_of([&] { NpyArray::of(std::vector<float>{nan}, {1}).as_integers(); }),
              HasSubstr("nan"));
}

TEST(Npy, TextIsNoNumber) {
  EXPECT_THAT(sentence_of([] { NpyArray::of("one").as_floats(); }), HasSubstr("numbers were expected"));
}

TEST(Npy, ValuesThatDoNotFillTheShapeAreABug) {
  EXPECT_THROW(NpyArray::of(std::vector<float>{1, 2, 3}, {2, 2}), std::logic_error);
}

TEST(NpyRefuses, AMissingFile) {
  EXPECT_THAT(sentence_of([] { read_npy("/nowhere/a.npy"); }), HasSubstr("cannot read /nowhere/a.npy"));
}

TEST(NpyRefuses, AFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(sentence_of([&] { read_npy(folder.path()); }),
              HasSubstr(folder.path().string() + ": cannot be read: it is a folder"));
}

TEST(NpyRefuses, AnEmptyFile) {
  EXPECT_THAT(refusal_of(""), HasSubstr("is not a numpy array"));
}

TEST(NpyRefuses, AnotherKindOfFile) {
  EXPECT_THAT(refusal_of("\x89PNG, and more"), HasSubstr("is not a numpy array"));
}

TEST(NpyRefuses, EveryTruncation) {
  const std::string whole = npy(dictionary("<f4", "(2,)"), kTwoFloats);
  for (std::size_t length = 0; length < whole.size(); ++length) refusal_of(whole.substr(0, length));
}

TEST(NpyRefuses, AHeaderLongerThanTheFile) {
  EXPECT_THAT(refusal_of(std::string("\x93NUMPY\x02\0\xFF\xFF\xFF\xFF{}", 14)),
              HasSubstr("cut off in its header"));
}

TEST(NpyRefuses, AnUnknownVersion) {
  EXPECT_THAT(refusal_of(npy(dictionary("<f4", "(2,)"), kTwoFloats, 4)), HasSubstr("version 4"));
}

TEST(NpyRefuses, PythonObjects) {
  EXPECT_THAT(refusal_of(npy(dictionary("|O", "(1,)"), "\x80\x03.")), HasSubstr("holds Python objects"));
}

TEST(NpyRefuses, Records) {
  EXPECT_THAT(refusal_of(npy("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", "1234")),
              HasSubstr("holds records"));
}

TEST(NpyRefuses, ElementsThatAreNoPlainNumbers) {
  for (const char* descr : {"<c8", "<f16", "<M8[ns]", "<i3", "<f1", "f", "", "<", "<U999999999999"}) {
    EXPECT_THAT(refusal_of(npy(dictionary(descr, "(1,)"), "12345678")), HasSubstr("not supported")) << descr;
  }
}

TEST(NpyRefuses, AShapeWhoseProductOverflows) {
  EXPECT_THAT(refusal_of(npy(dictionary("<f4", "(4294967296, 4294967296)"), "")),
              HasSubstr("impossible shape"));
  EXPECT_THAT(refusal_of(npy(dictionary("<f4", "(4611686018427387904,)"), "")),
              HasSubstr("impossible shape"));
  EXPECT_THAT(refusal_of(npy(dictionary("<f4", "(99999999999999999999,)"), "")),
              HasSubstr("impossible shape"));
}

TEST(NpyRefuses, AShapeFarLargerThanTheFile) {
  EXPECT_THAT(refusal_of(npy(dictionary("<f4", "(1000000000000,)"), kTwoFloats)),
              HasSubstr("needs 4000000000000 bytes for its shape but holds 8 (cut off)"));
}

TEST(NpyRefuses, ANegativeShape) {
  EXPECT_THAT(refusal_of(npy(dictionary("<f4", "(-2,)"), kTwoFloats)), HasSubstr("damaged header"));
}

TEST(NpyRefuses, MoreBytesThanTheShapeNeeds) {
  EXPECT_THAT(refusal_of(npy(dictionary("<f4", "(1,)"), kTwoFloats)), HasSubstr("needs 4 bytes"));
}

TEST(NpyRefuses, DamagedHeaders) {
  for (const char* header :
       {"", "{", "{}", "{'descr'", "{'descr': '<f4",
        "{'descr': '<f4', 'fortran_order': Maybe, 'shape': (2,), }", "{'descr': '<f4', 'shape': (2,), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), } rest",
        "{'descr': '<f4', 'fortran_order': False, 'shape': 2, }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2 2), }", "{'other': '<f4'}", "[1, 2]"}) {
    EXPECT_THAT(refusal_of(npy(header, kTwoFloats)), HasSubstr("damaged header")) << header;
  }
}

TEST(Npz, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  write_npz({{"betas", NpyArray::of(std::vector<float>{1, 2}, {2})}, {"gender", NpyArray::of("neutral")}},
            folder / "a.npz");
  const Npz arrays = read_npz(folder / "a.npz");
  ASSERT_EQ(arrays.size(), 2);
  EXPECT_THAT(arrays.at("betas").as_floats(), ElementsAre(1, 2));
  EXPECT_EQ(arrays.at("gender").data, NpyArray::of("neutral").data);
}

TEST(Npz, NumpyReadsWhatIsWritten) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "no Python with numpy";
  const TemporaryFolder folder;
  write_npz({{"f", NpyArray::of(std::vector<float>{1, 2, 3, 4, 5, 6}, {2, 3})},
             {"d", NpyArray::of(std::vector<double>{0.1}, {})},
             {"i", NpyArray::of(Integers{-1, 1LL << 60}, {2})},
             {"u", NpyArray::of(std::vector<std::uint8_t>{}, {0, 7})},
             {"t", NpyArray::of("n\u00E9utral \U0001F600")}},
            folder / "a.npz");
  write_bytes(folder / "check.py", R"(
import numpy, sys
a = numpy.load(sys.argv[1])
assert sorted(a.keys()) == ['d', 'f', 'i', 't', 'u']
assert a['f'].dtype == numpy.float32 and a['f'].tolist() == [[1, 2, 3], [4, 5, 6]]
assert a['d'].shape == () and a['d'] == 0.1
assert a['i'].dtype == numpy.int64 and a['i'].tolist() == [-1, 1 << 60]
assert a['u'].dtype == numpy.uint8 and a['u'].shape == (0, 7)
assert a['t'].shape == () and str(a['t']) == 'n\u00e9utral \U0001F600'
)");
  const std::string command =
      "/usr/bin/python3 " + (folder / "check.py").string() + " " + (folder / "a.npz").string();
  EXPECT_EQ(std::system(command.c_str()), 0);
}

TEST(Npz, WhatNumpyWritesIsRead) {
  if (std::system("/usr/bin/python3 -c 'import numpy' 2>/dev/null") != 0)
    GTEST_SKIP() << "no Python with numpy";
  const TemporaryFolder folder;
  write_bytes(folder / "make.py", R"(
import numpy, sys
x = numpy.arange(24, dtype='>f8').reshape(2, 3, 4)
for save, name in ((numpy.savez, 'stored.npz'), (numpy.savez_compressed, 'deflated.npz')):
    save(sys.argv[1] + '/' + name, big=x, fortran=numpy.asfortranarray(x), sliced=x[:, ::2], parents=numpy.array([2**32 - 1, 0], 'u4'),
         objects=numpy.array([{}, None]), gender='neutral')
)");
  const std::string command =
      "/usr/bin/python3 " + (folder / "make.py").string() + " " + folder.path().string();
  ASSERT_EQ(std::system(command.c_str()), 0);
  std::vector<double> count(24);
  for (int i = 0; i < 24; ++i) count[i] = i;
  for (const char* name : {"stored.npz", "deflated.npz"}) {
    const Npz arrays = read_npz(folder / name, {"big", "fortran", "sliced", "parents", "gender", "absent"});
    ASSERT_EQ(arrays.size(), 5);
    EXPECT_EQ(arrays.at("big").as_doubles(), count);
    EXPECT_EQ(arrays.at("fortran").as_doubles(), count);
    EXPECT_THAT(arrays.at("fortran").shape, ElementsAre(2, 3, 4));
    EXPECT_THAT(arrays.at("sliced").as_integers(),
                ElementsAre(0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23));
    EXPECT_THAT(arrays.at("parents").as_integers(), ElementsAre(4294967295, 0));
    EXPECT_EQ(arrays.at("gender").data, NpyArray::of("neutral").data);
    EXPECT_THAT(sentence_of([&] { read_npz(folder / name); }),
                HasSubstr("the array objects in " + (folder / name).string() + " holds Python objects"));
  }
}

TEST(NpzRefuses, AnArrayThatIsCutOffAndNamesIt) {
  const TemporaryFolder folder;
  const std::string whole = npy(dictionary("<f4", "(3,)"), kTwoFloats);
  write_zip(folder / "a.npz", {{"betas.npy", {whole.begin(), whole.end()}}});
  EXPECT_THAT(sentence_of([&] { read_npz(folder / "a.npz"); }),
              HasSubstr("the array betas in " + (folder / "a.npz").string() + " needs 12 bytes"));
}

TEST(NpzRefuses, EveryTruncation) {
  const TemporaryFolder folder;
  write_npz({{"x", NpyArray::of(std::vector<float>(50, 1.5f), {50})}}, folder / "a.npz");
  const std::string whole = read_bytes(folder / "a.npz");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    write_bytes(folder / "a.npz", whole.substr(0, length));
    EXPECT_THAT(sentence_of([&] { read_npz(folder / "a.npz"); }), HasSubstr("a.npz")) << length;
  }
}

TEST(NpzRefuses, AnArrayAlone) {
  const TemporaryFolder folder;
  write_bytes(folder / "a.npz", npy(dictionary("<f4", "(2,)"), kTwoFloats));
  EXPECT_THAT(sentence_of([&] { read_npz(folder / "a.npz"); }), HasSubstr("is not a zip archive"));
}

}  // namespace
}  // namespace ahap
