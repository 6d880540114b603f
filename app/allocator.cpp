#include "app/allocator.h"

#include <c10/core/CPUAllocator.h>
#include <torch/version.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <new>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace ahap {
namespace {

#if defined(__GLIBC__) && TORCH_VERSION_MAJOR < 2
#define AHAP_TENSOR_MEMORY
// Aligns by hand: a block that glibc (before 2.38) has aligned leaves a hole too small for the next one of
// its size, and the heap of a run grows to twice what its tensors need.
class TensorMemory final : public at::Allocator {
 public:
  at::DataPtr allocate(std::size_t bytes) const override {
    if (bytes == 0) return {nullptr, nullptr, &release, at::kCPU};
    void* const block = std::malloc(bytes + kAlignment);
    if (!block) throw std::bad_alloc();
    void* const data = static_cast<std::byte*>(block) + kAlignment - std::uintptr_t(block) % kAlignment;
    static_cast<void**>(data)[-1] = block;  // malloc's blocks are multiples of 16 bytes away from `data`
    return {data, data, &release, at::kCPU};
  }
  at::DeleterFnPtr raw_deleter() const override { return &release; }

 private:
  static void release(void* data) {
    if (data) std::free(static_cast<void**>(data)[-1]);
  }
  static constexpr std::size_t kAlignment = 64;  // bytes
};
#endif

}  // namespace

void reuse_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
#ifdef AHAP_TENSOR_MEMORY
  static TensorMemory tensors;
  c10::SetCPUAllocator(&tensors);
#endif
}

void give_back_freed_memory() {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
}

}  // namespace ahap
