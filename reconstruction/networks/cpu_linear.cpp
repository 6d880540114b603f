#include "reconstruction/networks/cpu_linear.h"

#ifdef AHAP_ONEDNN
#include <dnnl.hpp>
#include <unordered_map>
#endif

namespace ahap {

#ifdef AHAP_ONEDNN

namespace {

using dnnl::memory;

dnnl::engine& cpu() {
  static dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

memory::desc by_rows(std::int64_t rows, std::int64_t columns) {
  return {{rows, columns}, memory::data_type::f32, memory::format_tag::ab};
}

// oneDNN keeps what it has compiled for these sizes.
dnnl::matmul product_of(const memory::desc& x, const memory::desc& weight, const memory::desc& bias,
                        const memory::desc& out, Activation activation) {
  dnnl::primitive_attr attributes;
  dnnl::post_ops after;
#if DNNL_VERSION_MAJOR >= 3
  if (activation == Activation::gelu) after.append_eltwise(dnnl::algorithm::eltwise_gelu_erf, 0, 0);
  attributes.set_post_ops(after);
  return dnnl::matmul(dnnl::matmul::primitive_desc(cpu(), x, weight, bias, out, attributes));
#else
  if (activation == Activation::gelu) after.append_eltwise(1, dnnl::algorithm::eltwise_gelu_erf, 0, 0);
  attributes.set_post_ops(after);
  return dnnl::matmul(dnnl::matmul::primitive_desc({x, weight, bias, out}, attributes, cpu()));
#endif
}

}  // namespace

bool has_linear_on_cpu() {
  return true;
}

void linear_on_cpu(const float* x, const float* weight, const float* bias, std::int64_t rows,
                   std::int64_t inputs, std::int64_t outputs, Activation activation, float* out) {
  const memory::desc of_x = by_rows(rows, inputs), of_out = by_rows(rows, outputs);
  const memory::desc of_weight({inputs, outputs}, memory::data_type::f32, memory::format_tag::ba);
  const memory::desc of_bias = bias ? by_rows(1, outputs) : memory::desc();
  const auto at = [](const memory::desc& desc, const float* data) {
    return memory(desc, cpu(), const_cast<float*>(data));  // oneDNN writes to its destination only
  };
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, at(of_x, x)},
                                               {DNNL_ARG_WEIGHTS, at(of_weight, weight)},
                                               {DNNL_ARG_DST, at(of_out, out)}};
  if (bias) arguments.emplace(DNNL_ARG_BIAS, at(of_bias, bias));
  dnnl::stream stream(cpu());
  product_of(of_x, of_weight, of_bias, of_out, activation).execute(stream, arguments);
  stream.wait();
}

#else

bool has_linear_on_cpu() {
  return false;
}

void linear_on_cpu(const float*, const float*, const float*, std::int64_t, std::int64_t, std::int64_t,
                   Activation, float*) {}

#endif

}  // namespace ahap
