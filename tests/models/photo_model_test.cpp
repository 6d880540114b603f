#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "tests/fixtures/photo_model.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

namespace fs = std::filesystem;
using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

class InstalledPhotoModel : public PhotoModelTest {
 protected:
  void SetUp() override {
    const auto folder = installed();
    if (!folder) GTEST_SKIP() << kNotInstalled;
    fs::copy(*folder, folder_ / "photo");
  }
  std::string refusal() const {
    return sentence_of([&] { load_model({(folder_ / "photo").string()}); });
  }
  const TemporaryFolder folder_;
};

TEST_F(InstalledPhotoModel, IsRefusedWhereOneByteOfItsWeightsIsAnother) {
  const fs::path weights = folder_ / "photo/movenet-thunder.bin";
  std::fstream file(weights, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(5000);
  const int byte = file.get();
  file.seekp(5000);
  file.put(char(byte ^ 64));
  file.close();
  EXPECT_THAT(refusal(), AllOf(HasSubstr(weights.string() + " is damaged"),
                               HasSubstr("`ahap models --install people`")));
}

TEST_F(InstalledPhotoModel, IsRefusedWhereItsWeightsEndEarly) {
  const fs::path weights = folder_ / "photo/movenet-multipose.bin";
  fs::resize_file(weights, 100'000);
  EXPECT_THAT(refusal(), HasSubstr(weights.string() + " is damaged"));
}

}  // namespace
}  // namespace ahap
