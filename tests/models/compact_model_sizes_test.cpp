#include "reconstruction/models/compact_model_sizes.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "reconstruction/models/model_registry.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kShipped = fs::path(AHAP_ASSET_DIR) / "models/compact";

// A copy of the shipped model whose description may be changed.
class CompactModelSizes : public ::testing::Test {
 protected:
  CompactModelSizes() { fs::copy(kShipped, model_); }

  // What reading says after the value at this place in "networks" was changed; `ahap models` says the same.
  std::string refusal(const std::string& place, const json& value) {
    json description = json::parse(read_bytes(kShipped / "model.json"));
    description["networks"][json::json_pointer(place)] = value;
    return refusal_of(description);
  }
  std::string refusal_of(const json& description) {
    write_bytes(model_ / "model.json", description.dump());
    const std::string sentence = sentence_of([&] { load_compact_model(model_); });
    EXPECT_EQ(inspect_model(model_).problem, sentence);
    EXPECT_THAT(sentence, HasSubstr((model_ / "model.json").string()));
    return sentence;
  }

  TemporaryFolder place_;
  const fs::path model_ = place_ / "model";
};

TEST_F(CompactModelSizes, of_the_shipped_model_are_read_and_written_the_same) {
  const json shipped = json::parse(read_bytes(kShipped / "model.json"))["networks"];
  EXPECT_EQ(json(read_compact_sizes(kShipped / "model.json")), shipped);
}

TEST_F(CompactModelSizes, that_are_too_small_are_refused) {
  for (const char* place : {"/scene/heads", "/association/heads", "/head/heads", "/scene/feature_dim",
                            "/scene/input_size", "/instance/yaw_bins", "/association/queries", "/head/dim"}) {
    EXPECT_THAT(refusal(place, 0), HasSubstr("must be a whole number between")) << place;
    EXPECT_THAT(refusal(place, -8), HasSubstr("must be a whole number between")) << place;
  }
}

TEST_F(CompactModelSizes, that_are_too_large_are_refused_before_memory_is_asked_for) {
  for (const char* place :
       {"/scene/transformer_layers", "/head/layers", "/association/dim", "/head/projected_scene_dim"}) {
    EXPECT_THAT(refusal(place, 2'000'000'000), HasSubstr("must be a whole number between")) << place;
    EXPECT_THAT(refusal(place, 1e300), HasSubstr("must be a whole number between")) << place;
  }
}

TEST_F(CompactModelSizes, that_are_fractions_texts_or_nothing_are_refused) {
  EXPECT_THAT(refusal("/scene/heads", 1.5), AllOf(HasSubstr("networks.scene.heads"), HasSubstr("not 1.5")));
  EXPECT_THAT(refusal("/scene/heads", "six"), HasSubstr("not \"six\""));
  EXPECT_THAT(refusal("/scene/heads", nullptr), HasSubstr("not null"));
  EXPECT_THAT(refusal("/scene", json::array()), HasSubstr("must be an object"));
  EXPECT_THAT(refusal("/detection/threshold", 7), HasSubstr("between 0 and 1"));
}

TEST_F(CompactModelSizes, lists_have_four_widths) {
  for (const char* place : {"/scene/widths", "/instance/widths"}) {
    EXPECT_THAT(refusal(place, json::array()), HasSubstr("must be a list of 4 numbers")) << place;
    EXPECT_THAT(refusal(place, {8, 8, 8, 0}), HasSubstr("must be a whole number between")) << place;
  }
}

TEST_F(CompactModelSizes, that_do_not_go_together_are_refused) {
  EXPECT_THAT(refusal("/scene/heads", 5),
              AllOf(HasSubstr("networks.scene.heads"), HasSubstr("must divide"), HasSubstr("192")));
  EXPECT_THAT(refusal("/head/heads", 7), HasSubstr("must divide \"head.dim\", 256"));
  EXPECT_THAT(refusal("/scene/input_size", 225), HasSubstr("multiple of 16"));
  EXPECT_THAT(refusal("/association/human_dim", 570),
              HasSubstr("must be 569 to go with the other sizes, not 570"));
}

TEST_F(CompactModelSizes, that_are_missing_are_named) {
  json description = json::parse(read_bytes(kShipped / "model.json"));
  description["networks"]["head"].erase("layers");
  EXPECT_THAT(refusal_of(description), HasSubstr("\"networks.head.layers\" is missing"));
  description.erase("networks");
  EXPECT_THAT(refusal_of(description), HasSubstr("has no \"networks\""));
}

}  // namespace
}  // namespace ahap
