#include "reconstruction/networks/cpu_attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <numbers>
#include <vector>

namespace ahap {
namespace {

#define AHAP_INLINE inline __attribute__((always_inline))

// The compiler splits them where the processor's vectors are shorter.
using Lanes = float __attribute__((vector_size(64)));
using IntLanes = std::int32_t __attribute__((vector_size(64)));

constexpr std::int64_t kLanes = kAttentionLanes;
constexpr std::int64_t kQueries = 64, kKeys = 256;  // of a block: its scores stay in the second cache
constexpr float kLowest = -1e30f;

AHAP_INLINE Lanes load(const float* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof(Lanes));
  return lanes;
}

AHAP_INLINE void store(float* to, Lanes lanes) {
  std::memcpy(to, &lanes, sizeof(Lanes));
}

AHAP_INLINE Lanes everywhere(float value) {
  return Lanes{} + value;
}

// 2^x for x <= 0; relative error 1e-7, and no more than 2^-126 below that.
AHAP_INLINE Lanes exp2_of_negative(Lanes x) {
  constexpr float kRounder = 1.5f * (1 << 23);  // adding it leaves no room for a fraction
  x = x < -126.0f ? everywhere(-126.0f) : x;
  const Lanes whole = (x + kRounder) - kRounder;
  const Lanes t = (x - whole) * std::numbers::ln2_v<float>;
  Lanes e = everywhere(1.0f / 5040);
  for (const float coefficient : {1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f, 1.0f, 1.0f})
    e = e * t + coefficient;
  const IntLanes bits = (__builtin_convertvector(whole, IntLanes) + 127) << 23;
  Lanes power;
  std::memcpy(&power, &bits, sizeof(Lanes));
  return e * power;
}

AHAP_INLINE float largest(Lanes lanes) {
  float value = lanes[0];
  for (int i = 1; i < kLanes; ++i) value = std::max(value, lanes[i]);
  return value;
}

AHAP_INLINE float sum(Lanes lanes) {
  float value = 0;
  for (int i = 0; i < kLanes; ++i) value += lanes[i];
  return value;
}

// `rows` x (`columns` vectors) of a product a b, added to what `to` holds: a (rows, inner), b (inner, .),
// both by rows.
template <int rows, int columns>
AHAP_INLINE void multiply_tile(const float* a, std::int64_t a_row, const float* b, std::int64_t b_row,
                               std::int64_t inner, float* to, std::int64_t to_row) {
  Lanes total[rows][columns];
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) total[r][c] = load(to + r * to_row + c * kLanes);
  for (std::int64_t i = 0; i < inner; ++i) {
    Lanes factor[columns];
    for (int c = 0; c < columns; ++c) factor[c] = load(b + i * b_row + c * kLanes);
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < columns; ++c) total[r][c] += a[r * a_row + i] * factor[c];
  }
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) store(to + r * to_row + c * kLanes, total[r][c]);
}

struct Matrix {
  const float* data;
  std::int64_t row;
};

template <int tile_rows, int columns>
AHAP_INLINE void multiply_strip(const Matrix& a, const float* b, std::int64_t b_row, std::int64_t rows,
                                std::int64_t inner, float* to, std::int64_t to_row) {
  std::int64_t r = 0;
  for (; r + tile_rows <= rows; r += tile_rows)
    multiply_tile<tile_rows, columns>(a.data + r * a.row, a.row, b, b_row, inner, to + r * to_row, to_row);
  for (; r < rows; ++r)
    multiply_tile<1, columns>(a.data + r * a.row, a.row, b, b_row, inner, to + r * to_row, to_row);
}

