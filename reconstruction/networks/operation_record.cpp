#include "reconstruction/networks/operation_record.h"

#include <ATen/record_function.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string_view>
#include <thread>

#include "reconstruction/formats/safe_write.h"
#include "reconstruction/networks/cpu_layers.h"

namespace ahap {

using Clock = std::chrono::steady_clock;

struct OperationRecord::State {
  struct Span {
    std::string name;
    std::uint64_t thread = 0;
    Clock::time_point begin, end;
  };
  std::atomic<double> operations{0};
  bool with_time_line = false;
  Clock::time_point start = Clock::now();
  mutable std::mutex mutex;  // of spans
  std::vector<Span> spans;
};

namespace {

std::atomic<OperationRecord::State*> current{nullptr};

struct Begun : at::ObserverContext {
  Clock::time_point at = Clock::now();
};

torch::Tensor tensor_at(const at::RecordFunction& function, std::size_t index) {
  const auto inputs = function.inputs();
  return index < inputs.size() && inputs[index].isTensor() ? inputs[index].toTensor() : torch::Tensor();
}

// Rows of a, columns of b, and what they are summed over: a (..., m, k), b (..., k, n).
double product(const torch::Tensor& a, const torch::Tensor& b) {
  if (!a.defined() || !b.defined() || a.dim() < 2 || b.dim() < 2) return 0;
  return 2.0 * double(a.numel()) * double(b.size(-1));
}

double convolution(const at::RecordFunction& function) {
  const auto x = tensor_at(function, 0), weight = tensor_at(function, 1);
  const auto inputs = function.inputs();
  if (!x.defined() || !weight.defined() || x.dim() != 4 || weight.dim() != 4 || inputs.size() < 9) return 0;
  const auto stride = inputs[3].toIntVector(), padding = inputs[4].toIntVector(),
             dilation = inputs[5].toIntVector();
  if (inputs[6].toBool()) return 2.0 * double(x.numel()) * double(weight.numel()) / double(weight.size(0));
  double cells = double(x.size(0) * weight.size(0));
  for (int axis = 0; axis < 2; ++axis) {
    const auto of = [&](const std::vector<int64_t>& values) { return values[values.size() > 1 ? axis : 0]; };
    const auto reach = of(dilation) * (weight.size(2 + axis) - 1) + 1;
    cells *= double((x.size(2 + axis) + 2 * of(padding) - reach) / of(stride) + 1);
  }
  return 2 * cells * double(weight.numel()) / double(weight.size(0));
}

// Operators that others call are counted in those alone.
double operations_of(const at::RecordFunction& function) {
  const std::string_view name = function.name();
  if (name == "aten::mm" || name == "aten::bmm")
    return product(tensor_at(function, 0), tensor_at(function, 1));
  if (name == "aten::addmm" || name == "aten::baddbmm")
    return product(tensor_at(function, 1), tensor_at(function, 2));
  if (name == "aten::convolution" || name == "ahap::convolution") return convolution(function);
  if (name == "ahap::linear") return product(tensor_at(function, 0), tensor_at(function, 1).t());
  if (name == "ahap::attention") {
    const auto q = tensor_at(function, 0), k = tensor_at(function, 1);
    return 4.0 * double(q.numel()) * double(k.size(2));
  }
  return 0;
}

std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction& function) {
  OperationRecord::State* state = current;
  if (!state) return nullptr;
  const double operations = operations_of(function);
  if (operations > 0) {
    double before = state->operations;
    while (!state->operations.compare_exchange_weak(before, before + operations)) {
    }
  }
  return state->with_time_line ? std::make_unique<Begun>() : nullptr;
}

void end(const at::RecordFunction& function, at::ObserverContext* context) {
  OperationRecord::State* state = current;
  if (!state || !context) return;
  const std::lock_guard lock(state->mutex);
  state->spans.push_back(
      {function.name(), function.threadId(), static_cast<Begun*>(context)->at, Clock::now()});
}

}  // namespace

OperationRecord::OperationRecord(bool with_time_line) : state_(std::make_unique<State>()) {
  state_->with_time_line = with_time_line;
  current = state_.get();
  callback_ = at::addGlobalCallback(at::RecordFunctionCallback(begin, end)
                                        .needsInputs(true)
                                        .scopes({at::RecordScope::FUNCTION, at::RecordScope::USER_SCOPE}));
}

OperationRecord::~OperationRecord() {
  at::removeCallback(callback_);
  current = nullptr;
}

double OperationRecord::operations() const {
  return state_->operations;
}

void OperationRecord::add_span(const std::string& name, Clock::time_point begin, Clock::time_point end) {
  const std::lock_guard lock(state_->mutex);
  state_->spans.push_back({name, 0, begin, end});
}

void OperationRecord::write_time_line(const std::filesystem::path& file) const {
  const auto microseconds = [](Clock::duration duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
  };
  const std::lock_guard lock(state_->mutex);
  safe_write(file, [&](std::ostream& out) {
    out << "{\"displayTimeUnit\":\"ms\",\"traceEvents\":[\n";
    for (std::size_t i = 0; i < state_->spans.size(); ++i) {
      const State::Span& span = state_->spans[i];
      const nlohmann::json event = {{"name", span.name},
                                    {"ph", "X"},
                                    {"pid", 1},
                                    {"tid", span.thread},
                                    {"ts", microseconds(span.begin - state_->start)},
                                    {"dur", microseconds(span.end - span.begin)}};
      out << event.dump() << (i + 1 < state_->spans.size() ? ",\n" : "\n");
    }
    out << "]}\n";
  });
}

double matrix_product_rate() {
  torch::NoGradGuard no_grad;
  constexpr int64_t kSize = 1536;
  constexpr int kRuns = 6;
  const auto a = torch::rand({kSize, kSize}), b = torch::rand({kSize, kSize});
  double least = 1e30;
  const auto time = [&](const auto& compute) {
    for (int run = 0; run < kRuns; ++run) {
      const auto begin = Clock::now();
      compute();
      least = std::min(least, std::chrono::duration<double>(Clock::now() - begin).count());
    }
  };
  time([&] { return torch::mm(a, b); });
  time([&] { return linear_layer(a, b, {}); });
  return 2.0 * kSize * kSize * kSize / least;
}

}  // namespace ahap
