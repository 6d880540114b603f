#include "tests/core/pretend_device.h"

#if TORCH_VERSION_MAJOR < 2

#include <ATen/InferSize.h>
#include <ATen/native/CPUFallback.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>

#include <map>
#include <mutex>
#include <optional>

namespace ahap::testing {
namespace {

constexpr auto kType = c10::DeviceType::XPU;  // a key of LibTorch that no part of this program uses

std::size_t whole_pages(std::size_t bytes) { return (std::max<std::size_t>(bytes, 1) + 4095) / 4096 * 4096; }

struct Block {
  void* data;
  std::size_t size;
};

void release(void* context) {
  auto* block = static_cast<Block*>(context);
  munmap(block->data, block->size);
  delete block;
}

struct LockedMemory : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) const override {
    const std::size_t size = whole_pages(bytes);
    void* data = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    TORCH_CHECK(data != MAP_FAILED, "no memory for the pretend device");
    return {data, new Block{data, size}, release, c10::Device(kType, 0)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return release; }
};

// The memory of a tensor of the device, open for as long as this lives, as a tensor of the CPU. The guard counts: two
// tensors may share a storage.
class Opened {
 public:
  explicit Opened(const at::Tensor& tensor) : storage_(tensor.storage()) {
    size_ = whole_pages(storage_.nbytes());
    std::lock_guard lock(mutex());
    if (count()[storage_.data()]++ == 0) mprotect(storage_.data(), size_, PROT_READ | PROT_WRITE);
    char* begin = static_cast<char*>(storage_.data()) + tensor.storage_offset() * tensor.element_size();
    cpu = at::from_blob(begin, tensor.sizes(), tensor.strides(), tensor.options().device(at::kCPU));
  }
  ~Opened() {
    std::lock_guard lock(mutex());
    if (--count()[storage_.data()] == 0) mprotect(storage_.data(), size_, PROT_NONE);
  }
  Opened(const Opened&) = delete;

  at::Tensor cpu;

