#include "app/version_text.h"

#include <torch/cuda.h>
#include <torch/version.h>

namespace ahap {
namespace {

#if defined(__clang__)
constexpr const char* kCompiler = __VERSION__;  // names itself
#elif defined(__GNUC__)
constexpr const char* kCompiler = "GCC " __VERSION__;
#else
constexpr const char* kCompiler = "unknown";
#endif

std::string device_text() {
  if (!torch::cuda::is_available()) return "CPU";
  const auto count = torch::cuda::device_count();
  return count == 1 ? "CUDA" : "CUDA (" + std::to_string(count) + " GPUs)";
}

}  // namespace

std::string version_text(const std::string& program) {
  return program + " " AHAP_VERSION "\n" + "compiler  " + kCompiler + "\n" + "LibTorch  " + TORCH_VERSION +
         "\n" + "device    " + device_text();
}

}  // namespace ahap
