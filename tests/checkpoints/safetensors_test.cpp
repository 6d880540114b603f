#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>

#include "reconstruction/checkpoints/checkpoint.h"
#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class SafetensorsTest : public ::testing::Test {
 protected:
  // A file with this header and this many zero bytes of data.
  void write(const std::string& header, std::size_t data_size) {
    std::ofstream out(file_, std::ios::binary);
    const std::uint64_t size = header.size();
    out.write(reinterpret_cast<const char*>(&size), 8);
    out << header << std::string(data_size, '\0');
  }

  std::string failure() {
    return testing::sentence_of([&] { read_checkpoint(file_); });
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "weights.safetensors";
};

TEST_F(SafetensorsTest, WhatIsSavedIsReadBackInEveryType) {
  std::map<std::string, torch::Tensor> tensors;
  for (const auto type : {torch::kFloat64, torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kInt64,
                          torch::kInt32, torch::kInt16, torch::kInt8, torch::kUInt8, torch::kBool}) {
    tensors[c10::toString(type)] = torch::randn({3, 5}).mul(40).to(type);
  }
  tensors["scalar"] = torch::tensor(2.5);
  tensors["empty"] = torch::empty({0, 4});
  tensors["transposed"] = torch::arange(6).view({2, 3}).t();
  save_safetensors(tensors, {{"model", "test"}}, file_);

  const Checkpoint checkpoint = read_checkpoint(file_);

  EXPECT_EQ(checkpoint.metadata.at("model"), "test");
  ASSERT_EQ(checkpoint.tensors.size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    EXPECT_EQ(checkpoint.at(name).scalar_type(), tensor.scalar_type()) << name;
    EXPECT_TRUE(torch::equal(checkpoint.at(name), tensor)) << name;
  }
  EXPECT_THAT(testing::sentence_of([&] { checkpoint.at("other"); }),
              AllOf(HasSubstr(file_.string()), HasSubstr("tensor other")));
}

TEST_F(SafetensorsTest, MisalignedTensorsAreRead) {
  const std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})";
  write(header, 0);
  const float value = 1.5f;
  std::ofstream(file_, std::ios::binary | std::ios::app)
      .put(7)
      .write(reinterpret_cast<const char*>(&value), 4);

  EXPECT_EQ(read_checkpoint(file_).at("b").item<float>(), value);
}

TEST_F(SafetensorsTest, WritingToALoadedTensorLeavesTheFileAlone) {
  save_safetensors({{"w", torch::ones({4})}}, {}, file_);
  read_checkpoint(file_).at("w").zero_();
  EXPECT_EQ(read_checkpoint(file_).at("w").sum().item<float>(), 4);
}

TEST_F(SafetensorsTest, DamagedFilesAreRefusedWithTheFileAndTheTensor) {
  const std::string good = R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}})";
  struct Case {
    std::string header;
    std::size_t data_size;
    std::string says;
  };
  const std::vector<Case> cases = {
      {good, 20, "tensor w ends at byte 24"},
      {good, 28, "4 bytes after its last tensor"},
      {R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}})", 20,
       "tensor w of type F32 and shape [2,3] needs 24"},
      {R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[24,0]}})", 24,
       "tensor w has the impossible offsets"},
      {R"({"w":{"dtype":"F32","shape":[2,3],"data_offsets":[-4,20]}})", 24,
       "tensor w has the impossible offsets"},
      {R"({"w":{"dtype":"F32","shape":[-2,3],"data_offsets":[0,24]}})", 24,
       "tensor w has the impossible shape [-2,3]"},
      {R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", 0,
       "tensor w has the impossible shape"},
      {R"({"w":{"dtype":"F32","shape":[9223372036854775808,2],"data_offsets":[0,0]}})", 0,
       "tensor w has the impossible shape"},
      {R"({"w":{"dtype":"F32","shape":[0,9223372036854775808],"data_offsets":[0,0]}})", 0,
       "tensor w has the impossible shape"},
      {R"({"w":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", 0,
       "tensor w has the impossible shape"},
      {R"({"w":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}})", 4, "tensor w is stored as F33"},
      {R"({"w":{"dtype":"F32","shape":[1]}})", 4, "tensor w has no proper"},
      {R"({"w":7})", 4, "tensor w has no proper"},
      {R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
       12, "tensor b overlaps tensor a"},
      {R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})",
       12, "tensor b follows 4 bytes"},
      {R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"w":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
       8, "the name w occurs twice"},
      {R"({"__metadata__":{"a":1}})", 0, "__metadata__"},
      {R"({"w":)", 0, "not valid JSON"},
      {std::string(100000, '[').insert(0, R"({"w":)"), 0, "not valid JSON"},
      {"{}", 3, "3 bytes after"},
  };
  for (const Case& damaged : cases) {
    write(damaged.header, damaged.data_size);
    EXPECT_THAT(failure(), AllOf(HasSubstr(file_.string()), HasSubstr(damaged.says)))
        << damaged.header.substr(0, 200);
  }
}