// to += a b for a (rows, inner) and b (inner, columns); columns a multiple of 16.
template <int tile_rows, int tile_columns>
AHAP_INLINE void multiply(const Matrix& a, const Matrix& b, std::int64_t rows, std::int64_t inner,
                          std::int64_t columns, float* to, std::int64_t to_row) {
  std::int64_t c = 0;
  for (; c + tile_columns * kLanes <= columns; c += tile_columns * kLanes)
    multiply_strip<tile_rows, tile_columns>(a, b.data + c, b.row, rows, inner, to + c, to_row);
  for (; c < columns; c += kLanes)
    multiply_strip<tile_rows, 1>(a, b.data + c, b.row, rows, inner, to + c, to_row);
}

// What is known of a block of queries after some keys.
struct Running {
  float* output;   // (rows, size), not yet divided by the sums
  float* largest;  // score of each row
  float* sum;      // of each row's powers
};

// Scores to powers of two of their distance from the largest one so far; what is known is scaled to it.
AHAP_INLINE void update(float* scores, std::int64_t rows, std::int64_t keys, std::int64_t padded_keys,
                        std::int64_t size, const Running& running) {
  for (std::int64_t r = 0; r < rows; ++r) {
    float* row = scores + r * kKeys;
    std::fill(row + keys, row + padded_keys, kLowest);
    Lanes top = load(row);
    for (std::int64_t c = kLanes; c < padded_keys; c += kLanes) {
      const Lanes next = load(row + c);
      top = next > top ? next : top;
    }
    const float before = running.largest[r], now = std::max(before, largest(top));
    Lanes total{};
    for (std::int64_t c = 0; c < padded_keys; c += kLanes) {
      const Lanes power = exp2_of_negative(load(row + c) - now);
      total += power;
      store(row + c, power);
    }
    const float shrunk = exp2_of_negative(everywhere(before - now))[0];
    running.largest[r] = now;
    running.sum[r] = running.sum[r] * shrunk + sum(total);
    float* output = running.output + r * size;
    for (std::int64_t i = 0; i < size; i += kLanes) store(output + i, load(output + i) * shrunk);
  }
}

// One block of queries with one of keys. transposed_keys (size, kKeys).
template <int tile_rows, int tile_columns>
AHAP_INLINE void attend_block(const float* queries, const float* transposed_keys, const float* values,
                              std::int64_t rows, std::int64_t keys, std::int64_t size, float* scores,
                              const Running& running) {
  const std::int64_t padded_keys = (keys + kLanes - 1) / kLanes * kLanes;
  std::fill(scores, scores + rows * kKeys, 0.0f);
  multiply<tile_rows, tile_columns>({queries, size}, {transposed_keys, kKeys}, rows, size, padded_keys,
                                    scores, kKeys);
  update(scores, rows, keys, padded_keys, size, running);
  multiply<tile_rows, tile_columns>({scores, kKeys}, {values, size}, rows, keys, size, running.output, size);
}

using AttendBlock = void (*)(const float*, const float*, const float*, std::int64_t, std::int64_t,
                             std::int64_t, float*, const Running&);

void attend_block_anywhere(const float* q, const float* k, const float* v, std::int64_t rows,
                           std::int64_t keys, std::int64_t size, float* scores, const Running& running) {
  attend_block<2, 1>(q, k, v, rows, keys, size, scores, running);
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) void attend_block_avx2(const float* q, const float* k, const float* v,
                                                           std::int64_t rows, std::int64_t keys,
                                                           std::int64_t size, float* scores,
                                                           const Running& running) {
  attend_block<6, 1>(q, k, v, rows, keys, size, scores, running);
}

__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl"))) void attend_block_avx512(
    const float* q, const float* k, const float* v, std::int64_t rows, std::int64_t keys, std::int64_t size,
    float* scores, const Running& running) {
  attend_block<8, 2>(q, k, v, rows, keys, size, scores, running);
}
#endif

AttendBlock attend_block_with(Vectors vectors) {
#if defined(__x86_64__)
  const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (avx512 && vectors == Vectors::widest) return attend_block_avx512;
  if (avx2 && vectors != Vectors::baseline) return attend_block_avx2;
#endif
  return attend_block_anywhere;
}