 private:
  static std::mutex& mutex() {
    static std::mutex only;
    return only;
  }
  static std::map<void*, int>& count() {
    static std::map<void*, int> only;
    return only;
  }
  c10::Storage storage_;
  std::size_t size_;
};

bool here(const at::Tensor& tensor) { return tensor.device().type() == kType; }

at::Tensor empty(c10::IntArrayRef size, c10::optional<at::ScalarType> type, c10::optional<at::Layout>,
                 c10::optional<at::Device>, c10::optional<bool>, c10::optional<at::MemoryFormat> format) {
  static LockedMemory memory;
  constexpr c10::DispatchKeySet keys(c10::DispatchKey::XPU);
  return at::detail::empty_generic(size, &memory, keys, type.value_or(at::kFloat), format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride, c10::optional<at::ScalarType> type,
                         c10::optional<at::Layout>, c10::optional<at::Device>, c10::optional<bool>) {
  static LockedMemory memory;
  constexpr c10::DispatchKeySet keys(c10::DispatchKey::XPU);
  return at::detail::empty_strided_generic(size, stride, &memory, keys, type.value_or(at::kFloat));
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  std::optional<Opened> source, target;
  if (here(from)) source.emplace(from);
  if (here(to)) target.emplace(to);
  (target ? target->cpu : to).copy_(source ? source->cpu : from);
  return to;
}

at::Tensor copy_from_and_resize(const at::Tensor& from, const at::Tensor& to) {
  if (to.sizes() != from.sizes()) {
    auto fresh = at::empty_strided(from.sizes(), from.strides(), from.options().device(to.device()));
    const_cast<at::Tensor&>(to).set_data(fresh);
  }
  return copy_from(from, to, false);
}

at::Scalar item(const at::Tensor& tensor) { return Opened(tensor).cpu.clone().item(); }

at::Tensor view(const at::Tensor& tensor, c10::IntArrayRef size) {
  const auto shape = at::infer_size(size, tensor.numel());
  const auto stride = at::detail::computeStride(tensor.sizes(), tensor.strides(), shape);
  TORCH_CHECK(stride, "view size is not compatible with the tensor's strides");
  return at::as_strided(tensor, shape, *stride, tensor.storage_offset());
}

at::Tensor strided(const at::Tensor& tensor, c10::IntArrayRef size, c10::IntArrayRef stride,
                      c10::optional<int64_t> offset) {
  auto result = at::detail::make_tensor<c10::TensorImpl>(c10::TensorImpl::VIEW, c10::Storage(tensor.storage()),
                                                         tensor.key_set(), tensor.dtype());
  result.unsafeGetTensorImpl()->set_sizes_and_strides(size, stride);
  result.unsafeGetTensorImpl()->set_storage_offset(offset.value_or(tensor.storage_offset()));
  return result;
}

at::Tensor reshape_alias(const at::Tensor& tensor, c10::IntArrayRef size, c10::IntArrayRef stride) {
  return strided(tensor, size, stride, tensor.storage_offset());
}

at::Tensor& set_storage(at::Tensor& tensor, at::Storage storage, int64_t offset, c10::IntArrayRef size,
                        c10::IntArrayRef stride) {
  auto* self = tensor.unsafeGetTensorImpl();
  self->set_storage_keep_dtype(std::move(storage));
  self->set_sizes_and_strides(size, stride);
  self->set_storage_offset(offset);
  return tensor;
}

at::Tensor& set_tensor(at::Tensor& tensor, const at::Tensor& source) {
  return set_storage(tensor, source.storage(), source.storage_offset(), source.sizes(), source.strides());
}

at::Tensor convolution(const at::Tensor& input, const at::Tensor& weight, const c10::optional<at::Tensor>& bias,
                       c10::IntArrayRef stride, c10::IntArrayRef padding, c10::IntArrayRef dilation, bool transposed,
                       c10::IntArrayRef output_padding, int64_t groups) {
  TORCH_CHECK(here(input) && here(weight), "Expected all tensors to be on the same device");
  c10::optional<at::Tensor> b;
  if (bias && bias->defined()) b = bias->cpu();
  return at::convolution(input.cpu(), weight.cpu(), b, stride, padding, dilation, transposed, output_padding, groups)
      .to(input.device());
}

std::tuple<at::Tensor, at::Tensor, at::Tensor> convolution_backward(
    const at::Tensor& gradient, const at::Tensor& input, const at::Tensor& weight, c10::IntArrayRef stride,
    c10::IntArrayRef padding, c10::IntArrayRef dilation, bool transposed, c10::IntArrayRef output_padding, int64_t groups,
    std::array<bool, 3> mask) {
  const std::vector<int64_t> bias_size = {weight.size(0)};
  auto [a, b, c] = at::convolution_backward(gradient.cpu(), input.cpu(), weight.cpu(), c10::IntArrayRef(bias_size), stride,
                                            padding, dilation, transposed, output_padding, groups, mask);
  const auto back = [&](const at::Tensor& tensor) { return tensor.defined() ? tensor.to(input.device()) : tensor; };
  return {back(a), back(b), back(c)};
}

// What CUDA refuses: more than numbers from the CPU beside tensors of the device. Indices may come from there.
void on_the_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) {
  const std::string name = op.schema().name();
  const auto arguments = torch::jit::last(*stack, op.schema().arguments().size());
  bool mine = false, cpus = false;
  for (const auto& argument : arguments) {
    if (!argument.isTensor() || !argument.toTensor().defined()) continue;
    const at::Tensor tensor = argument.toTensor();
    mine |= here(tensor);
    cpus |= tensor.device().is_cpu() && tensor.dim() > 0;
  }
  TORCH_CHECK(!(mine && cpus) || name.rfind("aten::index", 0) == 0,
              "Expected all tensors to be on the same device, but ", name, " got some on the CPU");
  at::native::cpu_fallback(op, stack);
}

C10_REGISTER_GUARD_IMPL(XPU, c10::impl::NoOpDeviceGuardImpl<kType>);

TORCH_LIBRARY_IMPL(_, XPU, m) { m.fallback(torch::CppFunction::makeFromBoxedFunction<&on_the_cpu>()); }

TORCH_LIBRARY_IMPL(aten, XPU, m) {
  m.impl("empty.memory_format", TORCH_FN(empty));
  m.impl("empty_strided", TORCH_FN(empty_strided));
  m.impl("_copy_from", TORCH_FN(copy_from));
  m.impl("_copy_from_and_resize", TORCH_FN(copy_from_and_resize));
  m.impl("_local_scalar_dense", TORCH_FN(item));
  m.impl("view", TORCH_FN(view));
  m.impl("as_strided", TORCH_FN(strided));
  m.impl("_reshape_alias", TORCH_FN(reshape_alias));
  m.impl("set_.source_Storage_storage_offset", TORCH_FN(set_storage));
  m.impl("set_.source_Tensor", TORCH_FN(set_tensor));
  m.impl("convolution_overrideable", TORCH_FN(convolution));
  m.impl("convolution_backward_overrideable", TORCH_FN(convolution_backward));
}

}  // namespace

torch::Device pretend_device() { return {kType, 0}; }

}  // namespace ahap::testing

#else

namespace ahap::testing {

torch::Device pretend_device() { return torch::kCPU; }

}  // namespace ahap::testing

#endif