TEST_F(SafetensorsTest, AHeaderLongerThanTheFileIsRefused) {
  std::ofstream(file_, std::ios::binary).write("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10);
  EXPECT_THAT(failure(), HasSubstr("announces a header"));
}

TEST_F(SafetensorsTest, OtherFilesAreRefused) {
  EXPECT_THAT(failure(), HasSubstr("No such file"));
  std::ofstream(file_).close();
  EXPECT_THAT(failure(), HasSubstr("neither a safetensors file nor a PyTorch checkpoint"));
  std::ofstream(file_) << "<html>404 not found</html>";
  EXPECT_THAT(failure(), HasSubstr("is a web page and not the file"));
  std::ofstream(file_, std::ios::binary).write("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8", 12);
  EXPECT_THAT(failure(), HasSubstr("old format"));
  file_ = folder_.path();
  EXPECT_THAT(failure(), HasSubstr("not a regular file"));
}

TEST_F(SafetensorsTest, AnUnwritableTargetIsNamed) {
  const auto target = folder_ / "missing" / "weights.safetensors";
  EXPECT_THAT(testing::sentence_of([&] {
                save_safetensors({{"w", torch::ones({1})}}, {}, target);
              }),
              HasSubstr(target.string()));
}

// A module with one parameter of its own, one of a child and a buffer.
struct SmallNetwork : torch::nn::Module {
  SmallNetwork() {
    scale = register_parameter("scale", torch::zeros({2}));
    layer = register_module("layer", torch::nn::Linear(torch::nn::LinearOptions(2, 3).bias(false)));
    mean = register_buffer("mean", torch::zeros({3}));
  }
  torch::Tensor scale, mean;
  torch::nn::Linear layer{nullptr};
};

class LoadingTest : public SafetensorsTest {
 protected:
  std::string loading_failure(const LoadIntoOptions& options = {}) {
    save_safetensors(tensors_, {}, file_);
    SmallNetwork network;
    return testing::sentence_of([&] { load_into(network, read_checkpoint(file_), options); });
  }

  std::map<std::string, torch::Tensor> tensors_ = {{"net.scale", torch::tensor({1.f, 2.f})},
                                                   {"net.layer.weight", torch::ones({3, 2})},
                                                   {"net.mean", torch::full({3}, 3.f)}};
};

TEST_F(LoadingTest, ParametersAndBuffersTakeTheFilesMemory) {
  save_safetensors(tensors_, {}, file_);
  const Checkpoint checkpoint = read_checkpoint(file_);
  SmallNetwork network;
  EXPECT_TRUE(load_into(network, checkpoint, {.prefix = "net."}).empty());

  EXPECT_TRUE(torch::equal(network.scale, tensors_["net.scale"]));
  EXPECT_TRUE(torch::equal(network.layer->weight, tensors_["net.layer.weight"]));
  EXPECT_TRUE(torch::equal(network.mean, tensors_["net.mean"]));
  EXPECT_EQ(network.layer->weight.data_ptr(), checkpoint.at("net.layer.weight").data_ptr());
  EXPECT_TRUE(network.layer->weight.requires_grad());
}

TEST_F(LoadingTest, HalfPrecisionFilesAreWidened) {
  tensors_["net.scale"] = tensors_["net.scale"].to(torch::kBFloat16);
  save_safetensors(tensors_, {}, file_);
  SmallNetwork network;
  load_into(network, read_checkpoint(file_), {.prefix = "net."});
  EXPECT_EQ(network.scale.scalar_type(), torch::kFloat32);
  EXPECT_EQ(network.scale[1].item<float>(), 2);
}

TEST_F(LoadingTest, AMissingTensorIsNamed) {
  tensors_.erase("net.mean");
  EXPECT_THAT(loading_failure({.prefix = "net."}),
              AllOf(HasSubstr(file_.string()), HasSubstr("missing net.mean")));
}

TEST_F(LoadingTest, AWrongShapeIsNamedWithBothShapes) {
  tensors_["net.layer.weight"] = torch::ones({2, 3});
  EXPECT_THAT(loading_failure({.prefix = "net."}),
              AllOf(HasSubstr("net.layer.weight"), HasSubstr("(2, 3)"), HasSubstr("(3, 2)")));
}

TEST_F(LoadingTest, IntegersDoNotBecomeWeights) {
  tensors_["net.scale"] = torch::ones({2}, torch::kInt32);
  EXPECT_THAT(loading_failure({.prefix = "net."}), AllOf(HasSubstr("net.scale"), HasSubstr("Int")));
}

TEST_F(LoadingTest, UnknownTensorsAreRefusedUnlessIgnoredOrAllowed) {
  tensors_["net.other.weight"] = torch::ones({1});
  EXPECT_THAT(loading_failure({.prefix = "net."}), HasSubstr("no place for net.other.weight"));
  SmallNetwork network;
  EXPECT_TRUE(load_into(network, read_checkpoint(file_), {.prefix = "net.", .ignored = {"other."}}).empty());
  EXPECT_THAT(load_into(network, read_checkpoint(file_), {.prefix = "net.", .allow_unknown = true}),
              ElementsAre("net.other.weight"));
}

TEST_F(LoadingTest, AnotherNetworksFileIsCalledByItsName) {
  tensors_ = {{"mlp_classif.0.weight", torch::ones({1})}};
  EXPECT_THAT(loading_failure(), HasSubstr("looks like Multi-HMR"));
}

TEST(Checkpoint, NamesLoseWhatWrappersPutIntoThem) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path file = folder / "wrapped.safetensors";
  const auto w = torch::ones({1});
  save_safetensors(
      {{"state.module.a.w", w}, {"_orig_mod.b", w}, {"c._orig_mod.d", w}, {"submodule.e", w}, {"module", w}},
      {}, file);
  std::vector<std::string> names;
  for (const auto& [name, tensor] : read_checkpoint(file).tensors) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("b", "c.d", "module", "state.a.w", "submodule.e"));
}

TEST(Checkpoint, NamesStayWhereTwoWouldBecomeOne) {
  const testing::TemporaryFolder folder;
  const std::filesystem::path file = folder / "both.safetensors";
  save_safetensors({{"module.w", torch::ones({1})}, {"w", torch::zeros({1})}}, {}, file);
  EXPECT_EQ(read_checkpoint(file).tensors.size(), 2u);
  EXPECT_EQ(read_checkpoint(file).at("module.w").item<float>(), 1);
}

}  // namespace
}  // namespace ahap
