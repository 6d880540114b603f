#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "tests/capture/sample_files.h"
#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const fs::path kSample = AHAP_ASSET_DIR "/sample";
const fs::path kModel = AHAP_ASSET_DIR "/models/compact";

// What only libraries and compilers say.
const char* const kLibraryTexts[] = {
    "c10", "[json.exception", "filesystem error", "std::",   "terminate called", "basic_", "what()",
    "_M_", "torch::",         "Exception raised", "OpenCV(", "vector::"};

// Bad inputs of every kind and the commands that read them.
class LibraryText : public ::testing::Test {
 protected:
  // The command fails with one line, in which no library speaks and this text stands.
  void fails(const std::vector<std::string>& arguments, const std::string& text) {
    Program ahap(arguments);
    const int status = ahap.status();
    EXPECT_TRUE(status == 1 || status == 2) << status << " from " << arguments[0] << " " << arguments[1];
    for (const char* theirs : kLibraryTexts) EXPECT_THAT(ahap.err() + ahap.out(), Not(HasSubstr(theirs)));
    for (const char c : ahap.err())
      EXPECT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= ' ') << ahap.err();
    EXPECT_THAT(ahap.err(), HasSubstr(text)) << arguments[0];
  }
  std::string file(const std::string& name, const std::string& bytes) {
    fs::create_directories((place_ / name).parent_path());
    write_bytes(place_ / name, bytes);
    return (place_ / name).string();
  }
  std::string out() const { return (place_ / "out").string(); }

  const TemporaryFolder place_;
  const std::string photo_ = (kSample / "cam01.jpg").string();
};

TEST_F(LibraryText, is_never_said_about_a_model_description) {
  for (const std::string description :
       {"{ \"name\": ", "[]", R"({"name": 1, "kind": "full", "files": {}})",
        R"({"name": "x", "kind": "compact", "files": {}, "networks": 1e999})"}) {
    const std::string model = fs::path(file("model/model.json", description)).parent_path().string();
    fails({"reconstruct", photo_, "-o", out(), "--model", model}, "model.json");
    EXPECT_FALSE(fs::exists(out()));
  }
}

TEST_F(LibraryText, is_never_said_about_weights) {
  const std::string header = R"({"w": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}})";
  fails({"info", file("a.safetensors", char(header.size()) + std::string(7, '\0') + header + "1234")},
        "a.safetensors");
  fails({"info", file("b.pt", "PK\x03\x04")}, "b.pt");
  fails({"info", file("c.pkl", "<!DOCTYPE html><html>")}, "c.pkl is a web page");
  const std::string empty = file("d.safetensors", std::string("\x02\0\0\0\0\0\0\0{}", 10));
  fails({"network", "human", "--weights", empty, "--input", empty, "--output", (place_ / "tensors").string()},
        "d.safetensors");
  fails({"network", "scene", "--weights", file("e.pt", "version https://git-lfs.github.com/spec/v1\n"),
         "--input", empty, "--output", (place_ / "tensors").string()},
        "e.pt is a Git LFS pointer");
}

TEST_F(LibraryText, is_never_said_about_other_files) {
  fails({"info", file("reconstruction.json", R"({"views": [], "people": 1e999})")}, "reconstruction.json");
  fails({"info", file("reconstruction.json", "{\"views\": \"\xff\"}")}, "reconstruction.json");
  fails({"train", "dense", "-o", out(), "--config", file("settings.json", R"({"steps": "many"})")},
        "settings.json");
  fails({"train", "dense", "-o", out(), "--config", file("settings.json", R"({"steps": 1e999})")},
        "settings.json");
  fs::create_directories(place_ / "captures/0000");
  fs::copy_file(photo_, place_ / "captures/0000/cam01.jpg");
  for (const std::string json : {R"({"views": [{"K": "x"}]})", R"({"people": 1e999})"}) {
    file("captures/0000/truth/truth.json", json);
    fails({"evaluate", "--captures", (place_ / "captures").string()}, "truth.json");
  }
}

