#include "reconstruction/networks/graph_network.h"

#include <algorithm>
#include <limits>
#include <map>
#include <stdexcept>

#include "reconstruction/networks/cpu_layers.h"

namespace ahap {
namespace {

// What a node takes that is a tensor of the network, not a constant or a size computed from a shape.
std::size_t data_inputs(const std::string& op) {
  return op == "AddV2" || op == "Add" ? 2 : op == "Placeholder" || op == "Const" ? 0 : 1;
}

const GraphConstant* constant_input(const TensorGraph& graph, const GraphNode& node, std::size_t i) {
  if (i >= node.inputs.size()) return nullptr;
  const auto found = graph.constants.find(graph.nodes[node.inputs[i].node].name);
  return found == graph.constants.end() ? nullptr : &found->second;
}

// Padding of TensorFlow's SAME along one axis: before, after.
std::pair<std::int64_t, std::int64_t> same_padding(std::int64_t size, std::int64_t kernel,
                                                   std::int64_t stride, std::int64_t dilation) {
  const std::int64_t reach = (kernel - 1) * dilation + 1, steps = (size + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>((steps - 1) * stride + reach - size, 0);
  return {total / 2, total - total / 2};
}

}  // namespace

void GraphNetworkImpl::refuse(const GraphNode& node, const std::string& why) const {
  throw std::runtime_error(file_.string() + ": the node " + node.name + " (" + node.op + ") " + why);
}

GraphNetworkImpl::GraphNetworkImpl(const TensorGraph& graph, const std::string& input,
                                   const std::vector<std::string>& outputs)
    : file_(graph.file) {
  const int first = graph.index_of(input);
  std::vector<bool> needed(graph.nodes.size(), false);
  for (const std::string& output : outputs) needed[graph.index_of(output)] = true;
  needed[first] = true;
  for (int n = int(graph.nodes.size()) - 1; n > first; --n) {
    if (!needed[n]) continue;
    const GraphNode& node = graph.nodes[n];
    if (node.inputs.size() < data_inputs(node.op)) refuse(node, "lacks an input");
    for (std::size_t i = 0; i < data_inputs(node.op); ++i) needed[node.inputs[i].node] = true;
  }
  std::map<int, int> step_of_node;
  for (int n = first; n < int(graph.nodes.size()); ++n) {
    if (!needed[n]) continue;
    const GraphNode& node = graph.nodes[n];
    Step step = n == first ? Step{.op = Op::input, .name = node.name} : step_of(graph, node);
    const std::size_t inputs = n == first ? 0 : data_inputs(node.op);
    for (std::size_t i = 0; i < inputs; ++i) {
      const auto source = step_of_node.find(node.inputs[i].node);
      if (source == step_of_node.end() || node.inputs[i].output != 0)
        refuse(node, "takes something that does not come from " + input);
      step.inputs.push_back(source->second);
      steps_[source->second].last_use = int(steps_.size());
    }
    step_of_node[n] = int(steps_.size());
    steps_.push_back(std::move(step));
  }
  for (const std::string& output : outputs) {
    const auto step = step_of_node.find(graph.index_of(output));
    if (step == step_of_node.end())
      refuse(graph.nodes[graph.index_of(output)], "does not depend on " + input);
    outputs_.push_back(step->second);
    steps_[step->second].last_use = std::numeric_limits<int>::max();
  }
  eval();
}

torch::Tensor GraphNetworkImpl::parameter(const std::string& name, const torch::Tensor& value) {
  std::string key = name;
  std::replace(key.begin(), key.end(), '.', '_');
  return register_buffer(key, value);
}

GraphNetworkImpl::Step GraphNetworkImpl::convolution(const TensorGraph& graph, const GraphNode& node) {
  Step step{.op = Op::convolution, .name = node.name};
  const bool depthwise = node.op.find("Depthwise") != std::string::npos,
             fused = node.op.find("Fused") != std::string::npos;
  const GraphConstant* filter = constant_input(graph, node, 1);
  if (!filter || filter->shape.size() != 4 || filter->numbers.empty())
    refuse(node, "has no constant filter with four axes");
  const auto& s = filter->shape;  // kernel height, width, channels in, channels out or multiplier
  torch::Tensor weight = torch::tensor(filter->numbers).view({s[0], s[1], s[2], s[3]});
  weight = depthwise ? weight.permute({2, 3, 0, 1}).reshape({s[2] * s[3], 1, s[0], s[1]})
                     : weight.permute({3, 2, 0, 1});
  step.weight = parameter(node.name + "/weight", weight.contiguous(torch::MemoryFormat::ChannelsLast));
  step.groups = depthwise ? s[2] : 1;
  step.kernel = {s[0], s[1]};

  const auto pair = [&](const char* key) {
    const auto& list = node.attribute(key).integers;
    if (list.empty()) return std::vector<std::int64_t>{1, 1};
    if (list.size() != 4 || list[0] != 1 || list[3] != 1 || list[1] < 1 || list[2] < 1 || list[1] > 1024 ||
        list[2] > 1024) {
      refuse(node, std::string("has impossible ") + key);
    }
    return std::vector<std::int64_t>{list[1], list[2]};
  };
  step.stride = pair("strides");
  step.dilation = pair("dilations");
  const auto& format = node.attribute("data_format").strings;
  if (!format.empty() && format[0] != "NHWC") refuse(node, "does not keep channels last");
  const auto& padding = node.attribute("padding").strings;
  if (padding.size() != 1 || (padding[0] != "SAME" && padding[0] != "VALID"))
    refuse(node, "has a padding other than SAME and VALID");
  if (padding[0] == "VALID") step.padding = {0, 0, 0, 0};
  if (!fused) return step;

  for (const std::string& operation : node.attribute("fused_ops").strings) {
    if (operation == "BiasAdd") {
      const GraphConstant* bias = constant_input(graph, node, 2);
      if (!bias || std::int64_t(bias->numbers.size()) != weight.size(0))
        refuse(node, "has no bias of its number of channels");
      step.bias = parameter(node.name + "/bias", torch::tensor(bias->numbers));
    } else if (operation == "Relu") {
      step.activation = Activation::relu;
    } else if (operation == "Relu6") {
      step.activation = Activation::relu6;
    } else {
      refuse(node, "is fused with " + operation + ", which is not supported");
    }
  }
  return step;
}

GraphNetworkImpl::Step GraphNetworkImpl::step_of(const TensorGraph& graph, const GraphNode& node) {
  if (node.op == "_FusedConv2D" || node.op == "Conv2D" || node.op == "FusedDepthwiseConv2dNative" ||
      node.op == "DepthwiseConv2dNative") {
    return convolution(graph, node);
  }
  Step step{.name = node.name};
  if (node.op == "AddV2" || node.op == "Add") {
    step.op = Op::add;
  } else if (node.op == "Relu") {
    step.op = Op::relu;
  } else if (node.op == "Relu6") {
    step.op = Op::relu6;
  } else if (node.op == "Sigmoid") {
    step.op = Op::sigmoid;
  } else if (node.op == "Identity") {
    step.op = Op::identity;
  } else if (node.op == "Reshape") {
    step.op = Op::flatten;
  } else if (node.op == "ResizeBilinear") {
    if (node.attribute("align_corners").flag || !node.attribute("half_pixel_centers").flag)
      refuse(node, "places pixels in a way that is not supported");
    step.op = Op::double_size;
  } else if (node.op == "Pad") {
    const GraphConstant* amounts = constant_input(graph, node, 1);
    if (!amounts || amounts->integers.size() != 8) refuse(node, "has no constant amounts for four axes");
    const auto& a = amounts->integers;
    if (a[0] != 0 || a[1] != 0 || *std::min_element(a.begin(), a.end()) < 0 ||
        *std::max_element(a.begin(), a.end()) > 4096) {
      refuse(node, "has impossible amounts");
    }
    step.op = Op::pad;
    step.padding = {a[4], a[5], a[2], a[3], a[6], a[7]};
  } else if (node.op == "MaxPool") {
    const auto &kernel = node.attribute("ksize").integers, &stride = node.attribute("strides").integers;
    const auto& padding = node.attribute("padding").strings;
    if (kernel.size() != 4 || stride.size() != 4 || padding.size() != 1) refuse(node, "lacks its window");
    for (const int i : {1, 2})
      if (kernel[i] < 1 || kernel[i] > 64 || stride[i] < 1 || stride[i] > 64)
        refuse(node, "has an impossible window");
    step.op = Op::max_pool;
    step.kernel = {kernel[1], kernel[2]};
    step.stride = {stride[1], stride[2]};
    if (padding[0] == "VALID") step.padding = {0, 0, 0, 0};
  } else {
    refuse(node, "is an operation that is not supported");
  }
  return step;
}

torch::Tensor GraphNetworkImpl::padded(const Step& step, torch::Tensor x, double value) const {
  std::vector<std::int64_t> amounts = step.padding;
  if (amounts.empty()) {
    const auto [top, bottom] = same_padding(x.size(2), step.kernel[0], step.stride[0], step.dilation[0]);
    const auto [left, right] = same_padding(x.size(3), step.kernel[1], step.stride[1], step.dilation[1]);
    amounts = {left, right, top, bottom};
  }
  if (std::all_of(amounts.begin(), amounts.end(), [](std::int64_t a) { return a == 0; })) return x;
  return at::constant_pad_nd(x, amounts, value).contiguous(torch::MemoryFormat::ChannelsLast);
}

// LibTorch's own choice falls on slow kernels where it runs on one thread, as side by side with other views.
torch::Tensor GraphNetworkImpl::convolve(const Step& step, const torch::Tensor& x,
                                         const std::vector<std::int64_t>& padding) const {
  const std::vector<std::int64_t> one{1, 1}, none{0, 0};
  if (step.kernel == one && step.stride == one && step.groups == 1 && padding == none && infers_on_cpu(x))
    return linear_layer(x.permute({0, 2, 3, 1}), step.weight.flatten(1), step.bias).permute({0, 3, 1, 2});
  if (!infers_on_cpu(x) || !at::hasMKLDNN())
    return at::conv2d(x, step.weight, step.bias, step.stride, padding, step.dilation, step.groups);
  RECORD_FUNCTION("ahap::convolution",
                  std::vector<c10::IValue>({x, step.weight, step.bias, step.stride, padding, step.dilation,
                                            false, none, step.groups}));
  return at::mkldnn_convolution(x, step.weight, step.bias, padding, step.stride, step.dilation, step.groups);
}

torch::Tensor GraphNetworkImpl::run(const Step& step, const std::vector<torch::Tensor>& results) const {
  const auto in = [&](std::size_t i) -> const torch::Tensor& { return results[step.inputs[i]]; };
  switch (step.op) {
    case Op::convolution: {
      torch::Tensor x = in(0);
      std::vector<std::int64_t> symmetric{0, 0};
      if (step.padding.empty()) {
        const auto [top, bottom] = same_padding(x.size(2), step.kernel[0], step.stride[0], step.dilation[0]);
        const auto [left, right] = same_padding(x.size(3), step.kernel[1], step.stride[1], step.dilation[1]);
        if (top == bottom && left == right) {
          symmetric = {top, left};
        } else {
          x = padded(step, x, 0);
        }
      }
      torch::Tensor y = convolve(step, x, symmetric);
      if (step.activation == Activation::relu) y.relu_();
      if (step.activation == Activation::relu6) y.clamp_(0, 6);
      return y;
    }
    case Op::add:
      return in(0) + in(1);
    case Op::relu:
      return torch::relu(in(0));
    case Op::relu6:
      return in(0).clamp(0, 6);
    case Op::sigmoid:
      return torch::sigmoid(in(0));
    case Op::double_size:
      return at::upsample_bilinear2d(in(0), {in(0).size(2) * 2, in(0).size(3) * 2}, false);
    case Op::pad:
      return padded(step, in(0), 0);
    case Op::max_pool:
      return at::max_pool2d(padded(step, in(0), -std::numeric_limits<double>::infinity()), step.kernel,
                            step.stride);
    case Op::flatten:
      if (in(0).dim() == 4 && in(0).size(2) * in(0).size(3) != 1) {
        throw std::runtime_error(file_.string() + ": the node " + step.name +
                                 " (Reshape) is applied to a map, which is not supported");
      }
      return in(0).flatten(1);
    default:
      return in(0);
  }
}

std::vector<torch::Tensor> GraphNetworkImpl::forward(const torch::Tensor& x) {
  std::vector<torch::Tensor> results(steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const Step& step = steps_[i];
    results[i] = step.op == Op::input ? x.contiguous(torch::MemoryFormat::ChannelsLast) : run(step, results);
    for (const int input : step.inputs) {
      if (steps_[input].last_use == int(i)) results[input] = torch::Tensor();
    }
  }
  std::vector<torch::Tensor> outputs;
  for (const int output : outputs_) outputs.push_back(results[output]);
  return outputs;
}

}  // namespace ahap
