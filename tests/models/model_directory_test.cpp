#include "reconstruction/models/model_directory.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ModelFolders : public ::testing::Test {
 protected:
  ModelFolders() {
    setenv("AHAP_MODELS", ((folder_ / "own").string() + ":" + (folder_ / "more").string()).c_str(), 1);
    setenv("XDG_DATA_HOME", (folder_ / "data").c_str(), 1);
    setenv("AHAP_ASSETS", (folder_ / "assets").c_str(), 1);
  }
  ~ModelFolders() override {
    for (const char* variable : {"AHAP_MODELS", "XDG_DATA_HOME", "AHAP_ASSETS"}) unsetenv(variable);
  }
  std::filesystem::path add(const std::string& directory, const std::string& json = R"({
      "name": "tiny", "kind": "compact", "licence": "free", "files": {"scene": "a.safetensors", "human": "b.safetensors"}})") {
    std::filesystem::create_directories(folder_ / directory);
    write_bytes(folder_ / directory / "model.json", json);
    return folder_ / directory;
  }
  TemporaryFolder folder_;
};

TEST_F(ModelFolders, OwnFoldersComeBeforeTheUsersAndTheProgramsOwnComeLast) {
  EXPECT_THAT(model_search_path(), ElementsAre(folder_ / "own", folder_ / "more",
                                               folder_ / "data/ahap/models", folder_ / "assets/models"));
}

TEST_F(ModelFolders, ModelsAreInstalledIntoTheUsersFolder) {
  EXPECT_EQ(user_model_folder(), folder_ / "data/ahap/models");
}

TEST_F(ModelFolders, TheFirstOfANameIsTaken) {
  add("assets/models/tiny");
  EXPECT_EQ(find_model("tiny"), folder_ / "assets/models/tiny");
  add("data/ahap/models/tiny");
  EXPECT_EQ(find_model("tiny"), folder_ / "data/ahap/models/tiny");
  add("more/tiny");
  EXPECT_EQ(find_model("tiny"), folder_ / "more/tiny");
}

TEST_F(ModelFolders, NoNameIsTheCompactModelThatShips) {
  add("assets/models/compact");
  EXPECT_EQ(find_model(""), folder_ / "assets/models/compact");
}

TEST_F(ModelFolders, WithoutTheModelForPhotographsTheDefaultSaysWhyAndWhatToDo) {
  EXPECT_EQ(default_model().name, "compact");
  EXPECT_THAT(default_model().note,
              AllOf(HasSubstr("are not installed"), HasSubstr("`ahap models --install people`")));
  const auto photo =
      add("own/photo",
          R"({"name": "photo", "kind": "photo", "licence": "free", "files": {"pose": "pose.json"}})");
  EXPECT_EQ(default_model().name, "compact");
  EXPECT_THAT(default_model().note, AllOf(HasSubstr((photo / "pose.json").string() + " is missing"),
                                          HasSubstr("`ahap models --install people` repairs it")));
  write_bytes(photo / "pose.json", "{}");
  EXPECT_EQ(default_model().name, "photo");
  EXPECT_EQ(default_model().note, "");
  write_bytes(photo / "model.json", "{");
  EXPECT_EQ(default_model().name, "compact");
  EXPECT_THAT(default_model().note, HasSubstr("model.json cannot be understood"));
}

TEST_F(ModelFolders, AFolderIsTakenAsItIs) {
  const auto directory = add("somewhere/else");
  EXPECT_EQ(find_model(directory.string()), directory);
}

TEST_F(ModelFolders, AMissingModelIsSaidWithThePlacesLookedAt) {
  const std::string sentence = sentence_of([] { find_model("giant"); });
  EXPECT_THAT(sentence, HasSubstr("there is no model 'giant'"));
  EXPECT_THAT(sentence, HasSubstr((folder_ / "data/ahap/models").string()));
  EXPECT_THAT(sentence_of([&] { find_model(folder_.path().string()); }), HasSubstr("has no model.json"));
}

TEST_F(ModelFolders, MissingFilesAreListed) {
  const auto directory = add("own/tiny");
  write_bytes(directory / "b.safetensors", "x");
  const ModelDescription model = read_model_description(directory);
  EXPECT_EQ(model.name, "tiny");
  EXPECT_EQ(model.licence, "free");
  EXPECT_THAT(model.missing, ElementsAre(directory / "a.safetensors"));
  EXPECT_THAT(installed_models(), Contains(directory));
}

TEST_F(ModelFolders, ABrokenDescriptionNamesItsFile) {
  for (const char* json : {"", "{", "[]", R"({"name": "x"})", R"({"name": 1, "kind": "x", "files": {}})"}) {
    const auto directory = add("own/broken", json);
    EXPECT_THAT(sentence_of([&] { read_model_description(directory); }),
                HasSubstr("broken/model.json cannot be understood"))
        << json;
  }
}

TEST_F(ModelFolders, ADescriptionNestedWithoutEndIsRefused) {
  const auto directory =
      add("own/deep", "{\"name\": \"x\", \"kind\": \"full\", \"files\": {}, \"networks\": {\"scene\": " +
                          std::string(300'000, '[').append(300'000, ']').append("}}"));
  EXPECT_THAT(sentence_of([&] { read_model_description(directory); }),
              HasSubstr("nested deeper than 100 levels"));
}

}  // namespace
}  // namespace ahap
