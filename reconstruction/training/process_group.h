#pragma once

#include <torch/torch.h>

#include <memory>
#include <string>

namespace ahap {

// The processes that train one model together, each on its own captures, started as torchrun starts them: by
// RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT in the environment. Without them: one process
// alone. Communication is LibTorch's c10d, Gloo for tensors on the CPU and NCCL on CUDA devices where
// LibTorch has it. Every function but rank() and size() is called by all processes, in the same order; each
// throws one sentence when another process is gone.
class ProcessGroup {
 public:
  ProcessGroup();  // one process alone
  // Throws a sentence that names the variable where the environment is incomplete or makes no sense, and
  // where this program was built without c10d.
  static ProcessGroup from_environment();
  ~ProcessGroup();
  ProcessGroup(ProcessGroup&&) noexcept;
  ProcessGroup& operator=(ProcessGroup&&) noexcept;

  int rank() const { return rank_; }
  int size() const { return size_; }
  int local_rank() const {
    return local_rank_;
  }  // among the processes of this machine: the CUDA device to use
  bool any(bool mine) const;
  // Replaces every gradient by its mean over the processes; a parameter without one counts as zero.
  void average_gradients(const std::vector<torch::Tensor>& parameters) const;
  // What process 0 passes.
  std::string from_first(std::string bytes) const;

 private:
  struct Connection;
  void sum(torch::Tensor& values) const;

  int rank_ = 0, size_ = 1, local_rank_ = 0;
  std::unique_ptr<Connection> connection_;
};

}  // namespace ahap
