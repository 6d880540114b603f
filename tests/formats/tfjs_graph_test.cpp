#include "reconstruction/formats/tfjs_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>

#include "tests/fixtures/temporary_folder.h"

namespace ahap {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TfjsGraphTest : public ::testing::Test {
 protected:
  // x -> Relu "a" -> Add "b" with the constant "c"; listed backwards, as topologies may be.
  json topology() const {
    return {{"format", "graph-model"},
            {"signature", {{"outputs", {{"y", {{"name", "b:0"}}}}}}},
            {"modelTopology",
             {{"node",
               {{{"name", "b"}, {"op", "AddV2"}, {"input", {"a", "c", "^x"}}},
                {{"name", "a"},
                 {"op", "Relu"},
                 {"input", {"x:0"}},
                 {"attr",
                  {{"strides", {{"list", {{"i", {"1", "2"}}}}}},
                   {"padding", {{"s", "U0FNRQ=="}}},
                   {"epsilon", {{"f", 0.25}}},
                   {"on", {{"b", true}}}}}},
                {{"name", "c"}, {"op", "Const"}},
                {{"name", "x"}, {"op", "Placeholder"}}}}}},
            {"weightsManifest",
             {{{"paths", {"w.bin"}}, {"weights", {{{"name", "c"}, {"shape", {2}}, {"dtype", "float32"}}}}}}}};
  }
  void write(const json& graph, const std::string& weights = std::string(8, '\0')) {
    testing::write_bytes(file_, graph.dump());
    testing::write_bytes(folder_ / "w.bin", weights);
  }
  TensorGraph read() const { return read_tfjs_graph(file_); }
  std::string failure() const {
    return testing::sentence_of([&] { read(); });
  }
  template <typename T>
  static std::string bytes_of(std::initializer_list<T> values) {
    std::string bytes(values.size() * sizeof(T), '\0');
    std::memcpy(bytes.data(), std::data(values), bytes.size());
    return bytes;
  }

