#include <gmock/gmock.h>
#include <sys/stat.h>

#include <map>

#include "tests/capture/sample_files.h"
#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
namespace fs = std::filesystem;

const fs::path kSample = AHAP_ASSET_DIR "/sample";
const fs::path kModel = AHAP_ASSET_DIR "/models/compact";
constexpr double kLong = 20;  // seconds; the machine may be busy

std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (!entry.is_directory())
      files[entry.path().lexically_relative(folder).string()] = read_bytes(entry.path());
  return files;
}

// A command that has to be refused for one of its outputs, in one sentence and with all files as they were.
class OutputThatIsAnInput : public ::testing::Test {
 protected:
  void refused(const std::vector<std::string>& arguments, const fs::path& file) {
    const auto before = files_in(place_.path());
    Program ahap(arguments);
    EXPECT_EQ(ahap.status(), 1) << ahap.err();
    EXPECT_THAT(ahap.last_line(),
                AllOf(HasSubstr(file.string() + ": is read by this run"), HasSubstr("overwritten")));
    EXPECT_EQ(files_in(place_.path()), before);
  }
  std::string at(const std::string& name) { return (place_ / name).string(); }

  TemporaryFolder place_;
};

TEST_F(OutputThatIsAnInput, is_refused_by_reconstruct) {
  fs::copy(kSample / "cam01.jpg", place_ / "mine.jpg");
  refused({"reconstruct", at("mine.jpg"), "-o", at("out"), "--picture", at("mine.jpg")}, at("mine.jpg"));
  refused({"reconstruct", at("mine.jpg"), "-o", at("out"), "--dump-tensors", at("mine.jpg")}, at("mine.jpg"));
  fs::copy(kModel, place_ / "model");
  refused({"reconstruct", at("mine.jpg"), "-o", at("out"), "--model", at("model"), "--picture",
           at("model/scene.safetensors")},
          at("model/scene.safetensors"));
}

TEST_F(OutputThatIsAnInput, is_refused_by_benchmark) {
  fs::copy(kSample / "cam01.jpg", place_ / "mine.jpg");
  refused({"benchmark", at("mine.jpg"), "--profile", at("mine.jpg")}, at("mine.jpg"));
}

TEST_F(OutputThatIsAnInput, is_refused_by_network) {
  write_bytes(place_ / "w", "weights");
  write_bytes(place_ / "x", "tensors");
  for (const char* name : {"w", "x"})
    refused({"network", "scene", "--weights", at("w"), "--input", at("x"), "--output", at(name)}, at(name));
}

TEST_F(OutputThatIsAnInput, is_refused_by_train) {
  fs::create_directory(place_ / "run");
  for (const char* name : {"run/configuration.json", "run/checkpoint.safetensors", "run/log.csv"})
    write_bytes(place_ / name, "{}");
  refused({"train", "dense", "-o", at("run"), "--config", at("run/configuration.json")},
          at("run/configuration.json"));
  refused({"train", "dense", "-o", at("run"), "--initial", at("run/checkpoint.safetensors")},
          at("run/checkpoint.safetensors"));
  refused({"train", "curves", at("run"), "-o", at("run/log.csv")}, at("run/log.csv"));
  fs::copy(kModel, place_ / "model");
  refused({"train", "package", "-o", at("model"), "--initial", at("model")}, at("model/model.json"));
}

TEST_F(OutputThatIsAnInput, is_refused_by_evaluate) {
  Program synthesize({"synthesize", "-o", at("captures"), "--scenes", "1", "--views", "1", "--people", "1",
                      "--width", "160", "--height", "120", "--samples", "1"});
  ASSERT_EQ(synthesize.status(), 0) << synthesize.err();
  for (const char* option : {"--json", "--markdown"})
    refused({"evaluate", "--captures", at("captures"), option, at("captures/0000/truth/truth.json")},
            at("captures/0000/truth/truth.json"));
}

TEST_F(OutputThatIsAnInput, is_refused_by_the_studio) {
  fs::copy(kSample / "cam01.jpg", place_ / "mine.jpg");
  refused({"studio", at("mine.jpg"), "--screenshot", at("mine.jpg")}, at("mine.jpg"));
  Program ahap({"reconstruct", at("mine.jpg"), "-o", at("results"), "--export", "json"});
  ASSERT_EQ(ahap.status(), 0) << ahap.err();
  refused({"studio", at("results"), "--screenshot", at("results/reconstruction.json")},
          at("results/reconstruction.json"));
}

TEST(FilesOfOthers, are_refused_by_name_before_anything_is_computed) {
  const TemporaryFolder place;
  fs::create_directories(place / "people");
  fs::copy(kSample / "cam01.jpg", place / "people/cam01.jpg");
  write_bytes(place / "points.ply", "a week in the field");
  const auto before = files_in(place.path());
  Program ahap({"reconstruct", (place / "people").string(), "-o", place.path().string()});
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(), HasSubstr((place / "points.ply").string() + " is in the way"));
  EXPECT_THAT(ahap.err(), Not(HasSubstr("depth and cameras")));
  EXPECT_EQ(files_in(place.path()), before);
}

TEST(FilesOfOthers, stay_beside_the_results_in_folders_of_the_same_name) {
  const TemporaryFolder place;
  fs::create_directories(place / "people");
  fs::create_directories(place / "colmap");
  fs::copy(kSample / "cam01.jpg", place / "people/cam01.jpg");
  write_bytes(place / "colmap/database.db", "hours of matching");
  for (int run = 0; run < 2; ++run) {
    Program ahap({"reconstruct", (place / "people/cam01.jpg").string(), "-o", place.path().string(), "-q"});
    EXPECT_EQ(ahap.status(), 0) << ahap.err();
  }
  EXPECT_EQ(read_bytes(place / "people/cam01.jpg"), read_bytes(kSample / "cam01.jpg"));
  EXPECT_EQ(read_bytes(place / "colmap/database.db"), "hours of matching");
}

