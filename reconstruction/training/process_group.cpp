#include "reconstruction/training/process_group.h"

#include <cstdlib>
#include <stdexcept>

// LibTorch's header of Gloo's process group includes Gloo's own headers, which are a package of their own.
#if defined(USE_C10D_GLOO) && __has_include(<gloo/rendezvous/store.h>)
#define AHAP_HAS_C10D 1
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif
#endif

namespace ahap {
namespace {

[[maybe_unused]] int number_from(const char* variable, const char* fallback = nullptr) {
  const char* text = std::getenv(variable);
  if (!text) text = fallback;
  const std::string name = variable;
  if (!text) {
    throw std::runtime_error(
        "The environment has WORLD_SIZE but no " + name +
        "; training with several processes needs RANK, WORLD_SIZE, MASTER_ADDR and MASTER_PORT.");
  }
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (end == text || *end || value < 0 || value > 65535) {
    throw std::runtime_error("The environment's " + name + " is \"" + text +
                             "\", not a number from 0 to 65535.");
  }
  return int(value);
}

}  // namespace

#ifdef AHAP_HAS_C10D

struct ProcessGroup::Connection {
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> gloo;
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
  c10::intrusive_ptr<c10d::ProcessGroupNCCL> nccl;
#endif
};

ProcessGroup ProcessGroup::from_environment() {
  ProcessGroup group;
  if (!std::getenv("WORLD_SIZE")) return group;
  group.size_ = number_from("WORLD_SIZE");
  group.rank_ = number_from("RANK");
  group.local_rank_ = number_from("LOCAL_RANK", std::to_string(group.rank_).c_str());
  if (group.rank_ >= group.size_) {
    throw std::runtime_error("RANK is " + std::to_string(group.rank_) +
                             ", but counts from 0 to WORLD_SIZE - 1 = " + std::to_string(group.size_ - 1) +
                             ".");
  }
  if (group.size_ == 1) return group;
  const char* address = std::getenv("MASTER_ADDR");
  if (!address)
    throw std::runtime_error("The environment has WORLD_SIZE but no MASTER_ADDR, the machine of process 0.");
  const int port = number_from("MASTER_PORT");
  constexpr auto kMeeting = std::chrono::minutes(5);
  constexpr auto kStep = std::chrono::hours(2);  // the longest that process 0 may validate while others wait
  try {
    c10d::TCPStoreOptions options;
    options.port = std::uint16_t(port);
    options.isServer = group.rank_ == 0;
    options.numWorkers = group.size_;
    options.timeout = kMeeting;
    group.connection_ = std::make_unique<Connection>();
    group.connection_->store = c10::make_intrusive<c10d::TCPStore>(address, options);
    const auto gloo = c10d::ProcessGroupGloo::Options::create(kStep);
    gloo->devices.push_back(std::string(address) == "127.0.0.1" || std::string(address) == "localhost"
                                ? c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1")
                                : c10d::ProcessGroupGloo::createDefaultDevice());
    group.connection_->gloo = c10::make_intrusive<c10d::ProcessGroupGloo>(
        c10::make_intrusive<c10d::PrefixStore>("gloo", group.connection_->store), group.rank_, group.size_,
        gloo);
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
    if (torch::cuda::is_available()) {
      group.connection_->nccl = c10::make_intrusive<c10d::ProcessGroupNCCL>(
          c10::make_intrusive<c10d::PrefixStore>("nccl", group.connection_->store), group.rank_, group.size_);
    }
#endif
  } catch (const std::exception&) {
    throw std::runtime_error("The " + std::to_string(group.size_) + " processes did not find each other at " +
                             address + ":" + std::to_string(port) +
                             " within five minutes; start all of them, with the same MASTER_ADDR and "
                             "MASTER_PORT.");
  }
  return group;
}

void ProcessGroup::sum(torch::Tensor& values) const {
  std::vector<torch::Tensor> tensors = {values};
  try {
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
    if (values.is_cuda() && connection_->nccl) {
      connection_->nccl->allreduce(tensors)->wait();
      return;
    }
#endif
    if (values.is_cuda()) tensors = {values.cpu()};
    connection_->gloo->allreduce(tensors)->wait();
    if (values.is_cuda()) values.copy_(tensors[0]);
  } catch (const std::exception&) {
    throw std::runtime_error(
        "Another process of this training ended or cannot be reached any more; start all of them again, "
        "they continue from the last checkpoint.");
  }
}

#else

struct ProcessGroup::Connection {};

ProcessGroup ProcessGroup::from_environment() {
  if (!std::getenv("WORLD_SIZE") || number_from("WORLD_SIZE") == 1) return {};
  throw std::runtime_error(
      "This program was built without Gloo (libgloo-dev), so it trains in one process only; build it with "
      "Gloo, or unset WORLD_SIZE.");
}

void ProcessGroup::sum(torch::Tensor&) const {}

#endif

ProcessGroup::ProcessGroup() = default;
ProcessGroup::~ProcessGroup() = default;
ProcessGroup::ProcessGroup(ProcessGroup&&) noexcept = default;
ProcessGroup& ProcessGroup::operator=(ProcessGroup&&) noexcept = default;

bool ProcessGroup::any(bool mine) const {
  if (size_ == 1) return mine;
  auto count = torch::full({1}, mine ? 1.f : 0.f);
  sum(count);
  return count.item<float>() > 0;
}

void ProcessGroup::average_gradients(const std::vector<torch::Tensor>& parameters) const {
  if (size_ == 1) return;
  torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> flat;
  for (const auto& p : parameters)
    flat.push_back((p.grad().defined() ? p.grad() : torch::zeros_like(p)).flatten());
  auto all = torch::cat(flat);
  sum(all);
  all /= size_;
  int64_t at = 0;
  for (const auto& p : parameters) {
    p.mutable_grad() = all.slice(0, at, at + p.numel()).view_as(p).clone();
    at += p.numel();
  }
}

std::string ProcessGroup::from_first(std::string bytes) const {
  if (size_ == 1) return bytes;
  auto length = torch::full({1}, rank_ == 0 ? int64_t(bytes.size()) : 0, torch::kLong);
  sum(length);
  auto content = torch::zeros({length.item<int64_t>()}, torch::kUInt8);
  if (content.numel() == 0) return {};
  if (rank_ == 0) std::copy(bytes.begin(), bytes.end(), content.data_ptr<std::uint8_t>());
  sum(content);  // the others add nothing
  const auto* begin = reinterpret_cast<const char*>(content.data_ptr<std::uint8_t>());
  return {begin, begin + content.numel()};
}

}  // namespace ahap
