#include <gmock/gmock.h>

#include "tests/cli/program.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

class TrainCommand : public ::testing::Test {
 protected:
  // The program fails with one sentence, which is returned.
  std::string refusal(const std::vector<std::string>& arguments, const Conditions& conditions = {}) {
    std::vector<std::string> words = {"train"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    Program ahap(words, conditions);
    EXPECT_EQ(ahap.status(), 1) << ahap.err();
    return ahap.last_line();
  }
  const TemporaryFolder place_;
  const std::string run_ = (place_ / "run").string();
};

TEST_F(TrainCommand, a_setting_that_does_not_exist_is_named_with_its_file) {
  const auto file = place_ / "recipe.json";
  write_bytes(file, R"({"dense": {"losses": {"masks": 1}}})");
  EXPECT_THAT(refusal({"dense", "-o", run_, "--config", file.string()}),
              AllOf(HasSubstr(file.string()), HasSubstr("dense.losses.masks")));
  EXPECT_FALSE(fs::exists(run_));
}

TEST_F(TrainCommand, a_folder_that_cannot_be_written_is_named) {
  fs::create_directories(run_);
  fs::permissions(run_, fs::perms::owner_read | fs::perms::owner_exec | fs::perms::group_read |
                            fs::perms::others_read | fs::perms::others_exec);
  EXPECT_THAT(refusal({"dense", "-o", run_}, {.unprivileged = true}),
              AllOf(HasSubstr("cannot be written"), HasSubstr(run_)));
}

TEST_F(TrainCommand, missing_frozen_networks_are_asked_for) {
  EXPECT_THAT(refusal({"heads", "-o", run_}), HasSubstr("--dense"));
  EXPECT_THAT(refusal({"heads", "-o", run_, "--dense", (place_ / "none.pt").string()}), HasSubstr("none.pt"));
}

TEST_F(TrainCommand, curves_of_no_run_are_refused) {
  EXPECT_THAT(refusal({"curves", place_.path().string(), "-o", (place_ / "curves.png").string()}),
              HasSubstr(place_.path().string()));
  Program without({"train", "curves", "-o", (place_ / "curves.png").string()});
  EXPECT_EQ(without.status(), 2);
}

}  // namespace
}  // namespace ahap
