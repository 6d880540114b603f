#pragma once

#include <torch/torch.h>

#include <string>
#include <vector>

#include "reconstruction/formats/tfjs_graph.h"

namespace ahap {

// The part of a TensorFlow graph between one input node and some output nodes as a LibTorch module:
// convolutional inference with the dozen operators that MoveNet and BlazePose consist of. Weights become
// parameters once, in LibTorch's layout.
//
// Tensors are (N, C, H, W) in channels-last memory, which is TensorFlow's NHWC in place; where the graph
// flattens a 1 x 1 map they are (N, C).
class GraphNetworkImpl : public torch::nn::Module {
 public:
  // `input` is fed from outside, whatever computes it in the graph; nodes that the outputs don't need are
  // left out. Throws a sentence that names the file and the node at an operator or a variant of one that this
  // class does not know.
  GraphNetworkImpl(const TensorGraph& graph, const std::string& input,
                   const std::vector<std::string>& outputs);

  // x (N, C, H, W) float. One tensor for each of `outputs`, in their order.
  std::vector<torch::Tensor> forward(const torch::Tensor& x);

 private:
  enum class Op {
    input,
    convolution,
    add,
    relu,
    relu6,
    sigmoid,
    double_size,
    pad,
    max_pool,
    flatten,
    identity
  };
  enum class Activation { none, relu, relu6 };
  struct Step {
    Op op = Op::identity;
    std::string name = {};
    std::vector<int> inputs = {};  // steps
    torch::Tensor weight = {}, bias = {};
    std::vector<std::int64_t> stride{1, 1}, dilation{1, 1}, kernel{1, 1};
    std::vector<std::int64_t> padding = {};  // left, right, top, bottom (, front, back); empty: SAME
    std::int64_t groups = 1;
    Activation activation = Activation::none;
    int last_use = 0;  // the step after which its result is no longer needed
  };

  Step step_of(const TensorGraph& graph, const GraphNode& node);
  Step convolution(const TensorGraph& graph, const GraphNode& node);
  torch::Tensor parameter(const std::string& name, const torch::Tensor& value);
  torch::Tensor convolve(const Step& step, const torch::Tensor& x,
                         const std::vector<std::int64_t>& padding) const;
  torch::Tensor run(const Step& step, const std::vector<torch::Tensor>& results) const;
  torch::Tensor padded(const Step& step, torch::Tensor x, double value) const;
  [[noreturn]] void refuse(const GraphNode& node, const std::string& why) const;

  std::filesystem::path file_;
  std::vector<Step> steps_;
  std::vector<int> outputs_;  // steps
};
TORCH_MODULE(GraphNetwork);

}  // namespace ahap
