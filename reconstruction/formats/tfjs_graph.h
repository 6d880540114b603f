#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace ahap {

// A TensorFlow.js graph model: a JSON file with the topology and the list of weights, and beside it the files
// with the weights' bytes (tensorflow/tfjs, "graph-model"). Nothing in it is executed.

struct GraphAttribute {
  std::vector<std::int64_t> integers;  // one, or a list
  std::vector<std::string> strings;    // one, or a list
  double number = 0;
  bool flag = false;
};

struct GraphInput {
  int node = 0;    // index into TensorGraph::nodes; always less than the node's own
  int output = 0;  // which of its outputs
};

struct GraphNode {
  std::string name;
  std::string op;
  std::vector<GraphInput> inputs;  // without control dependencies
  std::map<std::string, GraphAttribute> attributes;

  // An attribute that the node does not have is empty.
  const GraphAttribute& attribute(const std::string& key) const;
};

// A constant's numbers, row major. Halves and quantised numbers are converted.
struct GraphConstant {
  std::vector<std::int64_t> shape;
  std::vector<float> numbers;          // of float tensors
  std::vector<std::int32_t> integers;  // of int32 and bool tensors
};

struct TensorGraph {
  std::filesystem::path file;
  std::vector<GraphNode> nodes;                    // each after everything it takes
  std::map<std::string, GraphConstant> constants;  // of the nodes with the operation "Const"
  std::map<std::string, std::string> outputs;      // the signature's names -> nodes

  int index_of(const std::string& node) const;  // throws a sentence that names the file and the node
};

// Reads and checks all of it: every name once, inputs that exist, no cycles, weights that fill their files to
// the last byte. Throws a sentence that names the file and the node or tensor.
TensorGraph read_tfjs_graph(const std::filesystem::path& json_file);

}  // namespace ahap
