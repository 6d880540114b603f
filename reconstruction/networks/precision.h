#pragma once

#include <ATen/autocast_mode.h>
#include <torch/torch.h>
#include <torch/version.h>

namespace ahap {

// Whether this processor multiplies bfloat16 in hardware; where it does not, bfloat16 is far slower than
// float32.
inline bool cpu_multiplies_bf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#else
  return false;
#endif
}

// Whether LibTorch adds up products of bfloat16 in float32, as bfloat16 hardware does. On other processors it
// rounds every partial sum.
inline bool cpu_sums_bf16_in_float32() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

// Runs matrix products and convolutions of its scope in bfloat16 (parameters stay float32) when `enabled`.
// The one place that knows how LibTorch 1.13 and 2.x differ in this.
class Bf16Scope {
 public:
  Bf16Scope(bool enabled, torch::Device device) : device_(device), enabled_(enabled) {
    if (!enabled_) return;
    set(true);
    at::autocast::increment_nesting();
  }
  ~Bf16Scope() {
    if (!enabled_) return;
    if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
    set(false);
  }
  Bf16Scope(const Bf16Scope&) = delete;
  Bf16Scope& operator=(const Bf16Scope&) = delete;

  static bool surrounds_cpu() {
#if TORCH_VERSION_MAJOR >= 2
    return at::autocast::is_autocast_enabled(at::kCPU);
#else
    return at::autocast::is_cpu_enabled();
#endif
  }

 private:
  void set(bool on) {
#if TORCH_VERSION_MAJOR >= 2
    at::autocast::set_autocast_enabled(device_.type(), on);
    at::autocast::set_autocast_dtype(device_.type(), at::kBFloat16);
#else
    at::autocast::set_cpu_enabled(on);
    at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
#endif
  }
  torch::Device device_;
  bool enabled_;
};

// Keeps its scope in float32 inside a Bf16Scope.
class Float32Scope {
  c10::impl::ExcludeDispatchKeyGuard no_autocast_{c10::autocast_dispatch_keyset};
};

// product(a, b); inside a Bf16Scope a and b are rounded to bfloat16 and summed in float32, on every
// processor.
template <typename Product>
torch::Tensor product_in_scope(const torch::Tensor& a, const torch::Tensor& b, Product product) {
  if (!a.is_cpu() || !Bf16Scope::surrounds_cpu() || cpu_sums_bf16_in_float32()) return product(a, b);
  const Float32Scope exact;
  const auto rounded = [](const torch::Tensor& x) { return x.to(torch::kBFloat16).to(torch::kFloat); };
  return product(rounded(a), rounded(b));
}

}  // namespace ahap