TEST(FilesOfOthers, are_refused_by_train) {
  const TemporaryFolder place;
  write_bytes(place / "configuration.json", R"({"my": "settings"})");
  write_bytes(place / "model.json", R"({"my": "model"})");
  const auto before = files_in(place.path());
  const auto refusal = [&](const std::vector<std::string>& arguments) {
    Program ahap(arguments);
    EXPECT_EQ(ahap.status(), 1) << ahap.err();
    EXPECT_EQ(files_in(place.path()), before);
    return ahap.last_line();
  };
  const std::string folder = place.path().string();
  EXPECT_THAT(refusal({"train", "dense", "-o", folder}),
              HasSubstr("configuration.json: was not written by a training run"));
  EXPECT_THAT(refusal({"train", "package", "-o", folder, "--initial", kModel.string()}),
              HasSubstr("model.json is in the way"));
}

TEST(LostOutput, is_a_failure_of_every_command_that_prints) {
  const TemporaryFolder place;
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"models"},
                                             {"info", kSample.string()},
                                             {"--version"},
                                             {"-h"},
                                             {"info", "-h"},
                                             {"reconstruct", (kSample / "cam01.jpg").string(), "-o",
                                              (place / "out").string(), "-q", "--json"}}) {
    Program full(arguments, {.output = "/dev/full"});
    EXPECT_EQ(full.status(), 1) << arguments[0];
    EXPECT_THAT(full.err(),
                AllOf(ContainsRegex("^ahap(-lab)?: "), HasSubstr("standard output cannot be written")))
        << arguments[0];
    Program closed(arguments, {.output = "closed"});
    EXPECT_EQ(closed.status(), 1) << arguments[0];
    EXPECT_THAT(closed.err(), HasSubstr("standard output is closed")) << arguments[0];
  }
}

TEST(LostOutput, is_none_where_nothing_is_printed) {
  const TemporaryFolder place;
  Program ahap({"reconstruct", (kSample / "cam01.jpg").string(), "-o", (place / "out").string(), "-q"},
               {.output = "closed"});
  EXPECT_EQ(ahap.status(), 0) << ahap.err();
  EXPECT_THAT(read_bytes(place / "out/points.ply"), StartsWith("ply\n"));
}

TEST(Pipes, are_named_and_never_waited_for) {
  const TemporaryFolder place;
  const auto pipe = [&](const std::string& name) {
    fs::create_directories((place / name).parent_path());
    EXPECT_EQ(mkfifo((place / name).c_str(), 0600), 0);
    return (place / name).string();
  };
  fs::copy(kModel, place / "model");
  fs::remove(place / "model/scene.safetensors");
  pipe("model/scene.safetensors");
  const std::string photo = (kSample / "cam01.jpg").string(), out = (place / "out").string();
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"info", pipe("thing")},
           {"info", pipe("weights.pt")},
           {"info", pipe("body.pkl")},
           {"info", "/dev/zero"},
           {"reconstruct", pipe("photo.jpg"), "-o", out},
           {"reconstruct", pipe("video.mp4"), "-o", out},
           {"reconstruct", photo, "-o", out, "--model", (place / "model").string()},
           {"train", "dense", "-o", out, "--config", pipe("settings.json")},
           {"network", "scene", "--weights", pipe("a"), "--input", pipe("b"), "--output", out}}) {
    Program ahap(arguments);
    ASSERT_LT(ahap.seconds_to_end(kLong), kLong) << arguments[0] << " " << arguments[1];
    EXPECT_EQ(ahap.status(), 1);
    EXPECT_THAT(ahap.last_line(), AllOf(ContainsRegex("^ahap(-lab)?: "), HasSubstr("not a"))) << ahap.err();
    EXPECT_FALSE(fs::exists(out));
  }
}

class Signals : public ::testing::TestWithParam<int> {};

TEST_P(Signals, end_a_run_and_leave_nothing) {
  const TemporaryFolder place;
  fs::create_directory(place / "capture");
  for (int i = 0; i < 30; ++i)
    fs::copy(kSample / "cam01.jpg", place / "capture" / (std::to_string(i) + ".jpg"));
  Program ahap({"reconstruct", (place / "capture").string(), "-o", (place / "results/out").string()});
  ASSERT_TRUE(ahap.wait_for("depth and cameras")) << ahap.err();
  ahap.interrupt(GetParam());
  EXPECT_LT(ahap.seconds_to_end(kLong), 3) << "the machine may be busy";
  EXPECT_EQ(ahap.status(), 1);
  EXPECT_THAT(ahap.last_line(), HasSubstr("stopped before it was complete"));
  EXPECT_FALSE(fs::exists(place / "results"));
}

class SignalsToTheStudio : public ::testing::TestWithParam<int> {};

TEST_P(SignalsToTheStudio, end_it) {
  Program ahap({"studio", kSample.string()});
  std::this_thread::sleep_for(std::chrono::seconds(2));
  ahap.interrupt(GetParam());
  EXPECT_LT(ahap.seconds_to_end(kLong), 3) << "the machine may be busy";
  EXPECT_EQ(ahap.status(), 1);
}

INSTANTIATE_TEST_SUITE_P(OfAllKinds, Signals, ::testing::Values(SIGINT, SIGTERM, SIGHUP));
INSTANTIATE_TEST_SUITE_P(OfAllKinds, SignalsToTheStudio, ::testing::Values(SIGINT, SIGTERM, SIGHUP));

}  // namespace
}  // namespace ahap