TEST_F(LibraryText, is_never_said_about_folders) {
  const std::string in_the_way = file("taken", "a file");
  const std::string inside = in_the_way + "/out";
  fails({"reconstruct", photo_, "-o", inside}, "taken");
  fails({"synthesize", "-o", inside, "--scenes", "1"}, "taken");
  fails({"train", "dense", "-o", inside}, "taken");
  fails({"train", "package", "-o", inside, "--initial", kModel.string()}, "taken");
  fails({"reconstruct", photo_, "-o", out(), "--picture", inside + ".png"}, "taken");
  fails({"reconstruct", photo_, "-o", out(), "--model", inside}, "taken");
  fails({"study", "--captures", inside, "-o", out()}, "taken");
  fails({"benchmark", inside, "--model", "compact"}, "taken");
  fails({"evaluate", "--captures", inside}, "taken");
  fails({"reconstruct", photo_, "-o", "/proc/nowhere/out"}, "/proc/nowhere");
}

// Names that end lines, change a terminal's colours, or are no text at all.
class StrangeNames : public LibraryText {};

TEST_F(StrangeNames, are_shown_whole_in_one_line) {
  const std::string name = "a\nb\x1b[31m\rc\xff.jpg", shown = "a\\nb\\x1b[31m\\rc\\xff.jpg";
  fails({"reconstruct", file(name, "no picture"), "-o", out()}, shown + ": is not a picture");
  fails({"info", file("x\ny.pt", "nothing")}, "x\\ny.pt");
  fails({"reconstruct", photo_, "-o", out(), "--model", "no\x1b[31m\nsuch"}, "no\\x1b[31m\\nsuch");
  fails({"reconstruct", photo_, "-o", out(), "--frames", "a\nb\x1b[31m"}, "a\\nb\\x1b[31m");
  fails({"reconstruct", photo_, "-o", out(), "--no\nsuch\x1b"}, "--no\\nsuch\\x1b");
}

TEST_F(StrangeNames, survive_a_run_without_loss) {
  const std::string name = "left \x1b[31m caf\xe9\n.jpg";
  fs::create_directories(place_ / "capture");
  fs::copy_file(photo_, place_ / "capture" / name);
  Program ahap(
      {"reconstruct", (place_ / "capture").string(), "-o", (place_ / "out\xff").string(), "--json", "-q"});
  ASSERT_EQ(ahap.status(), 0) << ahap.err();
  const auto summary = nlohmann::json::parse(ahap.out());
  EXPECT_EQ(summary["frames"][0]["folder"], place_.path().string() + "/out\\xff");
  const auto result = nlohmann::json::parse(read_bytes(place_ / "out\xff/reconstruction.json"));
  EXPECT_EQ(result["views"][0]["name"], "left \x1b[31m caf\\xe9\n.jpg");
  EXPECT_EQ(read_bytes(place_ / "out\xff/colmap/images/left__[31m_caf__.jpg"), read_bytes(photo_));
}

TEST_F(StrangeNames, may_be_as_long_as_file_systems_allow) {
  const std::string longest(255, 'n');
  fs::create_directories(place_ / longest);
  fs::copy_file(photo_, place_ / longest / (std::string(251, 'p') + ".jpg"));
  Program ahap({"reconstruct", (place_ / longest).string(), "-o",
                (place_ / longest / std::string(255, 'o')).string(), "-q", "--picture",
                (place_ / (std::string(251, 'q') + ".png")).string()});
  EXPECT_EQ(ahap.status(), 0) << ahap.err();
  EXPECT_TRUE(fs::exists(place_ / longest / std::string(255, 'o') / "colmap/images" /
                         (std::string(251, 'p') + ".jpg")));
}

TEST_F(StrangeNames, of_an_inner_folder_are_the_ones_that_are_told) {
  fs::create_directories(place_ / "cams/left");
  fs::create_directories(place_ / "cams/right");
  for (const char* camera : {"left", "right"})
    for (int i = 0; i < 2; ++i)
      fs::copy_file(photo_, place_ / "cams" / camera / (std::to_string(i) + ".jpg"));
  fs::permissions(place_ / "cams/right", fs::perms::none);
  fs::permissions(place_.path(), fs::perms::all);
  Program ahap({"info", (place_ / "cams").string()}, {.unprivileged = true});
  EXPECT_THAT(ahap.err() + ahap.out(),
              (ahap.status(), HasSubstr("cams/right: cannot be read: Permission denied")));
  fs::permissions(place_ / "cams/right", fs::perms::owner_all);
}

}  // namespace
}  // namespace ahap
