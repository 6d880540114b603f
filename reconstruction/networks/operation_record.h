#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace ahap {

// What the networks compute while it exists: floating point operations of matrix products, convolutions and
// attention (a multiply and an add are two), and on demand the time line of all of LibTorch's operators. One
// at a time.
class OperationRecord {
 public:
  explicit OperationRecord(bool with_time_line = false);
  ~OperationRecord();
  OperationRecord(const OperationRecord&) = delete;
  OperationRecord& operator=(const OperationRecord&) = delete;

  double operations() const;  // so far
  // A named part of the time line, such as a stage.
  void add_span(const std::string& name, std::chrono::steady_clock::time_point begin,
                std::chrono::steady_clock::time_point end);
  // The time line in Chrome's trace format, which Perfetto (ui.perfetto.dev) opens.
  void write_time_line(const std::filesystem::path& file) const;

  struct State;

 private:
  std::unique_ptr<State> state_;
  std::uint64_t callback_ = 0;
};

// Operations per second of products of large float32 matrices on all usable processors, the faster of
// LibTorch's and this program's own: the most that a network of linear layers could reach. Takes about a
// second.
double matrix_product_rate();

}  // namespace ahap
