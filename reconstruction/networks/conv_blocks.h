#pragma once

#include <torch/torch.h>

namespace ahap {

inline torch::nn::Conv2d conv(int in, int out, int kernel, int stride = 1) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel).stride(stride).padding(kernel / 2));
}

// x + conv(relu(conv(x))), then relu. The last convolution starts at zero, so the block starts as the
// identity and the network needs no normalisation layers.
struct ResidualConvImpl : torch::nn::Module {
  explicit ResidualConvImpl(int channels)
      : conv1(register_module("conv1", conv(channels, channels, 3))),
        conv2(register_module("conv2", conv(channels, channels, 3))) {
    torch::nn::init::zeros_(conv2->weight);
    torch::nn::init::zeros_(conv2->bias);
  }
  torch::Tensor forward(const torch::Tensor& x) { return torch::relu(x + conv2(torch::relu(conv1(x)))); }
  torch::nn::Conv2d conv1, conv2;
};
TORCH_MODULE(ResidualConv);

inline torch::nn::Sequential downsampling(int in, int out) {
  return torch::nn::Sequential(conv(in, out, 3, 2), torch::nn::ReLU(), ResidualConv(out));
}

// Convolution weights in the layout that the CPU kernels like best.
inline void to_channels_last(torch::nn::Module& module) {
  torch::NoGradGuard no_grad;
  for (auto& parameter : module.parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
  }
}

inline torch::Tensor upsample2(const torch::Tensor& x) {
  return at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
}

}  // namespace ahap