  testing::TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "net.json";
};

TEST_F(TfjsGraphTest, NodesComeAfterWhatTheyTakeWithTheirAttributes) {
  write(topology(), bytes_of<float>({1.5f, -2.0f}));
  const TensorGraph graph = read();
  ASSERT_EQ(graph.nodes.size(), 4u);
  EXPECT_LT(graph.index_of("x"), graph.index_of("a"));
  EXPECT_LT(graph.index_of("a"), graph.index_of("b"));
  const GraphNode& b = graph.nodes[graph.index_of("b")];
  ASSERT_EQ(b.inputs.size(), 2u) << "control dependencies do not count";
  EXPECT_EQ(b.inputs[0].node, graph.index_of("a"));
  EXPECT_EQ(b.inputs[1].node, graph.index_of("c"));
  const GraphNode& a = graph.nodes[graph.index_of("a")];
  EXPECT_THAT(a.attribute("strides").integers, ElementsAre(1, 2));
  EXPECT_THAT(a.attribute("padding").strings, ElementsAre("SAME"));
  EXPECT_EQ(a.attribute("epsilon").number, 0.25);
  EXPECT_TRUE(a.attribute("on").flag);
  EXPECT_TRUE(a.attribute("absent").integers.empty());
  EXPECT_EQ(graph.outputs.at("y"), "b");
  EXPECT_THAT(graph.constants.at("c").numbers, ElementsAre(1.5f, -2.0f));
}

TEST_F(TfjsGraphTest, HalvesAndQuantisedNumbersAreConverted) {
  json graph = topology();
  json& weights = graph["weightsManifest"][0]["weights"];
  weights.push_back(
      {{"name", "half"}, {"shape", {4}}, {"dtype", "float32"}, {"quantization", {{"dtype", "float16"}}}});
  weights.push_back({{"name", "byte"},
                     {"shape", {2}},
                     {"dtype", "float32"},
                     {"quantization", {{"dtype", "uint8"}, {"scale", 0.5}, {"min", -1.0}}}});
  weights.push_back({{"name", "short"},
                     {"shape", {1}},
                     {"dtype", "float32"},
                     {"quantization", {{"dtype", "uint16"}, {"scale", 0.25}, {"min", 2.0}}}});
  weights.push_back({{"name", "whole"}, {"shape", json::array()}, {"dtype", "int32"}});
  write(graph, std::string(8, '\0') + bytes_of<std::uint16_t>({0x3C00, 0xC500, 0x0001, 0x34CD}) +
                   bytes_of<std::uint8_t>({0, 4}) + bytes_of<std::uint16_t>({1000}) +
                   bytes_of<std::int32_t>({-7}));
  const TensorGraph read_graph = read();
  EXPECT_THAT(read_graph.constants.at("half").numbers,
              ElementsAre(1.0f, -5.0f, std::ldexp(1.0f, -24), 0.300048828125f));
  EXPECT_THAT(read_graph.constants.at("byte").numbers, ElementsAre(-1.0f, 1.0f));
  EXPECT_THAT(read_graph.constants.at("short").numbers, ElementsAre(252.0f));
  EXPECT_THAT(read_graph.constants.at("whole").integers, ElementsAre(-7));
}

TEST_F(TfjsGraphTest, WeightsThatAreCutOrTooLongAreRefusedByName) {
  write(topology(), std::string(7, '\0'));
  EXPECT_THAT(failure(), AllOf(HasSubstr(file_.string()), HasSubstr("within c")));
  write(topology(), std::string(9, '\0'));
  EXPECT_THAT(failure(), AllOf(HasSubstr(file_.string()), HasSubstr("need 8 bytes, the files have 9")));
}

TEST_F(TfjsGraphTest, NodesThatWaitForOneAnotherAreRefused) {
  json graph = topology();
  graph["modelTopology"]["node"][3] = {{"name", "x"}, {"op", "Relu"}, {"input", {"b"}}};
  write(graph);
  EXPECT_THAT(failure(), AllOf(HasSubstr(file_.string()), HasSubstr("wait for one another")));
}

TEST_F(TfjsGraphTest, WhatIsMissingOrThereTwiceIsNamed) {
  json graph = topology();
  graph["modelTopology"]["node"][0]["input"][0] = "nobody";
  write(graph);
  EXPECT_THAT(failure(), AllOf(HasSubstr("b"), HasSubstr("takes nobody, which is not there")));
  graph = topology();
  graph["modelTopology"]["node"].push_back({{"name", "a"}, {"op", "Relu"}});
  write(graph);
  EXPECT_THAT(failure(), HasSubstr("two nodes named a"));
  graph = topology();
  graph["modelTopology"]["node"].push_back({{"name", "d"}, {"op", "Const"}});
  write(graph);
  EXPECT_THAT(failure(), HasSubstr("no weights for the constant d"));
}

TEST_F(TfjsGraphTest, SizesThatOverflowAndUnknownTypesAreRefused) {
  json graph = topology();
  graph["weightsManifest"][0]["weights"][0]["shape"] = {4294967295u, 4294967295u, 16};
  write(graph);
  EXPECT_THAT(failure(), HasSubstr("impossible shape for the weights c"));
  graph["weightsManifest"][0]["weights"][0]["shape"] = {-1};
  write(graph);
  EXPECT_THAT(failure(), HasSubstr("impossible shape for the weights c"));
  graph = topology();
  graph["weightsManifest"][0]["weights"][0]["dtype"] = "complex64";
  write(graph);
  EXPECT_THAT(failure(), HasSubstr("stores the weights c as complex64"));
}

TEST_F(TfjsGraphTest, WeightsOutsideTheFolderAreNotOpened) {
  json graph = topology();
  for (const char* path : {"../w.bin", "/etc/passwd", "..", ""}) {
    graph["weightsManifest"][0]["paths"] = {path};
    write(graph);
    EXPECT_THAT(failure(), HasSubstr("outside its own folder")) << path;
  }
}

TEST_F(TfjsGraphTest, OtherFilesAreNamedForWhatTheyAreNot) {
  testing::write_bytes(file_, "version https://git-lfs.github.com/spec/v1");
  EXPECT_THAT(failure(), AllOf(HasSubstr(file_.string()), HasSubstr("is a Git LFS pointer")));
  testing::write_bytes(file_, R"({"format": "layers-model"})");
  EXPECT_THAT(failure(), HasSubstr("is not a TensorFlow.js graph model"));
  json graph = topology();
  graph["modelTopology"]["node"][1]["attr"]["strides"]["list"]["i"][0] = "one";
  write(graph);
  EXPECT_THAT(failure(), HasSubstr("a number in it is not one"));
}

}  // namespace
}  // namespace ahap
