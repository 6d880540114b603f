#pragma once

#include <cstdint>

namespace ahap {

enum class Activation { none, gelu };  // gelu: the exact one, x (1 + erf(x / sqrt(2))) / 2

// Whether this build has linear_on_cpu(): oneDNN was there.
bool has_linear_on_cpu();

// activation(x weight^T + bias) into `out` (rows, outputs), by oneDNN, for x (rows, inputs) and weight
// (outputs, inputs), both contiguous; bias (outputs), or null. The BLAS behind LibTorch knows fewer
// processors (OpenBLAS 0.3.21 runs SSE3 code on those of 2023 and later), and its threads wait for each other
// with those of OpenMP.
void linear_on_cpu(const float* x, const float* weight, const float* bias, std::int64_t rows,
                   std::int64_t inputs, std::int64_t outputs, Activation activation, float* out);

}  // namespace ahap