const float* vector_of(const HeadVectors& vectors, std::int64_t pair, std::int64_t heads) {
  return vectors.data + pair / heads * vectors.batch + pair % heads * vectors.head;
}

// Keys (pairs of batch and head, blocks, size, kKeys) and values (pairs, blocks, kKeys, size), gathered.
struct GatheredContext {
  GatheredContext(const HeadVectors& k, const HeadVectors& v, const AttentionSizes& sizes, int threads)
      : blocks((sizes.keys + kKeys - 1) / kKeys), block_size(kKeys * sizes.size) {
    const std::int64_t count = sizes.batches * sizes.heads * blocks;
    keys.reset(new float[std::size_t(count * block_size)]);
    values.reset(new float[std::size_t(count * block_size)]);
#pragma omp parallel for num_threads(threads)
    for (std::int64_t block = 0; block < count; ++block) {
      const std::int64_t pair = block / blocks, first = block % blocks * kKeys;
      float* transposed = keys.get() + block * block_size;
      float* copied = values.get() + block * block_size;
      std::fill(transposed, transposed + block_size, 0.0f);
      for (std::int64_t n = 0; n < std::min(kKeys, sizes.keys - first); ++n) {
        const float* key = vector_of(k, pair, sizes.heads) + (first + n) * k.row;
        const float* value = vector_of(v, pair, sizes.heads) + (first + n) * v.row;
        for (std::int64_t i = 0; i < sizes.size; ++i) transposed[i * kKeys + n] = key[i];
        std::copy_n(value, sizes.size, copied + n * sizes.size);
      }
    }
  }

  std::int64_t blocks, block_size;
  std::unique_ptr<float[]> keys, values;
};

}  // namespace

void attention_on_cpu(const HeadVectors& q, const HeadVectors& k, const HeadVectors& v,
                      const AttentionSizes& sizes, int threads, float* out, Vectors vectors) {
  const AttendBlock attend = attend_block_with(vectors);
  const std::int64_t d = sizes.size, out_row = sizes.heads * d;
  const GatheredContext context(k, v, sizes, threads);
  const std::int64_t query_blocks = (sizes.queries + kQueries - 1) / kQueries;
  const float scale = float(std::numbers::log2e / std::sqrt(double(d)));
#pragma omp parallel num_threads(threads)
  {
    std::vector<float> queries(std::size_t(kQueries * d)), output(std::size_t(kQueries * d)),
        scores(std::size_t(kQueries * kKeys)), largest(kQueries), sums(kQueries);
#pragma omp for schedule(dynamic)
    for (std::int64_t task = 0; task < sizes.batches * sizes.heads * query_blocks; ++task) {
      const std::int64_t pair = task / query_blocks, first = task % query_blocks * kQueries;
      const std::int64_t rows = std::min(kQueries, sizes.queries - first);
      for (std::int64_t r = 0; r < rows; ++r) {
        const float* query = vector_of(q, pair, sizes.heads) + (first + r) * q.row;
        for (std::int64_t i = 0; i < d; ++i) queries[std::size_t(r * d + i)] = query[i] * scale;
      }
      std::fill(output.begin(), output.end(), 0.0f);
      std::fill(largest.begin(), largest.end(), kLowest);
      std::fill(sums.begin(), sums.end(), 0.0f);
      for (std::int64_t b = 0; b < context.blocks; ++b) {
        const std::int64_t at = (pair * context.blocks + b) * context.block_size;
        attend(queries.data(), context.keys.get() + at, context.values.get() + at, rows,
               std::min(kKeys, sizes.keys - b * kKeys), d, scores.data(),
               {output.data(), largest.data(), sums.data()});
      }
      float* to = out + (pair / sizes.heads * sizes.queries + first) * out_row + pair % sizes.heads * d;
      for (std::int64_t r = 0; r < rows; ++r)
        for (std::int64_t i = 0; i < d; ++i)
          to[r * out_row + i] = output[std::size_t(r * d + i)] / sums[std::size_t(r)];
    }
  }
}

}  // namespace ahap
