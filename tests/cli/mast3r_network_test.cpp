#include "app/cli/mast3r_network.h"

#include <gmock/gmock.h>

#include "tests/cli/program.h"
#include "tests/fixtures/small_mast3r.h"

namespace ahap {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;

class Mast3rNetwork : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const NetworkTensors& tensors) {
    save_safetensors(tensors, {}, folder_ / name);
    return (folder_ / name).string();
  }
  // Exit status; what was said lies in `said_`.
  int run(const std::string& network, const std::string& weights, const NetworkTensors& input,
          const std::vector<std::string>& more = {}) {
    std::vector<std::string> words = {"network",   network,
                                      "--weights", weights,
                                      "--input",   write("input.safetensors", input),
                                      "--output",  (folder_ / "output.safetensors").string()};
    words.insert(words.end(), more.begin(), more.end());
    Program program(words);
    const int status = program.status();
    said_ = program.err();
    return status;
  }
  Checkpoint written() const { return read_checkpoint(folder_ / "output.safetensors"); }

  TemporaryFolder folder_;
  std::string said_;
};

TEST_F(Mast3rNetwork, WritesAPairsTensorsWholeUnderTheReferencesNames) {
  const auto pair = formula_pair(28, 42);
  ASSERT_EQ(run("mast3r", write("weights.safetensors", small_mast3r_checkpoint().tensors), {{"input", pair}}),
            0)
      << said_;
  const Checkpoint output = written();
  EXPECT_EQ(output.metadata.at("network"), "MASt3R with DUNE");
  using Shape = std::vector<std::int64_t>;
  for (const auto& [name, shape] : std::map<std::string, Shape>{{"input", {2, 3, 28, 42}},
                                                                {"enc.patch", {2, 6, 64}},
                                                                {"enc.tokens", {2, 11, 64}},
                                                                {"enc.block", {2, 2, 11, 64}},
                                                                {"feat.raw", {2, 6, 64}},
                                                                {"feat", {2, 6, 64}},
                                                                {"dec.embed", {2, 6, 128}},
                                                                {"dec1.block", {4, 6, 128}},
                                                                {"dec2.block", {4, 6, 128}},
                                                                {"dec.out", {2, 6, 128}},
                                                                {"head1.act0", {8, 8, 12}},
                                                                {"head2.layer4_rn", {8, 1, 2}},
                                                                {"head1.refinenet1", {8, 16, 24}},
                                                                {"head2.out", {4, 28, 42}},
                                                                {"head1.local", {6, 4900}},
                                                                {"out1.pts3d", {28, 42, 3}},
                                                                {"out2.conf", {28, 42}},
                                                                {"out2.desc", {28, 42, 24}},
                                                                {"out1.desc_conf", {28, 42}}}) {
    ASSERT_TRUE(output.tensors.contains(name)) << name;
    EXPECT_EQ(output.at(name).sizes(), shape) << name;
  }
  Mast3r network = load_mast3r(small_mast3r_checkpoint());
  const Mast3rPair expected =
      network->decode(network->encode(pair.slice(0, 0, 1)), network->encode(pair.slice(0, 1, 2)));
  EXPECT_LT(relative_l2(output.at("out1.pts3d"), expected.first.points), 1e-5);
  EXPECT_LT(relative_l2(output.at("out2.desc"), expected.second.descriptors), 1e-5);
}

TEST_F(Mast3rNetwork, TakesTheEncoderFromDunesFile) {
  auto tensors = small_mast3r_checkpoint().tensors;
  std::erase_if(tensors, [](const auto& item) { return item.first.starts_with("dune_backbone"); });
  const std::string weights = write("decoder.safetensors", tensors),
                    dune = write("dune.safetensors", small_dune_checkpoint().tensors);
  EXPECT_EQ(run("mast3r", weights, {{"input", formula_pair(28, 28)}}), 1);
  EXPECT_THAT(said_, AllOf(HasSubstr("decoder.safetensors"), HasSubstr("without the encoder")));
  EXPECT_EQ(run("mast3r", weights, {{"input", formula_pair(28, 28)}}, {"--encoder", dune}), 0) << said_;
  EXPECT_EQ(written().at("out1.pts3d").size(0), 28);
}

TEST_F(Mast3rNetwork, OfDuneAloneWritesFeaturesAndTeachersTokens) {
  ASSERT_EQ(run("dune", write("dune.safetensors", small_dune_checkpoint().tensors),
                {{"images", formula_images(3, 28, 42)}}),
            0)
      << said_;
  EXPECT_EQ(written().at("features").sizes(), (std::vector<std::int64_t>{3, 7, 64}));
  EXPECT_EQ(written().at("teacher.mast3r_vitlarge_16").sizes(), (std::vector<std::int64_t>{3, 7, 48}));
}

TEST_F(Mast3rNetwork, RefusesWhatItCannotTakeWithTheFilesName) {
  const std::string weights = write("weights.safetensors", small_mast3r_checkpoint().tensors);
  const auto refusal = [&](const NetworkTensors& input) {
    EXPECT_EQ(run("mast3r", weights, input), 1);
    EXPECT_THAT(said_, HasSubstr("input.safetensors"));
    return said_;
  };
  EXPECT_THAT(refusal({{"input", formula_pair(28, 28).slice(0, 0, 1)}}),
              HasSubstr("holds 1 image, but MASt3R takes a pair"));
  EXPECT_THAT(refusal({{"input", formula_pair(28, 28).repeat({2, 1, 1, 1})}}), HasSubstr("holds 4 images"));
  EXPECT_THAT(refusal({{"input", torch::zeros({2, 3, 28, 32})}}), HasSubstr("multiples of 14"));
  EXPECT_THAT(refusal({{"other", torch::zeros({1})}}), HasSubstr("tensor input is missing"));

  const std::string cut3r = write("cut3r.safetensors", {{"pose_retriever.mem", torch::zeros({1, 2, 4})}});
  EXPECT_EQ(run("mast3r", cut3r, {{"input", formula_pair(28, 28)}}), 1);
  EXPECT_THAT(said_, HasSubstr("cut3r.safetensors holds CUT3R (without people), not MASt3R with DUNE"));
}

}  // namespace
}  // namespace ahap
