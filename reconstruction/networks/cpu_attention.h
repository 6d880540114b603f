#pragma once

#include <cstdint>

namespace ahap {

// Vectors of `size` floats that lie together: vector n of head h of batch b begins at
// data + b batch + h head + n row.
struct HeadVectors {
  const float* data = nullptr;
  std::int64_t batch = 0, head = 0, row = 0;
};

struct AttentionSizes {
  std::int64_t batches = 0, heads = 0, queries = 0, keys = 0;
  std::int64_t size = 0;  // of a vector, a multiple of 16
};

constexpr std::int64_t kAttentionLanes = 16;

enum class Vectors { widest, avx2, baseline };  // of the processor's instructions

// softmax(q k^T / sqrt(size)) v into `out` (batches, queries, heads, size), on as many threads of OpenMP. The
// scores of 64 queries and 256 keys are held at once; the softmax is brought up to date from block to block
// (Milakov and Gimelshein 2018, Dao et al. 2022). Narrower vectors than the widest are for tests.
void attention_on_cpu(const HeadVectors& q, const HeadVectors& k, const HeadVectors& v,
                      const AttentionSizes& sizes, int threads, float* out,
                      Vectors vectors = Vectors::widest);

}  // namespace ahap
